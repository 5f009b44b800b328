"""Reading what an audit found."""

import msgspec

from rondpoint.hub.models import SiloAudit
from rondpoint.hub.silos.actions import AT_WORK
from rondpoint.hub.silos.types import Audit


def latest() -> tuple[SiloAudit, Audit] | None:
    """The newest audit that was made, with its figures; None before the first."""
    row = SiloAudit.objects.filter(state="done").order_by("-asked", "-id").first()
    return (row, msgspec.convert(row.result, Audit)) if row is not None else None


def at_work() -> bool:
    """Whether one waits or is being made."""
    return SiloAudit.objects.filter(state__in=AT_WORK).exists()


def problem() -> str:
    """Why the last one failed, if it did."""
    row = SiloAudit.objects.order_by("-asked", "-id").first()
    return row.problem if row is not None else ""
