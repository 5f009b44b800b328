"""The one way to write to the database, and the group commit for what must be on disk before an answer.

SQLite takes one writer at a time. Those who wait for it inside SQLite poll and starve; here they queue on a ``flock``
instead (the turnstile), then ``BEGIN IMMEDIATE`` succeeds at once. Connections are opened read-only in spirit:
``PRAGMA query_only`` is on outside :func:`write`, so a write that forgets the turnstile fails in the first test.
PostgreSQL needs no turnstile; the same function is then a plain transaction.
"""

import asyncio
import contextlib
import fcntl
import os
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from django.db import (
    InterfaceError,
    OperationalError,
    close_old_connections,
    connection,
    transaction,
)

from rondpoint.lib import counted

REST = 0.01  # seconds between two group commits of many
_thread_turn = threading.RLock()
_turnstile_path: str | None = None
_local = threading.local()


def configure(turnstile: Path | None) -> None:
    """Names the turnstile's file (None on PostgreSQL). Called once by the settings."""
    global _turnstile_path
    _turnstile_path = str(turnstile) if turnstile else None


def connection_pragmas() -> str:
    """What each new SQLite connection is told first.

    ``synchronous=FULL`` fsyncs each commit. ``wal_autocheckpoint=0``: only :class:`Checkpointer` folds the WAL back,
    because SQLite before 3.51.3 can corrupt a database when a checkpoint races a WAL reset. ``secure_delete``: what is
    deleted or changed is overwritten, so that what is erased is not left in free pages.
    """
    return (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0; PRAGMA foreign_keys=ON; "
        "PRAGMA busy_timeout=10000; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-16000; PRAGMA secure_delete=ON; "
        "PRAGMA query_only=ON;"
    )


@contextlib.contextmanager
def _turnstile() -> Iterator[None]:
    with _thread_turn:
        if _turnstile_path is None or getattr(_local, "through", False):
            yield
            return
        came = time.monotonic()
        # ``flock`` hands nothing over: who lets go and comes back at once would overtake who sleeps. So one waits in
        # the turnstile itself, all others before it, and who has been through goes to the end.
        with _locked(f"{_turnstile_path}.next"):
            turn = _lock(_turnstile_path)
        try:
            _local.waited = time.monotonic() - came
            counted.turn.see(_local.waited)
            _local.through = True
            yield
        finally:
            _local.through = False
            _local.wanted = _is_locked(f"{_turnstile_path}.next")
            os.close(turn)


@contextlib.contextmanager
def _locked(path: str) -> Iterator[None]:
    handle = _lock(path)
    try:
        yield
    finally:
        os.close(handle)


def _lock(path: str) -> int:
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
    except BaseException:
        os.close(handle)
        raise
    return handle


def _is_locked(path: str) -> bool:
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def wanted() -> bool:
    """Whether another process waited for the turn when this thread last gave it back; False where nobody waits for
    turns."""
    return getattr(_local, "wanted", False)


def give_way(most: float = 0.1) -> float:
    """Lets another thread of this process end its turn to write before this one goes on computing: both share one
    processor, and everybody waits for who writes. ``most``: seconds; it says how many it waited."""
    began = time.monotonic()
    if _thread_turn.acquire(timeout=most):
        _thread_turn.release()
    return time.monotonic() - began


def waited() -> float:
    """Seconds that this thread last waited for its turn to write; 0 where nobody waits for turns."""
    return getattr(_local, "waited", 0.0)


@contextlib.contextmanager
def write() -> Iterator[None]:
    """A durable transaction; nested calls join the outer one. Keep I/O out of it: everybody else is waiting."""
    if getattr(_local, "writing", False):
        with transaction.atomic():
            yield
        return
    if connection.vendor != "sqlite":
        _local.writing = True
        try:
            with transaction.atomic():
                yield
        finally:
            _local.writing = False
        return
    connection.ensure_connection()
    with _turnstile():
        sqlite: Any = connection  # only this engine has transaction modes
        inner = connection.in_atomic_block  # only a test's own transaction is open here
        _query_only(False)
        _local.writing, sqlite.transaction_mode = True, "IMMEDIATE"
        try:
            with transaction.atomic(durable=not inner):
                yield
        finally:
            _local.writing, sqlite.transaction_mode = False, None
            _query_only(True)


@contextlib.contextmanager
def snapshot() -> Iterator[None]:
    """One state of the database for all that is read inside."""
    with transaction.atomic():
        if connection.vendor == "postgresql" and not connection.savepoint_ids:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


@contextlib.contextmanager
def unguarded() -> Iterator[None]:
    """For migrations and test set-up, which write through Django's own paths."""
    if connection.vendor != "sqlite":
        yield
        return
    connection.ensure_connection()
    _query_only(False)
    try:
        yield
    finally:
        _query_only(True)


def _query_only(on: bool) -> None:
    if connection.connection is not None:
        connection.connection.execute(f"PRAGMA query_only={'ON' if on else 'OFF'}")


def lock_row(queryset: Any) -> Any:
    """``SELECT … FOR UPDATE`` where the engine has it; SQLite's writer is alone anyway."""
    return queryset.select_for_update() if connection.features.has_select_for_update else queryset


