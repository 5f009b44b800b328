"""``/api/v1/companies``."""

import json

import pytest
from django.test import Client

from rondpoint.accounts.actions import create_api_key
from rondpoint.accounts.models import AuditEntry
from rondpoint.customers.companies.models import Company
from rondpoint.customers.companies.tests.conftest import told
from rondpoint.customers.types import Evidence
from rondpoint.events.models import Event

pytestmark = [pytest.mark.django_db, pytest.mark.data]


@pytest.fixture
def api():
    client = Client(headers={"Authorization": f"Bearer {create_api_key('tests')[1]}"})

    def call(method, path, body=None):
        said = {"data": json.dumps(body), "content_type": "application/json"} if body is not None else {}
        answer = getattr(client, method)(f"/api/v1{path}", **said)
        return answer.status_code, answer.json() if answer.content else None

    return call


ACME = {
    "key": "acme-42",
    "name": "Acme",
    "domains": ["https://www.Acme.example.com/"],
    "traits": {"industry": "retail"},
}


def fields(answer):
    status, body = answer
    return status, [error["field"] for error in body["errors"]]


def person(api, name="Awa"):
    address = {"kind": "email", "value": f"{name.lower()}@example.org"}
    return api("post", "/customers", {"name": name, "identifiers": [address]})[1]["id"]


def test_a_company_is_made_once_and_found_by_its_key(api):
    status, made = api("post", "/companies", ACME)
    assert status == 201
    assert (made["name"], made["domains"], made["traits"]) == (
        "Acme", ["acme.example.com"], {"name": "Acme", "industry": "retail"},
    )  # fmt: skip
    assert made["keys"] == [{"source": "api", "key": "acme-42", "claimed": False}]
    assert (made["claimed"], made["people"], made["last_seen_at"]) == (False, 0, None)
    assert made["trait_sources"]["industry"]["source"] == "api"
    status, found = api("post", "/companies", {"key": "acme-42", "traits": {"industry": "wholesale"}})
    assert (status, found["id"], found["traits"]["industry"]) == (200, made["id"], "wholesale")
    for question in ("?q=acm", "?key=acme-42", "?domain=acme.example.com"):
        assert [row["id"] for row in api("get", f"/companies{question}")[1]["items"]] == [made["id"]], question
    assert api("get", "/companies?key=acme")[1]["items"] == []
    assert AuditEntry.objects.filter(action="company.written").count() == 2


def test_a_company_that_a_source_knows_under_the_key_is_the_same(api):
    number = told("acme-42", evidence=Evidence.CLAIMED, name="Claimed", colour="red")
    status, found = api("post", "/companies", ACME)
    assert (status, found["id"]) == (200, str(Company.objects.get(id=number).public_id))
    assert "colour" not in found["traits"] and found["name"] == "Acme"
    assert [(key["source"], key["claimed"]) for key in found["keys"]] == [("track:1", True), ("api", False)]
    assert found["links"][0]["rule"] == "same_key" and found["links"][0]["kind"] == "attributed"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": "  "}, "name"),
        ({"key": "null", "name": "Acme"}, "key"),
        ({"name": "Acme", "domains": ["gmail.com"]}, "domains[0]"),
        ({"name": "Acme", "domains": ["acme.example.com", "acme"]}, "domains[1]"),
        ({"name": "Acme", "traits": {"domain": "x.example.com"}}, "traits.domain"),
        ({"name": "Acme", "traits": {"name": "x"}}, "traits.name"),
        ({"name": "Acme", "colour": "red"}, "colour"),
        ({"name": "A" * 201}, "name"),
    ],
)
def test_what_is_wrong_is_said_with_its_field(api, body, field):
    assert fields(api("post", "/companies", body)) == (422, [field])
    assert Company.objects.count() == 0


def test_a_change_holds_and_a_null_takes_away(api):
    _, made = api("post", "/companies", ACME)
    url = f"/companies/{made['id']}"
    status, now = api("patch", url, {"name": "Acme SA", "traits": {"industry": None, "size": 12}, "domains": []})
    assert status == 200
    assert (now["name"], now["domains"], now["traits"]) == ("Acme SA", [], {"name": "Acme SA", "size": 12})
    assert now["trait_sources"]["size"]["source"] == "staff"
    assert api("get", url)[1] == now
    assert fields(api("patch", url, {"domains": ["orange.fr"]})) == (422, ["domains[0]"])
    assert api("get", "/companies/nobody")[0] == 404


