"""The tracking API as libraries and browsers speak it."""

import base64
import gzip
import json

import pytest
from django.db import OperationalError

from rondpoint.lib.db import write
from rondpoint.tracking import actions, intake, routes
from rondpoint.tracking.models import Batch, Source

pytestmark = pytest.mark.django_db(transaction=True)
CALL = {"event": "Product Viewed", "anonymousId": "a1"}


@pytest.fixture
def key(web):
    return web.source.write_key


def basic(key):
    return {"Authorization": "Basic " + base64.b64encode(f"{key}:".encode()).decode()}


@pytest.mark.parametrize("path", ["track", "t"])
def test_a_call_is_on_disk_when_it_is_answered(web, key, path):
    answer = web.post(f"/v1/{path}", json=CALL, headers=basic(key))
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    row = Batch.objects.get()
    assert json.loads(intake.body(row)) == CALL and row.kind == "track"
    assert Source.objects.get().last_heard


@pytest.mark.parametrize("path", ["identify", "page", "screen", "group", "alias", "i", "p", "s", "g", "a"])
def test_every_kind_of_call_has_its_address(web, key, path):
    call = {"userId": "u1", "previousId": "a1", "groupId": "g1", "writeKey": key}
    assert web.post(f"/v1/{path}", json=call).status_code == 200


@pytest.mark.parametrize("path", ["batch", "b", "import"])
def test_a_batch_tells_which_calls_were_refused_and_why(web, key, path):
    calls = [{"type": "track", **CALL}, {"type": "track", "anonymousId": "a1", "messageId": "m2"}]
    answer = web.post(f"/v1/{path}", json={"batch": calls, "writeKey": key})
    assert answer.status_code == 200
    assert answer.json() == {
        "success": True,
        "refused": [{"index": 1, "messageId": "m2", "reason": "`event` must name what happened"}],
    }


def test_a_call_by_itself_that_cannot_be_taken_is_a_400(web, key):
    answer = web.post("/v1/track", json={"anonymousId": "a1"}, headers=basic(key))
    assert answer.status_code == 400 and "`event`" in answer.json()["detail"]
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("headers", "call"),
    [({}, CALL), (basic("unknown"), CALL), ({"Authorization": "Basic ???"}, CALL), ({}, CALL | {"writeKey": "x"})],
)
def test_without_a_known_write_key_nothing_is_taken(web, headers, call):
    assert web.post("/v1/track", json=call, headers=headers).status_code == 401
    assert not Batch.objects.exists()


def test_the_key_of_a_source_that_was_switched_off_is_unknown(web, key):
    actions.change(web.source, "Shop", None, "", active=False)
    assert web.post("/v1/track", json=CALL, headers=basic(key)).status_code == 401


def test_a_renewed_key_ends_the_old_one(web, key):
    new = actions.renew_key(web.source)
    assert web.post("/v1/track", json=CALL, headers=basic(key)).status_code == 401
    assert new != key


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b'{"batch": 3}'])
def test_what_is_no_json_of_ours_is_a_400(web, key, body):
    answer = web.post("/v1/batch", content=body, headers=basic(key))
    assert answer.status_code == 400 and answer.json()["detail"]


def test_a_batch_beyond_500_kilobytes_is_a_413(web, key):
    assert web.post("/v1/batch", content=b" " * 512_001, headers=basic(key)).status_code == 413
    packed = gzip.compress(b" " * 5_000_000)
    headers = basic(key) | {"Content-Encoding": "gzip"}
    assert web.post("/v1/batch", content=packed, headers=headers).status_code == 413


def test_a_body_may_be_packed(web, key):
    headers = basic(key) | {"Content-Encoding": "gzip"}
    assert web.post("/v1/track", content=gzip.compress(json.dumps(CALL).encode()), headers=headers).status_code == 200
    assert web.post("/v1/track", content=b"not packed", headers=headers).status_code == 400


