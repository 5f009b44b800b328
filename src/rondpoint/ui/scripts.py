"""Scripts that other sites load from us: kept ready in both encodings, with a validator."""

import functools
import gzip
import hashlib
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response


@functools.cache
def _prepared(file: Path) -> tuple[bytes, bytes, str]:
    source = file.read_bytes()
    return source, gzip.compress(source, 9, mtime=0), f'"{hashlib.sha256(source).hexdigest()[:16]}"'


def script(request: Request, file: Path) -> Response:
    """A script that any site may load; 304 for who has it already."""
    source, packed, etag = _prepared(file)
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
