"""What waits for somebody's answer: each pair once, with what speaks against it, and gone once it is answered."""

import json

import pytest
from django.test import Client

from rondpoint.accounts.actions import create_api_key
from rondpoint.customers import actions, queries
from rondpoint.customers.models import Customer
from rondpoint.customers.types import Evidence, IdentifierIn

pytestmark = [pytest.mark.django_db, pytest.mark.data]


def person(name, *identifiers, source="shop"):
    profile, _ = actions.make_profile(source, name, 1, {"name": {"value": name, "at": 1}})
    actions.identify(profile.id, [IdentifierIn(*each) for each in identifiers], 1)
    profile.refresh_from_db()
    return profile.customer


@pytest.fixture
def api():
    client = Client(headers={"Authorization": f"Bearer {create_api_key('tests')[1]}"})

    def call(method, path):
        answer = getattr(client, method)(f"/api/v1{path}")
        return answer.status_code, json.loads(answer.content) if answer.content else None

    return call


def two(address, left=Evidence.CLAIMED, right=Evidence.CLAIMED):
    """Two customers who name one address."""
    return person(f"A {address}", ("email", address, left)), person(f"B {address}", ("email", address, right))


def test_each_pair_waits_once_the_newest_first():
    two("one@example.com")
    left, right = two("two@example.com")
    actions.identify(left.id, [IdentifierIn("phone", "+33199000001")], 2)
    actions.identify(right.id, [IdentifierIn("phone", "+33199000001")], 2)  # the same pair once more
    names = [{row.left.name, row.right.name} for row in queries.reviews(10)]
    assert names == [{left.name, right.name}, {"A one@example.com", "B one@example.com"}]
    first = queries.reviews(1)
    assert len(first) == 1
    place = (first[0].link.suggested, first[0].link.id)
    assert [{row.left.name, row.right.name} for row in queries.reviews(10, place)][-1:] == names[1:]


def test_what_even_good_evidence_does_not_join_says_why():
    person("A", ("account", "1", Evidence.SIGNED), ("email", "x@example.com", Evidence.VERIFIED))
    person("B", ("account", "2", Evidence.SIGNED), ("email", "x@example.com", Evidence.VERIFIED))
    (row,) = queries.reviews(10)
    assert row.too_many == {"account": 2}
    assert Customer.objects.filter(merged_into=None).count() == 2


def test_an_answer_ends_the_waiting(api):
    left, right = two("one@example.com")
    two("two@example.com")
    status, page = api("get", "/suggestions?limit=1")
    assert status == 200 and len(page["items"]) == 1 and page["next"]
    status, older = api("get", f"/suggestions?limit=1&cursor={page['next']}")
    (item,) = older["items"]
    assert {each["id"] for each in item["customers"]} == {str(left.public_id), str(right.public_id)}
    assert (item["rule"], item["evidence"]["value"], item["too_many"]) == ("same_email", "one@example.com", {})
    status, link = api("post", f"/suggestions/{item['id']}/acceptance")
    assert (status, link["kind"]) == (201, "manual")
    assert queries.resolve(right.public_id).id == left.id
    assert api("post", f"/suggestions/{item['id']}/acceptance")[0] == 404
    (item,) = page["items"]
    assert api("delete", f"/suggestions/{item['id']}")[0] == 204
    assert api("delete", f"/suggestions/{item['id']}")[0] == 404
    assert api("get", "/suggestions")[1] == {"items": [], "next": None}
    other = person("C", ("email", "two@example.com", Evidence.CLAIMED))
    waiting = queries.reviews(10)
    assert {other.id in (row.left.id, row.right.id) for row in waiting} == {True}, "the answer holds for the two only"


def test_who_was_separated_does_not_wait():
    left, right = two("one@example.com")
    actions.separate(left.id, right.id, "Inès")
    assert queries.reviews(10) == []


@pytest.mark.parametrize("name", ["nothing", "00000000-0000-0000-0000-000000000000"])
def test_one_that_is_not_there_is_404(api, name):
    assert api("post", f"/suggestions/{name}/acceptance")[0] == 404
    assert api("delete", f"/suggestions/{name}")[0] == 404
    assert api("get", "/suggestions?cursor=x")[0] == 400
