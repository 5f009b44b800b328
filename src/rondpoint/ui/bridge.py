"""Django under WSGI inside the ASGI server, so that its few threads wait for nobody outside.

A thread gets a request only when its body is all here, and is free again as soon as the answer is made: whoever sends
or reads slowly holds a connection, which costs little, and never a thread.
"""

import asyncio
import contextlib
import contextvars
import io
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, BinaryIO

from starlette.types import Receive, Scope, Send

MAX_BODY = 4_000_000  # bytes; files of messages take another road
IN_MEMORY = 64_000  # bytes of a body; what is longer lies in a temporary file until it is all here
SILENCE, PATIENCE = 15.0, 60.0  # seconds without a byte of the body, and for all of it
BLOCK = 64 * 1024


class _Refused(Exception):
    def __init__(self, status: int, detail: str):
        super().__init__(detail)
        self.status, self.detail = status, detail


class _Gone(Exception):
    """Whoever asked hung up."""


class _Wrapped:
    """PEP 3333's ``wsgi.file_wrapper``: a file that need not pass through the thread."""

    def __init__(self, file: BinaryIO, block: int = BLOCK):
        self.file, self._block = file, block
        if hasattr(file, "close"):
            self.close = file.close

    def __iter__(self) -> Iterable[bytes]:
        return iter(lambda: self.file.read(self._block), b"")


class _Answer:
    """What the application said: status, headers, and its body as bytes or as an open file."""

    def __init__(self) -> None:
        self.status, self.headers = 500, []
        self.body, self.file = b"", None

    def start(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], None]:
        self.status = int(status.partition(" ")[0])
        self.headers = [(name.strip().lower().encode("latin-1"), value.strip().encode("latin-1"))
                        for name, value in headers]  # fmt: skip
        return self._write

    def _write(self, chunk: bytes) -> None:
        self.body += chunk


class Bridge:
    """The ASGI application around a WSGI one, with ``workers`` threads.

    Answers 413 to a body above ``most`` bytes and 408 to one that does not come within ``patience`` seconds, or stands
    still for ``silence``.
    """

    def __init__(
        self,
        app: Callable,
        workers: int = 10,
        most: int = MAX_BODY,
        silence: float = SILENCE,
        patience: float = PATIENCE,
    ):
        self._app, self._most, self._silence, self._patience = app, most, silence, patience
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="desk")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000})
            return
        try:
            body = await self._gathered(scope, receive)
        except _Gone:
            return
        except _Refused as refused:
            await _refuse(scope, send, refused)
            return
        with body:
            environ = _environ(scope, body)
            context = contextvars.copy_context()
            loop = asyncio.get_running_loop()
            answer = await loop.run_in_executor(self._threads, context.run, self._answered, environ)
        await _say(scope, send, answer)

    async def _gathered(self, scope: Scope, receive: Receive) -> BinaryIO:
        declared = dict(scope["headers"]).get(b"content-length", b"")
        if declared.isdigit() and int(declared) > self._most:
            raise _Refused(413, f"a body has at most {self._most} bytes")
        with contextlib.ExitStack() as undo:
            body = undo.enter_context(tempfile.SpooledTemporaryFile(IN_MEMORY))
            try:
                async with asyncio.timeout(self._patience):
                    await self._fill(body, receive)
            except TimeoutError as error:
                raise _Refused(408, "the body did not come in time; send it again") from error
            undo.pop_all()
        body.seek(0)
        return body

    async def _fill(self, body: BinaryIO, receive: Receive) -> None:
        size, more = 0, True
        while more:
            async with asyncio.timeout(self._silence):
                message = await receive()
            if message["type"] == "http.disconnect":
                raise _Gone
            size += len(message.get("body", b""))
            if size > self._most:
                raise _Refused(413, f"a body has at most {self._most} bytes")
            body.write(message.get("body", b""))
            more = message.get("more_body", False)

    def _answered(self, environ: dict[str, Any]) -> _Answer:
        answer = _Answer()
        said = self._app(environ, answer.start)
        try:
            if isinstance(said, _Wrapped) and environ["REQUEST_METHOD"] != "HEAD":
                answer.file = _own(said.file)
            if answer.file is None:
                answer.body += b"".join(said)
        finally:
            getattr(said, "close", lambda: None)()
        return answer


def _own(file: BinaryIO) -> BinaryIO | None:
    """The same open file apart from the one the application closes; None when it is none of the system's."""
    try:
        return os.fdopen(os.dup(file.fileno()), "rb")
    except (AttributeError, OSError):  # io.UnsupportedOperation is an OSError
        return None


async def _say(scope: Scope, send: Send, answer: _Answer) -> None:
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
    if answer.file is not None:
        with answer.file as file:
            while chunk := await asyncio.to_thread(file.read, BLOCK):
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": answer.body})


async def _refuse(scope: Scope, send: Send, refused: _Refused) -> None:
    # The rest of the body is not read, so the connection ends here.
    kind, body = b"text/plain; charset=utf-8", f"{refused.detail}\n".encode()
    if scope["path"].startswith("/api/"):
        problem = {"type": "about:blank", "title": refused.detail, "status": refused.status, "detail": refused.detail}
        kind, body = b"application/problem+json", json.dumps(problem).encode()
    length = str(len(body)).encode()
    headers = [(b"content-type", kind), (b"content-length", length), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": refused.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _environ(scope: Scope, body: BinaryIO) -> dict[str, Any]:
    """A request as PEP 3333 says it: texts are bytes read as Latin-1."""
    root = scope.get("root_path", "")
    path = scope["path"]
    path = path[len(root) :] if root and path.startswith(root) else path
    server, port = scope.get("server") or ("localhost", 80)
    size = body.seek(0, io.SEEK_END)
    body.seek(0)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": root.encode().decode("latin-1"),
        "PATH_INFO": path.encode("utf-8", "surrogateescape").decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": server,
        "SERVER_PORT": str(port or 0),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "wsgi.file_wrapper": _Wrapped,
    }
    if scope.get("client"):
        environ["REMOTE_ADDR"], environ["REMOTE_PORT"] = scope["client"][0], str(scope["client"][1])
    for name, value in scope["headers"]:
        _add_header(environ, name.decode("latin-1"), value.decode("latin-1"))
    # What was gathered is the truth, also of a body that came in chunks without a length.
    if size or "CONTENT_LENGTH" in environ:
        environ["CONTENT_LENGTH"] = str(size)
    return environ


def _add_header(environ: dict[str, Any], name: str, value: str) -> None:
    if "_" in name:  # it would pass for the header with hyphens that a proxy in front has cleaned
        return
    key = name.upper().replace("-", "_")
    key = key if key in ("CONTENT_LENGTH", "CONTENT_TYPE") else f"HTTP_{key}"
    glue = "; " if key == "HTTP_COOKIE" else ","
    environ[key] = f"{environ[key]}{glue}{value}" if key in environ else value
