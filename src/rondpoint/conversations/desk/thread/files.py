"""Strangers' content: attachments, mail HTML and raw deliveries, each so that it can run nothing."""

import re
from urllib.parse import quote

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET

from rondpoint.accounts.decorators import require
from rondpoint.channels import deliveries, quarantine
from rondpoint.conversations.models import Attachment, Message
from rondpoint.conversations.queries.listing import message as find_message
from rondpoint.conversations.queries.permitted import may_see
from rondpoint.files import queries as files

SHOWN_INLINE = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})


@require_GET
def attachment(request: HttpRequest, token: str, name: str) -> HttpResponse:
    """A file under its unguessable name. Only plain pictures are shown; all else is downloaded."""
    row = Attachment.objects.filter(token=token).first()
    if row is None:
        raise Http404
    path = files.path(row.sha256)
    if not path.exists():
        raise Http404
    shown = row.content_type in SHOWN_INLINE
    response = FileResponse(path.open("rb"), content_type=row.content_type if shown else "application/octet-stream")
    response["Content-Disposition"] = f"{'inline' if shown else 'attachment'}; filename*=UTF-8''{quote(row.name)}"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    response["Cache-Control"] = "private, max-age=3600"
    return response


@require_GET
@require("read")
@xframe_options_sameorigin
def html(request: HttpRequest, public_id: str) -> HttpResponse:
    """The cleaned HTML of a mail for its sandboxed frame: no script, no remote picture, its own pictures in place."""
    message = _message(request, public_id)
    pictures = message.attachments.exclude(content_id="")
    own = {f"cid:{row.content_id}": f"/files/{row.token}/{quote(row.name)}" for row in pictures}
    body = re.sub(r"cid:[^\"'\s>)]+", lambda match: own.get(match.group(), ""), message.html)
    response = HttpResponse(f'<!doctype html><meta charset="utf-8"><base target="_blank">{body}')
    response["Content-Security-Policy"] = (
        "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; "
        "sandbox allow-popups; frame-ancestors 'self'"
    )
    response["Referrer-Policy"] = "no-referrer"
    return response


@require_GET
@require("operate")
def raw(request: HttpRequest, public_id: str) -> HttpResponse:
    """The delivery of a message exactly as it came, as a download."""
    message = _message(request, public_id)
    delivery = quarantine.by_id(message.delivery_id) if message.delivery_id else None
    if delivery is None:
        raise Http404
    response = HttpResponse(deliveries.raw(delivery).body, content_type="application/octet-stream")
    ending = "eml" if message.references.exists() else "txt"
    response["Content-Disposition"] = f'attachment; filename="{message.public_id}.{ending}"'
    return response


def _message(request: HttpRequest, public_id: str) -> Message:
    message = find_message(public_id)
    if message is None or not may_see(request.user, message.conversation.merged_into or message.conversation):
        raise Http404
    return message
