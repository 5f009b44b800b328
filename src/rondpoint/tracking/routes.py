"""``/v1/…``: Segment's HTTP tracking API. What is answered with 200 is on disk."""

import asyncio
import base64
import binascii
import logging
import zlib
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from django.db import Error as DatabaseFault
from django.db import close_old_connections
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from rondpoint.lib import clock
from rondpoint.tracking import intake
from rondpoint.tracking.rules import reading
from rondpoint.tracking.sources import Keys
from rondpoint.tracking.types import Refused, SourceInfo
from rondpoint.ui import bodies, problems
from rondpoint.ui.problems import Problem
from rondpoint.ui.scripts import script

log = logging.getLogger("rondpoint.tracking")
# The whole names are the documented ones; browsers' libraries use the letters.
PATHS = {
    "identify": "identify", "track": "track", "page": "page", "screen": "screen", "group": "group", "alias": "alias",
    "batch": "batch", "import": "batch",
    "i": "identify", "t": "track", "p": "page", "s": "screen", "g": "group", "a": "alias", "b": "batch",
}  # fmt: skip
SNIPPET = Path(__file__).parent / "site" / "track.js"
PREFLIGHT_SECONDS = 86_400
SHOWN = 50  # refusals that an answer names

ChatOf = Callable[[int, str], str]
"""The key of a brand's chat that pages of an origin may use; an empty text where there is none."""

_keys = Keys()
_intake: intake.Intake | None = None


def open_() -> None:
    """Starts what stores batches, with the process."""
    global _intake
    _intake = intake.Intake()


def close() -> None:
    """Writes what was accepted, then stops. Blocking."""
    if _intake is not None:
        _intake.close()


def routes(chat_of: ChatOf) -> list[Route]:
    """The addresses of the tracking API."""
    return [
        Route("/track.js", _track, methods=["GET"]),
        Route("/v1/projects/{key}/settings", partial(_settings, chat_of), methods=["GET", "OPTIONS"]),
        *(Route(f"/v1/{path}", _take, methods=["POST", "OPTIONS"]) for path in PATHS),
    ]


async def _track(request: Request) -> Response:
    return script(request, SNIPPET)


async def _take(request: Request) -> Response:
    origin = request.headers.get("origin", "")
    if request.method == "OPTIONS":
        return _allowed(Response(status_code=204), origin)
    try:
        answer = await _kept(request, PATHS[request.url.path.rpartition("/")[2]], origin)
    except Problem as problem:
        answer = problems.plain(problem)
    except (DatabaseFault, OSError):
        log.exception("a batch could not be stored; the sender was told to come again")
        answer = problems.plain(Problem(503, "it could not be stored; send it again", retry_after=5))
    return _allowed(answer, origin)


async def _kept(request: Request, kind: str, origin: str) -> Response:
    received = clock.now()
    body = await _body(request)
    try:
        source = await _source(request, body)
        if origin and source.trusted:
            raise Problem(403, "a server's secret write key stands in a page: renew it, and use one of a website")
        if origin and source.origins and origin not in source.origins:
            raise Problem(403, f"pages of {origin} may not send with this write key; add the address to its source")
        row = intake.batch(source, kind, body, received)
        read = reading.read(kind, body, str(row.public_id), received)
    except reading.BadBody as error:
        raise Problem(400, str(error)) from error
    assert _intake is not None, "opened with the process"
    await _intake.keep(row)
    if read.refused and kind != "batch":
        raise Problem(400, read.refused[0].reason)
    return JSONResponse({"success": True} | ({"refused": _told(read.refused)} if read.refused else {}))


def _told(refused: Iterable[Refused]) -> list[dict[str, object]]:
    told = [{"index": each.place, "messageId": each.message_id, "reason": each.reason} for each in refused]
    return told[:SHOWN]


async def _body(request: Request) -> bytes:
    try:
        body = await bodies.read(request, reading.LARGEST_BATCH)
    except bodies.Refused as refused:
        raise Problem(refused.status, str(refused), retry_after=5 if refused.status == 503 else None) from refused
    packed = request.headers.get("content-encoding", "").strip().lower()
    if packed == "gzip":
        return _unpacked(body)
    if packed not in ("", "identity"):
        raise Problem(415, f"Content-Encoding {packed[:40]!r} is not known here; send gzip, or none")
    return body


def _unpacked(body: bytes) -> bytes:
    unpacking = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        content = unpacking.decompress(body, reading.LARGEST_BATCH + 1)
    except zlib.error as error:
        raise Problem(400, f"the body is not gzip as its header says: {error}") from error
    if len(content) > reading.LARGEST_BATCH:
        raise Problem(413, f"a batch has at most {reading.LARGEST_BATCH} bytes")
    if not unpacking.eof or unpacking.unused_data:
        raise Problem(400, "the body is not one whole gzip: it ends too early, or something follows it")
    return content


async def _source(request: Request, body: bytes) -> SourceInfo:
    """The source whose write key came as the user of Basic, or in the body. Raises Problem."""
    key = _basic(request.headers.get("authorization", "")) or reading.write_key(body)
    source = await _keys.get(key) if key else None
    if source is None:
        raise Problem(401, "the write key is missing or unknown; it goes into the body or is the user of Basic")
    return source


def _basic(header: str) -> str:
    scheme, _, coded = header.partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(coded.strip(), validate=True).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return ""


async def _settings(chat_of: ChatOf, request: Request) -> Response:
    """What analytics.js asks for before it sends: that it sends here. ``chat``: the key of the chat in which a form
    goes on that our snippet found on a page without one."""
    origin = request.headers.get("origin", "")
    if request.method == "OPTIONS":
        return _allowed(Response(status_code=204), origin)
    source = await _keys.get(request.path_params["key"])
    if source is None:
        return _allowed(problems.plain(Problem(404, "no source has this write key")), origin)
    host = f"{request.headers.get('host', '')}/v1"
    plan = {"track": {"__default": {"enabled": True, "integrations": {}}}}
    said = {
        "integrations": {
            "Segment.io": {
                "apiKey": request.path_params["key"],
                "apiHost": host,
                "protocol": request.url.scheme,
                "versionSettings": {"version": "4.4.7", "componentTypes": ["browser"]},
            }
        },
        "plan": plan,
        "edgeFunction": {},
        "analyticsNextEnabled": True,
        "chat": await asyncio.to_thread(_looked_up, chat_of, source.brand, origin),
    }
    return _allowed(JSONResponse(said), origin)


def _looked_up(chat_of: ChatOf, brand: int, origin: str) -> str:
    close_old_connections()
    return chat_of(brand, origin)


def _allowed(answer: Response, origin: str) -> Response:
    """Any page may ask: the key says whose it is, and cookies are never looked at."""
    if origin:
        answer.headers.update(
            {
                "Access-Control-Allow-Origin": "*",
                "Access-Control-Allow-Methods": "POST, GET, OPTIONS",
                "Access-Control-Allow-Headers": "Content-Type, Authorization, Content-Encoding",
                "Access-Control-Max-Age": str(PREFLIGHT_SECONDS),
            }
        )
    return answer
