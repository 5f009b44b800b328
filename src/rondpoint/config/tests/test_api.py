"""What holds for the whole API: keys, problems, idempotency, the description."""

import json
import re
from collections import Counter

import pytest
from django.db import OperationalError
from django.test import Client
from django.urls import Resolver404, resolve
from ninja import Schema

from rondpoint.accounts import actions, idempotency
from rondpoint.accounts.models import IdempotentAnswer
from rondpoint.customers import actions as customers
from rondpoint.customers.models import Customer
from rondpoint.lib import clock

pytestmark = pytest.mark.django_db
URL = "/api/v1/customers"
BODY = {"name": "Awa", "identifiers": [{"kind": "email", "value": "awa@example.org"}]}
OPERATIONS = {
    "/customers": "get post",
    "/customers/{id}": "get patch",
    "/customers/{id}/timeline": "get",
    "/customers/{id}/links": "post",
    "/customers/{id}/links/{link}": "delete",
    "/customers/{id}/suggestions": "get",
    "/conversations": "get",
    "/conversations/{id}": "get",
    "/conversations/{id}/messages": "get post",
    "/conversations/{id}/reach": "get",
    "/conversations/{id}/continuations": "post",
    "/conversations/{id}/closure": "post delete",
    "/conversations/{id}/assignment": "put",
    "/messages": "post",
    "/messages/{id}": "get",
    "/decisions": "get",
    "/connections": "get",
    "/quarantine": "get",
    "/quarantine/{id}/replay": "post",
}


@pytest.fixture
def key(db):
    return actions.create_api_key("shop")


@pytest.fixture
def api(key):
    return Client(headers={"Authorization": f"Bearer {key[1]}"}, raise_request_exception=False)


def post(api, body, key="k1", url=URL):
    return api.post(url, json.dumps(body), content_type="application/json", headers={"Idempotency-Key": key})


@pytest.mark.data
@pytest.mark.parametrize("path", ["catalogue/a%00b", "customers/x%00", "companies/%00"])
def test_an_address_with_nul_is_none(api, path):
    answer = api.get(f"/api/v1/{path}")
    assert (answer.status_code, answer.json()["detail"]) == (404, "there is no such address")


def test_the_same_key_gets_the_same_answer(api):
    first, second = post(api, BODY), post(api, BODY)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert second["Idempotency-Replayed"] == "true"
    assert second["Content-Type"].startswith("application/json")


def test_a_refusal_is_repeated_as_a_problem(api):
    first, second = post(api, {}), post(api, {})
    assert (first.status_code, second.status_code) == (422, 422)
    assert first.content == second.content
    assert second["Content-Type"] == "application/problem+json"


def test_the_same_key_for_another_request_is_409(api):
    post(api, BODY)
    assert post(api, {**BODY, "name": "Luc"}).status_code == 409
    assert post(api, BODY, url=f"{URL}/x/links").status_code == 409
    assert Customer.objects.count() == 1


def test_keys_of_two_callers_do_not_meet(api):
    other = Client(headers={"Authorization": f"Bearer {actions.create_api_key('other')[1]}"})
    post(api, BODY)
    assert post(other, {**BODY, "name": "Luc"}).status_code == 200


def test_a_request_in_flight_is_409_with_retry_after(api, key):
    digest = idempotency.digest("POST", URL, json.dumps(BODY).encode())
    idempotency.reserve(key[0], "k1", digest, clock.now())
    response = post(api, BODY)
    assert (response.status_code, response["Retry-After"]) == (409, "1")
    assert Customer.objects.count() == 0


def test_a_request_whose_process_died_is_carried_out_by_its_repetition(api, key):
    digest = idempotency.digest("POST", URL, json.dumps(BODY).encode())
    idempotency.reserve(key[0], "k1", digest, clock.now() - 2 * idempotency.IN_FLIGHT)
    assert post(api, BODY).status_code == 201


def test_an_answer_is_forgotten_after_a_day(api, key):
    now = clock.now()
    place = idempotency.reserve(key[0], "k1", "digest", now - idempotency.LIFE - 1)
    idempotency.keep(place, 201, b"{}")
    assert idempotency.reserve(key[0], "k1", "another", now).status is None
    assert IdempotentAnswer.objects.count() == 1


