"""Strangers' content: attachments, mail HTML and raw deliveries, each so that it can run nothing."""

import re
from urllib.parse import quote

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.utils.html import escape
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET

from rondpoint.accounts.decorators import require
from rondpoint.channels import deliveries, quarantine
from rondpoint.conversations.desk.thread.found import found_message
from rondpoint.conversations.models import Attachment
from rondpoint.files import queries as files

# Mails are made for white paper, in the light and in the dark.
FRAME_STYLE = (
    "body{margin:0;padding:12px;background:#fff;color:#1d1f23;font:14px/1.45 system-ui,sans-serif;"
    "overflow-wrap:anywhere}img{max-width:100%;height:auto}table{max-width:100%}pre{white-space:pre-wrap}"
)
SHOWN_INLINE = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})


@require_GET
def attachment(request: HttpRequest, token: str, name: str) -> HttpResponse:
    """A file under its unguessable name. Only plain pictures are shown; all else is downloaded."""
    row = Attachment.objects.filter(token=token).first()
    if row is None:
        raise Http404
    try:
        content = files.opened(row.sha256)
    except FileNotFoundError:
        raise Http404 from None
    shown = row.content_type in SHOWN_INLINE
    response = FileResponse(content, content_type=row.content_type if shown else "application/octet-stream")
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
    """The cleaned HTML of a mail for its sandboxed frame: no script ever; pictures of others only with ``pictures=1``,
    because loading one tells its sender when and from where the mail was read.

    The frame keeps our origin, so that the page around it may measure its height; without scripts it can use it for
    nothing.
    """
    message = found_message(request, public_id)
    shown = request.GET.get("pictures") == "1"
    pictures = message.attachments.exclude(content_id="")
    own = {f"cid:{row.content_id}": f"/files/{row.token}/{quote(row.name)}" for row in pictures}
    body = re.sub(r"cid:[^\"'\s>)]+", lambda match: own.get(match.group(), ""), message.html)
    response = HttpResponse(
        f'<!doctype html><meta charset="utf-8"><title>{escape(message.subject)}</title>'
        f'<style>{FRAME_STYLE}</style><base target="_blank">{body}'
    )
    response["Content-Security-Policy"] = (
        f"default-src 'none'; img-src 'self' data:{' https:' if shown else ''}; style-src 'unsafe-inline'; "
        "sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox; frame-ancestors 'self'"
    )
    response["Referrer-Policy"] = "no-referrer"
    return response


@require_GET
@require("operate")
def raw(request: HttpRequest, public_id: str) -> HttpResponse:
    """The delivery of a message exactly as it came, as a download."""
    message = found_message(request, public_id)
    delivery = quarantine.by_id(message.delivery_id) if message.delivery_id else None
    if delivery is None:
        raise Http404
    if delivery.body_sha256:
        response = FileResponse(files.opened(delivery.body_sha256), content_type="application/octet-stream")
    else:
        response = HttpResponse(deliveries.raw(delivery).body, content_type="application/octet-stream")
    ending = "eml" if message.references.exists() else "txt"
    response["Content-Disposition"] = f'attachment; filename="{message.public_id}.{ending}"'
    return response
