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
        held, wrong = [], None
        for kind, text in typed.items():
            try:
                held.append(IdentifierIn(kind, addresses.normalise(kind, text, info.country), Evidence.CLAIMED))
            except addresses.BadAddress as error:
                wrong = wrong or Problem(422, str(error), kind)
        if not session.proved and (held or name):
            with write():
                customers.identify(session.profile_id, held, clock.now(), {"name": name} if name else {})
        if wrong:
            raise wrong

    await asyncio.to_thread(work)
    return JSONResponse({"kept": not session.proved})
