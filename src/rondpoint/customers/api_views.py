"""Customers as the API shows them. Inside the house ids are numbers; outside only public ids are seen."""

from collections.abc import Callable, Iterable
from typing import Any

from rondpoint.customers import queries
from rondpoint.customers.models import Customer, Identifier, Link
from rondpoint.customers.types import Evidence
from rondpoint.events import titles
from rondpoint.events.models import Event
from rondpoint.events.types import OURS
from rondpoint.lib import clock

# What higher rooms know of a customer: {member: fn(customer_id) -> its value}.
_panels: dict[str, Callable[[int], Any]] = {}
# How numbers in facts become public ids: {property: fn(numbers) -> {number: public id}}.
_names: dict[str, Callable[[set[int]], dict[int, str]]] = {}


def add_panel(member: str, read: Callable[[int], Any]) -> None:
    """A higher room fills ``member`` of the golden record: ``consents``, ``segments``, ``companies`` or ``loyalty``."""
    _panels[member] = read


def name_numbers(property_: str, look_up: Callable[[set[int]], dict[int, str]]) -> None:
    """A higher room turns the numbers under a property of facts into public ids."""
    _names[property_] = look_up


def lines(customers: list[Customer]) -> list[dict[str, Any]]:
    """Customers in a list, with one query for the identifiers of all."""
    held = queries.held_by([row.id for row in customers])
    return [_line(row, held.get(row.id, [])) for row in customers]


def whole(customer: Customer) -> dict[str, Any]:
    """The golden record."""
    record = queries.record(customer.id)
    golden = record.golden
    names = public_ids({profile.id for profile in golden.profiles})
    return {
        **_line(customer, golden.identifiers),
        "name": golden.name,
        "language": golden.language,
        "traits": {name: value.value for name, value in golden.traits.items()},
        "trait_sources": {
            name: {
                "source": value.source,
                "at": clock.iso(value.at),
                "meaning": golden.computed[name].meaning if name in golden.computed else "",
            }
            for name, value in golden.traits.items()
        },
        "profiles": [
            {"id": names[row.id], "source": row.source, "created_at": clock.iso(row.created)} for row in golden.profiles
        ],
        "links": [
            link(row, names, why)
            for row, why in zip(record.links, queries.explanations(record.links), strict=True)
        ],
        "consents": [],
        "segments": [],
        "companies": [],
        "loyalty": None,
        **{member: read(customer.id) for member, read in _panels.items()},
    }


def link(row: Link, names: dict[int, str] | None = None, why: str | None = None) -> dict[str, Any]:
    """An open link. ``why``: its explanation, where that was asked for together with others."""
    names = names or public_ids({row.left_id, row.right_id})
    return {
        "id": str(row.public_id),
        "kind": row.kind,
        "rule": row.rule,
        "profiles": [names[row.left_id], names[row.right_id]],
        "evidence": queries.evidence(row),
        "explanation": why if why is not None else queries.explanations([row])[0],
        "opened_at": clock.iso(row.opened),
    }


def events(rows: list[Event]) -> list[dict[str, Any]]:
    """Facts on a timeline, with public ids in their data."""
    known = _known_numbers(rows)
    return [
        {
            "id": str(row.id),
            "type": row.type,
            "channel": row.channel,
            "occurred_at": clock.iso(row.occurred),
            "title": titles.title(row),
            "data": _open(row.properties, known) if row.type.startswith(OURS) else _foreign(row.properties),
        }
        for row in rows
    ]


def public_ids(numbers: Iterable[int]) -> dict[int, str]:
    """The public ids of customers, which are also those of the profiles that founded them."""
    rows = Customer.objects.filter(id__in=list(numbers))
    return {number: str(public_id) for number, public_id in rows.values_list("id", "public_id")}


def _line(customer: Customer, held: list[Identifier]) -> dict[str, Any]:
    return {
        "id": str(customer.public_id),
        "name": customer.name,
        "language": customer.language,
        "identifiers": [_identifier(row) for row in held if row.kind != "chat"],
        "created_at": clock.iso(customer.created),
        "last_seen_at": clock.iso(customer.last_seen),
    }


def _identifier(row: Identifier) -> dict[str, Any]:
    return {"kind": row.kind, "value": row.value, "scope": row.scope, "evidence": Evidence(row.evidence).name.lower()}


def _link_ids(numbers: set[int]) -> dict[int, str]:
    rows = Link.objects.filter(id__in=numbers)
    return {number: str(public_id) for number, public_id in rows.values_list("id", "public_id")}


_PEOPLE = ("customer_id", "profile_id", "customers", "profiles")
_names.update({**dict.fromkeys(_PEOPLE, public_ids), "link_id": _link_ids})


def _known_numbers(rows: list[Event]) -> dict[str, dict[int, str]]:
    """For each property that holds numbers, their public ids: one query for each, not for each fact."""
    wanted: dict[str, set[int]] = {}
    for row in rows:
        for name, value in row.properties.items():
            if name in _names and row.type.startswith(OURS):
                wanted.setdefault(name, set()).update(_numbers(value))
    return {name: _names[name](numbers) for name, numbers in wanted.items() if numbers}


def _open(properties: dict[str, Any], known: dict[str, dict[int, str]]) -> dict[str, Any]:
    data = {}
    for name, value in properties.items():
        if name not in _names:
            data[name] = value
            continue
        shown = [known[name][number] for number in _numbers(value) if number in known.get(name, {})]
        if isinstance(value, list):
            data[name] = shown
        elif shown:
            data[name] = shown[0]
    return data


def _foreign(properties: dict[str, Any]) -> dict[str, Any]:
    """What somebody else told, without numbers under our own names: they would look as if they were ours."""
    return {name: value for name, value in properties.items() if name not in _names or not _numbers(value)}


def _numbers(value: Any) -> list[int]:
    return [number for number in (value if isinstance(value, list) else [value]) if type(number) is int]
