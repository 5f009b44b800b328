"""What children do for computed traits: compile, preview, build, compare. Imports Ibis, DuckDB and numpy."""

import statistics
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db.models import QuerySet
from msgspec import Struct

from rondpoint.channels import registry
from rondpoint.lib.db import write
from rondpoint.segments import standing
from rondpoint.segments.computed import compiling, fitting, known
from rondpoint.segments.computed.rules import needs
from rondpoint.segments.computed.rules.reading import read
from rondpoint.segments.computed.types import MEASURED, Row
from rondpoint.segments.keeping import PORTION, ask, ours, remember
from rondpoint.segments.models import ComputedProof, ComputedTrait, KnownTrait, Segment
from rondpoint.segments.rules import needs as looking
from rondpoint.segments.rules import reading
from rondpoint.segments.whole import Whole

SAMPLE, COMMON = 10, 5


class Portion(Struct, frozen=True):
    """The values of the customers with numbers above ``after`` and up to ``last``, all of them if that is None."""

    after: int
    last: int | None
    values: known.Values
    moments: dict[int, int]

    def held(self, trait: ComputedTrait) -> "QuerySet[KnownTrait]":
        """What is kept of the same customers."""
        rows = KnownTrait.objects.filter(computed=trait, customer_id__gt=self.after)
        return rows if self.last is None else rows.filter(customer_id__lte=self.last)


def preview(definition: dict[str, Any]) -> dict[str, Any]:
    """What a definition comes to now: {count, of, values: [{name, …}], sample: [(customer, {ending: value})]}.

    Of numbers ``least``, ``middle`` and ``most``, of texts the ``common`` ones with how many have each.
    """
    formula = read(definition)
    row = ComputedTrait(name="", definition=definition)
    row.names = needs.names("", formula.kind, registry.kinds())
    row.statements = compiling.compile(formula)
    trait = known.trait(row)
    whole = ask([trait.needs], lambda whole: whole)
    everybody = whole.everybody()
    row.parameters = _measured(whole, trait)
    found: dict[int, dict[str, Any]] = {}
    for portion in _portions(whole, trait):
        for (customer, name), (text, number) in portion.values.items():
            found.setdefault(customer, {})[name.removeprefix("_")] = text if number is None else number
    step = max(1, len(found) // SAMPLE)
    sample = sorted(found.items())[::step][:SAMPLE]
    endings = [name.removeprefix("_") for name in row.names]
    values = [_spread(ending, [each[ending] for each in found.values() if ending in each]) for ending in endings]
    parameters = row.parameters
    return {"count": len(found), "of": everybody, "values": values, "sample": sample, "parameters": parameters}


def build(numbers: list[int], holder: str) -> dict[str, dict[int, str]]:
    """Builds computed traits one after the other; those that failed, with the reason. Under the lane's lease, so that
    what happens after a snapshot is looked at afterwards."""
    failed = {}
    for trait in numbers:
        try:
            _build(ComputedTrait.objects.get(id=trait), holder)
        except Exception:
            failed[trait] = traceback.format_exc()
    return {"failed": failed}


def _build(row: ComputedTrait, holder: str) -> None:
    """Compiles the definition, measures everybody and finds all values anew; then the trait is live. Segments that look
    at it hear of whose values changed."""
    formula = read(row.definition)
    row.names = needs.names(row.name, formula.kind, registry.kinds())
    row.statements = compiling.compile(formula)
    work = known.trait(row)
    whole = ask([work.needs], lambda whole: whole)
    row.parameters = _measured(whole, work)
    watched = {name for segment in Segment.objects.filter(archived=None) for name in _traits(segment)}
    tell = not watched.isdisjoint(row.names)
    with write():
        ours(holder)
        KnownTrait.objects.filter(name__in=row.names, computed=None).delete()
    for portion in _portions(whole, work):
        change = known.difference(row, list(portion.held(row)), portion.values, whole.now)
        changed = {number for numbers in change.customers().values() for number in numbers}
        with write():
            ours(holder)
            known.keep(change)
            if tell:
                standing.touch(changed)
        remember(list(portion.moments.items()), holder)
    if "changes" in row.statements["duckdb"]:
        remember(whole.changes(row.statements["duckdb"]["changes"], work.needs), holder)
    having = KnownTrait.objects.filter(computed=row).values("customer_id").distinct().count()
    with write():
        ours(holder)
        ComputedTrait.objects.filter(id=row.id, version=row.version).update(
            state="live", names=row.names, statements=row.statements, parameters=row.parameters, measured=whole.now,
            count=having,
        )  # fmt: skip


def compare(whole: Whole) -> list[ComputedProof]:
    """All live computed traits found anew with what they were last measured by, inside the snapshot of ``whole``, which
    notes of whom they differ."""
    proofs = []
    for row in ComputedTrait.objects.filter(state="live", archived=None):
        began, different, having = time.monotonic(), 0, 0
        for portion in _portions(whole, known.trait(row)):
            change = known.difference(row, list(portion.held(row)), portion.values, whole.now)
            wrong = {number for numbers in change.customers().values() for number in numbers}
            wrong -= whole.pending
            whole.note(wrong)
            different += len(wrong)
            having += len({number for number, _ in portion.values})
        took, out = time.monotonic() - began, len(whole.pending)
        proofs.append(
            ComputedProof(
                trait=row, at=whole.now, customers=having, different=different, left_out=out, seconds=took
            )
        )
    return proofs


def all_needs() -> list[looking.Needs]:
    """What the live computed traits look at."""
    return [known.trait(row).needs for row in ComputedTrait.objects.filter(state="live", archived=None)]


def _measured(whole: Whole, trait: known.Trait) -> dict[str, Any]:
    if trait.formula.kind not in MEASURED:
        return {}
    rows = whole.stream(trait.row.statements["duckdb"]["figures"], trait.needs)
    return fitting.measure(trait.formula, (row[1:] for row in rows), whole.now)


def _portions(whole: Whole, trait: known.Trait) -> Iterator[Portion]:
    """Everybody's values, a portion of customers at a time; the last portion reaches to the end."""
    rows = whole.stream(trait.row.statements["duckdb"]["figures"], trait.needs)
    after = 0
    gathered: dict[int, list[Row]] = {}
    for customer, told in groupby(rows, key=itemgetter(0)):
        if len(gathered) == PORTION:
            last = next(reversed(gathered))
            yield _portion(trait, gathered, after, last, whole.now)
            after, gathered = last, {}
        gathered[customer] = [row[1:] for row in told]
    yield _portion(trait, gathered, after, None, whole.now)


def _portion(trait: known.Trait, rows: dict[int, list[Row]], after: int, last: int | None, now: int) -> Portion:
    return Portion(after, last, *trait.values(rows, now))


def _spread(name: str, values: list[Any]) -> dict[str, Any]:
    told: dict[str, Any] = {"name": name, "count": len(values)}
    numbers = [value for value in values if not isinstance(value, str)]
    if numbers:
        told |= {"least": min(numbers), "middle": statistics.median(numbers), "most": max(numbers)}
    texts = Counter(value for value in values if isinstance(value, str))
    if texts:
        told["common"] = sorted(texts.items(), key=lambda each: (-each[1], each[0]))[:COMMON]
    return told


def _traits(segment: Segment) -> tuple[str, ...]:
    return looking.of(reading.read(segment.definition)).traits
