"""A condition as an Ibis expression, and as SQL for each engine. Imports Ibis: for children and tests only.

Expressions see plain relations (``relations.py``) and use few operators, each proven equal on DuckDB, SQLite and
PostgreSQL: comparisons, grouping with count, sum and min, one window function, joins, unions. Moments are differences
from the moment of asking (``age``), so that the text of a statement does not change with time.
"""

from functools import reduce
from operator import and_, or_
from typing import Any

import ibis
from ibis.expr.types import Table

from rondpoint.segments.rules import needs as looking
from rondpoint.segments.types import (
    ANY,
    DAY,
    HOUR,
    All,
    AnyOf,
    Company,
    Condition,
    Consent,
    Event,
    InSegment,
    Not,
    Op,
    Reachable,
    Sequence,
    Share,
    Step,
    Test,
    Trait,
    Where,
)

ENGINES = {"sqlite": "sqlite", "postgresql": "postgres", "duckdb": "duckdb"}
SCALE = 10_000  # sums are over whole ten-thousandths: those of floats depend on the order
PARTS = 1_000_000  # of everybody, in which shares are measured


def compile(condition: Condition) -> dict[str, dict[str, str]]:
    """The statements of a condition by engine: ``members`` gives (customer_id) of all whom it holds of, ``changes``
    (customer_id, at) when time alone may change that first; the latter only where there are windows.

    A statement is a row of steps, ``one AS (…), two AS (…) SELECT … FROM two``, to be put behind the relations: nested
    into each other they would be too deep for SQLite's parser.
    """
    needed = looking.of(condition)
    work = Compiler(needed)
    statements = work.statements("members", work.members(condition))
    work = Compiler(needed)
    changes = work.changes(condition)
    if changes is not None:
        for engine, named in work.statements("changes", changes).items():
            statements[engine] |= named
    return statements


