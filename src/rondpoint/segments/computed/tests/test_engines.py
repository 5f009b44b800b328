"""Each kind comes to the same on DuckDB, SQLite and PostgreSQL, and to what a slow judge in plain Python says."""

import os

import pytest
from django.db import connection
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from rondpoint.customers.actions import hear
from rondpoint.customers.types import Said
from rondpoint.events.lake import kept
from rondpoint.events.models import Event
from rondpoint.segments import live as rounds
from rondpoint.segments import whole
from rondpoint.segments.computed import compiling, fitting, known, live
from rondpoint.segments.computed.rules import needs
from rondpoint.segments.computed.rules.reading import read
from rondpoint.segments.computed.tests import oracle, worlds
from rondpoint.segments.computed.types import Kind
from rondpoint.segments.models import ComputedTrait
from rondpoint.segments.tests.test_operators import undone

pytestmark = [pytest.mark.django_db, pytest.mark.data]
NOW = 1_790_000_000_000_000
QUARTER = 21_600_000_000
EXAMPLES = int(os.environ.get("RONDPOINT_EXAMPLES", "40"))
PHASES = [Phase.explicit, Phase.reuse, Phase.generate]  # a case that fails is small already
CHANNELS = ["chat", "email", "sms"]


def settle(people):
    """Puts people into the database; by customer her facts, for the judge."""
    found = {}
    for number, history in enumerate(people):
        profile = hear([Said("track:1", f"user:{number}", NOW)])["track:1", f"user:{number}"]
        rows = [
            Event.objects.create(
                profile_id=profile.id,
                type=type_,
                channel=channel,
                source="track:1",
                message_id=f"{number}:{place}",
                occurred=NOW - quarters * QUARTER + place % 2,
                received=NOW,
                properties=properties,
            )
            for place, (type_, quarters, properties, channel) in enumerate(history)
        ]
        found[profile.id] = [(row.id, row.type, row.occurred, row.properties, row.channel) for row in rows]
    return found


def made(definition):
    formula = read(definition)
    row = ComputedTrait(name="x", definition=definition, names=needs.names("x", formula.kind, CHANNELS))
    row.statements = compiling.compile(formula)
    return known.trait(row)


def judged(trait, there, now, measured=None):
    found = {}
    for number, facts in there.items():
        for ending, value in oracle.values(trait.formula, facts, now, measured).items():
            seen = (value, None) if isinstance(value, str) else (None, float(value))
            found[number, needs.named("x", ending)] = seen
    return found


def asked(trait, numbers, now):
    rows = live.told(trait, numbers, now, rounds.ask)
    trait.row.parameters = fitting.measure(trait.formula, [row for told in rows.values() for row in told], now)
    return trait.values(rows, now)


def measured_of(trait, there, now):
    if trait.formula.kind is Kind.BEST_HOUR:
        return {"timezone": "UTC"}
    if trait.formula.kind is not Kind.RFM:
        return None
    totals = [told for facts in there.values() if (told := oracle.totals(trait.formula, facts, now))]
    return oracle.fifths(totals) if totals else None


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), phases=PHASES)
@given(people=worlds.people, definition=worlds.definitions)
def test_every_engine_agrees_with_the_judge(lake, people, definition):
    trait = made(definition)
    with undone():
        there = settle(people)
        expected = judged(trait, there, NOW, measured_of(trait, there, NOW))
        assert asked(trait, there, NOW)[0] == expected
        if connection.vendor == "sqlite":  # on PostgreSQL the lake takes only what is committed
            everybody = whole.Whole(kept(lake), [trait.needs], NOW)
            rows = list(everybody.stream(trait.row.statements["duckdb"]["figures"], trait.needs))
            assert trait.values(live.by_customer(rows), NOW)[0] == expected


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), phases=PHASES)
@given(people=worlds.people, definition=worlds.definitions, later=st.integers(1, 40 * 4 * QUARTER))
def test_nothing_changes_before_the_moment_that_is_named(lake, people, definition, later):
    trait = made(definition)
    with undone():
        there = settle(people)
        _, moments = asked(trait, there, NOW)
        measured = measured_of(trait, there, NOW)
        changes = trait.row.statements[connection.vendor].get("changes")
        for number, at in rounds.ask(changes, trait.needs, there, NOW) if changes else ():
            moments[number] = min(at, moments.get(number, at))
        for number, facts in there.items():
            until = min(NOW + later, moments.get(number, NOW + later + 1) - 1)
            assert until >= NOW, "a moment that is over would be looked at again for ever"
            alone = {number: facts}
            assert judged(trait, alone, until, measured) == judged(trait, alone, NOW, measured), definition
        if not trait.needs.windows:
            assert not moments
