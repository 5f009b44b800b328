"""``/api/v1/customers``."""

import json
import uuid

import pytest
from django.test import Client

from rondpoint.accounts.actions import create_api_key
from rondpoint.customers import actions, queries
from rondpoint.customers.types import Evidence, IdentifierIn
from rondpoint.events import actions as events
from rondpoint.events.types import Fact
from rondpoint.lib.db import write

pytestmark = [pytest.mark.django_db, pytest.mark.data]
AWA = {
    "name": "Awa Diallo",
    "identifiers": [{"kind": "email", "value": " Awa@Example.ORG "}],
    "traits": {"country": "FR"},
}
URL = "/api/v1/customers"


@pytest.fixture
def api(db):
    return Client(headers={"Authorization": f"Bearer {create_api_key('shop')[1]}"})


def post(api, url, body, **headers):
    return api.post(url, json.dumps(body), content_type="application/json", headers=headers)


def made(api, name="Awa", value="awa@example.org", kind="email"):
    return post(api, URL, {"name": name, "identifiers": [{"kind": kind, "value": value}]}).json()


def fields(response):
    assert response["Content-Type"] == "application/problem+json"
    return [error["field"] for error in response.json()["errors"]]


def test_a_customer_is_made_once_and_found_afterwards(api):
    first = post(api, URL, AWA)
    assert first.status_code == 201
    body = first.json()
    assert body["name"] == "Awa Diallo"
    assert body["identifiers"] == [{"kind": "email", "value": "awa@example.org", "scope": "", "evidence": "signed"}]
    assert body["traits"] == {"country": "FR", "name": "Awa Diallo"}
    assert (body["segments"], body["loyalty"]) == ([], None)
    second = post(api, URL, AWA)
    assert (second.status_code, second.json()["id"]) == (200, body["id"])
    assert api.get(f"{URL}/{body['id']}").json() == second.json()


def test_phone_numbers_are_normalised(api):
    assert made(api, kind="phone", value="01 99 00 12 34")["identifiers"][0]["value"] == "+33199001234"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"identifiers": [{"kind": "email", "value": "awa"}]}, "identifiers[0].value"),
        ({"identifiers": [{"kind": "phone", "value": "12"}]}, "identifiers[0].value"),
        ({"identifiers": [{"kind": "account", "value": "null"}]}, "identifiers[0].value"),
        (
            {"identifiers": [{"kind": "email", "value": "a@example.org"}, {"kind": "e mail", "value": "x"}]},
            "identifiers[1].kind",
        ),
        ({"identifiers": [{"kind": "chat", "value": "anon:1"}]}, "identifiers[0].kind"),
        ({"identifiers": [{"kind": "email"}]}, "identifiers[0].value"),
        ({"identifiers": []}, "identifiers"),
        ({"name": "Awa"}, "identifiers"),
        ({"identifiers": "awa@example.org"}, "identifiers"),
        ({**AWA, "name": 7}, "name"),
        ({**AWA, "traits": [1]}, "traits"),
        ({**AWA, "nmae": "Awa"}, "nmae"),
        ([], "body"),
        ("", "body"),
    ],
)
def test_a_bad_customer_is_refused_naming_the_field(api, body, field):
    response = post(api, URL, body)
    assert response.status_code == 422
    assert field in fields(response)
    assert api.get(URL).json()["items"] == []


@pytest.mark.parametrize("raw", [b"{", b"\xff", b'{"name": NaN}', b'{"name": "\\u0000"}', b"[" * 100_000])
def test_what_is_not_json_is_refused(api, raw):
    response = api.post(URL, raw, content_type="application/json")
    assert (response.status_code, response["Content-Type"]) == (400, "application/problem+json")


def test_a_body_over_a_megabyte_is_refused(api):
    assert api.post(URL, b" " * 1_000_001, content_type="application/json").status_code == 413


@pytest.mark.parametrize("header", [None, "Bearer", "Bearer rp_nobody", "Basic rp_x", "Bearer " + "x" * 5000])
def test_without_a_valid_key_there_is_401(db, header):
    client = Client(headers={"Authorization": header} if header else {})
    for response in (client.get(URL), post(client, URL, AWA), post(client, URL, AWA, **{"Idempotency-Key": "1"})):
        assert (response.status_code, response["Content-Type"]) == (401, "application/problem+json")
        assert response["WWW-Authenticate"].startswith("Bearer")


def test_customers_are_found_by_identifier_and_by_words(api):
    customer, _ = made(api)["id"], made(api, "Luc", "luc@example.org")
    for query in ("identifier=email:AWA@example.org", "q=awa", "q=awa@exam"):
        assert [row["id"] for row in api.get(f"{URL}?{query}").json()["items"]] == [customer]
    assert api.get(f"{URL}?identifier=email:nobody@example.org").json() == {"items": [], "next": None}


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("identifier=email", 422),
        ("identifier=email:awa", 422),
        ("identifier=:x", 422),
        ("limit=0", 422),
        ("limit=201", 422),
        ("limit=x", 422),
        ("cursor=x", 400),
        ("cursor=WzFd", 400),
        ("cursor=WyJhIiwxXQ", 400),
        ("cursor=Wzk5OTk5OTk5OTk5OTk5OTk5OTk5LDFd", 400),
        ("q=%00", 422),
    ],
)
def test_a_bad_question_is_refused(api, query, status):
    response = api.get(f"{URL}?{query}")
    assert response.status_code == status
    assert fields(response) == [query.partition("=")[0]]


