"""Customers as rows: what is known of each, in columns that an import takes back."""

from collections.abc import Iterator, Sequence
from typing import Any

from rondpoint.customers import queries as customers
from rondpoint.customers.models import Customer, Identifier
from rondpoint.customers.rules.golden import Value
from rondpoint.hub.imports.kinds.customers import TRAITS
from rondpoint.hub.imports.rules.recognising import OURS
from rondpoint.segments import queries as segments
from rondpoint.segments.models import Segment

PORTION = 500


def chosen(segment: Segment | None) -> Iterator[list[Customer]]:
    """The customers of a segment, or all, in portions."""
    last = 0
    while True:
        if segment is not None:
            found = [row for row, _since in segments.members(segment, last or None, PORTION)]
        else:
            living = Customer.objects.filter(merged_into=None, id__gt=last)
            found = list(living.order_by("id")[:PORTION])
        if not found:
            return
        yield found
        last = found[-1].id


def columns(segment: Segment | None) -> list[str]:
    """The columns: addresses and numbers, then each trait that somebody has, with its type where an import could not
    tell: ``number:points``. Reads everything once."""
    scopes: set[str] = set()
    types: dict[str, set[str]] = {}
    for portion in chosen(segment):
        numbers = [row.id for row in portion]
        for held in customers.held_by(numbers).values():
            scopes |= {row.scope for row in held if row.kind == "account" and row.scope}
        for known in customers.known_traits(numbers).values():
            for name, told in known.items():
                types.setdefault(name, set()).add(_type(told.value))
    plain = [name for name in TRAITS if types.get(name) == {"text"}]
    rest = sorted(set(types) - set(plain))
    typed = [f"{types[name].copy().pop() if len(types[name]) == 1 else 'json'}:{name}" for name in rest]
    accounts = [f"account:{scope}" for scope in sorted(scopes)]
    return [OURS, "user_id", *accounts, "email", "phone", *plain, *typed]


def rows(segment: Segment | None, names: Sequence[str]) -> Iterator[list[list[Any]]]:
    """The customers as rows of values under these columns, in portions. Several addresses are a list."""
    for portion in chosen(segment):
        numbers = [row.id for row in portion]
        held, known = customers.held_by(numbers), customers.known_traits(numbers)
        yield [[_value(name, row, held.get(row.id, []), known[row.id]) for name in names] for row in portion]


def accounts() -> list[str]:
    """The columns of the numbers that other systems gave."""
    scoped = Identifier.objects.filter(kind="account").exclude(scope="")
    return [f"account:{scope}" for scope in scoped.order_by("scope").values_list("scope", flat=True).distinct()]


def held_in(column: str, held: list[Identifier]) -> Any:
    """What stands under ``email`` or ``phone`` (a list), ``user_id`` or ``account:SYSTEM``, of what somebody holds."""
    if column in ("email", "phone"):
        return [each.value for each in held if each.kind == column]
    scope = column.partition(":")[2]
    return next((each.value for each in held if each.kind == "account" and each.scope == scope), None)


def _value(column: str, row: Customer, held: list[Identifier], known: dict[str, Value]) -> Any:
    if column == OURS:
        return str(row.public_id)
    kind, colon, name = column.partition(":")
    if column in ("email", "phone", "user_id") or kind == "account":
        return held_in(column, held)
    told = known.get(name if colon else column)
    return told.value if told is not None else None


def _type(value: object) -> str:
    if isinstance(value, bool):
        return "truth"
    if isinstance(value, int | float):
        return "number"
    return "text" if isinstance(value, str) else "json"
