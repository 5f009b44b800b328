"""Computed traits over HTTP: defined, tried, read with a customer, used by segments, archived; and what is refused."""

import json

import pytest
from django.test import Client

from rondpoint.accounts import actions as accounts
from rondpoint.customers import actions as customers
from rondpoint.customers.types import Evidence, IdentifierIn
from rondpoint.events import actions as events
from rondpoint.events.tests.settling import settle as settle_facts
from rondpoint.events.types import Fact
from rondpoint.lib import clock
from rondpoint.lib.db import write
from rondpoint.segments import actions as segments
from rondpoint.segments import working
from rondpoint.segments.models import ComputedTrait, KnownTrait

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.data]
ORDERS = {"version": 1, "kind": "count", "event": "Order Completed", "within_days": 90}


@pytest.fixture
def api():
    client = Client(headers={"Authorization": f"Bearer {accounts.create_api_key('tests')[1]}"})

    def call(method, path, body=None):
        told = {"data": json.dumps(body), "content_type": "application/json"} if body is not None else {}
        answer = getattr(client, method)(f"/api/v1{path}", **told)
        return answer.status_code, answer.json() if answer.content else None

    return call


@pytest.fixture
def awa():
    address = IdentifierIn("email", "awa@example.com", Evidence.SIGNED)
    number, _ = customers.create_or_find("Awa", [address], {"country": "FR"}, "api")
    order(number, 50)
    order(number, 30.5)
    return number


def order(number, total, ago=0):
    with write():
        now = clock.now() - ago
        key = f"order:{number}:{total}"
        events.record([Fact(number, "Order Completed", now, "shop", key, "web", properties={"total": total})])


def settle():
    settle_facts()
    for _ in range(100):
        if not working.work("a worker"):
            return
    raise AssertionError("it never ends")


def named(name, definition):
    return {"name": name, "label": name.capitalize(), "definition": definition}


def public_id(api):
    return api("get", "/customers?identifier=email:awa@example.com")[1]["items"][0]["id"]


def test_a_trait_is_tried_defined_and_read_everywhere(api, awa):
    settle()
    status, tried = api("post", "/computed-traits/preview", {"definition": ORDERS})
    assert (status, tried["count"], tried["of"]) == (200, 1, 1)
    assert tried["values"] == [{"name": "", "count": 1, "least": 2, "middle": 2, "most": 2, "common": []}]
    assert tried["sample"][0]["values"] == {"": 2} and "Order completed" in tried["meaning"]
    status, made = api("post", "/computed-traits", named("orders", ORDERS))
    assert (status, made["state"], made["version"], made["names"]) == (201, "building", 1, ["orders"])
    segment = api("post", "/segments", {"name": "Buyers", "definition": {"version": 1, "trait": "orders", "gte": 3}})[1]
    settle()
    shown = api("get", f"/computed-traits/{made['id']}")[1]
    assert (shown["state"], shown["count"], shown["kind"]) == ("live", 1, "count")
    assert api("get", f"/segments/{segment['id']}")[1]["count"] == 0
    order(awa, 10)
    settle()
    whole = api("get", f"/customers/{public_id(api)}")[1]
    assert whole["traits"]["orders"] == 3 and whole["segments"][0]["name"] == "Buyers"
    told = whole["trait_sources"]["orders"]
    assert told["source"] == "computed" and "Order completed" in told["meaning"] and told["at"].endswith("Z")
    assert whole["trait_sources"]["country"]["meaning"] == ""
    heard = api("get", f"/customers/{public_id(api)}/traits/orders")[1]["items"]
    assert [(each["value"], each["source"], each["holds"]) for each in heard] == [(3, "computed", True)]
    assert [each["name"] for each in api("get", "/computed-traits")[1]["items"]] == ["orders"]


