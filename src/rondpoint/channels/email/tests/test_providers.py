"""Providers' APIs and webhooks, against stand-ins on loopback.

Nothing here was proven with a real account.
"""

import asyncio
import json
import os
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.conf import settings as django_settings

from rondpoint.channels.contract import (
    Address,
    ConnectionInfo,
    Consent,
    FileOut,
    Ignored,
    MessageOut,
    OutcomeUnknown,
    Raw,
    Receipt,
    SendError,
    Sent,
)
from rondpoint.channels.email.channel import channel

CONNECTION = ConnectionInfo(1, "c1", "email", "Shop", {"address": "help@shop.example.com"}, "Lumen")
MESSAGE = MessageOut(
    "0190163d-8694-739b-8eee-2d1b6c4d2f00",
    Address("email", "ann@example.org", "Ann"),
    "Bonjour",
    "<p>Bonjour</p>",
    subject="Lampe",
    at=1_710_234_720_000_000,
    in_reply_to="a@x",
    reply_token="abcd2345",
    files=(FileOut("a.pdf", "application/pdf", "0" * 64, content=b"%PDF"),),
)


class Provider(HTTPServer):
    """Postmark's send API as far as a mail needs it, answering ``status``."""

    def __init__(self, status: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status = status
        self.seen: list[dict] = []
        threading.Thread(target=self.serve_forever, daemon=True).start()


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:  # noqa: N802 (http.server's name)
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.seen.append(body)
        one = {"ErrorCode": 0, "Message": "OK", "MessageID": "their-id", "To": "ann@example.org"}
        answer = json.dumps([one] if isinstance(body, list) else one).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *arguments: object) -> None:
        """Quiet."""


@pytest.fixture(autouse=True)
def django():
    if not django_settings.configured and not os.environ.get("DJANGO_SETTINGS_MODULE"):
        django_settings.configure()


def send(url: str):
    settings = json.dumps({"server_token": "word", "api_url": url})
    connection = ConnectionInfo(
        2, "c2", "email", "n", {**CONNECTION.settings, "esp": "postmark", "esp_settings": settings}, "Lumen"
    )
    part = channel.render(MESSAGE, connection)[0]
    return asyncio.run(channel.send(part, connection, None, "k"))


def test_a_mail_leaves_through_the_provider():
    provider = Provider(200)
    result = send(f"http://127.0.0.1:{provider.server_port}/")
    provider.shutdown()
    assert result == Sent((f"{MESSAGE.id}@shop.example.com", "their-id"))
    (body,) = provider.seen
    body = body[0] if isinstance(body, list) else body
    assert (body["TextBody"], body["HtmlBody"], body["Subject"]) == ("Bonjour", "<p>Bonjour</p>", "Re: Lampe")
    assert "ann@example.org" in body["To"]
    assert body["ReplyTo"] == "reply+abcd2345@shop.example.com"
    assert {"Name": "In-Reply-To", "Value": "<a@x>"} in body["Headers"]
    assert body["Attachments"][0]["Name"] == "a.pdf"


@pytest.mark.parametrize(
    ("status", "kind", "permanent"),
    [(429, SendError, False), (401, SendError, False), (400, SendError, True), (503, OutcomeUnknown, None)],
)
def test_a_provider_that_refuses(status, kind, permanent):
    provider = Provider(status)
    result = send(f"http://127.0.0.1:{provider.server_port}/")
    provider.shutdown()
    assert isinstance(result, kind)
    assert getattr(result, "permanent", None) is permanent


def test_a_provider_that_cannot_be_reached_is_tried_again():
    provider = Provider(200)
    provider.shutdown()
    provider.server_close()
    result = send(f"http://127.0.0.1:{provider.server_port}/")
    assert isinstance(result, SendError)
    assert not result.permanent


def event(**fields):
    raw = Raw(json.dumps(fields).encode(), {"content-type": "application/json; charset=utf-8"}, received=5)
    assert channel.delivery_id(raw) == channel.delivery_id(raw)
    return channel.parse(raw, CONNECTION)[0]


def test_events_of_postmark():
    dead = event(
        RecordType="Bounce", Type="HardBounce", MessageID="their-id", Email="Ann@example.org", Description="x"
    )
    assert isinstance(dead, Receipt)
    assert (dead.state, dead.permanent, dead.external_id, dead.address) == (
        "failed",
        True,
        "their-id",
        "ann@example.org",
    )
    blocked = event(RecordType="Bounce", Type="Blocked", MessageID="their-id", Email="ann@example.org")
    assert (blocked.state, blocked.permanent) == ("failed", False)
    assert (
        event(RecordType="Delivery", MessageID="their-id", Recipient="ann@example.org").state == "delivered"
    )
    assert isinstance(event(RecordType="SpamComplaint", MessageID="i", Email="ann@example.org"), Consent)
    for other in (
        {"RecordType": "SubscriptionChange", "MessageID": "i"},
        {"RecordType": "Bounce", "Type": "Transient", "MessageID": "i"},
    ):
        assert isinstance(event(**other), Ignored)


def test_events_of_brevo():
    dead = event(**{"event": "hard_bounce", "message-id": "<m@shop.example.com>", "email": "ann@example.org"})
    assert (dead.state, dead.permanent, dead.external_id) == ("failed", True, "m@shop.example.com")
    assert (
        event(**{"event": "delivered", "message-id": "<m@x>", "email": "a@example.org"}).state == "delivered"
    )
    assert isinstance(event(**{"event": "spam", "message-id": "<m@x>", "email": "a@example.org"}), Consent)
    assert isinstance(event(**{"event": "request", "message-id": "<m@x>", "email": "a@example.org"}), Ignored)


@pytest.mark.parametrize("body", [b"{", b"3", b"[1]"])
def test_events_that_are_none(body):
    with pytest.raises(ValueError):
        channel.parse(Raw(body, {"content-type": "application/json"}), CONNECTION)
