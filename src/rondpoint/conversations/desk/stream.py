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

from rondpoint.accounts.models import User
from rondpoint.events import live
from rondpoint.lib import clock, signing

TICKET_LIFE = 60 * clock.SECOND
HEARTBEAT = 4.0  # seconds; each also asks whether the member of staff may still see
PURPOSE = "desk stream"


def ticket(user: User, topics: list[str], now: int | None = None) -> str:
    """Opens the stream of these topics for a minute; the stream itself lasts as long as she may see."""
    now = now or clock.now()
    return signing.sign(settings.SECRET_KEY, PURPOSE, {"user": user.id, "topics": topics}, now + TICKET_LIFE)


async def desk_stream(request: Request) -> Response:
    """``GET /desk/stream?ticket=``. Takes no cookie: the ticket says who and what."""
    try:
        said = signing.unsign(settings.SECRET_KEY, PURPOSE, request.query_params.get("ticket", ""), clock.now())
    except (signing.BadToken, ValueError):
        return JSONResponse({"detail": "the ticket is not valid; ask for a new one"}, 403)
    if not await asyncio.to_thread(_may, said["user"]):
        return JSONResponse({"detail": "the ticket is not valid; ask for a new one"}, 403)
    return StreamingResponse(
        _events(said["user"], set(said["topics"])),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


def routes() -> list[Route]:
    """The stream's address."""
    return [Route("/desk/stream", desk_stream)]


async def _events(user_id: int, topics: set[str]) -> AsyncIterator[bytes]:
    yield b"retry: 2000\n: here\n\n"
    checked = time.monotonic()
    async with live.hub().subscribe(topics) as subscription:
        while True:
            news = await subscription.next(HEARTBEAT)
            if time.monotonic() - checked >= HEARTBEAT:
                if not await asyncio.to_thread(_may, user_id):
                    return
                checked = time.monotonic()
            if news is None:
                yield b": here\n\n"
                continue
            data = json.dumps({"type": news.type, "topic": news.topic, **news.data}, ensure_ascii=False)
            yield f"data: {data}\n\n".encode()


def _may(user_id: int) -> bool:
    close_old_connections()
    user = User.objects.filter(id=user_id).first()
    return user is not None and user.may("read")
