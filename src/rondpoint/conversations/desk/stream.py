"""The desk's live stream: server-sent events for a signed, short-lived ticket that the page was rendered with."""

import asyncio
import json
import time
from collections.abc import AsyncIterator

from django.conf import settings
from django.db import close_old_connections
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from rondpoint.accounts import queries as accounts
from rondpoint.accounts.models import User
from rondpoint.events import live
from rondpoint.events.types import Live
from rondpoint.lib import clock, signing, tracing

TICKET_LIFE = 60 * clock.SECOND
HEARTBEAT = 3.0  # seconds; each also asks whether the member of staff may still see
PURPOSE = "desk stream"
AWAY = b"retry: 300\n\n"  # the house starts anew: come back soon
TOLD = ("kind", "name", "user", "conversation_id")


def ticket(user: User, session_key: str, topics: list[str], now: int | None = None) -> str:
    """Opens the stream of these topics for a minute; the stream itself lasts as long as the session and the right."""
    now = now or clock.now()
    said = {"user": user.id, "session": signing.seal(settings.SECRET_KEY, {"key": session_key}), "topics": topics}
    return signing.sign(settings.SECRET_KEY, PURPOSE, said, now + TICKET_LIFE)


async def desk_stream(request: Request) -> Response:
    """``GET /desk/stream?ticket=``. Takes no cookie: the ticket says who and what."""
    try:
        said = signing.unsign(settings.SECRET_KEY, PURPOSE, request.query_params.get("ticket", ""), clock.now())
    except (signing.BadToken, ValueError):
        return JSONResponse({"detail": "the ticket is not valid; ask for a new one"}, 403)
    session_key = signing.unseal(settings.SECRET_KEY, said["session"])["key"]
    if not await asyncio.to_thread(_may, said["user"], session_key):
        return JSONResponse({"detail": "the ticket is not valid; ask for a new one"}, 403)
    return StreamingResponse(
        _events(said["user"], session_key, set(said["topics"])),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


def routes() -> list[Route]:
    """The stream's address."""
    return [Route("/desk/stream", desk_stream)]


async def _events(user_id: int, session_key: str, topics: set[str]) -> AsyncIterator[bytes]:
    due = time.monotonic() + HEARTBEAT
    async with live.hub().subscribe(topics) as subscription:
        yield b"retry: 2000\n: here\n\n"  # only now: whoever sees the line open misses nothing
        while True:
            try:
                # However much happens meanwhile, whether she may still see is asked when it is due.
                news = await subscription.next(max(0.0, due - time.monotonic()))
            except live.Ended:
                yield AWAY
                return
            if time.monotonic() >= due:
                if not await asyncio.to_thread(_may, user_id, session_key):
                    return
                due = time.monotonic() + HEARTBEAT
            if news is None:
                yield b": here\n\n"
                continue
            told = (news, *subscription.more())
            yield b"".join(_told(one) for one in told)
            for one in told:
                if one.trace:
                    with tracing.span("screen", one.trace):
                        pass


def _told(news: Live) -> bytes:
    """News as an event, made once for all screens. What a fact says stays behind: the page asks for what changed, and
    that question is checked."""
    if not news.wire:
        told = {name: news.data[name] for name in TOLD if name in news.data}
        data = json.dumps({**told, "type": news.type, "topic": news.topic}, ensure_ascii=False)
        news.wire = f"data: {data}\n\n".encode()
    return news.wire


def _may(user_id: int, session_key: str) -> bool:
    close_old_connections()
    user = accounts.holder(session_key)
    return user is not None and user.id == user_id and user.may("read")
