"""``POST /chat/v1/about``: what a visitor says of herself. It is claimed, never proven: it opens nothing."""

import asyncio

import msgspec
from django.db import close_old_connections
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from rondpoint.channels.contract import ConnectionInfo
from rondpoint.conversations.chat.limits import Brake
from rondpoint.conversations.chat.wire import Problem, brake, plain
from rondpoint.conversations.models import ChatSession
from rondpoint.customers import actions as customers
from rondpoint.customers.types import Evidence, IdentifierIn
from rondpoint.lib import addresses, clock
from rondpoint.lib.db import write

MAX_NAME = 120
_tellings = Brake(10, 600)


class About(msgspec.Struct):
    """What she typed; either may be missing."""

    name: str = ""
    email: str = ""


async def about(request: Request, session: ChatSession, info: ConnectionInfo, said: About) -> Response:
    """Keeps a name and an address as claimed. Of somebody who proved who she is nothing is overwritten."""
    brake(_tellings, str(session.id))
    name = plain(" ".join(said.name.split()), MAX_NAME)
    email = said.email.strip()
    if not name and not email:
        raise Problem(422, "name or email: one of them is needed", "name")

    def work() -> None:
        close_old_connections()
        held = []
        if email:
            try:
                held.append(IdentifierIn("email", addresses.normalise("email", email), Evidence.CLAIMED))
            except addresses.BadAddress as error:
                raise Problem(422, str(error), "email") from error
        if not session.proved:
            with write():
                customers.identify(session.profile_id, held, clock.now(), {"name": name} if name else {})

    await asyncio.to_thread(work)
    return JSONResponse({"kept": not session.proved})