class Compiler:
    """Tables as the condition needs them, and the steps to the answer."""

    def __init__(self, needed: looking.Needs):
        self.steps: list[tuple[str, Table]] = []
        self.columns = {column: f"{column.kind}{number}" for number, column in enumerate(needed.columns)}
        kinds = {"t": "string", "n": "float64", "m": "int64", "d": "int64", "e": "boolean", "a": "boolean"}
        facts = {"customer_id": "int64", "id": "int64", "type": "string", "occurred": "int64", "age": "int64"}
        facts |= {"channel": "string", "day": "int64", "quarter": "int64"}
        facts |= {name: kinds[column.kind] for column, name in self.columns.items()}
        self.facts = ibis.table(facts, name="facts")
        shares = {f"s{number}": "int64" for number in range(len(needed.seeds))}
        self.seeds = {seed: f"s{number}" for number, seed in enumerate(needed.seeds)}
        self.people = ibis.table({"customer_id": "int64", **shares}, name="people")
        traits = {"customer_id": "int64", "name": "string", "text": "string", "number": "float64", "date": "int64"}
        self.traits = ibis.table(traits, name="traits")
        self.inside = ibis.table({"customer_id": "int64", "segment": "string"}, name="inside")
        named = {"customer_id": "int64", "company_id": "int64", "company": "string"}
        self.companies = ibis.table(named, name="companies")
        known = {"company_id": "int64", "name": "string", "text": "string", "number": "float64", "date": "int64"}
        self.company_traits = ibis.table(known, name="company_traits")
        self.reach = ibis.table({"customer_id": "int64", "channel": "string"}, name="reach")
        agreed = {"customer_id": "int64", "purpose": "string", "channel": "string", "until": "int64"}
        self.agreed = ibis.table(agreed, name="agreed")

    def statements(self, name: str, answer: Table) -> dict[str, dict[str, str]]:
        """The steps and the answer in the words of each engine."""
        found = {}
        for engine, dialect in ENGINES.items():
            told = [(step, ibis.to_sql(table, dialect=dialect, pretty=False)) for step, table in self.steps]
            steps = ", ".join(f"{step} AS ({text})" for step, text in told)
            found[engine] = {name: f"{steps} {ibis.to_sql(answer, dialect=dialect, pretty=False)}"}
        return found

    def step(self, table: Table) -> Table:
        """A table that is worked out by itself; the next steps see its rows."""
        name = f"step{len(self.steps)}"
        self.steps.append((name, table))
        return ibis.table(table.schema(), name=name)

    def members(self, condition: Condition) -> Table:
        found, negated = self._set(condition)
        return self.step(self._without(self._everybody(), found) if negated else found)

    def _everybody(self) -> Table:
        return self.people.select("customer_id")

    def _without(self, these: Table, others: Table) -> Table:
        return these.anti_join(others, "customer_id")

    def _set(self, condition: Condition) -> tuple[Table, bool]:
        """Customers, each once, and whether those are meant or all others."""
        found, negated = self._of(condition)
        return (found if isinstance(condition, Not) else self.step(found)), negated

    def _of(self, condition: Condition) -> tuple[Table, bool]:
        match condition:
            case Not(part):
                found, negated = self._set(part)
                return found, not negated
            case All(parts):
                return self._all([self._set(part) for part in parts])
            case AnyOf(parts):  # whoever is not outside of each
                found, negated = self._all([(set_, not not_) for set_, not_ in map(self._set, parts)])
                return found, not negated
            case Event():
                return self._event(condition)
            case Sequence():
                return self._sequence(condition), False
            case Trait(name, tests):
                return self._trait(name, tests)
            case InSegment(segment):
                return self.inside.filter(self.inside.segment == segment).select("customer_id"), False
            case Company():
                return self._company(condition), False
            case Reachable(channel):
                return self.reach.filter(self.reach.channel == channel).select("customer_id"), False
            case Consent():
                return self._agreed(condition).select("customer_id").distinct(), False
            case Share(percent, seed):
                drawn = self.people[self.seeds[seed]] < round(percent / 100 * PARTS)
                return self.people.filter(drawn).select("customer_id"), False

    def _agreed(self, consent: Consent) -> Table:
        agreed = self.agreed.filter(self.agreed.purpose == consent.purpose)
        return agreed.filter(agreed.channel == consent.channel) if consent.channel else agreed

    def _all(self, sets: list[tuple[Table, bool]]) -> tuple[Table, bool]:
        meant = [found for found, negated in sets if not negated]
        others = [found for found, negated in sets if negated]
        if not meant:  # outside of each is outside of their union
            return reduce(lambda one, two: self.step(one.union(two, distinct=True)), others), True
        inside = reduce(lambda one, two: self.step(one.semi_join(two, "customer_id")), meant)
        return reduce(lambda one, two: self.step(self._without(one, two)), others, inside), False

    def _trait(self, name: str, tests: tuple[Test, ...]) -> tuple[Table, bool]:
        held = self.traits.filter(self.traits.name == name)
        absent = any(test.op is Op.EXISTS and not test.value for test in tests)
        said = [test for test in tests if test.op is not Op.EXISTS]
        if said:
            held = held.filter(reduce(and_, [_compare(test, held.text, held.number, held.date) for test in said]))
        return held.select("customer_id"), absent

    def _company(self, company: Company) -> Table:
        """Who belongs to a company of that kind. One without the trait is known by none of those who have it."""
        held = self.companies
        if company.id:
            held = held.filter(held.company == company.id)
        elif company.trait:
            having = self.company_traits.filter(self.company_traits.name == company.trait)
            absent = any(test.op is Op.EXISTS and not test.value for test in company.tests)
            said = [test for test in company.tests if test.op is not Op.EXISTS]
            if said:
                told = [_compare(test, having.text, having.number, having.date) for test in said]
                having = having.filter(reduce(and_, told))
            having = self.step(having.select("company_id").distinct())
            held = (held.anti_join if absent else held.semi_join)(having, "company_id")
        return held.select("customer_id").distinct()

    def _facts(self, name: str, wheres: tuple[Where, ...]) -> Table:
        facts = self.facts.filter(self.facts.type == name)
        for where in wheres:
            facts = facts.filter(self._holds(facts, where))
        return self.step(facts)

    def _holds(self, facts: Table, where: Where) -> Any:
        if ANY in where.path:
            return facts[self.columns[looking.Column(where.path, "a", where.tests)]]
        return reduce(and_, [self._test(facts, where.path, test) for test in where.tests])

    def _test(self, facts: Table, path: tuple[str, ...], test: Test) -> Any:
        named = {kind: facts[self.columns[looking.Column(path, kind)]] for kind in looking.kinds(test)}
        if test.op is Op.EXISTS:
            return named["e"] if test.value else ~named["e"]
        return _compare(test, named.get("t"), named.get("n"), named.get("d"))

    def window(self, event: Event) -> Table:
        """The facts of an event that pass its comparisons and are in its window now."""
        facts = self._facts(event.name, event.where)
        if event.within_days is not None:
            facts = facts.filter(facts.age <= round(event.within_days * DAY))
        if event.older_than_days is not None:
            facts = facts.filter(facts.age >= round(event.older_than_days * DAY))
        return facts

    def _event(self, event: Event) -> tuple[Table, bool]:
        facts = self.window(event)
        sets: list[tuple[Table, bool]] = []
        if event.count:
            counted = facts.group_by("customer_id").aggregate(number=facts.count())
            sets.append(self._total(self.step(counted), event.count, 1))
        if event.sum is not None:
            column = facts[self.columns[looking.Column(event.sum.path, "m")]]
            summed = facts.group_by("customer_id").aggregate(number=column.sum().fill_null(0))
            sets.append(self._total(self.step(summed), event.sum.tests, SCALE))
        for named, first in ((event.first, True), (event.last, False)):
            if named is not None:
                sets.append((self._end(facts, named, first), False))
        if not sets:
            return facts.select("customer_id").distinct(), False
        return self._all([(self.step(found), negated) for found, negated in sets])

    def _total(self, totals: Table, tests: tuple[Test, ...], scale: int) -> tuple[Table, bool]:
        """Whose number passes; who has no facts at all has nought."""
        whole = [(test.op, float(test.value) * scale) for test in tests]  # type: ignore[arg-type]
        if all(_number(op, 0, value) for op, value in whole):
            failing = reduce(or_, [_number(_OPPOSITE[op], totals.number, value) for op, value in whole])
            return totals.filter(failing).select("customer_id"), True
        passing = reduce(and_, [_number(op, totals.number, value) for op, value in whole])
        return totals.filter(passing).select("customer_id"), False

    def _end(self, facts: Table, named: Where, first: bool) -> Table:
        order = [facts.occurred, facts.id] if first else [facts.occurred.desc(), facts.id.desc()]
        place = ibis.row_number().over(ibis.window(group_by="customer_id", order_by=order))
        placed = facts.mutate(place=place)
        placed = self.step(placed.filter(placed.place == 0))
        return placed.filter(self._holds(placed, named)).select("customer_id")

    def _sequence(self, sequence: Sequence) -> Table:
        came = self._step(sequence.steps[0], sequence)
        for step in sequence.steps[1:]:
            before = came.select("customer_id", before=came.occurred)
            now = self._step(step, sequence)
            joined = [now.customer_id == before.customer_id, before.before < now.occurred]
            if step.within_hours is not None:
                joined.append(now.occurred - before.before <= round(step.within_hours * HOUR))
            came = self.step(now.join(before, joined).select(now.customer_id, now.occurred).distinct())
        return came.select("customer_id").distinct()

    def _step(self, step: Step, sequence: Sequence) -> Table:
        facts = self._facts(step.name, step.where)
        if sequence.within_days is not None:
            facts = facts.filter(facts.age <= round(sequence.within_days * DAY))
        return self.step(facts.select("customer_id", "occurred").distinct())

    def changes(self, condition: Condition) -> Table | None:
        """When a fact next comes into a window or leaves one, or an agreement ends."""
        moments = []
        for part in looking.walk(condition):
            if isinstance(part, Event):
                facts = self._facts(part.name, part.where)
                if part.within_days is not None:
                    moments.append(self.step(_leaving(facts, round(part.within_days * DAY) + 1)))
                if part.older_than_days is not None:
                    moments.append(self.step(_leaving(facts, round(part.older_than_days * DAY))))
            elif isinstance(part, Sequence) and part.within_days is not None:
                for step in part.steps:
                    facts = self._facts(step.name, step.where)
                    moments.append(self.step(_leaving(facts, round(part.within_days * DAY) + 1)))
            elif isinstance(part, Consent):
                agreed = self._agreed(part)
                agreed = agreed.filter(agreed.until.notnull())
                moments.append(self.step(agreed.group_by("customer_id").aggregate(at=agreed.until.min())))
        if not moments:
            return None
        together = reduce(lambda one, two: self.step(one.union(two)), moments)
        return together.group_by("customer_id").aggregate(at=together.at.min())


