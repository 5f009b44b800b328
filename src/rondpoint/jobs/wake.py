"""Wake-ups between the processes of an installation. Never the truth: whoever misses one polls a second later.

On SQLite all processes share the home: each binds a Unix datagram socket in ``run/`` and a wake-up is a datagram to
every socket there. On PostgreSQL it is NOTIFY, which also crosses machines.
"""

import asyncio
import contextlib
import json
import os
import socket
import threading
from pathlib import Path

from django.conf import settings
from django.db import Error as DatabaseFault
from django.db import connection, transaction

PG_CHANNEL = "rondpoint_wake"
MAX_PAYLOAD = 6000  # bytes; PostgreSQL refuses 8000


def notify(topic: str, payload: str = "") -> None:
    """Wakes who waits for ``topic`` once the current transaction is on disk. Large payloads are dropped."""
    if len(payload) > MAX_PAYLOAD:
        payload = ""
    transaction.on_commit(lambda: send_now(topic, payload))


def send_now(topic: str, payload: str = "") -> None:
    """Wakes at once; errors are ignored, because a wake-up is only a courtesy, and what was written stays written."""
    message = json.dumps([topic, payload])
    if connection.vendor == "postgresql":
        with contextlib.suppress(DatabaseFault), connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify(%s, %s)", [PG_CHANNEL, message])
        return
    sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    sender.setblocking(False)
    with contextlib.closing(sender):
        for path in _folder().glob("*.wake"):
            try:
                sender.sendto(message.encode(), str(path))
            except ConnectionRefusedError:
                path.unlink(missing_ok=True)  # its process is gone
            except OSError:
                continue


def _folder() -> Path:
    # sun_path holds 108 bytes: a deep home is reached through /proc/self/fd.
    folder = settings.RONDPOINT_HOME / "run"
    if len(str(folder)) < 80:
        return folder
    return Path(f"/proc/self/fd/{_folder_handle(str(folder))}")


_handles: dict[str, int] = {}


def _folder_handle(folder: str) -> int:
    if folder not in _handles:
        _handles[folder] = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    return _handles[folder]


class Listener:
    """Receives wake-ups for a process and hands them to callbacks on its event loop."""

    def __init__(self) -> None:
        self._waiters: set[tuple[frozenset[str], asyncio.Queue]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._socket: socket.socket | None = None
        self._path: Path | None = None
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Binds the socket (or LISTENs) on the running loop."""
        self._loop = asyncio.get_running_loop()
        if connection.vendor == "postgresql":
            self._thread = threading.Thread(target=self._listen_postgresql, name="wake", daemon=True)
            self._thread.start()
            return
        self._path = _folder() / f"{os.getpid()}-{id(self) % 100000}.wake"
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(self._path))
        self._socket.setblocking(False)
        self._loop.add_reader(self._socket.fileno(), self._read)

    def stop(self) -> None:
        self._stop.set()
        if self._socket is not None:
            self._loop.remove_reader(self._socket.fileno())
            self._socket.close()
            self._path.unlink(missing_ok=True)

    async def wait(self, topics: set[str], timeout: float) -> list[tuple[str, str]]:
        """What woke us within ``timeout`` seconds, as (topic, payload); empty when nothing did."""
        with self.subscription(topics) as wakes:
            return await drain(wakes, timeout)

    @contextlib.contextmanager
    def subscription(self, topics: set[str]):
        """A queue of (topic, payload) that misses nothing between two waits; read it with :func:`drain`."""
        entry = (frozenset(topics), asyncio.Queue())
        self._waiters.add(entry)
        try:
            yield entry[1]
        finally:
            self._waiters.discard(entry)

    def _read(self) -> None:
        while True:
            try:
                data = self._socket.recv(65536)
            except (BlockingIOError, OSError):
                return
            self._hand_out(data)

    def _hand_out(self, data: bytes | str) -> None:
        try:
            topic, payload = json.loads(data)
        except ValueError:
            return
        for topics, waiting in self._waiters:
            if topic in topics:
                waiting.put_nowait((topic, payload))

    def _listen_postgresql(self) -> None:
        import psycopg

        while not self._stop.is_set():
            try:
                parameters = connection.get_connection_params()
                for name in ("cursor_factory", "context", "prepare_threshold"):
                    parameters.pop(name, None)
                with psycopg.connect(**parameters, autocommit=True) as handle:
                    handle.execute(f"LISTEN {PG_CHANNEL}")
                    while not self._stop.is_set():
                        for note in handle.notifies(timeout=1.0):
                            with contextlib.suppress(RuntimeError):  # the loop has ended: nobody waits any more
                                self._loop.call_soon_threadsafe(self._hand_out, note.payload)
            except psycopg.Error:
                self._stop.wait(1.0)


async def drain(wakes: asyncio.Queue, timeout: float) -> list[tuple[str, str]]:
    """Waits for the first wake-up, then takes all that are there; empty after ``timeout`` seconds."""
    try:
        first = await asyncio.wait_for(wakes.get(), timeout)
    except TimeoutError:
        return []
    found = [first]
    while not wakes.empty():
        found.append(wakes.get_nowait())
    return found
