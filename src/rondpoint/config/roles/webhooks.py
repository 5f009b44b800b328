"""``/in/{channel}/{connection}``: providers' webhooks, verified, on disk, and only then answered.

A bare ASGI application before all others: a provider's burst is thousands of requests a second, and what a framework
adds to each is as much work as the rest together.
"""

import json
import logging

from django.conf import settings
from django.db import Error as DatabaseFault
from starlette.types import Message, Receive, Scope, Send

from rondpoint.channels import registry
from rondpoint.channels.connections import Directory
from rondpoint.channels.contract import Raw
from rondpoint.channels.deliveries import Intake
from rondpoint.lib import clock

log = logging.getLogger("rondpoint.edge")
PREFIX = "/in/"
MAX_BODY = 1_000_000
RETRY = (b"retry-after", b"5")

# Status, content, its type, further headers.
Answer = tuple[int, bytes, str, tuple[tuple[bytes, bytes], ...]]


class Webhooks:
    """Serves what is below :data:`PREFIX`. ``open`` and ``close`` with the process."""

    def __init__(self) -> None:
        self._directory = Directory()
        self._intake: Intake | None = None

    def open(self) -> None:
        """Starts what stores deliveries."""
        self._intake = Intake()

    def close(self) -> None:
        """Writes what was accepted, then stops. Blocking."""
        if self._intake is not None:
            self._intake.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            status, content, media_type, further = await self._take(scope, receive)
        except ConnectionAbortedError:
            return  # nobody is there to be answered
        headers = [
            (b"content-type", media_type.encode()),
            (b"content-length", str(len(content)).encode()),
            (b"x-content-type-options", b"nosniff"),
            *further,
        ]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    async def _take(self, scope: Scope, receive: Receive) -> Answer:
        kind, _, public_id = scope["path"][len(PREFIX) :].partition("/")
        if kind not in registry.kinds():
            return _problem(404, "no such channel")
        if scope["method"] not in ("GET", "POST"):
            return _problem(405, "a webhook is a GET or a POST", (b"allow", b"GET, POST"))
        try:
            connection = await self._directory.get(kind, public_id)
        except DatabaseFault:
            return _unstored()
        if connection is None:
            return _problem(404, "no such connection")
        body = await _body(receive)
        if body is None:
            return _problem(413, f"the body has more than {MAX_BODY} bytes")
        raw = Raw(
            body=body,
            headers={name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]},
            url=_url(scope),
            method=scope["method"],
            received=clock.now(),
        )
        channel = registry.get(kind)
        challenge = channel.handshake(raw, connection)
        if challenge is not None:
            return 200, challenge.encode() if isinstance(challenge, str) else challenge, "text/plain", ()
        if raw.method != "POST" or not channel.verify(raw, connection):
            return _problem(403, "the signature does not match this connection")
        try:
            external_id = channel.delivery_id(raw)
        except ValueError as error:
            return _problem(400, str(error))
        try:
            await self._intake.deliver(connection, external_id, raw)
        except (OSError, DatabaseFault):
            return _unstored()
        content, media_type = channel.acknowledgement(raw, connection)
        return 200, content, media_type, ()


async def _body(receive: Receive) -> bytes | None:
    """The body, or None when it is too large. Raises ConnectionAbortedError when the provider hangs up."""
    chunks, size, more = [], 0, True
    while more and size <= MAX_BODY:
        event: Message = await receive()
        if event["type"] == "http.disconnect":
            raise ConnectionAbortedError
        chunks.append(event.get("body", b""))
        size += len(chunks[-1])
        more = event.get("more_body", False)
    return None if size > MAX_BODY else b"".join(chunks)


def _url(scope: Scope) -> str:
    """The public address that was asked, which providers sign."""
    path = scope.get("raw_path") or scope["path"].encode()
    asked = path.partition(b"?")[0] + (b"?" + scope["query_string"] if scope["query_string"] else b"")
    return settings.RONDPOINT_URL + asked.decode("latin-1")


def _unstored() -> Answer:
    log.exception("a delivery could not be stored; the provider was told to come again")
    return _problem(503, "it could not be stored; send it again", RETRY)


def _problem(status: int, detail: str, *further: tuple[bytes, bytes]) -> Answer:
    content = json.dumps({"type": "about:blank", "status": status, "title": detail, "detail": detail}).encode()
    return status, content, "application/problem+json", further
