"""Reading what sources told."""

import uuid

import msgspec
from django.db.models import Count, Max, Q
from msgspec import Struct

from rondpoint.lib import clock
from rondpoint.tracking import intake
from rondpoint.tracking.models import Batch, Refusal, Source
from rondpoint.tracking.rules import reading, reasons
from rondpoint.tracking.types import Call, Refused

LOOKED_AT = 20  # batches that a page looks into
SHOWN = 50


class Heard(Struct, frozen=True):
    """A call as a page shows it. ``state``: new, done, refused or quarantined."""

    id: str  # stays the same from one look to the next
    kind: str
    name: str
    who: str
    at: int
    state: str
    reason: str
    raw: str


class Reason(Struct, frozen=True):
    """Why calls were not taken. ``last``: when the newest came, microseconds UTC."""

    reason: str
    number: int
    last: int


def every() -> list[Source]:
    """All sources, oldest first."""
    return list(Source.objects.select_related("brand").order_by("id"))


def get(public_id: uuid.UUID | str) -> Source | None:
    """A source by its public id."""
    try:
        wanted = uuid.UUID(str(public_id))
    except ValueError:
        return None
    return Source.objects.select_related("brand").filter(public_id=wanted).first()


def names(knows: list[str]) -> dict[str, str]:
    """What the sources of facts are called that tracking tells."""
    numbers = {int(text.partition(":")[2]): text for text in knows}
    return {numbers[row.id]: row.name for row in Source.objects.filter(id__in=numbers)}


def refused_since(at: int) -> dict[int, int]:
    """How many calls of each source were refused since a moment."""
    rows = Refusal.objects.filter(received__gte=at).values("source_id").annotate(number=Count("id"))
    return {row["source_id"]: row["number"] for row in rows}


def latest(source: Source) -> list[Heard]:
    """The calls that came last, newest first, with those that were refused."""
    found: list[Heard] = []
    for row in Batch.objects.filter(source=source).order_by("-id")[:LOOKED_AT]:
        try:
            read = reading.read(row.kind, intake.body(row), str(row.public_id), row.received)
        except reading.BadBody:  # never stored
            continue
        placed = [(place, _heard(place, call, row)) for place, call in read.calls]
        placed += [(each.place, _refused(each, row)) for each in read.refused]
        found += [heard for _, heard in sorted(placed, key=lambda one: -one[0])]
        if len(found) >= SHOWN:
            break
    return found[:SHOWN]


def quarantined(source: Source, before: int | None = None, limit: int = SHOWN) -> list[Batch]:
    """Batches that failed again and again, the newest first; ``before``: the id of the last one seen."""
    rows = Batch.objects.filter(source=source, state="quarantined").order_by("-id")
    return list((rows.filter(id__lt=before) if before else rows)[:limit])


def batch(source: Source, public_id: str) -> Batch | None:
    """A batch of a source by its public id."""
    try:
        wanted = uuid.UUID(public_id)
    except ValueError:
        return None
    return Batch.objects.filter(source=source, public_id=wanted).first()


def refusals(source: Source, before: int | None = None, limit: int = SHOWN, reason: str = "") -> list[Refusal]:
    """Calls that were not taken, newest first; ``before``: the id of the last one seen; ``reason``: as :func:`why`
    gives it, or a whole one."""
    rows = Refusal.objects.filter(source=source).order_by("-id")
    if reason:
        rows = rows.filter(Q(reason=reason) | Q(reason__startswith=reasons.begins(reason)))
    return list((rows.filter(id__lt=before) if before else rows)[:limit])


def why(source: Source) -> list[Reason]:
    """The reasons why calls of a source were not taken, without what differs from call to call; the commonest first."""
    found: dict[str, Reason] = {}
    rows = Refusal.objects.filter(source=source).values_list("reason").annotate(Count("id"), Max("received"))
    for reason, number, last in rows:
        kind = reasons.kind(reason)
        before = found.get(kind, Reason(kind, 0, 0))
        found[kind] = Reason(kind, before.number + number, max(before.last, last))
    return sorted(found.values(), key=lambda one: (-one.number, one.reason))


def waiting() -> tuple[int, int]:
    """How many batches wait to be worked off, and for how long the oldest has, in microseconds."""
    oldest = Batch.objects.filter(state="new").order_by("id").values_list("received", flat=True).first()
    return Batch.objects.filter(state="new").count(), clock.now() - oldest if oldest else 0


def _heard(place: int, call: Call, row: Batch) -> Heard:
    said = msgspec.json.format(msgspec.json.encode({"properties": call.words, "context": call.context}), indent=2)
    who = call.user_id or call.anonymous_id
    return Heard(f"{row.id}-{place}", call.kind, call.name, who, call.occurred, row.state, "", said.decode())


def _refused(refused: Refused, row: Batch) -> Heard:
    text = bytes(refused.raw).decode(errors="replace")
    return Heard(f"{row.id}-{refused.place}", "", "", "", row.received, "refused", refused.reason, text)