def test_another_definition_is_a_new_version_and_the_name_stays(api, awa):
    made = api("post", "/computed-traits", named("orders", ORDERS))[1]
    settle()
    spent = {"version": 1, "kind": "sum", "event": "Order Completed", "property": "total"}
    status, changed = api("patch", f"/computed-traits/{made['id']}", {"definition": spent, "label": "Spent"})
    assert (status, changed["version"], changed["state"], changed["label"]) == (200, 2, "building", "Spent")
    assert api("get", f"/customers/{public_id(api)}")[1]["traits"]["orders"] == 2, "until the new one is found"
    settle()
    assert api("get", f"/customers/{public_id(api)}")[1]["traits"]["orders"] == 80.5
    status, same = api("patch", f"/computed-traits/{made['id']}", {"definition": spent})
    assert (same["version"], same["state"]) == (2, "live"), "nothing is built anew for nothing"
    assert api("patch", f"/computed-traits/{made['id']}", {"name": "other"})[0] == 422


def test_a_trait_that_a_segment_looks_at_stays(api, awa):
    made = api("post", "/computed-traits", named("rfm", {**ORDERS, "kind": "rfm", "property": "total"}))[1]
    assert made["names"] == ["rfm", "rfm_r", "rfm_f", "rfm_m", "rfm_label"]
    segment = segments.define("Best", {"version": 1, "trait": "rfm_label", "is": "champions"}, "Inès")
    settle()
    status, problem = api("delete", f"/computed-traits/{made['id']}")
    assert status == 409 and "Best" in problem["detail"]
    status, problem = api("patch", f"/computed-traits/{made['id']}", {"definition": ORDERS})
    assert status == 422 and "rfm_label" in problem["detail"]
    segments.archive(segment)
    assert api("delete", f"/computed-traits/{made['id']}")[0] == 204
    assert api("get", f"/computed-traits/{made['id']}")[0] == 404
    assert not KnownTrait.objects.filter(computed__isnull=False).exists()
    assert api("post", "/computed-traits", named("rfm", ORDERS))[0] == 201, "the name is free again"


def test_a_name_means_one_thing(api, awa):
    settle()
    status, problem = api("post", "/computed-traits", named("country", ORDERS))
    assert status == 422 and "a source says “country” already" in problem["detail"]
    api("post", "/computed-traits", named("rfm", {**ORDERS, "kind": "rfm", "property": "total"}))
    status, problem = api("post", "/computed-traits", named("rfm_label", ORDERS))
    assert status == 422 and "belongs to the computed trait “Rfm”" in problem["detail"]
    assert api("post", "/computed-traits", named("language", ORDERS))[0] == 422
    assert ComputedTrait.objects.count() == 1


def test_what_a_source_says_later_is_kept_and_counts_once_the_trait_is_gone(api, awa):
    made = api("post", "/computed-traits", named("orders", ORDERS))[1]
    settle()
    address = IdentifierIn("email", "awa@example.com", Evidence.SIGNED)
    customers.create_or_find("Awa", [address], {"orders": 99}, "api")
    settle()
    assert api("get", f"/customers/{public_id(api)}")[1]["traits"]["orders"] == 2
    assert KnownTrait.objects.get(customer_id=awa, name="orders").number == 2
    api("delete", f"/computed-traits/{made['id']}")
    settle()
    assert api("get", f"/customers/{public_id(api)}")[1]["traits"]["orders"] == 99
    assert KnownTrait.objects.get(customer_id=awa, name="orders").number == 99