def test_pages_show_everybody_once(api):
    ids = {made(api, f"N{number}", f"n{number}@example.org")["id"] for number in range(5)}
    seen, cursor = [], ""
    while cursor is not None:
        page = api.get(f"{URL}?limit=2&cursor={cursor}").json()
        seen += [row["id"] for row in page["items"]]
        cursor = page["next"]
    assert len(seen) == 5
    assert set(seen) == ids


@pytest.mark.parametrize("path", ["", "/timeline", "/suggestions"])
@pytest.mark.parametrize("id_", ["00000000-0000-4000-8000-000000000000", "1", "x%00"])
def test_an_unknown_customer_is_404(api, id_, path):
    response = api.get(f"{URL}/{id_}{path}")
    assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")


def test_the_timeline_is_newest_first_and_shows_public_ids_only(api):
    customer = made(api)
    profile = queries.resolve(customer["id"]).id
    with write():
        events.record(
            [
                Fact(profile, "chat.session", at, "test", str(at), properties={"url": "/", "conversation_id": 7})
                for at in (1_000_000, 3_000_000, 2_000_000)
            ]
        )
    first = api.get(f"{URL}/{customer['id']}/timeline?limit=2").json()
    assert [row["occurred_at"] for row in first["items"]] == ["1970-01-01T00:00:03.000Z", "1970-01-01T00:00:02.000Z"]
    assert first["items"][0]["data"] == {"url": "/"}
    last = api.get(f"{URL}/{customer['id']}/timeline?limit=2&cursor={first['next']}").json()
    assert [row["occurred_at"] for row in last["items"]] == ["1970-01-01T00:00:01.000Z"]
    assert last["next"] is None


def test_merge_and_unmerge_give_back_both(api):
    awa, other = made(api), made(api, "A. Diallo", "diallo@example.net")
    link = post(api, f"{URL}/{awa['id']}/links", {"customer": other["id"]})
    assert link.status_code == 201
    assert link.json()["kind"] == "manual"
    one = api.get(f"{URL}/{other['id']}").json()
    assert one["id"] == awa["id"]
    assert {row["value"] for row in one["identifiers"]} == {"awa@example.org", "diallo@example.net"}
    assert [row["id"] for row in one["links"]] == [link.json()["id"]]
    assert {row["id"] for row in one["profiles"]} == {awa["id"], other["id"]}
    apart = api.delete(f"{URL}/{other['id']}/links/{link.json()['id']}")
    assert apart.json() == {"customers": [awa["id"], other["id"]]}
    assert api.get(f"{URL}/{other['id']}").json()["name"] == "A. Diallo"
    assert api.delete(f"{URL}/{awa['id']}/links/{link.json()['id']}").status_code == 404


def test_a_merge_that_cannot_be_is_refused(api):
    awa = made(api)
    for customer in (awa["id"], "00000000-0000-4000-8000-000000000000", "x"):
        assert fields(post(api, f"{URL}/{awa['id']}/links", {"customer": customer})) == ["customer"]
    assert fields(post(api, f"{URL}/{awa['id']}/links", {})) == ["customer"]
    assert post(api, f"{URL}/x/links", {"customer": awa["id"]}).status_code == 404


def test_a_link_of_another_customer_is_404(api):
    left, right, stranger = made(api), made(api, "B", "b@example.org"), made(api, "C", "c@example.org")
    link = post(api, f"{URL}/{left['id']}/links", {"customer": right["id"]}).json()["id"]
    for path in (f"{stranger['id']}/links/{link}", f"{left['id']}/links/x", f"{left['id']}/links/{uuid.uuid4()}"):
        assert api.delete(f"{URL}/{path}").status_code == 404


def test_suggestions_name_who_may_be_the_same(api):
    visitor, _ = actions.make_profile("chat:1", "anon:1", 1)
    actions.identify(visitor.id, [IdentifierIn("email", "awa@example.org")], 1)
    landing = actions.land("email", "awa@example.org", Evidence.PROVIDER, "email", 2)
    customer = queries.by_ids({landing.customer_id})[landing.customer_id]
    found = api.get(f"{URL}/{customer.public_id}/suggestions").json()["items"]
    assert [row["customer"]["id"] for row in found] == [str(queries.of_profile(visitor.id).public_id)]
    assert found[0]["rule"] == "same_email"


def test_consents_show_who_must_not_be_written_to(api):
    from rondpoint.consent.models import Suppression
    from rondpoint.consent.queries import address_hash

    customer = made(api)
    with write():
        Suppression.objects.create(address_hash=address_hash("email", "awa@example.org"), reason="bounce")
    shown = api.get(f"{URL}/{customer['id']}").json()["consents"]
    assert [(row["address"], row["reason"]) for row in shown] == [("awa@example.org", "bounce")]


def test_a_page_takes_the_same_number_of_queries_however_long_it_is(api, django_assert_num_queries):
    made(api)
    with django_assert_num_queries(4):  # the key, the customers, who of them is silent, their identifiers
        api.get(URL)
    for number in range(5):
        made(api, f"N{number}", f"n{number}@example.org")
    with django_assert_num_queries(4):
        assert len(api.get(URL).json()["items"]) == 6
