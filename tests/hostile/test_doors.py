"""Every door that reads JSON or forms, given what no client writes: refused with the field named, and never a 5xx.

Depth, size, duplicates, huge numbers, lone surrogates, and NUL, which PostgreSQL refuses to store.
"""

import base64
import hashlib
import hmac
import json
import time
import uuid
from urllib.parse import quote_plus

import httpx
import pytest

from tests.hostile.conftest import SHARED, WEBHOOK, chat
from tests.hostile.documents import variants
from tests.peers.house import wait_for

pytestmark = pytest.mark.data
API = {  # (method, path, a body that is taken)
    "customers": (
        "POST",
        "/customers",
        {
            "name": "Ann",
            "identifiers": [{"kind": "account", "value": "1042", "scope": "shop"}],
            "traits": {"city": "Lyon"},
        },
    ),
    "notice": (
        "POST",
        "/messages",
        {
            "to": {"email": "ann@example.org"},
            "text": "Hello",
            "html": "<p>Hello</p>",
            "subject": "Lamp",
            "channels": ["email"],
        },
    ),
    "answer": ("POST", "/answers", {"shortcut": "hours", "title": "Hours", "texts": {"en": "From nine to six"}}),
    "view": ("POST", "/views", {"name": "Mine", "filters": {"state": "open"}, "sort": "newest"}),
    "reply": (
        "POST",
        "/conversations/{conversation}/messages",
        {
            "channel": "email",
            "to": "ann@example.org",
            "text": "Hello",
            "subject": "Lamp",
            "attachments": [{"name": "a.txt", "content_type": "text/plain", "content": "YQ=="}],
        },
    ),
    "note": ("POST", "/conversations/{conversation}/notes", {"text": "Call her"}),
    "promise": ("POST", "/conversations/{conversation}/commitments", {"text": "Send the lamp", "due": "{soon}"}),
    "way on": ("POST", "/conversations/{conversation}/continuations", {"via": "link", "channel": "", "to": ""}),
    "assignment": ("PUT", "/conversations/{conversation}/assignment", {"user": None, "team": None}),
    "snooze": ("PUT", "/conversations/{conversation}/snooze", {"until": "{soon}"}),
    "priority": ("PUT", "/conversations/{conversation}/priority", {"priority": "high"}),
    "unread": ("PUT", "/conversations/{conversation}/unread", {"unread": True}),
}
CHAT = {
    "messages": {"client_id": "c1", "text": "Hello", "files": ["a"]},
    "read": {"seq": 1},
    "about": {"name": "Ann", "email": "ann@example.org"},
    "proofs": {"kind": "email", "value": "ann@example.org"},
    "proofs/check": {"code": "123456"},
    "continuations": {"token": "abc"},
    "transcript": {},
    "typing": {},
}
REFUSED = {400, 404, 409, 410, 411, 413, 422, 429}


@pytest.fixture(scope="module")
def client(house):
    house.api("GET", "/customers")  # which makes the key
    headers = {"Authorization": f"Bearer {house.key}", "Content-Type": "application/json"}
    with httpx.Client(base_url=house.url, headers=headers, timeout=20) as client:
        yield client


def assert_told(answer: httpx.Response, what: str, field: str) -> None:
    """2xx, or a problem that says what is wrong and, where it is one field's fault, which."""
    assert answer.status_code < 500, f"{what}: {answer.status_code} {answer.text[:300]}"
    assert answer.status_code < 300 or answer.status_code in REFUSED, f"{what}: {answer.status_code}"
    if answer.status_code < 300:
        return
    assert answer.headers["content-type"].startswith("application/problem+json"), what
    told = answer.json()
    assert told["detail"], what
    refused = told["type"] != "about:blank" or told["detail"].isidentifier()  # by the gate, or as in "wrong_code"
    if answer.status_code == 422 and field and not refused:
        assert told.get("errors"), f"{what}: no field is named: {told}"
        assert all(error["field"] and error["reason"] for error in told["errors"]), what


@pytest.mark.parametrize("door", API)
def test_the_api(house, client, door):
    method, path, body = API[door]
    address = f"/api/v1{path}".replace("{conversation}", house.conversation)
    soon = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 86_400))
    body = json.loads(json.dumps(body).replace("{soon}", soon))
    taken = client.request(method, address, json=body)
    assert taken.status_code < 300, taken.text
    for name, field, content in variants(body):
        answer = client.request(method, address, content=content)
        assert_told(answer, f"{door}: {name} in {field or 'the body'}", field)


@pytest.mark.parametrize("door", CHAT)
def test_the_chat(house, door):
    for name, field, content in variants(CHAT[door]):
        answer = chat(house, door, content)
        if answer.status_code == 429:  # the brake of one session: another one may go on
            del house.token
            house.token = chat(house, "sessions", {"key": house.chat["id"]}).json()["token"]
            answer = chat(house, door, content)
        assert_told(answer, f"{door}: {name} in {field or 'the body'}", field)


