"""The API of purposes, words and preferences."""

import json

import pytest
from django.test import Client

from rondpoint.accounts.actions import create_api_key
from rondpoint.consent.models import ConsentEntry
from rondpoint.customers import actions as customers
from rondpoint.customers import queries as known
from rondpoint.customers.types import Evidence, IdentifierIn

pytestmark = [pytest.mark.django_db]
A, B, PHONE = "awa@example.com", "awa.b@example.com", "+33199000101"
PROOF = {"text": "Yes, tell me about offers.", "url": "https://example.com/checkout", "ip": "192.0.2.7"}


class Caller:
    def __init__(self, key):
        self.client, self.key = Client(), key

    def __call__(self, method, path, body=None):
        said = self.client.generic(
            method, f"/api/v1{path}", json.dumps(body) if body is not None else "", "application/json",
            headers={"Authorization": f"Bearer {self.key}"},
        )  # fmt: skip
        return said.status_code, said.json()


@pytest.fixture
def api(db):
    return Caller(create_api_key("tests")[1])


@pytest.fixture
def awa(db):
    said = [IdentifierIn("email", A, Evidence.SIGNED), IdentifierIn("email", B, Evidence.SIGNED)]
    number, _ = customers.create_or_find("Awa", [*said, IdentifierIn("phone", PHONE, Evidence.SIGNED)], {}, "api")
    return str(known.by_ids({number})[number].public_id)


def what(said, purpose, channel):
    rows = [row for row in said["standing"] if (row["purpose"], row["channel"]) == (purpose, channel)]
    return {row["address"]: row["reason"] for row in rows}


def test_a_grant_is_for_each_of_her_addresses_and_keeps_its_proof(api, awa):
    body = {
        "action": "granted", "purpose": "offers", "channel": "email", "basis": "consent", "wording": 1,
        "language": "en", "proof": PROOF, "expires": "2031-01-01T00:00:00Z", "at": "2026-01-01T00:00:00Z",
        "source": "checkout-17",
    }  # fmt: skip
    status, said = api("POST", f"/customers/{awa}/consents", body)
    assert status == 201 and what(said, "offers", "email") == {A: "granted", B: "granted"}
    assert what(said, "offers", "sms") == {PHONE: "never_agreed"}
    assert what(said, "service", "sms") == {PHONE: "contract"}
    assert {row["proof"]["ip"] for row in said["items"]} == {"192.0.2.7"}
    assert said["items"][0]["expires"] == "2031-01-01T00:00:00.000Z" and said["items"][0]["by"] == "API key tests"
    assert api("POST", f"/customers/{awa}/consents", body)[0] == 200
    assert ConsentEntry.objects.count() == 2
    status, said = api("POST", f"/customers/{awa}/consents", {"action": "withdrawn", "purpose": "offers"})
    assert status == 201 and what(said, "offers", "email") == {A: "withdrawn", B: "withdrawn"}
    page = api("GET", f"/customers/{awa}/consents?limit=2")[1]
    assert [row["action"] for row in page["items"]] == ["withdrawn", "granted"]
    rest = api("GET", f"/customers/{awa}/consents?limit=2&cursor={page['next']}")[1]
    assert [row["action"] for row in rest["items"]] == ["granted"] and rest["next"] is None


