"""What was set up to tell Rondpoint of people, when each last spoke, and how much lately."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Count, F, Max, Q, Sum

from rondpoint.accounts.models import ApiKey, AuditEntry
from rondpoint.channels.models import Connection
from rondpoint.conversations.models import Message
from rondpoint.customers.types import STAFF
from rondpoint.hub.models import Import, Sync
from rondpoint.hub.silos.keys import API_KEY, FILES, SITE, of_connection
from rondpoint.hub.silos.types import LATELY_DAYS, Feed
from rondpoint.lib import clock
from rondpoint.tracking.models import Source

LATELY = LATELY_DAYS * clock.DAY

# When the newest came, how many lately, and how many in the month before.
Spoken = tuple[int, int, int]


def every(
    connections: Sequence[Connection], facts: Mapping[str, Spoken], known: Sequence[str], now: int
) -> list[Feed]:
    """All of them. ``facts``: what each source told as facts; ``known``: the sources that know somebody, of which those
    that nobody set up here are feeds of their own."""
    found = [
        *_connections(connections, now), *_sites(facts), *_syncs(now), *_files(now), *_keys(now)
    ]
    there = {feed.key for feed in found}
    for key in known:
        if key not in there:
            last, lately, before = facts.get(key, (None, 0, 0))
            kind = "staff" if key == STAFF else "other"
            found.append(Feed(key=key, kind=kind, name=key, last=last, lately=lately, before=before))
    return found


def _connections(rows: Sequence[Connection], now: int) -> list[Feed]:
    """Messages that came in; the time is that of the newest thing of any sort."""
    since = now - LATELY
    said = Message.objects.filter(direction="in").values("connection_id").annotate(
        last=Max("received"),
        lately=Count("id", filter=Q(received__gt=since)),
        before=Count("id", filter=Q(received__gt=since - LATELY, received__lte=since)),
    )
    told = {row["connection_id"]: row for row in said}
    found = []
    for row in rows:
        each: dict[str, Any] = told.get(row.id, {"last": None, "lately": 0, "before": 0})
        found.append(
            Feed(
                key=of_connection(row), kind="channel", name=row.name, detail=row.kind,
                place=f"/connections/{row.public_id}", last=_latest(each["last"], row.last_inbound),
                lately=each["lately"], before=each["before"], active=row.active, problem=row.problem,
            )
        )  # fmt: skip
    return found


def _sites(facts: Mapping[str, Spoken]) -> list[Feed]:
    found = []
    for row in Source.objects.order_by("id"):
        last, lately, before = facts.get(f"{SITE}{row.id}", (None, 0, 0))
        found.append(
            Feed(
                key=f"{SITE}{row.id}", kind="site", name=row.name, detail=row.kind, place=f"/sources/{row.public_id}",
                last=_latest(last, row.last_heard), lately=lately, before=before, active=row.active,
            )
        )  # fmt: skip
    return found


def _syncs(now: int) -> list[Feed]:
    """What is fetched by itself. One that fails last spoke when something came in."""
    told = {row["sync_id"]: row for row in _imported("sync_id", now)}
    nothing: dict[str, Any] = {"last": None, "lately": 0, "before": 0}
    found = []
    for row in Sync.objects.order_by("id"):
        each = told.get(row.id, nothing)
        found.append(
            Feed(
                key=f"{FILES}{row.origin}", kind="sync", name=row.name, detail=row.origin,
                place=f"/syncs/{row.public_id}", last=each["last"] if row.error else row.ran,
                lately=each["lately"] or 0, before=each["before"] or 0, active=row.active, problem=row.error,
            )
        )  # fmt: skip
    return found


def _files(now: int) -> list[Feed]:
    """Rows that were brought in, by the system they come from. What is fetched by itself is a feed of its own."""
    fetched = set(Sync.objects.values_list("origin", flat=True))
    return [
        Feed(
            key=f"{FILES}{row['origin']}", kind="files", name=row["origin"], place="/imports", last=row["last"],
            lately=row["lately"] or 0, before=row["before"] or 0,
        )
        for row in _imported("origin", now)
        if row["origin"] not in fetched
    ]  # fmt: skip


def _imported(by: str, now: int) -> list[dict[str, Any]]:
    """Imports that were done, by a column of theirs: when the last ended, and their rows lately and before."""
    since, rows = now - LATELY, F("new") + F("changed") + F("known")
    said = Import.objects.filter(state="done").order_by().values(by).annotate(
        last=Max("ended"),
        lately=Sum(rows, filter=Q(ended__gt=since)),
        before=Sum(rows, filter=Q(ended__gt=since - LATELY, ended__lte=since)),
    )
    return list(said)


def _keys(now: int) -> list[Feed]:
    """Programs that use the API, by what the audit log has of them."""
    since = now - LATELY
    said = AuditEntry.objects.filter(actor__startswith=API_KEY).values("actor").annotate(
        last=Max("at"), lately=Count("id", filter=Q(at__gt=since)),
        before=Count("id", filter=Q(at__gt=since - LATELY, at__lte=since)),
    )  # fmt: skip
    told = {row["actor"].removeprefix(API_KEY): row for row in said}
    nothing: dict[str, Any] = {"last": None, "lately": 0, "before": 0}
    return [
        Feed(
            key="api", kind="api", name=row.name, place="/settings/keys",
            **{name: told.get(row.name, nothing)[name] for name in ("last", "lately", "before")},
        )
        for row in ApiKey.objects.filter(revoked=None).order_by("id")
    ]  # fmt: skip


def _latest(one: int | None, other: int | None) -> int | None:
    return max((moment for moment in (one, other) if moment), default=None)