def test_opening_a_chat(house):
    token = house.token
    del house.token
    try:
        for name, field, content in variants(
            {"key": house.chat["id"], "page": "https://shop.example.com", "locale": "fr"}
        ):
            assert_told(chat(house, "sessions", content), f"sessions: {name} in {field or 'the body'}", field)
        answer = chat(house, "sessions", {"key": house.chat["id"], "jwt": "a.b.c\x00"})
        assert answer.status_code in (401, 422)
    finally:
        house.token = token


ACCOUNTS = {
    "NUL": "a\0b",
    "only NUL": "\0",
    "half a pair": "a\ud800b",
    "5,000 letters": "a" * 5_000,
    "line breaks": "a\r\nb",
    "a number": 10**400,
    "an object": {"a": 1},
    "null": None,
}


@pytest.mark.parametrize("field", ["sub", "name", "email", "phone", "locale", "exp", "iat", "nbf"])
def test_accounts_of_the_site(house, field):
    """The site signs what its people typed: a strange name is kept or refused, and is nobody's 5xx."""
    token = house.token
    try:
        for what, value in ACCOUNTS.items():
            del house.token
            account = {"sub": f"u-{uuid.uuid4()}", "exp": int(time.time()) + 600, "name": "Ann", field: value}
            opened = chat(house, "sessions", {"key": house.chat["id"], "jwt": signed_account(account)})
            house.token = token
            assert opened.status_code in (200, 401), f"{what} in {field}: {opened.status_code} {opened.text[:200]}"
    finally:
        house.token = token


def signed_account(said: dict) -> str:
    """A JWT (HS256) of any JSON; the library would refuse to make most of these."""

    def written(part: dict) -> str:
        return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()

    body = f"{written({'alg': 'HS256', 'typ': 'JWT'})}.{written(said)}"
    mark = hmac.digest(SHARED.encode(), body.encode(), hashlib.sha256)
    return f"{body}.{base64.urlsafe_b64encode(mark).rstrip(b'=').decode()}"


@pytest.mark.parametrize(
    "key", ["", "a" * 256, "a\u00e9", "\x7f", "a\tb", "\u202e".encode().decode("latin-1"), "a" * 255, "é"]
)
def test_idempotency_keys(house, key):
    headers = {"Content-Type": "application/json", "Idempotency-Key": key.encode("latin-1")}
    body = json.dumps({"shortcut": uuid.uuid4().hex, "title": "Hours", "texts": {"en": "From nine"}}).encode()
    answer = house.api("POST", "/answers", content=body, headers=headers)
    assert answer.status_code in (201, 400), answer.text
    if answer.status_code == 400:
        assert "Idempotency-Key" in answer.text or "Invalid HTTP" in answer.text
    again = house.api("POST", "/answers", content=body, headers=headers)
    assert again.status_code == answer.status_code
    if answer.status_code == 201:
        assert again.json() == answer.json()


FORMS = {
    "NUL": "a\0b",
    "only NUL": "\0",
    "no UTF-8": b"a\xff\xfeb",
    "a surrogate in UTF-8": b"\xed\xa0\x80",
    "60,000 letters": "é" * 60_000,
    "line breaks": "a\r\nb",
    "text turned round": "a\u202eb",
    "empty": "",
    "a number": "9" * 400,
}


def encoded(fields: dict) -> bytes:
    return "&".join(f"{name}={quote_plus(value)}" for name, value in fields.items()).encode()


@pytest.mark.parametrize("what", FORMS)
def test_sms_forms(house, what):
    """Signed, so authentic: whatever stands in a field, the form is kept or refused, and the next one passes."""
    sane = {"MessageSid": "", "From": "+33199000123", "To": "+33199001000", "Body": "Hello", "ProfileName": "Ann"}
    for field in sane:
        fields = {**sane, "MessageSid": f"SM{uuid.uuid4().hex}", field: FORMS[what]}
        answer = signed(house, fields)
        assert answer.status_code in (200, 400), f"{field}: {answer.status_code} {answer.text}"
    status = {"MessageSid": f"SM{uuid.uuid4().hex}", "MessageStatus": FORMS[what], "ErrorCode": FORMS[what]}
    assert signed(house, status).status_code in (200, 400)
    last = f"after {what} {uuid.uuid4()}"
    signed(house, {**sane, "MessageSid": f"SM{uuid.uuid4().hex}", "Body": last})
    wait_for(lambda: last in said(house, "+33199000123"), what="the SMS after the hostile one")


