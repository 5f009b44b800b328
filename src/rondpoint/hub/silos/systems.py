"""Systems that read: webhooks that are told of facts, databases that are kept up to date, programs with a key."""

from django.db.models import Count, Max

from rondpoint.accounts.models import ApiKey, AuditEntry
from rondpoint.hub.models import Destination, Endpoint, Told
from rondpoint.hub.silos.keys import API_KEY
from rondpoint.hub.silos.types import LATELY_DAYS, Seer
from rondpoint.lib import clock

LATELY = LATELY_DAYS * clock.DAY
EVERYTHING = "everything"  # what each key of the API opens


def every(now: int) -> list[Seer]:
    """All of them, with what each is given and when it last was."""
    return [*_webhooks(now), *_destinations(), *_keys(now)]


def _webhooks(now: int) -> list[Seer]:
    told = Told.objects.filter(created__gt=now - LATELY).values("endpoint_id")
    counts = {row["endpoint_id"]: row for row in told.annotate(number=Count("id"), last=Max("ended"))}
    return [
        Seer(
            kind="system", name=row.name, what=row.types,
            used={"facts": counts[row.id]["number"]} if row.id in counts else {},
            last=counts[row.id]["last"] if row.id in counts else None,
        )
        for row in Endpoint.objects.filter(active=True).order_by("id")
    ]  # fmt: skip


def _destinations() -> list[Seer]:
    """Those that are switched off too: what was written there is there."""
    return [
        Seer(
            kind="destination", name=row.name, what=[row.what, *row.types],
            segment=row.segment.name if row.segment else "", table=row.table, used={"rows": row.rows}, last=row.ran,
            active=row.active, problem=row.error,
        )
        for row in Destination.objects.select_related("segment").order_by("id")
    ]  # fmt: skip


def _keys(now: int) -> list[Seer]:
    """Keys that open something. What they changed stands in the audit log; that they read does not."""
    done = AuditEntry.objects.filter(actor__startswith=API_KEY, at__gt=now - LATELY).values("actor")
    counts = {row["actor"].removeprefix(API_KEY): row for row in done.annotate(number=Count("id"), last=Max("at"))}
    return [
        Seer(
            kind="key", name=row.name, may=[EVERYTHING],
            used={"changes": counts[row.name]["number"]} if row.name in counts else {},
            last=max(row.used or 0, counts[row.name]["last"] if row.name in counts else 0) or None,
        )
        for row in ApiKey.objects.filter(revoked=None).order_by("id")
    ]  # fmt: skip