def test_the_golden_record_says_what_holds(api, awa):
    body = {"action": "granted", "purpose": "offers", "channel": "sms", "address": "01 99 00 01 01", "proof": PROOF}
    assert api("POST", f"/customers/{awa}/consents", body)[0] == 201
    api("POST", f"/customers/{awa}/consents", {"action": "granted", "purpose": "profiling", "proof": PROOF})
    rows = api("GET", f"/customers/{awa}")[1]["consents"]
    holds = {(row["purpose"], row["channel"]) for row in rows if row["kind"] == "standing" and row["allowed"]}
    assert holds == {("offers", "sms"), ("profiling", "")}
    assert {row["purpose"] for row in rows if row["kind"] == "said"} == {"offers", "profiling"}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"proof": {}}, "proof"),
        ({"action": "stop"}, "action"),
        ({"purpose": "nothing"}, "purpose"),
        ({"purpose": ""}, "purpose"),
        ({"channel": "fax"}, "channel"),
        ({"channel": "print"}, "address"),
        ({"channel": "whatsapp", "purpose": "newsletter"}, "channel"),
        ({"address": "nobody"}, "address"),
        ({"channel": "", "address": A}, "channel"),
        ({"channel": ""}, "channel"),
        ({"at": "2999-01-01T00:00:00Z"}, "at"),
        ({"expires": "2001-01-01T00:00:00Z"}, "expires"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_cannot_be_written_down_names_its_field(api, awa, changes, field):
    body = {"action": "granted", "purpose": "offers", "channel": "email", "proof": PROOF, **changes}
    status, said = api("POST", f"/customers/{awa}/consents", body)
    assert status == 422 and said["errors"][0]["field"] == field, said
    assert ConsentEntry.objects.count() == 0
    assert api("POST", "/customers/nobody/consents", body)[0] in (404, 422)


def test_preferences_are_set_as_a_whole(api, awa):
    assert api("GET", f"/customers/{awa}/preferences")[1]["quiet"] is None
    body = {
        "channels": {"offers": "print"}, "per_week": {"": 2, "offers": 1}, "paused_until": "forever",
        "quiet": {"from": "20:00", "to": "08:30"}, "timezone": "America/Toronto", "language": "fr", "do_not_call": True,
    }  # fmt: skip
    assert api("PUT", f"/customers/{awa}/preferences", body) == (200, body)
    assert api("GET", f"/customers/{awa}/preferences")[1] == body
    later = {"paused_until": "2030-05-01T00:00:00Z"}
    said = api("PUT", f"/customers/{awa}/preferences", later)[1]
    assert said["paused_until"] == "2030-05-01T00:00:00.000Z" and said["channels"] == {} and said["quiet"] is None


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"channels": {"nothing": "email"}}, "channels.nothing"),
        ({"channels": {"offers": "fax"}}, "channels.offers"),
        ({"channels": {"": "email"}}, "channels"),
        ({"per_week": {"offers": 99}}, "per_week.offers"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"quiet": {"from": "20:00", "to": "20:00"}}, "quiet"),
        ({"quiet": {"from": "25:00", "to": "20:00"}}, "quiet.from"),
    ],
)
def test_a_preference_that_cannot_be_names_its_field(api, awa, body, field):
    status, said = api("PUT", f"/customers/{awa}/preferences", body)
    assert status == 422 and said["errors"][0]["field"] == field


def test_purposes_are_listed_made_and_changed(api):
    items = api("GET", "/purposes")[1]["items"]
    assert [row["key"] for row in items] == [
        "service", "transactional", "newsletter", "offers", "profiling", "opens_and_clicks"
    ]  # fmt: skip
    assert items[2]["double_opt_in"] and items[2]["class"] == "marketing" and items[2]["wordings"]["fr"]["version"] == 1
    body = {"key": "sales", "names": {"fr": "Ventes"}, "class": "marketing", "basis": "consent", "channels": ["sms"]}
    assert api("POST", "/purposes", body)[0] == 201
    status, said = api("POST", "/purposes", body)
    assert status == 422 and said["errors"][0]["field"] == "key"
    for text, version in (("Oui aux ventes.", 1), ("Oui, aux ventes privées.", 2), ("Oui, aux ventes privées.", 2)):
        status, said = api("PATCH", "/purposes/sales", {"wordings": {"fr": text}})
        assert status == 200 and said["wordings"]["fr"] == {"text": text, "version": version}
    assert api("PATCH", "/purposes/sales", {"active": False})[1]["active"] is False
    assert api("PATCH", "/purposes/nothing", {"active": False})[0] == 404
    assert api("PATCH", "/purposes/sales", {"double_opt_in": True})[0] == 422
