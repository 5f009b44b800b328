"""``POST /chat/v1/about``: what a visitor says of herself. It is claimed, never proven: it opens nothing."""

import asyncio

import msgspec
from django.db import close_old_connections
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from rondpoint.channels.contract import ConnectionInfo
from rondpoint.conversations.chat.claims import MAX_NAME, claim
from rondpoint.conversations.chat.limits import Brake
from rondpoint.conversations.chat.wire import Problem, brake, plain
from rondpoint.conversations.models import ChatSession

_tellings = Brake(10, 600)


class About(msgspec.Struct):
    """What she typed; some of it may be missing."""

    name: str = ""
    email: str = ""
    phone: str = ""


async def about(request: Request, session: ChatSession, info: ConnectionInfo, said: About) -> Response:
    """Keeps a name and addresses as claimed. Of somebody who proved who she is nothing is overwritten. What is no
    address is a 422 that names it; the rest is kept all the same."""
    brake(_tellings, str(session.id))
    name = plain(" ".join(said.name.split()), MAX_NAME)
    typed = {kind: text for kind in ("email", "phone") if (text := getattr(said, kind).strip())}
    if not name and not typed:
        raise Problem(422, "name, email or phone: one of them is needed", "name")

    def work() -> None:
        close_old_connections()
        kind, why = claim(session, info, name, typed)
        if kind:
            raise Problem(422, why, kind)

    await asyncio.to_thread(work)
    return JSONResponse({"kept": not session.proved})