def test_what_is_packed_otherwise_or_not_to_its_end_is_refused(web, key):
    packed = gzip.compress(json.dumps(CALL).encode())
    headers = basic(key) | {"Content-Encoding": "gzip"}
    for body in (packed[:-4], packed + packed, packed + b"more"):
        answer = web.post("/v1/track", content=body, headers=headers)
        assert (answer.status_code, "one whole gzip" in answer.json()["detail"]) == (400, True)
    for name in ("br", "deflate", "gzip, gzip"):
        answer = web.post("/v1/track", content=packed, headers=basic(key) | {"Content-Encoding": name})
        assert (answer.status_code, "send gzip, or none" in answer.json()["detail"]) == (415, True)
    assert not Batch.objects.exists()


@pytest.mark.parametrize("kind", ["text/plain;charset=UTF-8", "application/json", "", "image/png"])
def test_a_beacon_sends_text(web, key, kind):
    body = json.dumps(CALL | {"writeKey": key, "integrations": {"All": False}}).encode()
    assert web.post("/v1/track", content=body, headers={"Content-Type": kind}).status_code == 200


def test_a_servers_secret_is_not_for_pages(web):
    secret = actions.add("server", "Back office", None).write_key
    routes._keys._read = float("-inf")
    answer = web.post("/v1/track", json=CALL, headers=basic(secret) | {"Origin": "https://shop.example.com"})
    assert answer.status_code == 403 and "secret" in answer.json()["detail"]
    assert web.post("/v1/track", json=CALL, headers=basic(secret)).status_code == 200


def test_the_snippet_weighs_at_most_four_kilobytes(web):
    assert len(gzip.compress(web.get("/track.js").content)) <= 4096


def test_any_page_may_send_until_a_source_names_its_own(web, key):
    elsewhere = basic(key) | {"Origin": "https://elsewhere.example.org"}
    answer = web.post("/v1/track", json=CALL, headers=elsewhere)
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, "*")
    actions.change(web.source, "Shop", None, "https://shop.example.com", active=True)
    routes._keys._read = float("-inf")
    refused = web.post("/v1/track", json=CALL, headers=elsewhere)
    assert refused.status_code == 403 and refused.headers["access-control-allow-origin"] == "*"
    own = basic(key) | {"Origin": "https://shop.example.com"}
    assert web.post("/v1/track", json=CALL, headers=own).status_code == 200


def test_a_browser_may_ask_before_it_sends(web):
    asked = {"Origin": "https://shop.example.com", "Access-Control-Request-Headers": "authorization,content-type"}
    answer = web.options("/v1/batch", headers=asked)
    assert answer.status_code == 204
    assert "Authorization" in answer.headers["access-control-allow-headers"]


def test_what_cannot_be_stored_is_not_acknowledged(web, key, monkeypatch):
    def full(*_):
        raise OperationalError("database or disk is full")

    monkeypatch.setattr(intake.bulk, "insert", full)
    answer = web.post("/v1/track", json=CALL, headers=basic(key))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


def test_analytics_js_is_told_where_to_send(web, key):
    said = web.get(f"/v1/projects/{key}/settings", headers={"Origin": "https://shop.example.com"}).json()
    assert said["integrations"]["Segment.io"]["apiHost"] == "testserver/v1"
    assert web.get("/v1/projects/nobody/settings").status_code == 404


def test_a_page_is_told_the_chat_of_its_brand_that_it_may_use(web, key):
    def chat(origin):
        return web.get(f"/v1/projects/{key}/settings", headers={"Origin": origin}).json()["chat"]

    assert chat("https://shop.example.com") == f"chat-of-{web.source.brand_id}"
    assert chat("https://elsewhere.example.org") == ""


@pytest.mark.parametrize("origins", ["shop.example.com", "https://shop.example.com/path", "javascript:alert(1)"])
def test_an_address_of_a_page_is_a_scheme_and_a_host(web, origins):
    with pytest.raises(actions.Invalid, match="expected https://"):
        actions.change(web.source, "Shop", None, origins, active=True)


def test_a_source_needs_a_name_and_a_kind(web):
    with pytest.raises(actions.Invalid, match="a name has"):
        actions.add("website", "  ", None)
    with pytest.raises(actions.Invalid, match="expected one of"):
        actions.add("fridge", "Kitchen", None)
    with write():
        assert actions.add("server", "Back office", None).write_key.startswith("sk_")