def test_what_failed_on_our_side_can_be_tried_again_with_its_key(api, monkeypatch):
    def fail(*_):
        raise RuntimeError("a secret detail")

    with monkeypatch.context() as patched:
        patched.setattr(customers, "create_or_find", fail)
        failed = post(api, BODY)
    assert (failed.status_code, failed["Content-Type"]) == (500, "application/problem+json")
    assert b"secret" not in failed.content
    assert b"Traceback" not in failed.content
    assert post(api, BODY).status_code == 201


def test_a_database_that_cannot_store_is_503(api, monkeypatch):
    def full(*_):
        raise OperationalError("database or disk is full")

    monkeypatch.setattr(customers, "create_or_find", full)
    for response in (post(api, BODY), api.post(URL, json.dumps(BODY), content_type="application/json")):
        assert (response.status_code, response["Retry-After"]) == (503, "5")
    monkeypatch.setattr(idempotency, "reserve", full)
    assert post(api, BODY, "k2").status_code == 503


@pytest.mark.parametrize("key_", ["", "x" * 256])
def test_a_bad_idempotency_key_is_400(api, key_):
    assert post(api, BODY, key_).status_code == 400


def test_a_revoked_key_opens_nothing(api, key):
    assert api.get(URL).status_code == 200
    actions.revoke_api_key(key[0])
    assert api.get(URL).status_code == 401


@pytest.mark.parametrize("path", ["", "nothing", "customers/", "customers/x/y/z"])
def test_other_addresses_are_404_problems(api, path):
    response = api.get(f"/api/v1/{path}")
    assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")


def test_another_method_is_a_405_problem(api):
    response = api.patch(URL)
    assert (response.status_code, response["Content-Type"]) == (405, "application/problem+json")
    assert set(response["Allow"].split(", ")) == {"GET", "POST"}


def test_a_body_without_its_length_is_refused_instead_of_seen_as_empty(api):
    response = api.generic("POST", URL, b"", headers={"Transfer-Encoding": "chunked"})
    assert (response.status_code, response["Content-Type"]) == (411, "application/problem+json")


def test_the_description_lists_every_operation(api):
    described = api.get("/api/v1/openapi.json").json()["paths"]
    listed = {
        path.removeprefix("/api/v1"): " ".join(sorted(found, key=["get", "post", "put", "patch", "delete"].index))
        for path, found in described.items()
    }
    assert {path: methods for path, methods in listed.items() if path in OPERATIONS} == OPERATIONS


def test_the_description_holds_together(api):
    schema = api.get("/api/v1/openapi.json").json()
    assert schema["openapi"].startswith("3.1")
    text = json.dumps(schema)
    for reference in set(re.findall(r'"\$ref": "([^"]+)"', text)):
        found = schema
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]
    names = []
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            names.append(operation["operationId"])
            inside = {entry["name"] for entry in operation.get("parameters", []) if entry["in"] == "path"}
            assert inside == set(re.findall(r"{(\w+)}", path)), (method, path)
            assert any(status.startswith("2") for status in operation["responses"]), (method, path)
            assert {"401", "404", "422", "503"} <= set(operation["responses"]), (method, path)
            assert operation["security"] == [{"KeyAuth": []}], (method, path)
            assert operation["summary"]
    assert len(names) == len(set(names))
    assert schema["components"]["securitySchemes"]["KeyAuth"]["scheme"] == "bearer"


def test_described_addresses_exist(api):
    for path in api.get("/api/v1/openapi.json").json()["paths"]:
        try:
            match = resolve(re.sub(r"{\w+}", "x", path))
        except Resolver404:
            pytest.fail(path)
        assert match.func.__name__ != "unknown", path


def test_no_two_schemas_have_one_name():
    """The description holds each name once: of two, one would describe the answers of both."""

    def below(schema):
        for each in schema.__subclasses__():
            yield each
            yield from below(each)

    ours = {each for each in below(Schema) if each.__module__.startswith("rondpoint.")}
    places = Counter(each.__name__ for each in ours)
    assert len(ours) > 100 and {name: number for name, number in places.items() if number > 1} == {}
