"""Segments over HTTP: defined, tried, changed, archived, and what is wrong with a definition."""

import json

import pytest
from django.test import Client

from rondpoint.accounts import actions as accounts
from rondpoint.customers import actions as customers
from rondpoint.customers.types import Evidence, IdentifierIn
from rondpoint.lib.db import write
from rondpoint.segments import working
from rondpoint.segments.models import Member, Segment

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.data]
FRENCH = {"version": 1, "trait": "country", "is": "FR"}


@pytest.fixture
def api():
    client = Client(headers={"Authorization": f"Bearer {accounts.create_api_key('tests')[1]}"})

    def call(method, path, body=None):
        told = {"data": json.dumps(body), "content_type": "application/json"} if body is not None else {}
        answer = getattr(client, method)(f"/api/v1{path}", **told)
        return answer.status_code, answer.json() if answer.content else None

    return call


@pytest.fixture
def people():
    found = {}
    for name, box, country in (("Awa", "awa", "FR"), ("Bob", "bob", "CH"), ("Chloé", "chloe", "FR")):
        address = IdentifierIn("email", f"{box}@example.com", Evidence.SIGNED)
        found[name], _ = customers.create_or_find(name, [address], {"country": country}, "api")
    return found


def settle():
    for _ in range(100):
        if not working.work("a worker"):
            return
    raise AssertionError("it never ends")


def test_one_that_cannot_be_built_keeps_no_other_waiting(api, people, caplog):
    broken = api("post", "/segments", {"name": "Broken", "definition": FRENCH})[1]
    with write():
        Segment.objects.filter(public_id=broken["id"]).update(definition={"version": 1, "nonsense": True})
    made = api("post", "/segments", {"name": "French", "definition": FRENCH})[1]
    inside = {"version": 1, "segment": made["id"]}
    other = api("post", "/segments", {"name": "Looks at it", "definition": inside})[1]
    settle()
    rows = {str(row.public_id): row for row in Segment.objects.all()}
    assert (rows[made["id"]].state, rows[made["id"]].count) == ("live", 2)
    assert (rows[other["id"]].state, rows[other["id"]].count) == ("live", 2)  # built after the one it looks at
    assert rows[broken["id"]].state == "building" and "was not built" in caplog.text


def test_a_segment_is_tried_defined_and_lived(api, people):
    settle()
    status, tried = api("post", "/segments/preview", {"definition": FRENCH})
    assert (status, tried["count"], tried["of"]) == (200, 2, 3)
    assert {each["name"] for each in tried["sample"]} == {"Awa", "Chloé"}
    status, made = api("post", "/segments", {"name": "French", "definition": FRENCH})
    assert (status, made["state"], made["version"]) == (201, "building", 1)
    settle()
    status, shown = api("get", f"/segments/{made['id']}")
    assert (shown["state"], shown["count"]) == ("live", 2)
    status, page = api("get", f"/segments/{made['id']}/members?limit=1")
    assert [each["name"] for each in page["items"]] == ["Awa"]
    status, page = api("get", f"/segments/{made['id']}/members?limit=1&cursor={page['next']}")
    assert [each["name"] for each in page["items"]] == ["Chloé"] and page["next"] is None
    customers.edit(people["Bob"], {"country": "FR"}, "ines@example.com")
    settle()
    assert api("get", f"/segments/{made['id']}")[1]["count"] == 3
    bob = api("get", "/customers?identifier=email:bob@example.com")[1]["items"][0]["id"]
    assert api("get", f"/customers/{bob}")[1]["segments"] == [{"id": made["id"], "name": "French"}]
    timeline = api("get", f"/customers/{bob}/timeline")[1]["items"]
    assert "segment.entered" in {each["type"] for each in timeline}


