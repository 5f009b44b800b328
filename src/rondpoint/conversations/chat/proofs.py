"""``/chat/v1/proofs`` and ``/continuations``: a session proves whose it is, or takes a conversation up by its link."""

import asyncio
from collections.abc import Callable

import msgspec
from django.db import close_old_connections
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from rondpoint.channels.contract import ConnectionInfo
from rondpoint.conversations.actions import codes, continuations
from rondpoint.conversations.chat.wire import Problem, guarded
from rondpoint.conversations.models import ChatSession
from rondpoint.conversations.own_page.rules import network
from rondpoint.lib import addresses

STATUSES = {"unknown": 404, "used": 410, "expired": 410, "too_many_tries": 429, "wrong_code": 422, "not_sent": 422}


class Token(msgspec.Struct):
    token: str


class Wanted(msgspec.Struct):
    kind: str = ""
    value: str = ""
    known: int | None = None


class Code(msgspec.Struct):
    code: str


def routes() -> list[Route]:
    """What proves who somebody is."""
    return [
        Route("/chat/v1/continuations", guarded(_continue, Token), methods=["POST", "OPTIONS"]),
        Route("/chat/v1/proofs", guarded(_known), methods=["GET"]),
        Route("/chat/v1/proofs", guarded(_send, Wanted), methods=["POST", "OPTIONS"]),
        Route("/chat/v1/proofs/check", guarded(_check, Code), methods=["POST", "OPTIONS"]),
    ]


async def _continue(request: Request, session: ChatSession, info: ConnectionInfo, said: Token) -> Response:
    def work() -> dict:
        conversation = continuations.consume(said.token, session)
        return {"state": conversation.state}

    return JSONResponse(await _taken(work))


async def _known(request: Request, session: ChatSession, info: ConnectionInfo, said: None) -> Response:
    def work() -> dict:
        offered = enumerate(continuations.proof_addresses(session))
        return {
            "items": [
                {"known": place, "kind": kind, "masked": addresses.mask(kind, value)}
                for place, (kind, value) in offered
            ]
        }

    return JSONResponse(await _taken(work))


async def _send(request: Request, session: ChatSession, info: ConnectionInfo, said: Wanted) -> Response:
    def work() -> dict:
        kind, value = said.kind, said.value
        if said.known is not None:
            offered = continuations.proof_addresses(session)
            if not 0 <= said.known < len(offered):
                raise Problem(422, "known: no such address", "known")
            kind, value = offered[said.known]
        if kind not in ("email", "phone"):
            raise Problem(422, "kind: expected email or phone", "kind")
        try:
            value = continuations.send_proof(session, kind, value, _network(request))
        except addresses.BadAddress as error:
            raise Problem(422, str(error), "value") from error
        return {"masked": addresses.mask(kind, value), "kind": kind}

    return JSONResponse(await _taken(work), status_code=202)


async def _check(request: Request, session: ChatSession, info: ConnectionInfo, said: Code) -> Response:
    def work() -> dict:
        continuations.prove(session, "".join(said.code.split()), _network(request))
        return {"proved": True}

    return JSONResponse(await _taken(work))


def _network(request: Request) -> str:
    return network(request.client.host if request.client else "")


async def _taken(work: Callable[[], dict]) -> dict:
    """Runs ``work`` in a thread and tells a refused code or link as the problem it is."""

    def run() -> dict:
        close_old_connections()
        return work()

    try:
        return await asyncio.to_thread(run)
    except codes.Refused as refused:
        status = STATUSES.get(refused.reason, 422)
        raise Problem(status, refused.reason, retry_after=600 if status == 429 else 0) from refused