def skip_locked(queryset: Any) -> Any:
    """Rows nobody else is taking, locked, on PostgreSQL; the plain query on SQLite."""
    if connection.features.has_select_for_update_skip_locked:
        return queryset.select_for_update(skip_locked=True)
    return queryset


# How it shows that the database or the disk is away, full or locked.
AWAY = (OperationalError, InterfaceError, OSError)


class GroupWriter:
    """Collects what waits (at most ``limit``), applies it in one transaction, and answers all after the commit.

    ``apply(items) -> results`` runs inside :func:`write` on the writer's own thread and returns one result per item.
    When the group fails, each item is tried alone, so that one bad item never fails its neighbours; when two in it fail
    because the database is away, the rest of the group fails with them.
    """

    def __init__(self, apply: Callable[[list[Any]], list[Any]], limit: int = 500, name: str = "group-writer"):
        self._apply = apply
        self._limit = limit
        self._queue: queue.SimpleQueue[Entry | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def submit(self, item: Any) -> Future[Any]:
        """Queues an item; the future resolves to its result once it is on disk."""
        future: Future[Any] = Future()
        self._queue.put((item, future))
        return future

    async def put(self, item: Any) -> Any:
        """Awaits until ``item`` is on disk and returns its result."""
        waiting = asyncio.get_running_loop().create_future()
        self._queue.put((item, waiting))
        return await waiting

    def close(self) -> None:
        """Writes what is queued, then stops."""
        self._queue.put(None)
        self._thread.join(timeout=30)

    def _run(self) -> None:
        while (entry := self._queue.get()) is not None:
            close_old_connections()
            began, group = time.monotonic(), [entry]
            self._commit(group, gather=True)
            if len(group) > 1:  # many write at once: a commit that takes more of them costs each of them less
                time.sleep(max(0.0, began + REST - time.monotonic()))
        connection.close()

    def _gather(self, group: "list[Entry]") -> None:
        """Adds what is queued by now."""
        while len(group) < self._limit:
            try:
                entry = self._queue.get_nowait()
            except queue.Empty:
                return
            if entry is None:  # the end, which is for the loop
                self._queue.put(None)
                return
            group.append(entry)

    def _commit(self, group: "list[Entry]", gather: bool = False) -> BaseException | None:
        """Writes a group and answers it. ``gather``: with all that is queued once it is our turn, so that what comes
        while we wait for it need not wait for the next one."""
        try:
            with write():
                if gather:
                    self._gather(group)
                counted.together.see(len(group), self._thread.name)
                results = self._apply([item for item, _ in group])
        except BaseException as error:
            if gather:
                self._gather(group)
            if len(group) == 1:
                _answer(group, [error])
                return error
            away = 0
            for place, entry in enumerate(group, 1):
                away += isinstance(self._commit([entry]), AWAY)
                if away == 2:  # not this item's fault: it would keep each of the others waiting as long
                    _answer(group[place:], [error] * len(group[place:]))
                    break
            return None
        _answer(group, results)
        return None


# Something to write, and who waits for it: a thread, or a coroutine.
Entry = tuple[Any, Future[Any] | asyncio.Future[Any]]


def _answer(group: list[Entry], results: list[Any]) -> None:
    """Tells who waits. Each event loop is woken once for all of its own, which is what makes large groups cheap."""
    on_loops: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Any], Any]]] = {}
    for (_, waiting), result in zip(group, results, strict=True):
        if isinstance(waiting, asyncio.Future):
            on_loops.setdefault(waiting.get_loop(), []).append((waiting, result))
        else:
            _resolve([(waiting, result)])
    for loop, answers in on_loops.items():
        with contextlib.suppress(RuntimeError):  # the loop has ended: nobody waits any more
            loop.call_soon_threadsafe(_resolve, answers)


def _resolve(answers: Sequence[tuple[Future[Any] | asyncio.Future[Any], Any]]) -> None:
    for waiting, result in answers:
        if waiting.done():
            continue  # who waited has gone
        if isinstance(result, BaseException):
            waiting.set_exception(result)
        else:
            waiting.set_result(result)


class Checkpointer:
    """The only one who folds SQLite's WAL back, under the turnstile, so that no writer races it."""

    def __init__(self, database: Path, every_seconds: float = 0.25, pages: int = 1000):
        self._database = database
        self._every = every_seconds
        self._bytes = pages * 4096
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="checkpointer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(timeout=10)

    def _run(self) -> None:
        wal = self._database.with_name(self._database.name + "-wal")
        while not self._stop.wait(self._every):
            with contextlib.suppress(OSError, sqlite3.Error):
                if wal.exists() and wal.stat().st_size >= self._bytes:
                    checkpoint(self._database)


def checkpoint(database: Path) -> bool:
    """Folds the WAL back into the database file and empties it when no reader holds it; whether it is empty."""
    with _turnstile(), contextlib.closing(sqlite3.connect(database, timeout=0)) as handle:
        handle.execute("PRAGMA wal_autocheckpoint=0")
        busy, _in_wal, _folded = handle.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy


@contextlib.contextmanager
def exclusive() -> Iterator[None]:
    """Only one process at a time prepares the tables: the turnstile, or PostgreSQL's advisory lock."""
    if connection.vendor == "sqlite":
        with _turnstile():
            yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(7221)")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(7221)")
