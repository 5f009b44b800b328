"""Each operator means the same on DuckDB, SQLite and PostgreSQL, and what a slow judge in plain Python says."""

import contextlib
import os

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rondpoint.customers.actions import hear
from rondpoint.customers.types import Evidence, IdentifierIn, Said
from rondpoint.events.models import Event
from rondpoint.lib.db import write
from rondpoint.segments import compiling, live, relations, standing, whole
from rondpoint.segments.rules import needs as looking
from rondpoint.segments.rules.reading import read
from rondpoint.segments.tests import worlds
from rondpoint.segments.tests.oracle import Person, holds

pytestmark = [pytest.mark.django_db, pytest.mark.data]
NOW = 1_790_000_000_000_000
EXAMPLES = int(os.environ.get("RONDPOINT_EXAMPLES", "60"))


class Undo(Exception):
    pass


def settle(people) -> list[Person]:
    """Puts people into the database; the same people for the judge."""
    found = []
    for number, (traits, history, mail) in enumerate(people):
        address = (IdentifierIn("email", f"p{number}@example.com", Evidence.PROVIDER),) if mail else ()
        said = Said("track:1", f"user:{number}", NOW, traits, address)
        profile = hear([said])["track:1", f"user:{number}"]
        rows = [
            Event.objects.create(
                profile_id=profile.id,
                type=type_,
                source="track:1",
                message_id=f"{number}:{place}",
                occurred=NOW - quarters * worlds.DAYS // 4,
                received=NOW,
                properties=properties,
            )
            for place, (type_, quarters, properties) in enumerate(history)
        ]
        known = {name: value for name, value in traits.items() if value not in (None, "")}
        facts = [(row.id, row.type, row.occurred, row.properties) for row in rows]
        found.append(Person(profile.id, known, facts, {"email"} if mail else ()))
    standing.refresh([person.number for person in found])
    return found


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(people=worlds.people, definition=worlds.definitions)
def test_every_engine_agrees_with_the_judge(lake, people, definition):
    condition = read(definition)
    needed, compiled = looking.of(condition), compiling.compile(condition)
    with undone():
        there = settle(people)
        expected = [person.number for person in there if holds(condition, person, NOW)]
        numbers = [person.number for person in there]
        assert asked(compiled, "members", needed, numbers, NOW) == [(number,) for number in expected], definition
        if connection.vendor == "sqlite":  # on PostgreSQL the lake takes only what is committed
            everybody = whole.Whole(whole.kept(lake), [needed], NOW)
            assert everybody.members(compiled["duckdb"]["members"], needed) == expected, definition


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(people=worlds.people, definition=worlds.definitions, later=st.integers(1, 20 * worlds.DAYS))
def test_nothing_changes_before_the_moment_that_is_named(lake, people, definition, later):
    condition = read(definition)
    needed, compiled = looking.of(condition), compiling.compile(condition)
    with undone():
        there = {person.number: person for person in settle(people)}
        moments = {}
        if "changes" in compiled[connection.vendor]:
            moments = dict(asked(compiled, "changes", needed, there, NOW))
            if connection.vendor == "sqlite":
                everybody = whole.Whole(whole.kept(lake), [needed], NOW)
                assert dict(everybody.changes(compiled["duckdb"]["changes"], needed)) == moments
        for number, person in there.items():
            until = min(NOW + later, moments.get(number, NOW + later + 1) - 1)
            assert until >= NOW, "a moment that is over would be looked at again for ever"
            assert holds(condition, person, until) == holds(condition, person, NOW), definition


def test_a_share_is_the_same_on_every_engine_and_about_as_large_as_asked(lake):
    condition = read({"version": 1, "share": {"percent": 20, "seed": "été"}})
    needed, compiled = looking.of(condition), compiling.compile(condition)
    with undone():
        there = settle([({}, [], False)] * 2000)
        numbers = [person.number for person in there]
        drawn = asked(compiled, "members", needed, numbers, NOW)
        assert 330 < len(drawn) < 470
        # The first hundred and the last hundred draw as everybody does.
        for part in (numbers[:500], numbers[-500:]):
            assert 60 < len({number for (number,) in drawn} & set(part)) < 140
        if connection.vendor == "sqlite":
            everybody = whole.Whole(whole.kept(lake), [needed], NOW)
            assert everybody.members(compiled["duckdb"]["members"], needed) == [number for (number,) in drawn]
            # For ever: an installation that moves or is upgraded draws the same lots.
            lots = "lots AS (SELECT s0 FROM people) SELECT * FROM lots"
            text = relations.whole(lots, needed, NOW, {}, everybody.laid)
            everybody.database.execute("DELETE FROM everybody")
            everybody.database.execute("INSERT INTO everybody VALUES (1), (2), (3000000000)")
            assert everybody.database.execute(f"{text} ORDER BY 1").fetchall() == [(58131,), (646281,), (934391,)]


def asked(compiled, what, needed, numbers, now):
    return sorted(live.ask(compiled[connection.vendor][what], needed, numbers, now))


@contextlib.contextmanager
def undone():
    """What a case wrote is gone afterwards."""
    try:
        with write():
            yield
            raise Undo
    except Undo:
        pass
