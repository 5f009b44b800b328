"""``/widget.js`` and ``/widget.mjs``: what a company puts on its site; and its logo."""

import asyncio
from pathlib import Path

from django.db import close_old_connections
from starlette.requests import Request
from starlette.responses import Response

import rondpoint.channels.chat
from rondpoint.channels import connections, registry
from rondpoint.conversations.chat.uploads import MAGIC
from rondpoint.files import queries as files
from rondpoint.ui.scripts import script

FOLDER = Path(rondpoint.channels.chat.__file__).parent / "widget"
PICTURES = ("image/png", "image/jpeg", "image/webp")


async def widget(request: Request) -> Response:
    """The widget, with a validator; any site may load it."""
    return script(request, FOLDER / "widget.js")


async def module(request: Request) -> Response:
    """The same for pages that import it."""
    return script(request, FOLDER / "widget.mjs")


def key_for(brand_id: int, origin: str) -> str:
    """The key of a brand's oldest chat that pages of an origin may use; empty where there is none. ``brand_id``: 0 is
    no brand."""
    doors = (connections.info(row) for row in connections.active("chat") if row.brand_id == (brand_id or None))
    return next((info.public_id for info in doors if registry.get(info.kind).takes(origin, info)), "")


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