def test_people_come_and_go(api):
    _, made = api("post", "/companies", ACME)
    url, awa = f"/companies/{made['id']}/members", person(api)
    status, held = api("post", url, {"customer": awa, "role": "Buyer", "since": "2026-03-01T00:00:00Z"})
    assert (status, held["role"], held["since"], held["evidence"]) == (
        201, "Buyer", "2026-03-01T00:00:00.000Z", "signed",
    )  # fmt: skip
    assert held["customer"]["id"] == awa
    assert api("post", url, {"customer": awa})[0] == 200
    assert [row["customer"]["name"] for row in api("get", url)[1]["items"]] == ["Awa"]
    assert api("get", f"/companies/{made['id']}")[1]["people"] == 1
    [shown] = api("get", f"/customers/{awa}")[1]["companies"]
    assert (shown["id"], shown["name"], shown["role"]) == (made["id"], "Acme", "Buyer")
    assert api("delete", f"{url}/{awa}") == (204, None)
    assert api("delete", f"{url}/{awa}")[0] == 404
    assert api("get", f"/customers/{awa}")[1]["companies"] == []
    told_ = Event.objects.filter(type__startswith="company.").order_by("id").values_list("type", "properties")
    assert [(type_, said["name"]) for type_, said in told_] == [("company.joined", "Acme"), ("company.left", "Acme")]
    assert api("get", f"/customers/{awa}/timeline")[1]["items"][0]["title"] == "Left Acme"


def test_who_cannot_be_added(api):
    _, made = api("post", "/companies", ACME)
    url = f"/companies/{made['id']}/members"
    assert fields(api("post", url, {"customer": "nobody"})) == (422, ["customer"])
    assert fields(api("post", url, {"customer": person(api), "since": "yesterday"})) == (422, ["since"])
    assert fields(api("post", url, {"customer": person(api), "since": "2999-01-01T00:00:00Z"})) == (422, ["since"])
    assert api("post", "/companies/nobody/members", {"customer": person(api)})[0] == 404


def test_a_member_named_by_the_id_of_one_that_was_merged_away_stays_with_that_one(api):
    _, made = api("post", "/companies", ACME)
    awa, ben = person(api), person(api, "Ben")
    link = api("post", f"/customers/{awa}/links", {"customer": ben})[1]["id"]
    assert api("post", f"/companies/{made['id']}/members", {"customer": ben})[0] == 201
    assert api("get", f"/customers/{awa}")[1]["companies"]
    api("delete", f"/customers/{awa}/links/{link}")
    assert api("get", f"/customers/{awa}")[1]["companies"] == []
    assert api("get", f"/customers/{ben}")[1]["companies"]


def test_two_become_one_and_come_apart(api):
    one, two = (api("post", "/companies", {"name": name})[1] for name in ("Acme", "Acme SA"))
    status, link = api("post", f"/companies/{one['id']}/links", {"company": two["id"]})
    assert (status, link["rule"], link["evidence"]) == (201, "manual", {"by": "API key tests"})
    assert api("get", f"/companies/{two['id']}")[1]["id"] == one["id"]
    assert fields(api("post", f"/companies/{one['id']}/links", {"company": two["id"]})) == (422, ["company"])
    assert api("delete", f"/companies/{one['id']}/links/{link['id']}")[1] == {"companies": [one["id"], two["id"]]}
    assert api("get", f"/companies/{two['id']}")[1]["name"] == "Acme SA"
    assert api("delete", f"/companies/{one['id']}/links/{link['id']}")[0] == 404


def test_pages_follow_each_other_and_cost_the_same(api, django_assert_max_num_queries):
    for number in range(5):
        api("post", "/companies", {"name": f"C{number}"})
    with django_assert_max_num_queries(9):
        first = api("get", "/companies?limit=3")[1]
    second = api("get", f"/companies?limit=3&cursor={first['next']}")[1]
    assert [row["name"] for row in first["items"] + second["items"]] == ["C0", "C1", "C2", "C3", "C4"]
    assert second["next"] is None
    assert api("get", "/companies?cursor=x")[0] == 400
