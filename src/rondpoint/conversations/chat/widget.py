"""``/widget.js``: the one file a company puts on its site, kept ready in both encodings."""

import functools
import gzip
import hashlib
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

import rondpoint.channels.chat

SOURCE = Path(rondpoint.channels.chat.__file__).parent / "widget" / "widget.js"


@functools.cache
def _prepared() -> tuple[bytes, bytes, str]:
    source = SOURCE.read_bytes()
    return source, gzip.compress(source, 9, mtime=0), f'"{hashlib.sha256(source).hexdigest()[:16]}"'


async def widget(request: Request) -> Response:
    """The widget, with a validator; any site may load it."""
    source, packed, etag = _prepared()
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
