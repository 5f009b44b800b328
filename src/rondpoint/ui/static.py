"""Static files of all rooms, found as Django finds them, served by the edge with a validator and no database."""

from pathlib import Path

from django.contrib.staticfiles import finders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse
from starlette.types import Receive, Scope, Send

MAX_AGE = 3600  # seconds; URLs carry no fingerprint


class _Static:
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        path = scope["path"].removeprefix(scope.get("root_path", "")).lstrip("/")
        found = finders.find(path) if request.method in ("GET", "HEAD") and ".." not in path else None
        if found is None or not Path(found).is_file():
            raise HTTPException(404)
        headers = {"Cache-Control": f"public, max-age={MAX_AGE}", "X-Content-Type-Options": "nosniff"}
        response = FileResponse(found, headers=headers)
        await response(scope, receive, send)


def static_files() -> _Static:
    """The ASGI application behind ``/static``."""
    return _Static()
