"""The log is JSON lines that name ids and never people: shown on a whole house, and on what libraries do to a log."""

import io
import json
import logging
import os
import smtplib
import subprocess
from email.message import EmailMessage

import httpx
import pytest

from rondpoint.lib import logs
from tests.peers.house import COMMAND, House, wait_for
from tests.peers.sms_provider import Provider

# Everything that could identify somebody, each in a form of its own so that a leak names its way.
MAIL, NAME, PHONE = "canary.mail@example.org", "Canarine Secretperson", "+33199004711"
TEXT, SUBJECT, PASSWORD = "canarytext of a message", "canarysubject", "canarypassword-long-enough"
TOKEN, QUERY, HEADER = "canarytoken000000000000", "canaryquery", "canaryheader"
CANARIES = ("canar", "Secretperson", "33199004711", "99004711")


@pytest.fixture(scope="module")
def provider():
    provider = Provider()
    yield provider
    provider.stop()


@pytest.fixture(scope="module")
def said(tmp_path_factory, provider) -> list[str]:
    """All a house logged while everything went well and everything went wrong."""
    house = House(tmp_path_factory.mktemp("canaries"))
    house.environment["RONDPOINT_ACCESS_LOG"] = "1"
    sms = house.connect("sms", "SMS", **provider.settings("+33199001000"))
    dead = house.connect("sms", "Dead", **(provider.settings("+33199001001") | {"api_base": "http://127.0.0.1:9"}))
    house.connect("email", "Mail", address="bonjour@hirondelle.example.com")
    house.connect("email", "Box", address="box@hirondelle.example.com", imap_url=f"imap://{TOKEN}:x@127.0.0.1:9")
    chat = house.connect("chat", "Chat", origins="*")
    house.start()
    try:
        _live(house, provider, sms, dead, chat)
    finally:
        assert house.stop() == 0
    return (house.folder / "house.log").read_text().splitlines()


def _live(house, provider, sms, dead, chat) -> None:
    for number, connection in ((1, sms), (2, dead)):
        provider.text(connection["inbound_url"], PHONE, "+33199001000", TEXT, f"SM{number}")
    for number in range(3):  # signed, and not what the channel expects
        provider.post(sms["inbound_url"], {"MessageSid": f"bad{number}", "From": NAME, "To": "", "Body": TEXT})
    httpx.post(f"{sms['inbound_url']}?x={QUERY}", content=f"{TEXT} {MAIL}", headers={"X-Twilio-Signature": HEADER})
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = f"{NAME} <{MAIL}>", "bonjour@hirondelle.example.com", SUBJECT
    mail.set_content(TEXT)
    broken = b"From: " + MAIL.encode() + b"\r\nContent-Type: multipart/mixed; boundary=\xff\xfe" + TEXT.encode()
    with smtplib.LMTP("127.0.0.1", house.lmtp_port) as lmtp:
        lmtp.sendmail(MAIL, ["bonjour@hirondelle.example.com"], mail.as_bytes())
        lmtp.sendmail(MAIL, ["bonjour@hirondelle.example.com"], broken)
    with smtplib.LMTP("127.0.0.1", house.lmtp_port) as lmtp, pytest.raises(smtplib.SMTPRecipientsRefused):
        lmtp.sendmail(MAIL, [f"{QUERY}@elsewhere.example.com"], b"x")
    opened = httpx.post(f"{house.url}/chat/v1/sessions", json={"key": chat["id"], "name": NAME, "email": MAIL})
    bearer = {"Authorization": f"Bearer {opened.json()['token']}"}
    httpx.post(f"{house.url}/chat/v1/messages", json={"client_id": "1", "text": TEXT}, headers=bearer)
    httpx.post(f"{house.url}/chat/v1/messages", json={"client_id": TEXT * 99, "text": [TEXT]}, headers=bearer)
    httpx.post(f"{house.url}/chat/v1/messages", json={"client_id": "1"}, headers={"Authorization": f"Bearer {TOKEN}"})
    found = wait_for(lambda: house.api("GET", "/conversations").json()["items"], what="conversations")
    for conversation in found:
        house.api("POST", f"/conversations/{conversation['id']}/messages", json={"channel": "sms", "text": TEXT})
    house.api("POST", "/conversations/none/messages", json={"channel": NAME, "text": {TEXT: MAIL}, "to": PHONE})
    house.api("GET", f"/customers?query={QUERY}")
    httpx.get(f"{house.url}/api/v1/customers", headers={"Authorization": f"Bearer {TOKEN}"})
    with httpx.Client(base_url=house.url, follow_redirects=True) as browser:
        browser.get(f"/login?next=/{QUERY}")
        form = {"email": MAIL, "password": PASSWORD, "csrfmiddlewaretoken": browser.cookies.get("csrftoken", "")}
        browser.post("/login", data=form)
        browser.post("/login", data=form | {"csrfmiddlewaretoken": TOKEN})
        browser.get(f"/invitations/{TOKEN}")
        browser.get(f"/desk/stream?ticket={TOKEN}")
        browser.get(f"/c/{TOKEN}?q={QUERY}")
        browser.get(f"/{TOKEN}", headers={"Host": HEADER, "Cookie": f"rondpoint_session={TOKEN}"})
    wait_for(lambda: "rondpoint_deliveries_waiting 0\n" in httpx.get(f"{house.url}/metrics").text, what="all work done")
    wait_for(lambda: "Connect" in (house.folder / "house.log").read_text(), what="the dead mailbox in the log")


