"""Who may open a chat, and what the host site's token proves."""

import time
import uuid

import jwt
import pytest

from rondpoint.conversations.models import ChatSession
from rondpoint.customers import queries as customers

SHOP = "https://shop.hirondelle.example.com"
SECRET = "a secret that the shop's site and the widget share"

pytestmark = pytest.mark.django_db(transaction=True)


def opening(chat, origin=SHOP, **body):
    headers = {"Origin": origin} if origin else {}
    return chat.client.post("/chat/v1/sessions", json={"key": chat.key, **body}, headers=headers)


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        (SHOP, 200),
        (SHOP.upper(), 200),
        ("http://127.0.0.1:8000", 200),  # our own pages
        ("", 200),  # no browser
        ("https://evil.example.com", 403),
        ("http://shop.hirondelle.example.com", 403),
        ("https://shop.hirondelle.example.com:8443", 403),
        ("https://shop.hirondelle.example.com.evil.example.net", 403),
        ("null", 403),
    ],
)
def test_only_the_sites_of_the_chat_may_use_it(chat, origin, status):
    assert opening(chat, origin).status_code == status


def test_a_token_does_not_help_a_foreign_site(chat):
    device = chat.device()
    headers = {**device.headers, "Origin": "https://evil.example.com"}
    assert chat.client.get("/chat/v1/history", headers=headers).status_code == 403
    answer = chat.client.post("/chat/v1/messages", json={"client_id": "a", "text": "a"}, headers=headers)
    assert answer.status_code == 403


def test_the_preflight_allows_the_headers_of_the_protocol(chat):
    answer = chat.client.options("/chat/v1/messages", headers={"Origin": SHOP, "Access-Control-Request-Method": "POST"})
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == SHOP
    allowed = answer.headers["access-control-allow-headers"]
    assert {"authorization", "last-event-id"} <= set(allowed.split(", "))
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize("key", ["", "nonsense", str(uuid.UUID(int=7))])
def test_an_unknown_key_is_a_problem_that_names_it(chat, key):
    answer = opening(chat, key=key)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"][0]["field"] == "key"


def test_a_session_is_resumed_by_its_token_and_says_the_brands_words(chat):
    device = chat.device(locale="fr", page="https://shop.hirondelle.example.com/lampes#rp=secret")
    said = device.say("Bonjour")
    again = device.post("sessions", key=chat.key, locale="fr").json()
    assert again["token"] == device.token
    assert again["last_seq"] == said["seq"]
    assert again["config"]["brand"] == "Maison Hirondelle"
    assert again["config"]["greeting"] == "Bonjour"
    assert ChatSession.objects.count() == 1


def test_the_secret_part_of_a_page_is_not_kept(chat):
    device = chat.device(page="https://shop.hirondelle.example.com/lampes#rp=secret")
    assert device.session.page == "https://shop.hirondelle.example.com/lampes"


def test_an_unknown_language_falls_back_to_the_brands(chat):
    assert chat.device(locale="de-AT").opened["config"]["locale"] == "fr"
    assert chat.device(locale="en-GB").opened["config"]["locale"] == "en"


@pytest.mark.parametrize("path", ["messages", "read", "typing", "continuations", "proofs", "proofs/check", "files"])
def test_nothing_is_done_without_a_session(chat, path):
    bodies = {"read": {"seq": 1}, "continuations": {"token": "x"}, "proofs/check": {"code": "1"}}
    body = bodies.get(path, {"client_id": "a", "text": "a"})
    headers = {"Origin": SHOP, "Authorization": "Bearer " + "x" * 43}
    answer = chat.client.post(f"/chat/v1/{path}", json=body, headers=headers)
    assert answer.status_code == 401


def forged(**changes):
    said = {"sub": "42", "exp": int(time.time()) + 600} | changes.pop("claims", {})
    said = {name: value for name, value in said.items() if value is not None}
    key = changes.get("key", SECRET)
    return jwt.encode(said, key, algorithm=changes.get("algorithm", "HS256"))


@pytest.mark.parametrize(
    "token",
    [
        pytest.param(lambda: forged(key="a secret of somebody else, long enough for it"), id="other key"),
        pytest.param(lambda: forged(claims={"exp": int(time.time()) - 3600}), id="expired"),
        pytest.param(lambda: forged(claims={"exp": int(time.time()) + 3 * 86400}), id="too far ahead"),
        pytest.param(lambda: forged(claims={"exp": None}), id="no exp"),
        pytest.param(lambda: forged(claims={"exp": float("inf")}), id="endless"),
        pytest.param(lambda: forged(claims={"exp": str(int(time.time()) + 9 * 86400)}), id="exp as text"),
        pytest.param(lambda: forged(claims={"sub": None}), id="no sub"),
        pytest.param(lambda: forged(claims={"sub": "null"}), id="nobody"),
        pytest.param(lambda: forged(key="", algorithm="none"), id="alg none"),
        pytest.param(lambda: forged(key=SECRET * 2, algorithm="HS512"), id="other algorithm"),
        pytest.param(lambda: "a.b.c", id="no token at all"),
    ],
)
def test_a_token_that_proves_nothing_opens_nothing(chat, token):
    answer = opening(chat, jwt=token())
    assert answer.status_code == 401, answer.text
    assert answer.json()["errors"][0]["field"] == "jwt"
    assert ChatSession.objects.count() == 0


def test_an_account_has_its_history_on_every_device(chat):
    first = chat.device(jwt=chat.account("42", name="Luc Tremblay", email="luc@example.org"))
    first.say("Bonjour, c'est Luc")
    assert chat.device(jwt=chat.account("42")).texts() == ["Bonjour, c'est Luc"]
    assert chat.device(jwt=chat.account("43")).texts() == []
    golden = customers.golden(customers.of_profile(first.session.profile_id).id)
    assert golden.name == "Luc Tremblay"
    assert ("email", "luc@example.org") in {(row.kind, row.value) for row in golden.identifiers}


def test_what_was_said_before_signing_in_goes_along(chat):
    device = chat.device()
    device.say("Avant de me connecter")
    device.post("sessions", key=chat.key, jwt=chat.account("42"))
    device.say("Après")
    assert chat.device(jwt=chat.account("42")).texts() == ["Avant de me connecter", "Après"]


def test_a_shared_device_moves_to_the_second_account_and_takes_nothing_along(chat):
    device = chat.device()
    device.post("sessions", key=chat.key, jwt=chat.account("42"))
    device.say("Le secret de la première")
    device.post("sessions", key=chat.key, jwt=chat.account("43"))
    assert device.texts() == []
    device.say("Bonjour, je suis la seconde")
    assert chat.device(jwt=chat.account("42")).texts() == ["Le secret de la première"]
    assert chat.device(jwt=chat.account("43")).texts() == ["Bonjour, je suis la seconde"]
