"""Membership as it changes: who was touched by a fact, a word, a link or by time is looked at again within a second.

One worker at a time does it (a lease). It reads what happened since its place among the facts, asks each segment's
statement about the customers concerned, outside any transaction, and writes what changed together with the new place.
What happens meanwhile comes after that place and is looked at in the next round, so the answer is never stale for long
and a crash repeats a round at most.
"""

import json
from collections.abc import Collection, Mapping

from django.db import connection
from django.db.models import F
from msgspec import Struct

from rondpoint.customers import queries as customers
from rondpoint.customers.queries import companies
from rondpoint.events import following
from rondpoint.events import queries as facts
from rondpoint.events.types import Position
from rondpoint.lib import bulk, clock
from rondpoint.lib.db import give_way, write
from rondpoint.segments import membership, relations, standing
from rondpoint.segments.computed import live as computed
from rondpoint.segments.models import Due, Member, Segment, Touched
from rondpoint.segments.rules import needs as looking
from rondpoint.segments.rules.reading import read

LANE, LANE_SECONDS = "segments", 30.0
FOLLOWER = "segments"
FACTS, CUSTOMERS = 2000, 500  # in one round; in one statement
PATIENCE = 0.25  # seconds of a round in which it lets others write first


class Live(Struct, frozen=True):
    """A segment as rounds need it."""

    id: int
    public_id: str
    named: dict[str, str]
    statements: dict[str, str]
    needs: looking.Needs


class Round(Struct):
    """What there is to look at. ``facts``: by customer the types of the facts that came; ``words``: customers whose
    traits, addresses or profiles changed; ``due``: those for whom time may have changed something."""

    position: Position
    facts: dict[int, set[str]]
    words: set[int]
    due: set[int]
    touched: list[int]
    taken: int  # of all these together


def one_round(now: int | None = None) -> int:
    """One round, under the lane's lease; how much there was to look at."""
    now = now or clock.now()
    before = following.place(FOLLOWER)
    found = _gather(before, now)
    if found.words:
        standing.refresh(found.words)
    if found.facts or found.words or found.due:
        moved = computed.renew(found.facts, found.words, found.due, now, ask)
        _evaluate(_segments(), found, moved, now)
    if found.taken:
        with write():
            following.move(FOLLOWER, found.position)
            Touched.objects.filter(id__in=found.touched).delete()
    return found.taken


def _gather(before: Position, now: int) -> Round:
    named, position = facts.named_after(before, FACTS)
    touched = list(Touched.objects.order_by("id").values_list("id", "profile_id")[:CUSTOMERS])
    changed = {profile_id for _, profile_id in touched}
    about = {profile_id for profile_id, _ in named if profile_id is not None}
    owners = customers.customers_of(about | changed)
    came: dict[int, set[str]] = {}
    for profile_id, type_ in named:
        if profile_id in owners:
            came.setdefault(owners[profile_id], set()).add(type_)
    # Each profile founded a customer of its own number: one that was merged away has segments to leave.
    words = changed | {owners[profile_id] for profile_id in changed if profile_id in owners}
    due = set(Due.objects.filter(at__lte=now).order_by("at").values_list("customer_id", flat=True)[:CUSTOMERS])
    taken = len(named) + len(touched) + len(due)
    return Round(position, came, words, due, [number for number, _ in touched], taken)


def _segments() -> list[Live]:
    """The live segments, each after those it looks at."""
    rows = {str(row.public_id): row for row in Segment.objects.filter(state="live", archived=None)}
    needs = {name: looking.of(read(row.definition)) for name, row in rows.items()}
    ordered = looking.in_order({name: needed.segments for name, needed in needs.items()})
    return [
        Live(rows[name].id, name, membership.named(rows[name]), rows[name].statements[connection.vendor], needs[name])
        for name in ordered
    ]


def _evaluate(segments: list[Live], found: Round, moved: computed.Moved, now: int) -> None:
    """Looks at each segment that may have changed, and writes down who came in and who left. ``moved``: the computed
    traits that did."""
    changed: dict[str, set[int]] = {}  # by segment whose membership changed in this round
    moments, timed = moved.moments, moved.timed
    patience = PATIENCE
    for segment in segments:
        patience = max(0.0, patience - give_way(min(patience, 0.1)))
        wanted = set(found.words)
        wanted |= {number for number, types in found.facts.items() if not types.isdisjoint(segment.needs.types)}
        for other in segment.needs.segments:
            wanted |= changed.get(other, set())
        for trait in segment.needs.traits:
            wanted |= moved.traits.get(trait, set())
        if segment.needs.windows:
            wanted |= found.due
            timed |= wanted
        if wanted:
            changed[segment.public_id] = _apply(segment, wanted, now)
            for number, moment in _moments(segment, wanted, now).items():
                moments[number] = min(moment, moments.get(number, moment))
    _remember(timed | found.due, found.due, moments)


def _apply(segment: Live, wanted: set[int], now: int) -> set[int]:
    """Compares who belongs with who was in it, and writes the difference; whose membership changed."""
    belong = {row[0] for row in ask(segment.statements["members"], segment.needs, wanted, now)}
    held = {row.customer_id: row for row in bulk.fetch(Member, segment_id=[segment.id], customer_id=wanted)}
    entering = [Member(segment_id=segment.id, customer_id=number, since=now) for number in sorted(belong - set(held))]
    leaving = [held[number] for number in sorted(set(held) - belong)]
    if entering or leaving:
        with write():
            still = Segment.objects.filter(id=segment.id, archived=None)
            if not still.update(count=F("count") + len(entering) - len(leaving)):
                return set()
            bulk.insert(entering)
            Member.objects.filter(id__in=[row.id for row in leaving]).delete()
            membership.tell(segment.named, entering, leaving, now)
    return {row.customer_id for row in (*entering, *leaving)}


def _moments(segment: Live, wanted: set[int], now: int) -> dict[int, int]:
    statement = segment.statements.get("changes")
    if not statement:
        return {}
    return {row[0]: row[1] for row in ask(statement, segment.needs, wanted, now)}


def _remember(timed: set[int], due: set[int], moments: Mapping[int, int]) -> None:
    """Notes when to look again. Who was not due keeps the earlier of the old and the new moment: not every segment was
    asked about her."""
    rows = {row.customer_id: row for row in bulk.fetch(Due, customer_id=timed)}
    new, later = [], []
    for number in timed:
        row, moment = rows.get(number), moments.get(number)
        if row is None and moment is not None:
            new.append(Due(customer_id=number, at=moment))
        elif row is not None and moment is not None and (number in due or moment < row.at):
            row.at = moment
            later.append(row)
    over = [number for number in due if number in rows and number not in moments]
    if new or later or over:
        with write():
            bulk.insert(new)
            bulk.update(later, ["at"])
            Due.objects.filter(customer_id__in=over).delete()


def ask(statement: str, needed: looking.Needs, customer_ids: Collection[int], now: int) -> list[tuple[int, ...]]:
    """The answer of a compiled statement about these customers, from the operational database."""
    engine = connection.vendor
    segments = {
        str(name): number
        for name, number in Segment.objects.filter(public_id__in=needed.segments).values_list("public_id", "id")
    }
    text = relations.live(engine, statement, needed, now, segments, companies.numbers(needed.companies))
    asked, answer = sorted(customer_ids), []
    with connection.cursor() as cursor:
        for start in range(0, len(asked), CUSTOMERS):
            part = asked[start : start + CUSTOMERS]
            cursor.execute(text, [json.dumps(part) if engine == "sqlite" else part])
            answer += cursor.fetchall()
    return answer