def test_no_line_of_a_whole_house_names_anybody(said):
    leaked = [line for line in said for canary in CANARIES if canary in line]
    print(f"log canaries: {len(said)} lines, {len(leaked)} leaks")
    assert not leaked


def test_every_line_is_an_object_with_its_fields(said):
    lines = [json.loads(line) for line in said if not line.startswith(("Rondpoint is at", "Begin here"))]
    assert lines, "nothing was logged at all"
    for line in lines:
        assert line.keys() >= {"time", "level", "logger", "event", "role", "pid"}, line
    assert {"worker"} <= {line["role"] for line in lines}
    assert "rondpoint" in {line["logger"].partition(".")[0] for line in lines}


@pytest.fixture
def written():
    """A logger's lines, through the formatter for machines."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.JsonLines())
    names = ("rondpoint.test", "elsewhere")
    for name in names:
        logging.getLogger(name).addHandler(handler)
        logging.getLogger(name).propagate = False
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    for name in names:
        logging.getLogger(name).removeHandler(handler)
        logging.getLogger(name).propagate = True


@pytest.mark.parametrize(
    "text",
    [
        "mail of canary.person+tag@sub.example.org came",
        "call +33 1 99 00 47 11",
        "call 01 99 00 47 11",
        "call 0033199004711",
        "Authorization: Bearer canary-abcdefgh.123",
        "GET https://example.com/in/x?signature=canary&a=b",
        "GET /login?next=canary",
        "connect postgresql://rondpoint:canary@db:5432/x",
        "imaps://canary%40example.com:canary@mail.example.com:993",
        "password=canary and token: canary",
        'body {"api_key": "canary"}',
        "jwt eyJcanary.eyJcanary.canary-canary",
    ],
)
def test_what_looks_like_somebody_is_struck_out(text):
    struck = logs.redact(text)
    assert logs.STRUCK in struck
    for canary in ("canary", "99 00 47", "99004711"):
        assert canary not in struck


@pytest.mark.parametrize(
    "text",
    [
        "delivery 123456789 failed (2 of 5): ValueError",
        "conversation 0198f2c4-7b1e-7cc0-8a3a-5b8f0a6c1d22 at 2026-11-23T07:30:00Z took 1763883000123456",
        "http://127.0.0.1:8025/in/sms/0198f2c4 answered 503 after 30.0 s",
    ],
)
def test_what_helps_stays(text):
    assert logs.redact(text) == text


def test_an_exception_is_its_type_and_place(written):
    log = logging.getLogger("rondpoint.test")
    try:
        try:
            int("canary")
        except ValueError as error:
            raise LookupError("canary") from error
    except LookupError as error:
        log.exception("delivery %s broke: %s / %r", 7, error, error)
    [line] = written()
    assert line["event"] == "delivery 7 broke: LookupError / LookupError"
    assert [one["type"] for one in line["exception"]] == ["builtins.LookupError", "builtins.ValueError"]
    assert "test_an_exception_is_its_type_and_place" in line["exception"][0]["at"][-1]
    assert "canary" not in json.dumps(line)


def test_what_libraries_put_into_their_messages_stays_out(written):
    log = logging.getLogger("elsewhere")
    log.error("%s: %s (%d)", "Not Found", "/canary/path", 404)
    log.error("Task exception was never retrieved\nfuture: <Task exception=ValueError('canary')>")
    log.error("cannot open 'canary' for \"canary\"")
    log.error(ValueError("canary"))
    unfit = logging.LogRecord("elsewhere", logging.ERROR, "x.py", 1, "%s and %s", ("canary",), None)
    lines = [*written(), logs.entry(unfit)]
    assert len(lines) == 5
    assert "404" in lines[0]["event"]
    assert "canary" not in json.dumps(lines)


def test_bound_fields_stand_in_every_line_inside(written):
    log = logging.getLogger("rondpoint.test")
    with logs.bound(delivery="d-1"):
        with logs.bound(connection=5):
            log.error("a")
        log.error("b")
    log.error("c")
    a, b, c = written()
    assert (a["delivery"], a["connection"], b["delivery"]) == ("d-1", "5", "d-1")
    assert "connection" not in b
    assert "delivery" not in c


def test_the_form_follows_the_terminal_and_the_wish(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.delenv("RONDPOINT_LOG", raising=False)
    assert isinstance(logs.formatter(io.StringIO()), logs.JsonLines)
    assert isinstance(logs.formatter(Terminal()), logs.Plain)
    monkeypatch.setenv("RONDPOINT_LOG", "text")
    assert isinstance(logs.formatter(io.StringIO()), logs.Plain)
    monkeypatch.setenv("RONDPOINT_LOG", "json")
    assert isinstance(logs.formatter(Terminal()), logs.JsonLines)


def test_a_wrong_form_stops_the_start(tmp_path):
    environment = {**os.environ, "RONDPOINT_HOME": str(tmp_path), "RONDPOINT_LOG": "xml"}
    done = subprocess.run([*COMMAND, "migrate"], env=environment, capture_output=True, text=True)
    assert done.returncode != 0
    assert "RONDPOINT_LOG='xml'" in done.stderr
