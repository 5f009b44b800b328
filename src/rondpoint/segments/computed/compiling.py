"""A formula as an Ibis expression, and as SQL for each engine. Imports Ibis: for children and tests only.

Statements count, add whole numbers and choose rows; what those come to is said by ``rules.figures``.
"""

from collections.abc import Callable
from functools import reduce

import ibis
from ibis.expr.types import Table

from rondpoint.segments.compiling import Compiler
from rondpoint.segments.computed.rules import needs
from rondpoint.segments.computed.rules.signals import ACTS, SIGNALS
from rondpoint.segments.computed.types import Formula, Kind
from rondpoint.segments.rules.needs import Column
from rondpoint.segments.types import Event


def compile(formula: Formula) -> dict[str, dict[str, str]]:
    """The statements of a formula by engine: ``figures`` gives (customer_id, …) with what ``rules.figures`` reads,
    ``changes`` (customer_id, at) when a fact next comes into the window or leaves it; the latter only with a window."""
    needed = needs.of(formula)
    work = _Compiler(needed)
    statements = work.statements("figures", work.figures(formula))
    work = _Compiler(needed)
    changes = work.changes(needs.condition(formula))
    if changes is not None:
        for engine, named in work.statements("changes", changes).items():
            statements[engine] |= named
    return statements


class _Compiler(Compiler):
    def figures(self, formula: Formula) -> Table:
        if formula.kind in (Kind.ENGAGEMENT, Kind.BEST_CHANNEL):
            return self._signs()
        if formula.kind is Kind.BEST_HOUR:
            return self._hours(formula)
        assert formula.event is not None
        facts = self.step(self.window(formula.event))
        return _ROWS[formula.kind](self, facts, formula)

    def column(self, facts: Table, formula: Formula, kind: str) -> ibis.Column:
        return facts[self.columns[Column(formula.path, kind)]]

    def _signs(self) -> Table:
        told = []
        for signal in SIGNALS:
            facts = self.window(signal.event)
            channel = ibis.literal(signal.channel) if signal.channel else facts.channel
            rows = facts.select("customer_id", "day", "occurred", channel=channel, sign=ibis.literal(signal.sign.value))
            told.append(self.step(rows))
        every = self._together(told)
        every = every.filter(every.channel != "")
        return every.group_by("customer_id", "channel", "sign", "day").aggregate(
            count=every.count(), last=every.occurred.max()
        )

    def _hours(self, formula: Formula) -> Table:
        said = [Event(event.name, event.where, formula.within_days) for event in ACTS]
        every = self._together([self.step(self.window(event).select("customer_id", "quarter")) for event in said])
        return every.group_by("customer_id", "quarter").aggregate(count=every.count())

    def _together(self, tables: list[Table]) -> Table:
        return reduce(lambda one, two: self.step(one.union(two)), tables)

    def known(self, facts: Table, formula: Formula) -> Table:
        """The facts whose property is a text or a number, as ``text`` and ``number``."""
        text, number = self.column(facts, formula, "t"), self.column(facts, formula, "n")
        told = facts.select("customer_id", "id", "occurred", text=text, number=number)
        return self.step(told.filter(told.text.notnull() | told.number.notnull()))

    def end(self, told: Table, order: list[ibis.Value]) -> Table:
        """Of each customer the text and number of the row that comes first."""
        place = ibis.row_number().over(ibis.window(group_by="customer_id", order_by=order))
        placed = self.step(told.mutate(place=place))
        return placed.filter(placed.place == 0).select("customer_id", "text", "number")

    def values(self, facts: Table, formula: Formula) -> Table:
        """Each value once, with how often it came, when it last did, and a number that no other has."""
        told = self.known(facts, formula)
        counted = told.group_by("customer_id", "text", "number").aggregate(
            often=told.count(), last=told.occurred.max(), newest=told.id.max()
        )
        return self.step(counted)


def _of_each(facts: Table, **told: ibis.Value) -> Table:
    return facts.group_by("customer_id").aggregate(**told)


def _count(work: _Compiler, facts: Table, formula: Formula) -> Table:
    return _of_each(facts, number=facts.count())


def _sum(work: _Compiler, facts: Table, formula: Formula) -> Table:
    number = work.column(facts, formula, "m")
    return _of_each(facts, total=number.sum(), often=number.count())


def _min(work: _Compiler, facts: Table, formula: Formula) -> Table:
    return _of_each(facts, number=work.column(facts, formula, "n").min())


def _max(work: _Compiler, facts: Table, formula: Formula) -> Table:
    return _of_each(facts, number=work.column(facts, formula, "n").max())


def _first_at(work: _Compiler, facts: Table, formula: Formula) -> Table:
    return _of_each(facts, at=facts.occurred.min())


def _last_at(work: _Compiler, facts: Table, formula: Formula) -> Table:
    return _of_each(facts, at=facts.occurred.max())


def _first(work: _Compiler, facts: Table, formula: Formula) -> Table:
    told = work.known(facts, formula)
    return work.end(told, [told.occurred, told.id])


def _last(work: _Compiler, facts: Table, formula: Formula) -> Table:
    told = work.known(facts, formula)
    return work.end(told, [told.occurred.desc(), told.id.desc()])


def _most_frequent(work: _Compiler, facts: Table, formula: Formula) -> Table:
    values = work.values(facts, formula)
    return work.end(values, [values.often.desc(), values["last"].desc(), values.newest.desc()])


def _distinct(work: _Compiler, facts: Table, formula: Formula) -> Table:
    values = work.values(facts, formula)
    return _of_each(values, number=values.count())


def _rfm(work: _Compiler, facts: Table, formula: Formula) -> Table:
    return _of_each(
        facts, number=facts.count(), total=work.column(facts, formula, "m").sum(), last=facts.occurred.max()
    )


def _lifetime_value(work: _Compiler, facts: Table, formula: Formula) -> Table:
    """Purchases of one day are one purchase; a day counts as paid when its sum is above nought."""
    amount = work.column(facts, formula, "m")
    days = facts.group_by("customer_id", "day").aggregate(first=facts.occurred.min(), amount=amount.sum())
    days = work.step(days)
    paid = ibis.cases((days.amount > 0, days.amount))
    return _of_each(
        days, days=days.count(), first=days["first"].min(), first_day=days.day.min(), last_day=days.day.max(),
        paid=paid.count(), total=paid.sum(),
    )  # fmt: skip


_ROWS: dict[Kind, Callable[[_Compiler, Table, Formula], Table]] = {
    Kind.COUNT: _count,
    Kind.SUM: _sum,
    Kind.AVERAGE: _sum,
    Kind.MIN: _min,
    Kind.MAX: _max,
    Kind.FIRST: _first,
    Kind.LAST: _last,
    Kind.FIRST_AT: _first_at,
    Kind.LAST_AT: _last_at,
    Kind.DAYS_SINCE: _last_at,
    Kind.MOST_FREQUENT: _most_frequent,
    Kind.DISTINCT: _distinct,
    Kind.RFM: _rfm,
    Kind.LIFETIME_VALUE: _lifetime_value,
}
