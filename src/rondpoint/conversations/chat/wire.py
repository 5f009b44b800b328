"""What every call of ``/chat/v1`` passes first: origin, session, size and form of the body, and problems as answers."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import urlsplit

import msgspec
from django.conf import settings
from django.db import Error as DatabaseFault
from django.db import close_old_connections
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from rondpoint.channels import connections, registry
from rondpoint.channels.contract import ConnectionInfo
from rondpoint.channels.models import Connection
from rondpoint.conversations.chat import sessions
from rondpoint.conversations.chat.limits import Brake
from rondpoint.conversations.models import ChatSession
from rondpoint.lib.gathering import Gathering
from rondpoint.ui import bodies

MAX_JSON = 64_000
_MISSING = re.compile(r"missing required field `([^`]{1,64})`")


class Problem(Exception):
    """An answer that is not 2xx, as RFC 9457 tells it."""

    def __init__(self, status: int, detail: str, field: str = "", retry_after: int = 0):
        super().__init__(detail)
        self.status, self.detail, self.field, self.retry_after = status, detail, field, retry_after


class Opening(msgspec.Struct):
    """The body that opens or resumes a session."""

    key: str
    jwt: str = ""
    page: str = ""
    locale: str = ""


def guarded(action: Callable, body: type | None = None, needs_session: bool = True) -> Callable:
    """Origin, session and body are checked before an action sees them; what goes wrong is told as a problem."""

    async def endpoint(request: Request) -> Response:
        origin = request.headers.get("origin", "")
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=_cors(origin))
        try:
            said = await _body(request, body) if body else None
            session = await _session(request)
            if needs_session and session is None:
                raise Problem(401, "the bearer token is missing or unknown")
            info = await _connection(session, said, request.query_params.get("key", ""))
            _check_origin(origin, info)
            answer = await action(request, session, info, said)
        except Problem as problem:
            answer = _answer(problem)
        except (DatabaseFault, OSError):
            answer = _answer(Problem(503, "it could not be stored; try again", retry_after=5))
        answer.headers.update(_cors(origin))
        return answer

    return endpoint


def brake(limit: Brake, key: str) -> None:
    """Raises the Problem 429 when ``key`` calls too often."""
    seconds = limit.wait(key)
    if seconds:
        raise Problem(429, "too many at once; wait a moment", retry_after=seconds)


def number(text: str, name: str) -> int:
    """A sequence number as somebody wrote it; the Problem 422 when it is none or does not fit 64 bits."""
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise Problem(422, f"{name}: expected a sequence number", name)
    return int(text)


def plain(text: str, most: int) -> str:
    """A short line without control characters, cut at ``most`` characters."""
    return "".join(letter for letter in text if letter.isprintable())[:most]


async def read(request: Request, most: int) -> bytes:
    """The body, or a Problem as soon as it grows beyond ``most`` bytes, stands still, or is too much at once."""
    try:
        return await bodies.read(request, most)
    except bodies.Refused as refused:
        raise Problem(refused.status, str(refused), retry_after=5 if refused.status == 503 else 0) from refused


async def once(content: bytes) -> AsyncIterator[bytes]:
    """Bytes as a stream of one chunk."""
    yield content


async def _session(request: Request) -> ChatSession | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return await _sessions.ask(token) if scheme.lower() == "bearer" else None


def _found(tokens: list[str]) -> list[ChatSession | Exception | None]:
    close_old_connections()
    return [*sessions.find_many(tokens)]


_sessions: Gathering[str, ChatSession | None] = Gathering(_found, name="chat-sessions")


async def _connection(session: ChatSession | None, said: Any, key: str) -> ConnectionInfo:
    if session is not None and not isinstance(said, Opening):
        if not session.connection.active:
            raise Problem(404, "this chat is closed")
        return connections.info(session.connection)
    row = await asyncio.to_thread(_by_key, said.key if isinstance(said, Opening) else key)
    if row is None:
        raise Problem(404, "key: no such chat", "key")
    return connections.info(row)


def _by_key(key: str) -> Connection | None:
    close_old_connections()
    return connections.by_public_id("chat", key)


def _check_origin(origin: str, info: ConnectionInfo) -> None:
    """Browsers say where a page comes from; only the sites of this chat, and our own pages, may use it."""
    if not origin:
        return  # no browser: CORS could not hold it, its token or JWT does
    own = "://".join(urlsplit(settings.RONDPOINT_URL)[:2])
    if origin.lower() != own.lower() and not registry.get(info.kind).takes(origin, info):
        raise Problem(403, f"{origin[:200]} is not an origin of this chat")


def _cors(origin: str) -> dict[str, str]:
    # The answer to a foreign origin carries no secret, and every request is checked again: echoing is harmless.
    return {
        "Access-Control-Allow-Origin": origin or "*",
        "Access-Control-Allow-Methods": "GET, POST",
        "Access-Control-Allow-Headers": "authorization, content-type, last-event-id, x-filename",
        "Access-Control-Expose-Headers": "retry-after",
        "Access-Control-Max-Age": "600",
        "Vary": "Origin",
    }


async def _body(request: Request, kind: type) -> Any:
    raw = await read(request, MAX_JSON)
    try:
        return msgspec.json.decode(raw or b"{}", type=kind)
    except msgspec.ValidationError as error:
        raise _misfit(str(error)) from error
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise Problem(400, f"the body is not JSON: {error}") from error


def _misfit(reason: str) -> Problem:
    """The problem for msgspec's "Expected `str`, got `null` - at `$.text`", with the field first and named."""
    said, _, place = reason.partition(" - at `$")
    missing = _MISSING.search(said)
    field = ".".join(part for part in (place.strip(".`"), missing[1] if missing else "") if part)
    return Problem(422, f"{field}: {said}" if field else said, field)


def _answer(problem: Problem) -> Response:
    content: dict[str, Any] = {
        "type": "about:blank",
        "title": problem.detail,
        "status": problem.status,
        "detail": problem.detail,
    }
    if problem.field:
        content["errors"] = [{"field": problem.field, "reason": problem.detail}]
    headers = {"Retry-After": str(problem.retry_after)} if problem.retry_after else None
    return JSONResponse(content, problem.status, headers, "application/problem+json")
