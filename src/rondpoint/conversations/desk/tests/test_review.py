"""The list of those who may be one person: answered from there, and back to it with the way to take it back."""

import pytest
from django.test import Client

from rondpoint.accounts.models import User
from rondpoint.customers import actions, queries
from rondpoint.customers.models import Link
from rondpoint.customers.types import Evidence, IdentifierIn
from rondpoint.lib.db import write

pytestmark = pytest.mark.django_db(transaction=True)


def person(name, *identifiers):
    profile, _ = actions.make_profile("shop", name, 1, {"name": {"value": name, "at": 1}})
    actions.identify(profile.id, [IdentifierIn(*each) for each in identifiers], 1)
    return queries.of_profile(profile.id)


@pytest.fixture
def desk(brand):
    client = Client()
    with write():
        user = User.objects.create(email="ines@example.com", name="Inès", role="agent", language="en")
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_a_pair_is_compared_and_answered_from_the_list(desk):
    assert "Nothing to decide" in desk.get("/review").content.decode()
    left = person("Awa <b>", ("phone", "+33199000001", Evidence.CLAIMED))
    right = person("Awa D.", ("phone", "+33199000001", Evidence.CLAIMED))
    page = desk.get("/review").content.decode()
    assert "Awa &lt;b&gt;" in page and "Both name" in page and "conflict" not in page
    address = f"/customers/{left.public_id}/compare/{right.public_id}?review"
    assert f'href="{address}"' in page or f'href="/customers/{right.public_id}/compare/{left.public_id}?review"' in page
    answer = desk.post(address, {"answer": "different"})
    assert answer["Location"].startswith(f"/review?of={left.public_id}&done=apart")
    page = desk.get(answer["Location"]).content.decode()
    assert "Noted: they are two people." in page and "Undo" in page and "Nothing to decide" in page
    back = f"/customers/{left.public_id}/compare/{right.public_id}/removal"
    desk.post(back, {"at": answer["Location"].split("at=")[1]})
    answer = desk.post(address, {"answer": "same"})
    assert "The two records are one customer now." in desk.get(answer["Location"]).content.decode()
    assert queries.resolve(right.public_id).id == left.id
    assert queries.reviews(5) == []


def test_a_conflict_says_what_speaks_against_it(desk):
    for number in "12":
        person(f"Awa {number}", ("account", number, Evidence.SIGNED), ("email", "x@example.com", Evidence.VERIFIED))
    page = desk.get("/review").content.decode()
    assert "conflict" in page and "together they would have 2 account numbers" in page


def test_records_that_are_alike_say_how_likely_wherever_they_are_suggested(desk):
    left = person("Awa", ("phone", "+33199000001", Evidence.CLAIMED))
    right = person("Awa D.", ("phone", "+33199000001", Evidence.CLAIMED))
    alike = {"likeness": [{"what": "last_name", "degree": "same", "bits": 9.0}]}
    with write():
        Link.objects.filter(opened=None).update(kind="probable", rule="likeness", evidence=alike, score=0.97)
    for place in ("/review", f"/customers/{left.public_id}", f"/customers/{left.public_id}/compare/{right.public_id}"):
        page = desk.get(place).content.decode()
        assert "97 %" in page and "Both name" not in page, place
    assert "Last name: " in page


def test_from_the_customers_page_one_comes_back_to_it(desk):
    left = person("A", ("phone", "+33199000001", Evidence.CLAIMED))
    right = person("B", ("phone", "+33199000001", Evidence.CLAIMED))
    answer = desk.post(f"/customers/{left.public_id}/compare/{right.public_id}", {"answer": "same"})
    assert answer["Location"].startswith(f"/customers/{left.public_id}?")


@pytest.mark.parametrize("query", ["after=x", "of=x&done=joined&link=1", "of=&done=apart&at=1"])
def test_an_address_that_makes_no_sense_shows_the_list(desk, query):
    assert desk.get(f"/review?{query}").status_code == 200