def test_who_belongs_to_a_company_of_a_kind_follows_the_company_and_the_people(api, people):
    firm = api("post", "/companies", {"key": "acme", "name": "Acme", "traits": {"industry": "retail", "size": 12}})[1]
    kind = {"all": [{"company": {"trait": "industry", "is": "retail"}}, {"company": {"trait": "size", "gte": 10}}]}
    retail = api("post", "/segments", {"name": "Retail", "definition": {"version": 1, **kind}})[1]["id"]
    named = {"version": 1, "not": {"company": {"id": firm["id"]}}}
    others = api("post", "/segments", {"name": "Others", "definition": named})[1]
    assert others["meaning"].endswith("who belong to “Acme”.")

    def counts():
        settle()
        return [api("get", f"/segments/{each}")[1]["count"] for each in (retail, others["id"])]

    assert counts() == [0, 3]
    bob = api("get", "/customers?identifier=email:bob@example.com")[1]["items"][0]["id"]
    api("post", f"/companies/{firm['id']}/members", {"customer": bob, "role": "Buyer"})
    assert counts() == [1, 2]
    api("patch", f"/companies/{firm['id']}", {"traits": {"industry": "law"}})
    assert counts() == [0, 2]
    api("patch", f"/companies/{firm['id']}", {"traits": {"industry": "retail"}})
    other = api("post", "/companies", {"name": "Acme & Sons"})[1]
    link = api("post", f"/companies/{other['id']}/links", {"company": firm["id"]})[1]
    assert counts() == [1, 2]
    api("delete", f"/companies/{firm['id']}/links/{link['id']}")
    api("delete", f"/companies/{firm['id']}/members/{bob}")
    assert counts() == [0, 3]


def test_a_definition_may_be_the_body_itself(api, people):
    settle()
    assert api("post", "/segments/preview", FRENCH)[1]["count"] == 2
    status, made = api("post", "/segments", {**FRENCH, "description": "for the letter"})
    assert (status, made["name"]) == (201, made["meaning"]) and made["definition"] == FRENCH
    assert made["description"] == "for the letter"
    assert api("post", "/segments", {**FRENCH, "name": "French"})[1]["name"] == "French"
    status, problem = api("post", "/segments", {**FRENCH, "of": 1})
    assert status == 422 and problem["errors"][0]["field"] == "definition.of"


def test_another_definition_is_a_new_version(api, people):
    made = api("post", "/segments", {"name": "French", "definition": FRENCH})[1]
    settle()
    swiss = {"version": 1, "trait": "country", "is": "CH"}
    status, changed = api("patch", f"/segments/{made['id']}", {"definition": swiss, "name": "Swiss"})
    assert (status, changed["version"], changed["state"], changed["name"]) == (200, 2, "building", "Swiss")
    settle()
    members = api("get", f"/segments/{made['id']}/members")[1]["items"]
    assert [each["name"] for each in members] == ["Bob"]
    status, same = api("patch", f"/segments/{made['id']}", {"definition": swiss})
    assert (same["version"], same["state"]) == (2, "live"), "nothing is built anew for nothing"


def test_a_segment_that_another_looks_at_stays(api, people):
    made = api("post", "/segments", {"name": "French", "definition": FRENCH})[1]
    inner = {"version": 1, "not": {"segment": made["id"]}}
    other = api("post", "/segments", {"name": "Others", "definition": inner})[1]
    settle()
    assert api("get", f"/segments/{other['id']}")[1]["count"] == 1
    assert api("delete", f"/segments/{made['id']}")[0] == 409
    circle = {"version": 1, "segment": other["id"]}
    status, problem = api("patch", f"/segments/{made['id']}", {"definition": circle})
    assert status == 422 and "look at itself" in problem["detail"]
    assert api("delete", f"/segments/{other['id']}")[0] == 204
    assert api("delete", f"/segments/{made['id']}")[0] == 204
    assert api("get", f"/segments/{made['id']}")[0] == 404
    assert not Member.objects.exists()


