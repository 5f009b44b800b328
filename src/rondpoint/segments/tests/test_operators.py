"""Each operator means the same on DuckDB, SQLite and PostgreSQL, and what a slow judge in plain Python says."""

import contextlib
import os

import pytest
from django.db import connection
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from rondpoint.consent import actions as consent
from rondpoint.consent.types import Entry
from rondpoint.customers.actions import companies, hear
from rondpoint.customers.models import Company
from rondpoint.customers.types import Evidence, IdentifierIn, Said
from rondpoint.events.lake import kept
from rondpoint.events.models import Event
from rondpoint.lib.db import write
from rondpoint.segments import compiling, live, relations, standing, whole
from rondpoint.segments.models import Member, Segment
from rondpoint.segments.rules import needs as looking
from rondpoint.segments.rules.reading import read
from rondpoint.segments.tests import worlds
from rondpoint.segments.tests.oracle import Person, holds

pytestmark = [pytest.mark.django_db, pytest.mark.data]
NOW = 1_790_000_000_000_000
EXAMPLES = int(os.environ.get("RONDPOINT_EXAMPLES", "60"))


class Undo(Exception):
    pass


def settle(people, firms=({}, {}, {})) -> list[Person]:
    """Puts people and companies into the database; the same people for the judge."""
    found = []
    for number, traits in enumerate(firms):
        key = companies.hear([_told(number, traits)], NOW)["track:1", f"firm:{number}"]
        Company.objects.filter(id=key.id).update(public_id=worlds.FIRMS[number])
    known_firms = [{name: value for name, value in traits.items() if value not in (None, "")} for traits in firms]
    segments = [Segment.objects.create(public_id=name, name=name, definition={}) for name in worlds.SEGMENTS]
    for number, (traits, history, mail, words, belongs, inside) in enumerate(people):
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
        companies.hear([_told(firm, {}, profile.id) for firm in sorted(belongs)], NOW)
        known = {name: value for name, value in traits.items() if value not in (None, "")}
        facts = [(row.id, row.type, row.occurred, row.properties) for row in rows]
        agreed = agree(profile.id, words)
        found.append(Person(profile.id, known, facts, {"email"} if mail else (), agreed=agreed))
        found[-1].companies = [(worlds.FIRMS[firm], known_firms[firm]) for firm in belongs]
        for place in inside:
            Member.objects.create(segment=segments[place], customer_id=profile.id, since=NOW)
            found[-1].inside.add(worlds.SEGMENTS[place])
    standing.refresh([person.number for person in found])
    return found


def agree(profile_id, words):
    """Says yes, and of some no again; what is agreed: (purpose, channel, until)."""
    agreed = []
    for purpose, channel, quarters, stays in words:
        until = None if quarters is None else NOW + quarters * worlds.DAYS // 4
        said = Entry(
            profile_id, "confirmed", f"{profile_id}:{purpose}:{channel}", NOW - worlds.DAYS, purpose, channel, "email",
            f"{profile_id}@example.com", expires=until,
        )  # fmt: skip
        no = Entry(profile_id, "withdrawn", f"{said.source}:no", NOW - 1, purpose, channel)
        consent.record([said] if stays else [said, no], NOW)
        if stays:
            agreed.append((purpose, channel, until))
    return agreed


def _told(number, traits, profile=0):
    return companies.Told("track:1", f"firm:{number}", NOW, Evidence.PROVIDER, traits, "", profile)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(people=worlds.people, firms=worlds.firms, definition=worlds.definitions)
def test_every_engine_agrees_with_the_judge(lake, people, firms, definition):
    condition = read(definition)
    needed, compiled = looking.of(condition), compiling.compile(condition)
    with undone():
        there = settle(people, firms)
        expected = [person.number for person in there if holds(condition, person, NOW)]
        numbers = [person.number for person in there]
        assert asked(compiled, "members", needed, numbers, NOW) == [(number,) for number in expected], definition
        if connection.vendor == "sqlite":  # on PostgreSQL the lake takes only what is committed
            everybody = whole.Whole(kept(lake), [needed], NOW)
            assert everybody.members(compiled["duckdb"]["members"], needed) == expected, definition


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@example(
    people=[({}, [("Page Viewed", 0, {"l'été": ""})], False, [], (), ())],
    definition={
        "version": 1, "event": "Page Viewed", "where": [{"property": "l'été", "exists": True}], "within_days": 10,
    },
    later=1,
)  # fmt: skip
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
                everybody = whole.Whole(kept(lake), [needed], NOW)
                assert dict(everybody.changes(compiled["duckdb"]["changes"], needed)) == moments
        for number, person in there.items():
            until = min(NOW + later, moments.get(number, NOW + later + 1) - 1)
            assert until >= NOW, "a moment that is over would be looked at again for ever"
            assert holds(condition, person, until) == holds(condition, person, NOW), definition


def test_properties_have_names_of_any_language(lake):
    condition = read({"version": 1, "event": "Page Viewed", "where": [{"property": "l'été.prévu 😀", "is": "déjà"}]})
    needed, compiled = looking.of(condition), compiling.compile(condition)
    with undone():
        there = settle([({}, [("Page Viewed", 1, {"l'été": {"prévu 😀": "déjà"}})], False, [], (), ())])
        assert holds(condition, there[0], NOW)
        numbers = [person.number for person in there]
        assert asked(compiled, "members", needed, numbers, NOW) == [(numbers[0],)]
        if connection.vendor == "sqlite":
            everybody = whole.Whole(kept(lake), [needed], NOW)
            assert everybody.members(compiled["duckdb"]["members"], needed) == numbers


