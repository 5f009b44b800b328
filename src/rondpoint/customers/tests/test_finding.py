"""Customers are found as they are typed, on both engines."""

import random

import phonenumbers
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rondpoint.customers import actions, finding, queries
from rondpoint.customers.models import Findable, NearWord, Profile
from rondpoint.customers.rules import words
from rondpoint.customers.types import Evidence, IdentifierIn
from rondpoint.events import actions as events
from rondpoint.events.types import Fact
from rondpoint.lib import addresses
from rondpoint.lib.db import write

pytestmark = [pytest.mark.data, pytest.mark.django_db]


def make(name, *held, source="crm", now=None):
    said = [IdentifierIn(kind, value, Evidence.SIGNED) for kind, value in held]
    return actions.create_or_find(name, said, {}, source, now)[0]


def names(text, **options):
    return [row.name for row in finding.find(text, **options)]


@pytest.fixture
def people():
    make("Awa Diallo", ("email", "awa.diallo@example.com"), ("phone", "+33199001234"), now=1_000_000)
    make("Éloïse Bœuf-Martin", ("email", "eloise@example.org"), ("account", "AC-20417"), now=2_000_000)
    make("Martin Schneider", ("phone", "+33199005678"), now=3_000_000)


@pytest.mark.parametrize(
    "text",
    [
        "Awa Diallo",
        "diallo awa",
        "DIAL",
        "aw dia",
        "0199001234",
        "01 99 00 12 34",
        "+33 1 99 00 12 34",
        "0033199001234",
        "01.99.00.12.34",
        "1234",
        "001234",
        "01 99 00 12",
        "awa.diallo@exa",
        "awa.diallo@example.com",
        "diallo 01 99 00 12 34",
        "dialo",
        "Dialol",
        "diallp awa",
    ],
)
def test_she_is_found(people, text):
    assert names(text) == ["Awa Diallo"]


@pytest.mark.parametrize("text", ["eloise", "ELOÏSE", "boeuf", "bœuf martin", "AC-20417", "20417", "eloise@example"])
def test_accents_ligatures_and_account_numbers(people, text):
    assert names(text) == ["Éloïse Bœuf-Martin"]


@pytest.mark.parametrize("text", ["", "   ", "nobody", "dallas", "9999", "@", "*", "-", '"', "example.net"])
def test_nobody_is_found(people, text):
    assert names(text) == []


def test_whole_words_come_before_words_that_begin_so_and_those_before_slips():
    for number, name in enumerate(["Marine Petit", "Marie Petit", "Marin Petit", "Merin Petit"]):
        make(name, now=number)
    assert names("marin") == ["Marin Petit", "Marine Petit", "Merin Petit", "Marie Petit"]


def test_who_was_seen_last_comes_first(people):
    assert names("martin") == ["Martin Schneider", "Éloïse Bœuf-Martin"]


def test_an_order_is_found_by_its_number(people):
    profile = Profile.objects.earliest("id")
    with write():
        events.record([Fact(profile.id, "order.completed", 1, "shop", "o1", properties={"number": "MH-1042"})])
    assert names("mh-1042") == ["Awa Diallo"]
    assert names("#MH-1042") == ["Awa Diallo"]
    assert names("MH-9999") == []
    with write():
        told = [("Order Completed", {"order_id": 77812}), ("Order Completed", {"order_id": "x" * 30_000})]
        events.record([Fact(profile.id, name, 2, "track:1", str(said)[:50], properties=said) for name, said in told])
    assert names("77812") == ["Awa Diallo"]
    assert names("x1" * 40) == []


def test_a_name_that_changes_is_followed(people):
    profile = Profile.objects.earliest("id")
    actions.identify(profile.id, [], 9_000_000, {"name": "Awa Ndiaye"})
    assert names("ndiaye") == ["Awa Ndiaye"]
    assert names("diallo") == ["Awa Ndiaye"]  # by her address
    assert names("awa diallo") == ["Awa Ndiaye"]


def test_words_on_several_profiles_of_one_customer_are_found_together_until_they_are_parted(people):
    awa = names_to_id("awa")
    martin = names_to_id("schneider")
    link = actions.merge(awa, martin, "test")
    assert [row.id for row in finding.find("awa 5678")] == [awa]
    assert [row.id for row in finding.find("schneider")] == [awa]
    actions.unmerge(link, "test")
    assert finding.find("awa 5678") == []
    assert [row.id for row in finding.find("schneider")] == [martin]


def names_to_id(text):
    return finding.find(text)[0].id


def test_who_is_forgotten_leaves_no_word_behind(people):
    profile = Profile.objects.earliest("id")
    with write():
        finding.forget([profile.id])
    assert names("diallo") == []
    assert not NearWord.objects.filter(word="diallo").exists()
    assert not Findable.objects.filter(words__contains="diallo").exists()
    assert NearWord.objects.filter(word="martin").exists()


def test_rebuilding_finds_what_came_in_beside_the_actions(people):
    before = list(Findable.objects.order_by("profile_id").values_list("profile_id", "words"))
    with write():
        Findable.objects.all().delete()
        NearWord.objects.all().delete()
    assert names("diallo") == []
    assert finding.rebuild() == 3
    assert list(Findable.objects.order_by("profile_id").values_list("profile_id", "words")) == before
    assert names("dialo") == ["Awa Diallo"]


def test_the_list_of_customers_is_searched_the_same_way(people):
    assert [row.name for row in queries.find(q="01 99 00 12 34")] == ["Awa Diallo"]
    assert [row.name for row in queries.find(q="martin", limit=1)] == ["Martin Schneider"]


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(), max_size=60) | st.text("+0١9²*'\"\\|&!:-() é\x00\ud800가a", max_size=30))
def test_any_text_gives_an_answer(people, text):
    finding.find(text)


def test_slips_are_counted_as_people_make_them():
    assert words.slips("diallo", "dialo") == 1
    assert words.slips("diallo", "dialol") == 1
    assert words.slips("martin", "matrin") == 1
    assert words.slips("martin", "martine") == 1
    assert words.slips("abc", "xyz") == 3
    assert words.slips("", "abc") == 3


@given(st.text(alphabet="abcde", min_size=4, max_size=9), st.integers(0, 8), st.sampled_from("abcdez"))
def test_a_word_with_one_letter_wrong_shares_a_form_with_the_right_one(word, place, letter):
    place %= len(word)
    for wrong in (word[:place] + letter + word[place + 1 :], word[:place] + word[place + 1 :]):
        assert words.deletions(word) & words.deletions(wrong)


@given(st.text(max_size=40))
def test_folding_twice_changes_nothing_more(text):
    once = words.fold(text)
    assert words.words(once) == words.words(text)


def test_a_number_is_kept_with_and_without_its_country_as_the_library_parts_them():
    chance, seen = random.Random(3), 0
    for code in sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE):
        for length in (6, 8, 9, 10):
            typed = f"+{code}{''.join(chance.choices('0123456789', k=length))}"
            try:
                e164 = addresses.normalise("phone", typed)
            except addresses.BadAddress:
                continue
            digits, national = e164.removeprefix("+"), str(phonenumbers.parse(e164, None).national_number)
            assert finding._number_marks(e164) == words.number_marks(digits, national), e164
            seen += 1
    assert seen > 200