@pytest.mark.parametrize(
    ("definition", "place", "reason"),
    [
        ({}, "definition.version", "expected 1"),
        ({"version": 2, "all": []}, "definition.version", "expected 1"),
        ({"version": 1}, "definition", "exactly one of"),
        ({"version": 1, "all": []}, "definition.all", "not empty"),
        ({"version": 1, "all": [{"trait": "x"}]}, "definition.all[0]", "comparison is missing"),
        ({"version": 1, "all": [{"trait": "x", "is": None}]}, "definition.all[0].is", "number"),
        ({"version": 1, "trait": "x", "gte": "5"}, "definition.gte", "number"),
        ({"version": 1, "trait": "x", "are": "5"}, "definition.are", "not known here"),
        ({"version": 1, "event": "A", "count": {"gte": True}}, "definition.count.gte", "number"),
        ({"version": 1, "event": "A", "within_days": 0}, "definition.within_days", "more than 0"),
        ({"version": 1, "event": "A", "last": {"property": "a..b", "is": 1}}, "definition.last.property", "dots"),
        ({"version": 1, "event": "A", "where": [{"property": 'a"', "is": 1}]}, "definition.where[0].property", "dots"),
        ({"version": 1, "sequence": [{"event": "A"}]}, "definition.sequence", "two to ten"),
        ({"version": 1, "share": {"percent": 101}}, "definition.share.percent", "0 to 100"),
        ({"version": 1, "segment": "nothing"}, "definition.segment", "there is no segment"),
        ({"version": 1, "company": False}, "definition.company", "expected true"),
        ({"version": 1, "company": {}}, "definition.company.trait", "expected a text"),
        ({"version": 1, "company": {"trait": "industry"}}, "definition.company", "comparison is missing"),
        ({"version": 1, "company": {"id": "x", "is": 1}}, "definition.company.is", "not known here"),
        ({"version": 1, "company": {"id": "nothing"}}, "definition.company.id", "there is no company"),
        ({"version": 1, "company": True, "is": 1}, "definition.is", "not known here"),
        ({"version": 1, "event": "segment.entered"}, "definition.event", "segment"),
        ({"version": 1, "event": "A", "where": [{"property": "a[].b[]", "is": 1}]}, "definition.where[0].property",
         "one list at most, as in products[].sku"),
        ({"version": 1, "event": "A", "first": {"property": "[].b", "is": 1}}, "definition.first.property", "dots"),
        ({"version": 1, "event": "A", "sum": {"property": "a[].b", "gte": 1}}, "definition.sum.property", "a list"),
        ({"version": 1, "trait": "x", "before": "2026-06-31"}, "definition.before", "a day as in 2026-01-31"),
        ({"version": 1, "trait": "x", "after": 2026}, "definition.after", "a day as in 2026-01-31"),
        ({"version": 1, "event": "A", "where": [{"property": "x", "after": "2026-06-30T10:00"}]},
         "definition.where[0].after", "a day as in 2026-01-31"),
        ({"version": 1, "event": "A", "sum": {"property": "x", "after": "2026-06-30"}}, "definition.sum.after", "gte"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(api, definition, place, reason):
    status, problem = api("post", "/segments", {"name": "X", "definition": definition})
    assert status == 422
    (error,) = problem["errors"]
    assert error["field"] == place and reason in error["reason"], error
    assert not Segment.objects.exists()


def test_too_deep_and_too_many_are_refused(api):
    deep = {"trait": "x", "is": 1}
    for _ in range(20):
        deep = {"not": deep}
    assert "deep" in api("post", "/segments/preview", {"definition": {"version": 1, **deep}})[1]["detail"]
    many = {"version": 1, "any": [{"trait": "x", "is": 1}] * 101}
    assert "at most 100" in api("post", "/segments/preview", {"definition": many})[1]["detail"]
    assert api("post", "/segments", {"name": " ", "definition": FRENCH})[0] == 422


def test_the_largest_definition_runs(api, people):
    """Nothing that can be said is too much for an engine."""
    step = {"event": "A", "where": [{"property": "x.y", "is": "it's 50 %"}], "within_hours": 5}
    long = {"sequence": [{"event": "A"}, *[step] * 9], "within_days": 30}
    parts = [long, *[{"event": "A", "count": {"lt": 2}, "sum": {"property": "x", "lt": 5}, "within_days": 3}] * 45]
    definition = {"version": 1, "any": [{"not": part} for part in parts]}
    made = api("post", "/segments", {"name": "Large", "definition": definition})[1]
    settle()
    customers.edit(people["Bob"], {"country": "FR"}, "ines@example.com")
    settle()
    assert api("get", f"/segments/{made['id']}")[1]["state"] == "live"
