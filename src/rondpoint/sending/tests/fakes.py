"""A channel made for tests: it answers what it is told to, and remembers what it was asked to send."""

import asyncio
import threading

import pytest

from rondpoint.accounts.models import Brand
from rondpoint.channels import registry
from rondpoint.channels.contract import (
    Address,
    Channel,
    ConnectionInfo,
    Manifest,
    MessageOut,
    Part,
    Refused,
    SendResult,
    Sent,
)
from rondpoint.channels.models import Connection
from rondpoint.customers.actions import make_profile
from rondpoint.lib import ids
from rondpoint.lib.addresses import BadAddress
from rondpoint.lib.db import write
from rondpoint.sending.types import Request

NOW = 1_800_000_000_000_000


class FakeChannel(Channel):
    """Parts are cut at ``|``; addresses are lower-case and hold a ``@``."""

    def __init__(self, rate: float | None = None, window: int | None = None):
        self.manifest = Manifest(
            "fake", "Fake", "email", settings=(), rate_per_second=rate, reply_window=window
        )
        self.sent: list[tuple[int, str, str]] = []
        self.answers: dict[str, list[SendResult | Exception]] = {}
        self.hang: set[int] = set()  # connections that never answer
        self.in_session = False
        self._lock = threading.Lock()

    def normalize_address(self, text: str, connection: ConnectionInfo) -> str:
        if "@" not in text:
            raise BadAddress(f"{text!r} has no @")
        return text.strip().lower()

    def render(self, message: MessageOut, connection: ConnectionInfo) -> list[Part] | Refused:
        if len(message.text) > 100:
            return Refused("too_long", "at most 100")
        pieces = message.text.split("|")
        return [
            Part(message.to.value, text, index, len(pieces), segments=1) for index, text in enumerate(pieces)
        ]

    async def send(self, part: Part, connection: ConnectionInfo, http, idempotency_key: str) -> SendResult:
        with self._lock:
            self.sent.append((connection.id, part.text, idempotency_key))
            planned = self.answers.get(part.text)
            answer = planned.pop(0) if planned else Sent((f"x-{idempotency_key}",))
        if connection.id in self.hang:
            await asyncio.Event().wait()
        if isinstance(answer, Exception):
            raise answer
        return answer

    def has_session(self, connection: ConnectionInfo) -> bool:
        return self.in_session

    def texts(self) -> list[str]:
        return [text for _, text, _ in self.sent]


@pytest.fixture
def fake(monkeypatch):
    """The fake channel in the place of every channel."""
    channel = FakeChannel()
    monkeypatch.setattr(registry, "get", lambda kind: channel)
    return channel


def make_connection(name: str = "Fake", **columns) -> Connection:
    """A connection of the fake channel."""
    with write():
        brand = Brand.objects.first() or Brand.objects.create(slug="lumo", name="Lumo")
        return Connection.objects.create(kind="fake", name=name, brand=brand, **columns)


def make_person(address: str = "ada@example.com") -> int:
    """A profile with this key; its id."""
    with write():
        return make_profile("email", address, NOW)[0].id


def wish(connection: Connection, profile_id: int, text: str = "Hello", **changes) -> Request:
    """A request to send ``text``; ``to``, ``key``, ``automated`` and the fields of Request can be changed."""
    to = Address(changes.pop("kind", "email"), changes.pop("to", "ada@example.com"))
    message = MessageOut(
        id=str(changes.pop("message_id", ids.uuid7())),
        to=to,
        text=text,
        automated=changes.pop("automated", False),
    )
    fields = {
        "profile_id": profile_id,
        "channel": "fake",
        "connection_id": connection.id,
        "address": to,
        "purpose": "service",
        "message": message,
        "idempotency_key": changes.pop("key", f"message:{message.id}"),
    }
    return Request(**{**fields, **changes})
