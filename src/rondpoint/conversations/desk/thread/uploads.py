"""Files of the composer: streamed through Starlette, because Django's threads take no body over a megabyte.

Starlette never takes a cookie for a write: the page asks Django for a short-lived ticket and shows it in a header.
"""

import asyncio
from urllib.parse import unquote

from django.db import close_old_connections
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from rondpoint.accounts import queries as accounts
from rondpoint.accounts.actions import upload_ticket as ticket
from rondpoint.accounts.decorators import require
from rondpoint.conversations.actions.attach import attach
from rondpoint.conversations.chat.uploads import content_type
from rondpoint.conversations.models import Attachment
from rondpoint.ui import bodies

MAX_FILE = 25_000_000


@require_GET
@require("reply")
def upload_ticket(request: HttpRequest) -> HttpResponse:
    """A ticket for the next upload."""
    return JsonResponse({"ticket": ticket(request.user, request.session.session_key), "most": MAX_FILE})


async def upload(request: Request) -> Response:
    """``POST /desk/files``: the bare file as the body, its name in ``X-Filename`` (percent-encoded), the ticket in
    ``X-Upload-Ticket``. Answers {"token", "name", "size", "type"}."""
    if not await asyncio.to_thread(_may, request.headers.get("x-upload-ticket", "")):
        return _problem(403, "the ticket is not valid; ask for a new one")
    try:
        content = await bodies.read(request, MAX_FILE)
    except bodies.Refused as refused:
        return _problem(refused.status, f"a file has at most {MAX_FILE // 1_000_000} MB: {refused}")
    if not content:
        return _problem(422, "there is nothing in this file")
    name = unquote(request.headers.get("x-filename", ""))
    kind = content_type(content, request.headers.get("content-type", ""))
    return JSONResponse(await asyncio.to_thread(_keep, name, kind, content))


def routes() -> list[Route]:
    """The address of uploads."""
    return [Route("/desk/files", upload, methods=["POST"])]


def _may(token: str) -> bool:
    close_old_connections()
    user = accounts.ticket_holder(token)
    return user is not None and user.may("reply")


def _keep(name: str, kind: str, content: bytes) -> dict:
    close_old_connections()
    [token] = attach([(name, kind, content)])
    row = Attachment.objects.get(token=token)
    return {"token": token, "name": row.name, "size": row.size, "type": row.content_type}


def _problem(status: int, detail: str) -> Response:
    said = {"type": "about:blank", "status": status, "title": detail, "detail": detail}
    return JSONResponse(said, status_code=status, media_type="application/problem+json")
