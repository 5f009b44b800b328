"""What the children of this room do: compile, preview, build, prove. Imports Ibis and DuckDB."""

import time
import traceback
from typing import Any

from django.db.models import QuerySet

from rondpoint.events import lake as facts
from rondpoint.jobs import wake
from rondpoint.lake.store import Overtaken
from rondpoint.lib import bulk, clock
from rondpoint.lib.db import write
from rondpoint.segments import compiling, membership, standing
from rondpoint.segments.computed import rebuilding as computed
from rondpoint.segments.keeping import PORTION, ask, lake, ours, remember
from rondpoint.segments.models import ComputedProof, Member, Proof, Segment
from rondpoint.segments.rules import needs as looking
from rondpoint.segments.rules.reading import read
from rondpoint.segments.whole import Whole

SAMPLE = 10


def preview(definition: dict[str, Any]) -> dict[str, Any]:
    """How many customers a definition means now, of how many, and the numbers of some of them."""
    condition = read(definition)
    needed, compiled = looking.of(condition), compiling.compile(condition)["duckdb"]
    found, everybody = ask([needed], lambda whole: (whole.members(compiled["members"], needed), whole.everybody()))
    step = max(1, len(found) // SAMPLE)
    return {"count": len(found), "of": everybody, "sample": found[::step][:SAMPLE]}


def keep_up(look: bool) -> dict[str, int]:
    """Takes new facts into the lake. ``look``: there are few, it only looks whether the lake is as it was left."""
    try:
        return {"facts": 0 if look and facts.is_well(lake()) else facts.keep_up(lake())}
    except (facts.Busy, Overtaken):
        return {"facts": 0}  # another process does it


def build(numbers: list[int], holder: str) -> dict[str, dict[int, str]]:
    """Builds segments one after the other, each after those it looks at; those that failed, with the reason. Under the
    lane's lease, so that what happens after a snapshot is looked at afterwards."""
    rows, needs, failed = {}, {}, {}
    for row in Segment.objects.filter(id__in=numbers):
        try:
            needs[str(row.public_id)] = looking.of(read(row.definition)).segments
            rows[str(row.public_id)] = row
        except ValueError:
            failed[row.id] = traceback.format_exc()
    for name in looking.in_order(needs):
        try:
            _build(rows[name], holder)
        except Exception:
            failed[rows[name].id] = traceback.format_exc()
    return {"failed": failed}


def _build(row: Segment, holder: str) -> None:
    """Compiles the definition, finds the members anew and brings the table in step; then the segment is live. Segments
    that look at it hear of who came and left."""
    condition, segment = read(row.definition), row.id
    needed, statements = looking.of(condition), compiling.compile(condition)
    compiled = statements["duckdb"]

    def question(whole: Whole) -> tuple[set[int], list[tuple[int, int]], dict[int, int]]:
        found = set(whole.members(compiled["members"], needed))
        moments = whole.changes(compiled["changes"], needed) if "changes" in compiled else []
        return found, moments, dict(Member.objects.filter(segment_id=segment).values_list("customer_id", "id"))

    found, moments, held = ask([needed], question)
    leaving = sorted(held[number] for number in set(held) - found)
    if not _exchange(row, sorted(found - set(held)), leaving, holder):
        return
    remember(moments, holder)
    with write():
        ours(holder)
        count = Member.objects.filter(segment=row).count()
        _same(row).update(state="live", statements=statements, count=count)


def prove() -> dict[str, int]:
    """Finds all live segments and computed traits anew and compares; how many were looked at, and how many differ. Of
    whom they differ is touched, so that the live side asks about her again; the figures stay as they were found."""
    rows = {str(row.public_id): row for row in Segment.objects.filter(state="live", archived=None)}
    needs = {name: looking.of(read(row.definition)) for name, row in rows.items()}
    order = looking.in_order({name: needed.segments for name, needed in needs.items()})

    def question(whole: Whole) -> tuple[list[Proof], list[ComputedProof], Whole]:
        whole.take_members([row.id for row in rows.values()])
        figures = computed.compare(whole)  # before members of segments are put in the place of those that are kept
        return [_proof(whole, rows[name], needs[name]) for name in order], figures, whole

    proofs, figures, whole = ask([*needs.values(), *computed.all_needs()], question)
    touched = 0
    for part in whole.differing(PORTION):
        with write():
            standing.touch(part)
        touched += len(part)
    if touched:
        wake.notify("segments")
    with write():
        bulk.insert(proofs)
        bulk.insert(figures)
    different = sum(1 for proof in proofs if proof.missing or proof.extra)
    different += sum(1 for proof in figures if proof.different)
    return {"segments": len(proofs), "traits": len(figures), "different": different, "touched": touched}


def _proof(whole: Whole, segment: Segment, needed: looking.Needs) -> Proof:
    began = time.monotonic()
    found, missing, extra = whole.compare(segment.id, segment.statements["duckdb"]["members"], needed)
    return Proof(
        segment=segment,
        at=whole.now,
        members=found,
        missing=missing,
        extra=extra,
        left_out=len(whole.pending),
        seconds=time.monotonic() - began,
    )


def _exchange(row: Segment, entering: list[int], leaving: list[int], holder: str) -> bool:
    """Writes who came and who left, a portion in a transaction. Facts tell of it, but for the first members of a
    segment. False once the segment means something else or was archived: then nobody wants what was found."""
    now, onlooking = clock.now(), membership.onlookers(row)
    few = len(entering) + len(leaving) <= membership.FEW
    for start in range(0, max(len(entering), len(leaving)), membership.PORTION):
        end = start + membership.PORTION
        with write():
            ours(holder)
            if not _same(row).exists():
                return False
            came, left = membership.enter(row, entering[start:end], now), membership.leave(leaving[start:end])
            membership.mind(onlooking, [each.customer_id for each in (*came, *left)], few)
            if row.statements:  # it was live before
                membership.tell(membership.named(row), came, left, now)
    return True


def _same(row: Segment) -> "QuerySet[Segment]":
    """The segment, while it means what was read and was not archived."""
    return Segment.objects.filter(id=row.id, version=row.version, archived=None)
