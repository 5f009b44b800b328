"""Files of any size, streamed through Starlette into the store: Django's threads take no body over a megabyte.

Programs send ``POST /api/v1/files`` with their key and get an id for ``POST /api/v1/imports``; the desk sends
``POST /desk/imports`` with a ticket, because what streams takes no cookie for a write.
"""

import asyncio
import queue
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from urllib.parse import unquote

from django.conf import settings
from django.db import close_old_connections
from msgspec import Struct
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from rondpoint.accounts import queries as accounts
from rondpoint.files import actions as store
from rondpoint.hub.imports import actions
from rondpoint.lib import clock, signing

MOST = 2_000_000_000  # bytes of a file
WAITING = 32  # pieces that are read ahead of the disk
SILENCE = 30.0  # seconds without a byte
PURPOSE, LIFE = "uploaded file", clock.DAY


class Uploaded(Struct, frozen=True):
    """A stored file that no row refers to yet."""

    sha256: str
    size: int
    name: str


def token(file: Uploaded, now: int | None = None) -> str:
    """The id of an uploaded file; it holds for a day."""
    said = {"sha256": file.sha256, "size": file.size, "name": file.name}
    return signing.sign(settings.SECRET_KEY, PURPOSE, said, (now or clock.now()) + LIFE)


def found(text: str) -> Uploaded | None:
    """The file behind an id; None for one that does not hold."""
    try:
        said = signing.unsign(settings.SECRET_KEY, PURPOSE, text, clock.now())
    except (signing.BadToken, ValueError):
        return None
    return Uploaded(said["sha256"], said["size"], said["name"])


def routes() -> list[Route]:
    """The addresses that take files."""
    return [
        Route("/api/v1/files", upload, methods=["POST"]),
        Route("/desk/imports", bring, methods=["POST"]),
    ]


async def upload(request: Request) -> Response:
    """``POST /api/v1/files``: the bare file as the body with its name in ``X-Filename`` (percent-encoded), or a form
    with a field ``file``. Answers {"id", "name", "size"}."""
    if not await asyncio.to_thread(_may_program, request.headers.get("authorization", "")):
        return _problem(401, "send Authorization: Bearer rp_… with a key that was not revoked")
    kept = await _kept(request)
    if isinstance(kept, Response):
        return kept
    return JSONResponse({"id": token(kept), "name": kept.name, "size": kept.size}, status_code=201)


async def bring(request: Request) -> Response:
    """``POST /desk/imports?kind=customers``: a file that is to be brought in. Answers {"place"}: its page."""
    by = await asyncio.to_thread(_may_person, request.headers.get("x-upload-ticket", ""))
    if not by:
        return _problem(403, "the ticket is not valid; ask for a new one")
    kept = await _kept(request)
    if isinstance(kept, Response):
        return kept
    said = request.query_params
    try:
        row = await asyncio.to_thread(
            _begin, said.get("kind", ""), kept, by, said.get("origin", ""), said.get("country", "")
        )
    except actions.Invalid as invalid:
        return _problem(422, f"{invalid.field}: {invalid}")
    return JSONResponse({"place": f"/imports/{row}"}, status_code=201)


async def _kept(request: Request) -> Uploaded | Response:
    name = unquote(request.headers.get("x-filename", ""))
    try:
        if request.headers.get("content-type", "").startswith("multipart/form-data"):
            async with request.form(max_files=1, max_fields=10) as form:
                file = form.get("file")
                if not isinstance(file, UploadFile):
                    return _problem(422, "the form has no file; expected a field named file")
                return await _stream(_pieces_of(file), file.filename or name)
        return await _stream(request.stream(), name)
    except store.TooLarge:
        return _problem(413, f"a file has at most {MOST // 1_000_000_000} GB")
    except TimeoutError:
        return _problem(408, "the file did not come in time; send it again")
    except MultiPartException as error:
        return _problem(400, f"the form cannot be read: {error.message}")
    except ClientDisconnect:
        return _problem(400, "the body ended too early")


async def _pieces_of(file: UploadFile) -> AsyncIterator[bytes]:
    while piece := await file.read(64 * 1024):
        yield piece


async def _stream(pieces: AsyncIterator[bytes], name: str) -> Uploaded | Response:
    """Writes pieces to the store while they come. Raises TooLarge, TimeoutError, ClientDisconnect."""
    waiting: queue.Queue[bytes | None] = queue.Queue(WAITING)
    broken: list[BaseException] = []
    writing = asyncio.create_task(asyncio.to_thread(store.save_stream, _drain(waiting, broken), MOST))
    try:
        reading = aiter(pieces)
        while True:
            try:
                async with asyncio.timeout(SILENCE):
                    piece = await anext(reading)
            except StopAsyncIteration:
                break
            if writing.done():
                break  # it failed: its error is told below
            if piece:
                await asyncio.to_thread(_put, waiting, piece, writing)
    except BaseException as error:
        broken.append(error)
        raise
    finally:
        await asyncio.to_thread(_put, waiting, None, writing)
        if broken:
            with suppress(_Broken):
                await asyncio.shield(writing)
    sha256, size = await writing
    if not size:
        return _problem(422, "there is nothing in this file")
    return Uploaded(sha256, size, name[:200] or "file")


class _Broken(Exception):
    """The body ended too early: what was written is let go."""


def _put(waiting: "queue.Queue[bytes | None]", piece: bytes | None, writing: "asyncio.Task[tuple[str, int]]") -> None:
    while not writing.done():
        try:
            waiting.put(piece, timeout=1)
            return
        except queue.Full:
            continue


def _drain(waiting: "queue.Queue[bytes | None]", broken: list[BaseException]) -> Iterator[bytes]:
    while (piece := waiting.get()) is not None:
        yield piece
    if broken:
        raise _Broken


def _begin(kind: str, file: Uploaded, by: str, origin: str, country: str) -> str:
    close_old_connections()
    return str(actions.begin(kind, file.name, file.sha256, file.size, by, origin, country).public_id)


def _may_program(header: str) -> bool:
    close_old_connections()
    scheme, _, text = header.partition(" ")
    return scheme.lower() == "bearer" and accounts.api_key(text.strip()) is not None


def _may_person(text: str) -> str:
    close_old_connections()
    user = accounts.ticket_holder(text)
    return user.email if user is not None and user.may("administer") else ""


def _problem(status: int, detail: str) -> Response:
    said = {"type": "about:blank", "status": status, "title": detail, "detail": detail}
    return JSONResponse(said, status_code=status, media_type="application/problem+json")
