"""Making and changing segments."""

from typing import Any

from rondpoint.customers.queries import companies
from rondpoint.jobs import children, wake
from rondpoint.lib import clock
from rondpoint.lib.db import write
from rondpoint.segments import membership, standing
from rondpoint.segments.models import (
    ComputedProof,
    ComputedTrait,
    Due,
    Member,
    Proof,
    Segment,
    Version,
)
from rondpoint.segments.rules import needs as looking
from rondpoint.segments.rules.reading import read
from rondpoint.segments.standing import touch, touch_consent, touch_moves
from rondpoint.segments.types import BadDefinition
from rondpoint.segments.working import keep_lake, lake_is_away, measure_daily, prove, prove_daily

__all__ = [
    "archive",
    "begin_anew",
    "define",
    "keep_lake",
    "lake_is_away",
    "measure_daily",
    "preview",
    "prove",
    "prove_daily",
    "redefine",
    "touch",
    "touch_consent",
    "touch_moves",
]
SECONDS = 60.0  # that a preview may take
LONGEST_NAME = 120


def define(name: str, definition: dict[str, Any], by: str, description: str = "") -> Segment:
    """A new segment; its members are found in a moment. Raises BadDefinition."""
    named = _name(name)
    _check(definition, None)
    now = clock.now()
    with write():
        segment = Segment.objects.create(
            name=named, description=description[:2000], definition=definition, made=now, changed=now
        )
        Version.objects.create(segment=segment, number=1, definition=definition, by=by, at=now)
        wake.notify("segments")
    return segment


def redefine(
    segment: Segment, by: str, name: str | None = None, definition: dict[str, Any] | None = None,
    description: str | None = None,
) -> Segment:  # fmt: skip
    """Changes what is given. Another definition is a new version whose members are found anew. Raises BadDefinition."""
    if definition == segment.definition:
        definition = None
    if definition is not None:
        _check(definition, segment)
    named = None if name is None else _name(name)
    with write():
        segment.refresh_from_db()
        segment.name = segment.name if named is None else named
        segment.description = segment.description if description is None else description[:2000]
        segment.changed = clock.now()
        if definition is not None:
            segment.definition, segment.state = definition, "building"
            segment.version += 1
            Version.objects.create(
                segment=segment, number=segment.version, definition=definition, by=by, at=segment.changed
            )
        segment.save()
        wake.notify("segments")
    return segment


def archive(segment: Segment) -> None:
    """Ends a segment: its members leave it, the first of them at once, the rest by a worker. Raises BadDefinition while
    another looks at it."""
    with write():
        onlooking = Segment.objects.filter(id__in=membership.onlookers(segment)).order_by("id").first()
        if onlooking is not None:
            raise BadDefinition("", f"the segment “{onlooking.name}” looks at this one; change that one first")
        living = Segment.objects.filter(id=segment.id, archived=None)
        if living.update(archived=clock.now(), state="leaving", count=0):
            membership.dismiss(segment)
            wake.notify("segments")


def begin_anew() -> None:
    """Everybody is looked at and all members are found anew, inside the ``write()`` that replaced all customers."""
    standing.begin_anew()
    for model in (Member, Due, Proof, ComputedProof):
        model.objects.all()._raw_delete(model.objects.db)
    Segment.objects.filter(archived=None).update(state="building", count=0, statements={})
    Segment.objects.filter(state="leaving").update(state="archived")
    ComputedTrait.objects.filter(archived=None).update(state="building", count=0)


def preview(definition: dict[str, Any]) -> dict[str, Any]:
    """How many customers a definition means: {count, of, sample: customer numbers}. Raises BadDefinition."""
    _check(definition, None)
    found: dict[str, Any] = children.run("rondpoint.segments.rebuilding:preview", {"definition": definition}, SECONDS)
    return found


def _check(definition: dict[str, Any], segment: Segment | None) -> None:
    """What only those who know the other segments can see."""
    needed_ = looking.of(read(definition))
    wanted = needed_.segments
    for name in set(needed_.companies) - set(companies.numbers(needed_.companies)):
        raise BadDefinition("company.id", f"there is no company {name}")
    rows = {str(row.public_id): row for row in Segment.objects.filter(archived=None)}
    for name in wanted:
        if name not in rows:
            raise BadDefinition("segment", f"there is no segment {name}")
    if segment is not None:
        needed = {name: _needs(row).segments for name, row in rows.items()}
        way = looking.circle(str(segment.public_id), {**needed, str(segment.public_id): wanted})
        if way:
            raise BadDefinition("segment", f"it would look at itself: {' → '.join(rows[each].name for each in way)}")


def _needs(row: Segment) -> looking.Needs:
    return looking.of(read(row.definition))


def _name(name: str) -> str:
    named = name.strip()
    if not named:
        raise BadDefinition("name", "a segment has a name")
    if len(named) > LONGEST_NAME:
        raise BadDefinition("name", f"at most {LONGEST_NAME} letters")
    return named
