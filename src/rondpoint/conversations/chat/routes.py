"""The routes of ``/chat/v1``, as plain async functions."""

import asyncio
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec
from django.conf import settings
from django.db import DatabaseError, close_old_connections
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from rondpoint.channels import connections, registry
from rondpoint.channels.contract import ConnectionInfo
from rondpoint.conversations import queries
from rondpoint.conversations.actions import codes, continuations
from rondpoint.conversations.chat import messages, sessions, stream
from rondpoint.conversations.chat.limits import Brake
from rondpoint.conversations.chat.widget import widget
from rondpoint.conversations.models import Attachment, ChatSession, Message
from rondpoint.events import live
from rondpoint.files import actions as files
from rondpoint.lib import addresses, clock
from rondpoint.lib.db import GroupWriter, write
from rondpoint.sending import actions as sending

MAX_JSON, MAX_TEXT, MAX_FILE = 64_000, 20_000, 10_000_000
_openings, _messages, _uploads = Brake(30, 60), Brake(20, 10), Brake(20, 60)
_writer: GroupWriter | None = None


class Problem(Exception):
    """An answer that is not 2xx, as RFC 9457 tells it."""

    def __init__(self, status: int, detail: str, field: str = "", retry_after: int = 0):
        super().__init__(detail)
        self.status, self.detail, self.field, self.retry_after = status, detail, field, retry_after


class Opening(msgspec.Struct):
    key: str
    jwt: str = ""
    page: str = ""
    locale: str = ""


class Words(msgspec.Struct):
    client_id: str
    text: str = ""
    files: list[str] = []


class Seq(msgspec.Struct):
    seq: int


class Token(msgspec.Struct):
    token: str


class Wanted(msgspec.Struct):
    kind: str = ""
    value: str = ""
    known: int | None = None


class Code(msgspec.Struct):
    code: str


class Empty(msgspec.Struct):
    pass


def routes() -> list[Route]:
    """Everything under ``/chat/v1``, and the widget itself."""
    return [
        Route("/widget.js", widget),
        Route("/chat/v1/sessions", _guard(_open, Opening, needs_session=False), methods=["POST", "OPTIONS"]),
        Route("/chat/v1/messages", _guard(_say, Words), methods=["POST", "OPTIONS"]),
        Route("/chat/v1/stream", _guard(_stream), methods=["GET", "OPTIONS"]),
        Route("/chat/v1/history", _guard(_history), methods=["GET", "OPTIONS"]),
        Route("/chat/v1/read", _guard(_read, Seq), methods=["POST", "OPTIONS"]),
        Route("/chat/v1/typing", _guard(_typing, Empty), methods=["POST", "OPTIONS"]),
        Route("/chat/v1/files", _guard(_upload), methods=["POST", "OPTIONS"]),
        Route("/chat/v1/continuations", _guard(_continue, Token), methods=["POST", "OPTIONS"]),
        Route("/chat/v1/proofs", _guard(_known), methods=["GET"]),
        Route("/chat/v1/proofs", _guard(_send_proof, Wanted), methods=["POST", "OPTIONS"]),
        Route("/chat/v1/proofs/check", _guard(_check_proof, Code), methods=["POST", "OPTIONS"]),
    ]


def _guard(action: Callable, body: type | None = None, needs_session: bool = True) -> Callable:
    """Origin, session and body are checked before an action sees them; what goes wrong is told as a problem."""

    async def endpoint(request: Request) -> Response:
        origin = request.headers.get("origin", "")
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=_cors(origin))
        try:
            said = await _body(request, body) if body else None
            session = await asyncio.to_thread(_session, request)
            if needs_session and session is None:
                raise Problem(401, "the bearer token is missing or unknown")
            info = await asyncio.to_thread(_connection, session, said)
            _check_origin(origin, info)
            answer = await action(request, session, info, said)
        except Problem as problem:
            answer = _problem(problem)
        except DatabaseError:
            answer = _problem(Problem(503, "it could not be stored; try again", retry_after=5))
        answer.headers.update(_cors(origin))
        return answer

    return endpoint


async def _open(request: Request, session: ChatSession | None, info: ConnectionInfo, said: Opening) -> Response:
    _brake(_openings, request.client.host if request.client else "")

    def work() -> dict:
        close_old_connections()
        now = clock.now()
        try:
            account = sessions.read_jwt(said.jwt, info, now) if said.jwt else None
        except sessions.BadJwt as error:
            raise Problem(401, str(error), "jwt") from error
        known = session if session is not None and session.connection_id == info.id else None
        with write():
            opened, token = sessions.open_session(info, known, account, said.page, said.locale, now)
        seen = queries.visible_to(opened, limit=1)
        return {
            "token": token or request.headers["authorization"].partition(" ")[2],
            "config": _config(info, opened),
            "last_seq": seen[-1].message.id if seen else 0,
        }

    return JSONResponse(await asyncio.to_thread(work))


