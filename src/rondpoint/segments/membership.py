"""Who comes into a segment and who leaves it, many at once: written down, told as facts, and minded by those segments
that look at this one."""

from collections.abc import Collection

from rondpoint.customers.models import Customer
from rondpoint.events import actions as events
from rondpoint.events.types import Fact
from rondpoint.lib import bulk, clock
from rondpoint.lib.db import write
from rondpoint.segments import standing
from rondpoint.segments.models import Member, Segment
from rondpoint.segments.rules import needs as looking
from rondpoint.segments.rules.reading import read

PORTION = 1000  # customers who come, or who leave, in one transaction
FEW = 5000  # who came or left and are touched; for more, the segments that look at them are found anew


def onlookers(segment: Segment) -> list[int]:
    """The segments that look at this one."""
    name = str(segment.public_id)
    return [row.id for row in Segment.objects.filter(archived=None) if name in _looks_at(row)]


def enter(segment: Segment, customer_ids: Collection[int], now: int) -> list[Member]:
    """They are in it, inside ``write()``; those who are new. Who was forgotten meanwhile does not come back."""
    living = {number for (number,) in bulk.columns(Customer, "id", id=customer_ids)}
    known = {number for (number,) in bulk.columns(Member, "customer_id", segment_id=[segment.id], customer_id=living)}
    new = [bulk.row(Member, segment_id=segment.id, customer_id=number, since=now) for number in sorted(living - known)]
    bulk.insert(new)
    return new


def leave(members: Collection[int]) -> list[Member]:
    """These rows are no members any more, inside ``write()``; those that still were."""
    rows = bulk.fetch(Member, id=members)
    Member.objects.filter(id__in=[row.id for row in rows])._raw_delete(Member.objects.db)
    return rows


def tell(properties: dict[str, str], entering: Collection[Member], leaving: Collection[Member], now: int) -> None:
    """The facts of it, inside the ``write()`` in which they came and left. ``properties``: :func:`named`."""
    events.record(
        [
            Fact(
                profile_id=row.customer_id,
                type=type_,
                occurred=now,
                source="segments",
                message_id=f"{type_}:{row.id}",
                properties={**properties},
            )
            for type_, rows in (("segment.entered", entering), ("segment.left", leaving))
            for row in rows
        ]
    )


def named(segment: Segment) -> dict[str, str]:
    """What facts say of a segment."""
    return {"segment": str(segment.public_id), "name": segment.name}


def mind(onlooking: Collection[int], moved: Collection[int], few: bool) -> None:
    """Segments look again at those who moved, inside the ``write()`` that moved them. ``few``: they are touched; else
    these segments are found anew, which is sooner done than asking about each."""
    if onlooking and few:
        standing.touch(moved)
    elif onlooking:
        Segment.objects.filter(id__in=onlooking, state="live").update(state="building")


def empty() -> int:
    """Has a portion of the members of an archived segment leave it; how many. The last portion ends it."""
    row = Segment.objects.filter(state="leaving").order_by("id").first()
    if row is None:
        return 0
    with write():
        return dismiss(row)


def dismiss(segment: Segment) -> int:
    """A portion of its members leaves, inside ``write()``; how many they were."""
    portion = Member.objects.filter(segment=segment).order_by("id").values_list("id", flat=True)[:PORTION]
    gone = leave(list(portion))
    tell(named(segment), [], gone, clock.now())
    if len(gone) < PORTION:
        Segment.objects.filter(id=segment.id).update(state="archived")
    return len(gone)


def _looks_at(segment: Segment) -> tuple[str, ...]:
    try:
        return looking.of(read(segment.definition)).segments
    except ValueError:  # it cannot be built either, which is told
        return ()