def signed(house, fields: dict) -> httpx.Response:
    """Posted as the provider does: its signature counts bytes that are no UTF-8 as U+FFFD."""
    shown = {
        name: value.decode("utf-8", "replace") if isinstance(value, bytes) else value for name, value in fields.items()
    }
    text = house.sms["inbound_url"] + "".join(name + shown[name] for name in sorted(shown))
    mark = base64.b64encode(
        hmac.digest(house.provider.settings("")["auth_token"].encode(), text.encode(), hashlib.sha1)
    )
    headers = {"X-Twilio-Signature": mark.decode(), "Content-Type": "application/x-www-form-urlencoded"}
    return httpx.post(house.sms["inbound_url"], content=encoded(fields), headers=headers, timeout=20)


def said(house, address: str) -> list[str]:
    found = house.api("GET", "/customers", params={"identifier": f"phone:{address}"}).json().get("items", [])
    if not found:
        return []
    talks = house.api("GET", "/conversations", params={"customer": found[0]["id"]}).json()["items"]
    return [
        message["text"]
        for talk in talks
        for message in house.api("GET", f"/conversations/{talk['id']}/messages", params={"limit": 200}).json()["items"]
    ]


EVENT = {
    "RecordType": "Bounce",
    "Type": "HardBounce",
    "MessageID": "m1",
    "Email": "bob@example.org",
    "Description": "x",
}


def test_events_of_a_mail_provider(house):
    """Whatever an authentic provider posts is kept; what cannot be read is tried again and then shown, not lost."""
    for name, field, content in variants(EVENT):
        answer = event(house, content)
        assert answer.status_code in (200, 400, 413), f"{name} in {field}: {answer.status_code} {answer.text[:200]}"
    assert event(house, json.dumps([EVENT] * 5_000).encode()).status_code == 200
    last = f"after the events {uuid.uuid4()}"
    mail = f"From: eve@example.org\r\nSubject: Lamp\r\nMessage-ID: <{uuid.uuid4()}@example.org>\r\n\r\n{last}\r\n"
    assert event(house, mail.encode(), "message/rfc822").status_code == 200
    wait_for(lambda: last in json.dumps(talks_of(house, "eve@example.org")), 30, "the mail after the hostile events")


def event(house, content: bytes, kind: str = "application/json") -> httpx.Response:
    password = base64.b64encode(f"postmark:{WEBHOOK}".encode()).decode()
    headers = {"Authorization": f"Basic {password}", "Content-Type": kind}
    return httpx.post(house.mail["inbound_url"], content=content, headers=headers, timeout=20)


def talks_of(house, address: str) -> list:
    found = house.api("GET", "/customers", params={"identifier": f"email:{address}"}).json().get("items", [])
    return [
        house.api("GET", f"/conversations/{talk['id']}/messages").json()
        for person in found
        for talk in house.api("GET", "/conversations", params={"customer": person["id"]}).json()["items"]
    ]


@pytest.mark.parametrize(
    "address",
    [
        "/in/sms/%00",
        "/in/%00/x",
        "/in/sms/../../x",
        "/chat/v1/config?key=%00",
        "/chat/v1/config?key=%ff",
        "/chat/v1/config?key={chat}&locale=%00",
        "/chat/v1/history?before=%00",
        "/chat/v1/history?before=99999999999999999999999",
        "/chat/v1/logo/%00",
        "/files/%00/%00",
        "/c/%00",
        "/%00",
        "/static/%00",
        "/static/..%2f..%2f..%2fetc/passwd",
        "/api/v1/customers/%00",
        "/api/v1/customers?q=%00",
        "/api/v1/customers?q=%ff%fe",
        "/api/v1/customers?identifier=email:%00",
        "/api/v1/customers?identifier=%ed%a0%80:x",
        "/api/v1/customers?limit=99999999999999999999999999999999",
        "/api/v1/customers?cursor=" + "W" * 5_000,
        "/api/v1/search?q=%00",
        "/api/v1/search?q=" + "%22" * 2_000,
        "/api/v1/search?q=" + "(" * 2_000,
        "/api/v1/search?q=a&before=9999999-99-99",
        "/api/v1/conversations?state=%00",
    ],
)
def test_addresses(house, address):
    """NUL and nonsense in an address is nobody's 5xx."""
    headers = {"Authorization": f"Bearer {house.token}"}
    if address.startswith("/api"):
        house.api("GET", "/customers")
        headers = {"Authorization": f"Bearer {house.key}"}
    url = house.url + address.replace("{chat}", house.chat["id"])
    answer = httpx.get(url, headers=headers, timeout=20)
    assert answer.status_code < 500, f"{answer.status_code} {answer.text[:300]}"


def test_nothing_was_logged_as_broken(house):
    """A 5xx that a client never saw would still stand in the log."""
    log = (house.folder / "house.log").read_text(errors="replace")
    count = sum(len(list(variants(body))) for _, _, body in API.values())
    count += sum(len(list(variants(body))) for body in CHAT.values())
    print(f"hostile documents at the doors: {count}, failures in the log: {log.count('Traceback')}")
    assert "Traceback" not in log, log[log.index("Traceback") - 500 :][:4_000]
