"""The routes of ``/chat/v1``, as plain async functions."""

import asyncio
from typing import Annotated

import msgspec
from django.db import close_old_connections
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from rondpoint.channels import connections
from rondpoint.channels.contract import ConnectionInfo
from rondpoint.conversations import queries
from rondpoint.conversations.chat import greeting, messages, proofs, sessions, stream
from rondpoint.conversations.chat.about import About, about
from rondpoint.conversations.chat.limits import Brake
from rondpoint.conversations.chat.transcript import Copy, transcript
from rondpoint.conversations.chat.uploads import upload
from rondpoint.conversations.chat.widget import logo, module, widget
from rondpoint.conversations.chat.wire import Opening, Problem, brake, guarded, number, plain
from rondpoint.conversations.models import ChatSession, Message
from rondpoint.events import live
from rondpoint.lib import clock
from rondpoint.lib.db import GroupWriter, write
from rondpoint.sending import actions as sending

MAX_TEXT, MAX_FILES = 20_000, 10
# New devices by address (an office shares one), all else by session.
_openings, _resumptions, _messages, _signs = Brake(1200, 60), Brake(60, 60), Brake(20, 10), Brake(40, 10)
_writer: GroupWriter | None = None


class Words(msgspec.Struct):
    client_id: str
    text: str = ""
    files: list[str] = []


class Seq(msgspec.Struct):
    seq: Annotated[int, msgspec.Meta(ge=0, lt=2**62)]


class Empty(msgspec.Struct):
    pass


def routes() -> list[Route]:
    """Everything under ``/chat/v1``, and the widget itself."""
    return [
        Route("/widget.js", widget),
        Route("/widget.mjs", module),
        Route("/chat/v1/logo/{key}", logo),
        Route("/chat/v1/config", guarded(_face, needs_session=False), methods=["GET", "OPTIONS"]),
        Route("/chat/v1/sessions", guarded(_open, Opening, needs_session=False), methods=["POST", "OPTIONS"]),
        Route("/chat/v1/messages", guarded(_say, Words), methods=["POST", "OPTIONS"]),
        Route("/chat/v1/stream", guarded(_stream), methods=["GET", "OPTIONS"]),
        Route("/chat/v1/history", guarded(_history), methods=["GET", "OPTIONS"]),
        Route("/chat/v1/read", guarded(_read, Seq), methods=["POST", "OPTIONS"]),
        Route("/chat/v1/typing", guarded(_typing, Empty), methods=["POST", "OPTIONS"]),
        Route("/chat/v1/about", guarded(about, About), methods=["POST", "OPTIONS"]),
        Route("/chat/v1/transcript", guarded(transcript, Copy), methods=["POST", "OPTIONS"]),
        Route("/chat/v1/files", guarded(upload), methods=["POST", "OPTIONS"]),
        *proofs.routes(),
    ]


def close() -> None:
    """Writes what is queued and stops the writer; the edge calls it when it ends."""
    global _writer
    writer, _writer = _writer, None
    if writer is not None:
        writer.close()


async def _face(request: Request, session: ChatSession | None, info: ConnectionInfo, said: None) -> Response:
    """What the launcher needs: it costs no session, so a page that is only looked at leaves nothing behind."""
    locale = plain(request.query_params.get("locale", ""), 16)

    def work() -> dict:
        close_old_connections()
        row = connections.by_public_id("chat", info.public_id)
        return greeting.face(info, row, locale, clock.now())

    return JSONResponse(await asyncio.to_thread(work), headers={"Cache-Control": "private, max-age=60"})


async def _open(request: Request, session: ChatSession | None, info: ConnectionInfo, said: Opening) -> Response:
    known = session if session is not None and session.connection_id == info.id else None
    if known is None:
        brake(_openings, request.client.host if request.client else "")
    else:
        brake(_resumptions, str(known.id))

    def work() -> dict:
        close_old_connections()
        now = clock.now()
        try:
            account = sessions.read_jwt(said.jwt, info, now) if said.jwt else None
        except sessions.BadJwt as error:
            raise Problem(401, str(error), "jwt") from error
        # A fragment may carry the token of a link: it is nobody's business here.
        page, locale = plain(said.page.partition("#")[0], 500), plain(said.locale, 16)
        with write():
            opened, token = sessions.open_session(info, known, account, page, locale, now)
        seen = queries.visible_to(opened, limit=1)
        return {
            "token": token or request.headers["authorization"].partition(" ")[2],
            "config": greeting.config(info, opened, now),
            "last_seq": seen[-1].message.id if seen else 0,
        }

    return JSONResponse(await asyncio.to_thread(work))


async def _say(request: Request, session: ChatSession, info: ConnectionInfo, said: Words) -> Response:
    brake(_messages, str(session.id))
    if not 0 < len(said.client_id) <= 80 or not said.client_id.isprintable():
        raise Problem(422, "client_id: between 1 and 80 printable characters are needed", "client_id")
    if len(said.text) > MAX_TEXT:
        raise Problem(422, f"text: at most {MAX_TEXT} characters", "text")
    if len(said.files) > MAX_FILES:
        raise Problem(422, f"files: at most {MAX_FILES} in one message", "files")
    text = said.text.replace("\x00", "")
    if not text.strip() and not said.files:
        raise Problem(422, "text: there is nothing to send", "text")
    global _writer
    _writer = _writer or GroupWriter(messages.store, name="chat")
    words = messages.Said(session, said.client_id, text, [plain(token, 64) for token in said.files], clock.now())
    message: Message = await _writer.put(words)
    return JSONResponse({"id": str(message.public_id), "seq": message.id})


async def _stream(request: Request, session: ChatSession, info: ConnectionInfo, said: None) -> Response:
    after = request.headers.get("last-event-id") or request.query_params.get("after") or "0"
    return StreamingResponse(
        stream.events(session, number(after, "Last-Event-ID")),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _history(request: Request, session: ChatSession, info: ConnectionInfo, said: None) -> Response:
    written = request.query_params.get("before", "")
    before = number(written, "before") if written else None

    def work() -> list[dict]:
        close_old_connections()
        views = queries.visible_to(session, before_id=before, limit=50)
        return messages.on_the_wire(views)

    found = await asyncio.to_thread(work)
    return JSONResponse({"items": found, "next": found[0]["seq"] if len(found) == 50 else None})


async def _read(request: Request, session: ChatSession, info: ConnectionInfo, said: Seq) -> Response:
    brake(_signs, str(session.id))

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
    brake(_signs, str(session.id))

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
