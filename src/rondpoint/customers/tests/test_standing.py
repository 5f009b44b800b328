"""Whose word counts, and which word holds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rondpoint.customers import actions, queries, speaking
from rondpoint.customers.models import Identifier, Profile, Rule
from rondpoint.customers.rules import golden, standing
from rondpoint.customers.types import Evidence, IdentifierIn, Said, TraitRule
from rondpoint.lib.db import write

REAL, COUNTED = "deterministic", "attributed"


def word(source: str, trust: int = 0, **traits) -> golden.Word:
    told = {name: {"value": value, "at": at} for name, (value, at) in traits.items()}
    return golden.Word(source, told, trust)


def test_a_device_that_is_only_counted_is_silent_beside_who_is_proven():
    assert standing.speaking({1, 2}, {1: 0, 2: 3}, [(1, 2, COUNTED)]) == {2}


def test_devices_of_whom_nobody_is_proven_all_speak():
    assert standing.speaking({1, 2}, {}, [(1, 2, COUNTED)]) == {1, 2}


def test_whom_real_links_join_stand_together():
    assert standing.speaking({1, 2, 3}, {3: 2}, [(1, 3, REAL), (1, 2, COUNTED)]) == {1, 3}


@given(
    st.sets(st.integers(1, 8), min_size=1),
    st.dictionaries(st.integers(1, 8), st.integers(0, 4)),
    st.lists(st.tuples(st.integers(1, 8), st.integers(1, 8), st.sampled_from([REAL, "manual", COUNTED]))),
)
def test_who_is_proven_always_speaks_and_somebody_does(profiles, trust, links):
    links = [(left, right, kind) for left, right, kind in links if {left, right} <= profiles]
    heard = standing.speaking(profiles, trust, links)
    assert heard and heard <= profiles
    assert {each for each in profiles if trust.get(each)} <= heard


def test_the_most_recent_word_holds_unless_a_rule_says_otherwise():
    said = [
        word("crm", 3, city=("Lyon", 1)),
        word("chat", 1, city=("Nantes", 3)),
        word("form", 1, city=("Lyon", 2)),
    ]
    assert golden.traits(said)["city"].value == "Nantes"
    assert golden.traits(said, {"city": TraitRule.TRUSTED})["city"].source == "crm"
    assert golden.traits(said, {"city": TraitRule.FREQUENT})["city"].source == "form", "the newest of those that agree"


@pytest.mark.parametrize("rule", TraitRule)
def test_what_staff_wrote_holds_by_every_rule_until_a_source_says_something_newer(rule):
    written = golden.Word("staff", {"city": {"value": "Paris", "at": 5, "by": "In\u00e8s"}}, 5)
    said = [word("crm", 4, city=("Lyon", 1)), word("shop", 4, city=("Lyon", 2)), written]
    assert golden.traits(said, {"city": rule})["city"].value == "Paris"
    emptied = golden.Word("staff", {"city": {"value": None, "at": 5, "by": "In\u00e8s"}}, 5)
    assert "city" not in golden.traits([*said[:2], emptied], {"city": rule})
    for last in (written, emptied):
        later = golden.traits([*said, last, word("till", 1, city=("Brest", 6))], {"city": rule})
        assert later["city"].value == "Brest", "a source said something newer"


@given(
    st.permutations([word("a", 1, x=(1, 5)), word("b", 2, x=(2, 4)), word("c", 2, x=(2, 3))]),
    st.sampled_from(TraitRule),
)
def test_the_answer_does_not_depend_on_the_order(said, rule):
    expected = {TraitRule.RECENT: ("a", 1), TraitRule.TRUSTED: ("b", 2), TraitRule.FREQUENT: ("b", 2)}[rule]
    value = golden.traits(said, {"x": rule})["x"]
    assert (value.source, value.value) == expected


@pytest.mark.django_db
@pytest.mark.data
def test_a_device_adds_no_trait_and_no_address_to_the_account_it_is_counted_with():
    proven = IdentifierIn("account", "u1", Evidence.PROVIDER)
    claim = IdentifierIn("email", "stranger@example.org", Evidence.CLAIMED)
    with write():
        found = actions.hear(
            [
                Said("crm", "user:u1", 1, {"name": "Awa Diallo"}, (proven,)),
                Said("crm", "anon:a1", 2, {"name": "Somebody Else", "vip": True}, (claim,)),
            ]
        )
        device, account = found["crm", "anon:a1"], found["crm", "user:u1"]
        actions.attribute_many([(device, account)], "device", 3)
    record = queries.golden(Profile.objects.get(id=device.id).owner)
    assert (record.name, set(record.traits)) == ("Awa Diallo", {"name"})
    assert [held.kind for held in record.identifiers] == ["account"]
    assert Profile.objects.get(id=account.id).customer.name == "Awa Diallo"
    with write():
        Identifier.objects.filter(profile=device).update(evidence=Evidence.VERIFIED)
    assert queries.golden(record.profiles[0].owner).traits["name"].value == "Somebody Else"


@pytest.mark.django_db
@pytest.mark.data
def test_a_rule_is_kept_and_heeded(monkeypatch):
    monkeypatch.setattr(speaking, "FRESH", 0.0)
    with write():
        found = actions.hear(
            [
                Said("a", "k", 1, {"city": "Lyon"}, (IdentifierIn("email", "a@example.org", Evidence.VERIFIED),)),
                Said("b", "k", 2, {"city": "Nantes"}, (IdentifierIn("email", "a@example.org", Evidence.PROVIDER),)),
            ]
        )
        owner = Profile.objects.get(id=found["a", "k"].id).owner
        assert owner == Profile.objects.get(id=found["b", "k"].id).owner
        assert queries.golden(owner).traits["city"].value == "Nantes"
        Rule.objects.create(trait="city", rule="trusted")
    assert queries.golden(owner).traits["city"].value == "Lyon"
