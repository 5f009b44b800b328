"""``/widget.js`` and ``/widget.mjs``: what a company puts on its site, kept ready in both encodings; and its logo."""

import asyncio
import functools
import gzip
import hashlib
from pathlib import Path

from django.db import close_old_connections
from starlette.requests import Request
from starlette.responses import Response

import rondpoint.channels.chat
from rondpoint.channels import connections
from rondpoint.conversations.chat.uploads import MAGIC
from rondpoint.files import queries as files

FOLDER = Path(rondpoint.channels.chat.__file__).parent / "widget"
PICTURES = ("image/png", "image/jpeg", "image/webp")


@functools.cache
def _prepared(name: str) -> tuple[bytes, bytes, str]:
    source = (FOLDER / name).read_bytes()
    return source, gzip.compress(source, 9, mtime=0), f'"{hashlib.sha256(source).hexdigest()[:16]}"'


async def widget(request: Request) -> Response:
    """The widget, with a validator; any site may load it."""
    return _script(request, "widget.js")


async def module(request: Request) -> Response:
    """The same for pages that import it."""
    return _script(request, "widget.mjs")


async def logo(request: Request) -> Response:
    """The logo of a chat's brand; 404 when it has none that a browser shows safely."""

    def work() -> bytes:
        close_old_connections()
        row = connections.by_public_id("chat", request.path_params["key"])
        return files.read(row.brand.logo) if row and row.brand and row.brand.logo else b""

    try:
        content = await asyncio.to_thread(work)
    except OSError:
        content = b""
    kind = next((kind for kind in PICTURES if content.startswith(MAGIC[kind])), "")
    if not kind:
        return Response(status_code=404)
    headers = {"Cache-Control": "public, max-age=3600", "X-Content-Type-Options": "nosniff"}
    return Response(content, headers=headers, media_type=kind)


def _script(request: Request, name: str) -> Response:
    source, packed, etag = _prepared(name)
    headers = {
        "ETag": etag,
        "Cache-Control": "public, max-age=300",
        "Access-Control-Allow-Origin": "*",
        "Vary": "Accept-Encoding",
    }
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(packed, headers=headers | {"Content-Encoding": "gzip"}, media_type="text/javascript")
    return Response(source, headers=headers, media_type="text/javascript")
