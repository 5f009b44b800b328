"""Asking for an audit, making it, and making one each day."""

import logging
import time

from rondpoint.accounts import actions as accounts
from rondpoint.customers.models import Profile
from rondpoint.hub.models import SiloAudit
from rondpoint.jobs import children
from rondpoint.lib import clock
from rondpoint.lib.db import write

log = logging.getLogger("rondpoint.silos")
SECONDS = 3600.0  # that a child may take
AGAIN = clock.DAY  # after which figures are found anew by themselves
AT_WORK = ("waiting", "running")


def ask(by: str = "") -> SiloAudit:
    """An audit that a worker makes in a moment; one that waits already is enough."""
    with write():
        row = SiloAudit.objects.filter(state__in=AT_WORK).first()
        if row is None:
            row = SiloAudit.objects.create(by=by[:200])
            if by:
                accounts.audit(by, "silos.asked", "silos")
    return row


def daily(now: int | None = None) -> None:
    """Asks for an audit when the last is a day old, and somebody is known. Run again and again by a worker."""
    now = now or clock.now()
    last = SiloAudit.objects.order_by("-asked", "-id").first()
    if (last is None or last.asked < now - AGAIN) and Profile.objects.exists():
        ask()


def work() -> int:
    """Makes the audit that waits; how many. Run again and again by one worker at a time."""
    row = SiloAudit.objects.filter(state__in=AT_WORK).order_by("id").first()
    if row is None:
        return 0
    with write():  # one that is running was left by a worker that died
        SiloAudit.objects.filter(id=row.id).update(state="running")
    began = time.monotonic()
    result, problem = {}, ""
    try:
        result = children.run("rondpoint.hub.silos.measuring:measure", {}, SECONDS)
    except children.Ended:
        return 0  # the next start takes it up
    except (children.Broken, ValueError) as error:
        log.exception("the audit of sources %s failed", row.id)
        problem = str(error).strip().splitlines()[-1][:500]
    with write():
        SiloAudit.objects.filter(id=row.id).update(
            state="failed" if problem else "done", result=result, problem=problem, ended=clock.now(),
            seconds=time.monotonic() - began,
        )  # fmt: skip
        if not problem:  # the figures of before tell nobody anything any more
            SiloAudit.objects.filter(id__lt=row.id).delete()
    return 1