async def _say(request: Request, session: ChatSession, info: ConnectionInfo, said: Words) -> Response:
    _brake(_messages, str(session.id))
    if not 0 < len(said.client_id) <= 80:
        raise Problem(422, "client_id: between 1 and 80 characters are needed", "client_id")
    if len(said.text) > MAX_TEXT:
        raise Problem(422, f"text: at most {MAX_TEXT} characters", "text")
    if not said.text.strip() and not said.files:
        raise Problem(422, "text: there is nothing to send", "text")
    global _writer
    _writer = _writer or GroupWriter(messages.store, name="chat")
    text = said.text.replace("\x00", "")
    message: Message = await _writer.put(messages.Said(session, said.client_id, text, said.files[:10], clock.now()))
    return JSONResponse({"id": str(message.public_id), "seq": message.id})


async def _stream(request: Request, session: ChatSession, info: ConnectionInfo, said: None) -> Response:
    after = request.headers.get("last-event-id") or request.query_params.get("after") or "0"
    if not after.isdigit():
        raise Problem(422, "Last-Event-ID: expected a sequence number")
    return StreamingResponse(
        stream.events(session, int(after)),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _history(request: Request, session: ChatSession, info: ConnectionInfo, said: None) -> Response:
    before = request.query_params.get("before", "")
    if before and not before.isdigit():
        raise Problem(422, "before: expected a sequence number", "before")

    def work() -> list[dict]:
        close_old_connections()
        views = queries.visible_to(session, before_id=int(before) if before else None, limit=50)
        return [messages.on_the_wire(view, session) for view in views]

    found = await asyncio.to_thread(work)
    return JSONResponse({"items": found, "next": found[0]["seq"] if len(found) == 50 else None})


async def _read(request: Request, session: ChatSession, info: ConnectionInfo, said: Seq) -> Response:
    def work() -> None:
        close_old_connections()
        views = queries.visible_to(session, before_id=said.seq + 1, limit=50)
        dispatches = [
            view.message.dispatch_id
            for view in views
            if view.message.dispatch_id and view.message.channel == info.kind and view.state in ("sent", "delivered")
        ]
        with write():
            ChatSession.objects.filter(id=session.id, read_to__lt=said.seq).update(read_to=said.seq)
            if dispatches:
                sending.mark(dispatches, "read")

    await asyncio.to_thread(work)
    return Response(status_code=204)


async def _typing(request: Request, session: ChatSession, info: ConnectionInfo, said: Empty) -> Response:
    def work() -> None:
        close_old_connections()
        views = queries.visible_to(session, limit=1)
        if views:
            conversation = views[-1].message.conversation_id
            live.whisper(
                f"conversation:{conversation}", "typing", {"kind": "customer", "conversation_id": conversation}
            )

    await asyncio.to_thread(work)
    return Response(status_code=204)


async def _upload(request: Request, session: ChatSession, info: ConnectionInfo, said: None) -> Response:
    _brake(_uploads, str(session.id))
    name = unquote(request.headers.get("x-filename", ""))
    content_type = request.headers.get("content-type", "application/octet-stream").partition(";")[0]
    if content_type == "multipart/form-data":
        form = await request.form(max_files=1, max_part_size=MAX_FILE)
        file = form.get("file")
        if not hasattr(file, "read"):
            raise Problem(422, "file: a file is needed", "file")
        content, name, content_type = await file.read(), file.filename or "", file.content_type or ""
    else:
        content = await _bytes(request, MAX_FILE)
    if not content or len(content) > MAX_FILE:
        raise Problem(413 if content else 422, f"a file has between 1 and {MAX_FILE} bytes")
    name = "".join(letter for letter in name.replace("\\", "/").rpartition("/")[2] if letter.isprintable())[:120]

    def work() -> Attachment:
        close_old_connections()
        sha256 = files.save(content)
        with write():
            files.register(sha256, len(content))
            return Attachment.objects.create(
                sha256=sha256,
                name=name or "file",
                content_type=content_type[:120] or "application/octet-stream",
                size=len(content),
                session_id=session.id,
            )

    kept = await asyncio.to_thread(work)
    url = f"{settings.RONDPOINT_URL}/files/{kept.token}/{kept.name}"
    return JSONResponse({"id": kept.token, "name": kept.name, "type": kept.content_type, "size": kept.size, "url": url})


async def _continue(request: Request, session: ChatSession, info: ConnectionInfo, said: Token) -> Response:
    def work() -> dict:
        close_old_connections()
        conversation = continuations.consume(said.token, session)
        return {"state": conversation.state}

    return JSONResponse(await _taken(work))


async def _known(request: Request, session: ChatSession, info: ConnectionInfo, said: None) -> Response:
    def work() -> list[dict]:
        close_old_connections()
        return [
            {"known": number, "kind": kind, "masked": addresses.mask(kind, value)}
            for number, (kind, value) in enumerate(continuations.proof_addresses(session))
        ]

    return JSONResponse({"items": await asyncio.to_thread(work)})


async def _send_proof(request: Request, session: ChatSession, info: ConnectionInfo, said: Wanted) -> Response:
    def work() -> dict:
        close_old_connections()
        kind, value = said.kind, said.value
        if said.known is not None:
            offered = continuations.proof_addresses(session)
            if not 0 <= said.known < len(offered):
                raise Problem(422, "known: no such address", "known")
            kind, value = offered[said.known]
        if kind not in ("email", "phone"):
            raise Problem(422, "kind: expected email or phone", "kind")
        try:
            value = continuations.send_proof(session, kind, value)
        except addresses.BadAddress as error:
            raise Problem(422, str(error), "value") from error
        return {"masked": addresses.mask(kind, value), "kind": kind}

    return JSONResponse(await _taken(work), status_code=202)


async def _check_proof(request: Request, session: ChatSession, info: ConnectionInfo, said: Code) -> Response:
    def work() -> dict:
        close_old_connections()
        continuations.prove(session, said.code.strip())
        return {"proved": True}

    return JSONResponse(await _taken(work))


async def _taken(work: Callable[[], dict]) -> dict:
    """Runs ``work`` and tells a refused code or link as the problem it is."""
    statuses = {"unknown": 404, "used": 410, "expired": 410, "too_many_tries": 429, "wrong_code": 422, "not_sent": 422}
    try:
        return await asyncio.to_thread(work)
    except codes.Refused as refused:
        status = statuses.get(refused.reason, 422)
        raise Problem(status, refused.reason, retry_after=600 if status == 429 else 0) from refused


def _config(info: ConnectionInfo, session: ChatSession) -> dict[str, Any]:
    brand = session.connection.brand
    language = (session.locale or (brand.language if brand else "fr"))[:2]
    return {
        "brand": info.brand_name,
        "colour": info.get("colour") or (brand.colour if brand else "#0b5cab"),
        "locale": language,
        "greeting": info.get(f"greeting_{language}") or (brand.greeting.get(language, "") if brand else ""),
        "proved": session.proved,
        "proofs": [kind for kind, slug in (("phone", "sms"), ("email", "email")) if connections.first(slug, None)],
    }


def _session(request: Request) -> ChatSession | None:
    close_old_connections()
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return sessions.find(token) if scheme.lower() == "bearer" else None


def _connection(session: ChatSession | None, said: Any) -> ConnectionInfo:
    close_old_connections()
    if isinstance(said, Opening):
        row = connections.by_public_id("chat", said.key)
        if row is None:
            raise Problem(404, "key: no such chat", "key")
        return connections.info(row)
    if not session.connection.active:
        raise Problem(404, "this chat is closed")
    return connections.info(session.connection)


def _check_origin(origin: str, info: ConnectionInfo) -> None:
    """Browsers say where a page comes from; only the sites of this chat, and our own pages, may use it."""
    if not origin:
        return  # no browser: CORS could not hold it, its token or JWT does
    own = "://".join(urlsplit(settings.RONDPOINT_URL)[:2])
    if origin.lower() != own and not registry.get(info.kind).takes(origin, info):
        raise Problem(403, f"{origin} is not an origin of this chat")


def _cors(origin: str) -> dict[str, str]:
    # The answer to a foreign origin carries no secret, and every request is checked again: echoing is harmless.
    return {
        "Access-Control-Allow-Origin": origin or "*",
        "Access-Control-Allow-Methods": "GET, POST",
        "Access-Control-Allow-Headers": "authorization, content-type, last-event-id, x-filename",
        "Access-Control-Max-Age": "600",
        "Vary": "Origin",
    }


def _brake(brake: Brake, key: str) -> None:
    seconds = brake.wait(key)
    if seconds:
        raise Problem(429, "too many at once; wait a moment", retry_after=seconds)


async def _body(request: Request, kind: type) -> Any:
    raw = await _bytes(request, MAX_JSON)
    try:
        return msgspec.json.decode(raw or b"{}", type=kind)
    except msgspec.ValidationError as error:
        raise Problem(422, str(error)) from error
    except (msgspec.DecodeError, RecursionError) as error:
        raise Problem(400, f"the body is not JSON: {error}") from error


async def _bytes(request: Request, most: int) -> bytes:
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > most:
            raise Problem(413, f"the body has more than {most} bytes")
        chunks.append(chunk)
    return b"".join(chunks)


def _problem(problem: Problem) -> Response:
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