@pytest.mark.parametrize(
    ("definition", "place", "reason"),
    [
        ({}, "definition.version", "expected 1"),
        ({"version": True, "kind": "count"}, "definition.version", "expected 1"),
        ({"version": 1}, "definition.kind", "expected one of count"),
        ({"version": 1, "kind": ["count"]}, "definition.kind", "expected one of count"),
        ({"version": 1, "kind": "count"}, "definition.event", "missing"),
        ({"version": 1, "kind": "count", "event": 5}, "definition.event", "expected a text"),
        ({**ORDERS, "property": "total"}, "definition.property", "not known here"),
        ({**ORDERS, "kind": "sum"}, "definition.property", "expected a text"),
        ({**ORDERS, "kind": "sum", "property": "a..b"}, "definition.property", "dots"),
        ({**ORDERS, "where": [{"property": "total", "gte": "x"}]}, "definition.where[0].gte", "number"),
        ({**ORDERS, "within_days": 0}, "definition.within_days", "more than 0"),
        ({**ORDERS, "count": {"gte": 1}}, "definition.count", "not known here"),
        ({"version": 1, "kind": "engagement", "half_life_days": 0}, "definition.half_life_days", "1 to 3650"),
        ({"version": 1, "kind": "best_hour", "minimum": 1.5}, "definition.minimum", "whole number"),
        ({"version": 1, "kind": "best_hour", "minimum": 1e400}, "definition", ""),
        ({"version": 1, "kind": "best_hour", "timezone": "../etc/passwd"}, "definition.timezone", "no such time zone"),
        ({"version": 1, "kind": "best_hour", "timezone": 5}, "definition.timezone", "no such time zone"),
        ({"version": 1, "kind": "best_hour", "within_days": -1}, "definition.within_days", "more than 0"),
        ({"version": 1, "kind": "count", "event": "segment.entered"}, "definition.event", "segment"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(api, definition, place, reason):
    status, problem = api("post", "/computed-traits", named("x", definition))
    assert status in (400, 422)
    if status == 422:
        (error,) = problem["errors"]
        assert error["field"].startswith(place) and reason in error["reason"], error
    assert not ComputedTrait.objects.exists()


@pytest.mark.parametrize("name", ["", "Orders", "9x", "é", "a b", "x" * 61])
def test_names_are_plain(api, name):
    status, problem = api("post", "/computed-traits", {"name": name, "label": "X", "definition": ORDERS})
    assert status == 422 and problem["errors"][0]["field"] == "name"
    assert api("post", "/computed-traits", {"name": "x", "label": " ", "definition": ORDERS})[0] == 422


def test_time_alone_moves_values_and_the_segments_that_look_at_them(api, awa, monkeypatch):
    api("post", "/computed-traits", named("orders", {**ORDERS, "within_days": 2}))
    api("post", "/computed-traits", named("silent", {"version": 1, "kind": "days_since", "event": "Order Completed"}))
    long = {"name": "Silent", "definition": {"version": 1, "trait": "silent", "gte": 3}}
    segment = api("post", "/segments", long)[1]
    settle()
    assert api("get", f"/customers/{public_id(api)}")[1]["traits"]["silent"] == 0
    later = clock.now() + 3 * clock.DAY
    monkeypatch.setattr(clock, "now", lambda: later)
    settle()
    traits = api("get", f"/customers/{public_id(api)}")[1]["traits"]
    assert traits["silent"] == 3 and "orders" not in traits
    assert api("get", f"/segments/{segment['id']}")[1]["count"] == 1


def test_after_all_customers_were_replaced_the_values_are_those_of_the_new(api, awa):
    api("post", "/computed-traits", named("orders", ORDERS))
    settle()
    with write():
        segments.begin_anew()
    assert not KnownTrait.objects.exists()
    settle()
    assert KnownTrait.objects.get(name="orders").number == 2
    row = ComputedTrait.objects.get()
    assert (row.state, row.count) == ("live", 1)


def test_a_day_later_everybody_is_measured_anew(api, awa, monkeypatch):
    made = api("post", "/computed-traits", named("rfm", {**ORDERS, "kind": "rfm", "property": "total"}))[1]
    other = api("post", "/computed-traits", named("orders", ORDERS))[1]
    settle()
    began = ComputedTrait.objects.get(public_id=made["id"]).measured
    later = clock.now() + clock.DAY + clock.HOUR
    monkeypatch.setattr(clock, "now", lambda: later)
    segments.measure_daily()
    assert api("get", f"/computed-traits/{other['id']}")[1]["state"] == "live", "which is measured by nobody"
    assert api("get", f"/computed-traits/{made['id']}")[1]["state"] == "building"
    settle()
    row = ComputedTrait.objects.get(public_id=made["id"])
    assert row.state == "live" and row.measured > began and row.version == 1


def test_one_that_cannot_be_built_keeps_nobody_else_waiting(api, awa, caplog):
    broken = api("post", "/computed-traits", named("broken", ORDERS))[1]
    with write():
        ComputedTrait.objects.filter(public_id=broken["id"]).update(definition={"version": 1, "kind": "nonsense"})
    made = api("post", "/computed-traits", named("orders", ORDERS))[1]
    settle()
    assert api("get", f"/computed-traits/{made['id']}")[1]["state"] == "live"
    assert ComputedTrait.objects.get(public_id=broken["id"]).state == "building"
    assert "was not built" in caplog.text
