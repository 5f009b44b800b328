"""Rows that become facts about people: what events and orders share."""

import hashlib
import json
from typing import Any

import msgspec
from msgspec import Struct

from rondpoint.customers import actions as customers
from rondpoint.customers.types import Said
from rondpoint.events import actions as events
from rondpoint.events.models import Event
from rondpoint.events.types import Fact
from rondpoint.hub.imports import people
from rondpoint.hub.imports.types import Context, Judged, Outcome
from rondpoint.lib import bulk


class Record(Struct, frozen=True):
    """A fact without its profile, and whom it is about."""

    person: people.Person
    fact: Fact


def name(key: str, *parts: Any) -> str:
    """The id of a fact whose row brings none: the same row has the same, so that bringing it again changes nothing."""
    return hashlib.sha256(json.dumps([key, *parts], sort_keys=True, default=str).encode()).hexdigest()[:40]


def judge(records: list[Record], context: Context) -> Judged:
    """Which facts are new. Whom nobody knew is made with her first fact."""
    named = {record.fact.message_id for record in records}
    told = {row.message_id for row in bulk.fetch(Event, source={context.source}, message_id=named)}
    outcomes, plan = [], []
    for record in records:
        new = record.fact.message_id not in told
        told.add(record.fact.message_id)
        outcomes.append(Outcome("new" if new else "known"))
        if new:
            plan.append(record)
    return Judged(outcomes, plan)


def apply(plan: list[Record], context: Context) -> None:
    """Records the facts. Inside ``write()``."""
    numbers = owners([(record.person, record.fact.occurred) for record in plan], context)
    events.record(
        [
            msgspec.structs.replace(record.fact, profile_id=number)
            for record, number in zip(plan, numbers, strict=True)
        ]
    )


def owners(about: list[tuple[people.Person, int]], context: Context) -> list[int]:
    """The profile of each person; who is new is made, as of the first moment something is told of her. Inside
    ``write()``."""
    places = people.place([person for person, _ in about], context.source)
    said: dict[tuple[str, str], Said] = {}
    for (person, at), place in zip(about, places, strict=True):
        if place.profile is None:
            first = said.get((place.source, place.key))
            at = min(at, first.at) if first else at
            known = {*(first.identifiers if first else ()), *person.identifiers}
            said[place.source, place.key] = Said(place.source, place.key, at, {}, tuple(sorted(known, key=str)))
    made = customers.hear(list(said.values()))
    return [(place.profile or made[place.source, place.key]).id for place in places]


def show(record: Record) -> dict[str, Any]:
    """A fact as it would become."""
    fact = record.fact
    who = record.person.key.partition(":")[2]
    return {"who": who, "type": fact.type, "occurred_at": fact.occurred, **fact.properties}
