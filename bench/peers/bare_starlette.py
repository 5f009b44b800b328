"""What sites tell, taken in as one would write it in an afternoon: Starlette, SQLite, a row for each call.

Nobody is recognised and nothing is worked off; a call that comes twice counts once, and a batch is acknowledged once it
is on disk. ``running()`` gives the port it listens on.
"""

import contextlib
import json
import os
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

START = 20  # seconds


@contextlib.contextmanager
def running(folder: Path, port: int) -> Iterator[int]:
    """The server as a process of its own."""
    command = [sys.executable, "-m", "uvicorn", "bare_starlette:app", "--port", str(port), "--log-level", "error",
               "--loop", "uvloop", "--http", "httptools"]  # fmt: skip
    environment = {**os.environ, "BARE_DATABASE": str(folder / "bare.sqlite3")}
    process = subprocess.Popen(command, cwd=Path(__file__).parent, env=environment)
    try:
        deadline = time.monotonic() + START
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            if time.monotonic() > deadline or process.poll() is not None:
                raise RuntimeError("the bare server does not start")
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait(20)


async def batch(request: Request) -> Response:
    """Stores the calls of a batch."""
    calls = json.loads(await request.body())["batch"]
    rows = [(call["messageId"], call["type"], json.dumps(call)) for call in calls]
    with _database:
        _database.executemany("INSERT OR IGNORE INTO calls VALUES (?, ?, ?)", rows)
    return Response('{"success": true}', media_type="application/json")


_database = sqlite3.connect(os.environ.get("BARE_DATABASE", ":memory:"))
_database.executescript(
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
    "CREATE TABLE IF NOT EXISTS calls (message_id TEXT PRIMARY KEY, type TEXT, body TEXT) WITHOUT ROWID;"
)
app = Starlette(routes=[Route("/v1/batch", batch, methods=["POST"])])
