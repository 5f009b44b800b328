"""What a source said before: kept with its time, shown, and without a vote."""

import pytest

from rondpoint.customers import actions, queries
from rondpoint.customers.models import Customer
from rondpoint.customers.rules import golden
from rondpoint.customers.types import Said, TraitRule
from rondpoint.lib.db import write

pytestmark = [pytest.mark.django_db, pytest.mark.data]


def tell(at, city, source="import:orders"):
    with write():
        return actions.hear([Said(source, "1", at, {"city": city})])[source, "1"]


def told(customer_id):
    return [(row.value, row.at, row.holds, row.over) for row in queries.heard(customer_id, "city")]


def test_what_a_source_said_before_is_kept_with_its_time():
    profile = tell(10, "Lyon")
    tell(20, "Lille")
    tell(30, "Lille")
    tell(40, "Nantes")
    assert told(profile.owner) == [("Nantes", 40, True, False), ("Lille", 30, False, True), ("Lyon", 10, False, True)]
    assert [row.why for row in queries.heard(profile.owner, "city")][1:] == ["the same source said otherwise later"] * 2
    assert queries.golden(profile.owner).traits["city"].value == "Nantes"


def test_it_is_kept_of_what_comes_by_a_channel_or_a_program_too():
    profile, _ = actions.make_profile("chat:1", "account:1", 10)
    for at, city in ((20, "Lyon"), (30, "Lille"), (40, "Lille")):
        actions.identify(profile.id, [], at, {"city": city})
    assert told(profile.owner) == [("Lille", 30, True, False), ("Lyon", 20, False, True)]


def test_five_are_kept_and_none_that_are_large():
    traits = {}
    for at in range(1, 10):
        traits = golden.learned(traits, {"visits": at}, at, 10)
    assert [word["value"] for word in traits["visits"]["before"]] == [8, 7, 6, 5, 4]
    for large in (["a"], {"a": 1}, "a" * 1001):
        held = golden.learned({"x": {"value": large, "at": 1}}, {"x": "b"}, 2, 10)
        assert held["x"] == {"value": "b", "at": 2}


def test_earlier_words_have_no_vote():
    often = golden.Word("shop", golden.learned(golden.learned({}, {"city": "Lyon"}, 1, 9), {"city": "Lille"}, 2, 9))
    others = [golden.Word(name, {"city": {"value": city, "at": 1}}) for name, city in (("a", "Lyon"), ("b", "Nice"))]
    chosen = golden.traits([often, *others], {"city": TraitRule.FREQUENT})
    assert chosen["city"].value == "Lille", "a draw of three, of which the newest holds"


def test_they_go_with_the_profile():
    mine, other = tell(10, "Lyon"), tell(15, "Nice", "shop")
    tell(20, "Lille")
    link = actions.merge(mine.owner, other.owner, "Inès", 30)
    assert len(told(mine.owner)) == 3
    actions.unmerge(link, "Inès", 40)
    assert told(other.id) == [("Nice", 15, True, False)]
    assert [row[0] for row in told(mine.id)] == ["Lille", "Lyon"]
    assert Customer.objects.get(id=mine.id).merged_into_id is None