def _leaving(facts: Table, span: int) -> Table:
    inside = facts.filter(facts.age < span)
    return inside.group_by("customer_id").aggregate(at=(inside.occurred + span).min())


_OPPOSITE = {Op.IS: Op.IS_NOT, Op.GT: Op.LTE, Op.GTE: Op.LT, Op.LT: Op.GTE, Op.LTE: Op.GT}


def _number(op: Op, number: Any, value: float) -> Any:
    """A comparison of numbers; of a column, or of a number itself."""
    match op:
        case Op.IS:
            return number == value
        case Op.IS_NOT:
            return number != value
        case Op.GT:
            return number > value
        case Op.GTE:
            return number >= value
        case Op.LT:
            return number < value
        case _:
            return number <= value


def _compare(test: Test, text: Any, number: Any, date: Any) -> Any:
    """A comparison of a value that is a text or a number; a value of the other kind is neither equal nor unequal.
    ``date``: the day that its text begins with, if it does."""
    value = test.value
    match test.op:
        case Op.IN:
            assert isinstance(value, tuple)
            numbers = [each for each in value if isinstance(each, float)]
            texts = [_letters(each) for each in value if not isinstance(each, float)]
            parts = [number.isin(numbers)] if numbers else []
            parts += [text.isin(texts)] if texts else []
            return reduce(or_, [part.fill_null(False) for part in parts])
        case Op.CONTAINS:
            return text.contains(value)
        case Op.BEFORE:
            return date < _whole_day(value)
        case Op.AFTER:
            return date > _whole_day(value)
        case Op.STARTS_WITH:
            return text.substr(0, len(str(value))) == value
        case _ if isinstance(value, float):
            return _number(test.op, number, value)
        case Op.IS:
            return text == _letters(value)
        case _:
            return text != _letters(value)


def _whole_day(value: Any) -> int:
    return int(str(value).replace("-", ""))


def _letters(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)