@pytest.mark.parametrize(
    ("tests", "meant"),
    [
        ({"before": "2026-02-01"}, [0]),
        ({"after": "2026-02-01"}, [3, 8]),
        ({"after": "2026-01-31", "before": "2026-02-28"}, [1, 2]),
    ],
)
def test_days_are_compared_as_they_are_written(lake, tests, meant):
    for definition in (
        {"trait": "country", **tests},
        {"event": "Page Viewed", "where": [{"property": "page.title", **tests}]},
        {"company": {"trait": "industry", **tests}},
    ):
        condition = read({"version": 1, **definition})
        needed, compiled = looking.of(condition), compiling.compile(condition)
        with undone():
            written = worlds.DAYS_WRITTEN
            there = settle(
                [({"country": day}, [("Page Viewed", 1, {"page": {"title": day}})], False, [], {place}, ())
                 for place, day in enumerate(written)],
                [{"industry": day} for day in written],
            )  # fmt: skip
            numbers = [person.number for person in there]
            expected = [numbers[place] for place in meant]
            assert asked(compiled, "members", needed, numbers, NOW) == [(number,) for number in expected]
            if connection.vendor == "sqlite":
                everybody = whole.Whole(kept(lake), [needed], NOW)
                assert everybody.members(compiled["duckdb"]["members"], needed) == expected


LISTED = [
    {"products": [{"sku": "LAMP", "price": 20}, {"sku": "it's 50%", "price": 5.5}]},
    {"products": [{"sku": "CHAIR", "price": 60, "sent": "2026-02-01"}, {"price": 20}, 7, None, ["LAMP"], "LAMP"]},
    {"products": [{"sku": None}, {"sku": True, "price": "20"}, {"sku": ["LAMP"]}], "tags": ["été", 7, False]},
    {"products": {"sku": "LAMP", "price": 20}, "tags": "été"},
    {"products": [], "tags": [None, {"x": 7}]},
    {"products": "LAMP", "tags": None},
    {},
]


@pytest.mark.parametrize(
    ("where", "meant"),
    [
        ({"property": "products[].sku", "is": "LAMP"}, [0]),
        ({"property": "products[].sku", "is_not": "LAMP"}, [0, 1, 2]),
        ({"property": "products[].sku", "is": True}, [2]),
        ({"property": "products[].sku", "in": ["CHAIR", True, 5]}, [1, 2]),
        ({"property": "products[].sku", "contains": "s 50%"}, [0]),
        ({"property": "products[].sku", "starts_with": "it's"}, [0]),
        ({"property": "products[].sku", "exists": True}, [0, 1, 2]),
        ({"property": "products[].sku", "exists": False}, [3, 4, 5, 6]),
        ({"property": "products[].price", "is": 5.5}, [0]),
        ({"property": "products[].price", "gt": 5.5, "lt": 20}, []),  # of the same element
        ({"property": "products[].price", "gte": 20, "lte": 20}, [0, 1]),
        ({"property": "products[].sent", "after": "2026-01-31", "before": "2026-02-02"}, [1]),
        ({"property": "tags[]", "is": "été"}, [2]),
        ({"property": "tags[]", "in": [False, 8]}, [2]),
        ({"property": "tags[]", "gt": 6}, [2]),
        ({"property": "tags[].x", "gt": 6}, [4]),
        ({"property": "tags[]", "exists": False}, [0, 1, 3, 5, 6]),
    ],
)
def test_any_element_of_a_list_will_do(lake, where, meant):
    condition = read({"version": 1, "event": "Page Viewed", "where": [where]})
    needed, compiled = looking.of(condition), compiling.compile(condition)
    with undone():
        there = settle([({}, [("Page Viewed", 1, properties)], False, [], (), ()) for properties in LISTED])
        numbers = [person.number for person in there]
        expected = [numbers[place] for place in meant]
        assert asked(compiled, "members", needed, numbers, NOW) == [(number,) for number in expected]
        if connection.vendor == "sqlite":
            everybody = whole.Whole(kept(lake), [needed], NOW)
            assert everybody.members(compiled["duckdb"]["members"], needed) == expected


def test_a_share_is_the_same_on_every_engine_and_about_as_large_as_asked(lake):
    condition = read({"version": 1, "share": {"percent": 20, "seed": "été"}})
    needed, compiled = looking.of(condition), compiling.compile(condition)
    with undone():
        there = settle([({}, [], False, [], (), ())] * 2000)
        numbers = [person.number for person in there]
        drawn = asked(compiled, "members", needed, numbers, NOW)
        assert 330 < len(drawn) < 470
        # The first hundred and the last hundred draw as everybody does.
        for part in (numbers[:500], numbers[-500:]):
            assert 60 < len({number for (number,) in drawn} & set(part)) < 140
        if connection.vendor == "sqlite":
            everybody = whole.Whole(kept(lake), [needed], NOW)
            assert everybody.members(compiled["duckdb"]["members"], needed) == [number for (number,) in drawn]
            # For ever: an installation that moves or is upgraded draws the same lots.
            asked_for = "lots AS (SELECT s0 FROM people) SELECT * FROM lots"
            text = relations.whole(asked_for, needed, NOW, {}, {}, everybody.laid)
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
