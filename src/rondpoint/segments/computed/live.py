"""Computed traits as they change: the customers of a round of ``segments.live`` are worked out again."""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from django.db import connection
from msgspec import Struct

from rondpoint.segments.computed import known
from rondpoint.segments.computed.types import Row
from rondpoint.segments.models import ComputedTrait
from rondpoint.segments.rules.needs import Needs

# ``segments.live.ask``
Ask = Callable[[str, Needs, Collection[int], int], list[tuple[Any, ...]]]


class Moved(Struct):
    """What a round changed. ``traits``: by name whose value is another one; ``timed``: who was looked at by traits that
    change with time; ``moments``: when time alone may next change something of them."""

    traits: dict[str, set[int]] = {}
    timed: set[int] = set()
    moments: dict[int, int] = {}


def renew(facts: Mapping[int, set[str]], words: set[int], due: set[int], now: int, ask: Ask) -> Moved:
    """Works out again what may have changed, and writes the difference. ``facts``: by customer the types of those that
    came; ``words``: whose profiles changed; ``due``: for whom time may have changed something."""
    moved = Moved()
    for row in ComputedTrait.objects.filter(state="live", archived=None).order_by("id"):
        trait = known.trait(row)
        wanted = words | {number for number, types in facts.items() if not types.isdisjoint(trait.needs.types)}
        if trait.needs.windows:
            wanted |= due
            moved.timed |= wanted
        if wanted:
            values, moments = trait.values(told(trait, wanted, now, ask), now)
            moved.traits |= known.renew(row, wanted, values, now)
            _sooner(moved.moments, moments.items())
            changes = row.statements[connection.vendor].get("changes")
            if changes:
                _sooner(moved.moments, ((number, at) for number, at in ask(changes, trait.needs, wanted, now)))
    return moved


def told(trait: known.Trait, customer_ids: Collection[int], now: int, ask: Ask) -> dict[int, list[Row]]:
    """What the statement of a trait says of these customers, from the operational database."""
    return by_customer(ask(trait.row.statements[connection.vendor]["figures"], trait.needs, customer_ids, now))


def by_customer(rows: Iterable[tuple[Any, ...]]) -> dict[int, list[Row]]:
    """The rows of a statement by the customer they are of."""
    found: dict[int, list[Row]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(row[1:])
    return found


def _sooner(moments: dict[int, int], others: Iterable[tuple[int, int]]) -> None:
    for number, moment in others:
        moments[number] = min(moment, moments.get(number, moment))
