"""Whether a house may be put in another's place: nobody lives in it, and nobody else is restoring it."""

import contextlib
import fcntl
import os
import socket
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.db import connection

from rondpoint.config.safekeeping import tables
from rondpoint.config.safekeeping.types import Failure
from rondpoint.jobs.wake import PG_CHANNEL

# What a house has from its first start, before anybody does anything with it.
FURNITURE = (
    "django_", "auth_", "jobs_", "files_", "accounts_setting", "consent_hashkey", "consent_purpose", "consent_wording",
)  # fmt: skip
AGAIN = "run 'rondpoint restore FILE' once more; it need not be the same file"


def refuse_running() -> None:
    """Raises Failure while a role runs: each listens for wake-ups, on a socket in the home or on PostgreSQL."""
    if living := _listeners():
        raise Failure(f"Rondpoint is running here (process {', '.join(living)}): stop it first")


def is_empty() -> bool:
    """Is there nothing in the database but what the first start puts there?"""
    if connection.vendor == "sqlite" and not Path(connection.settings_dict["NAME"]).exists():
        return True
    with connection.cursor() as cursor:
        there = set(connection.introspection.table_names(cursor))
        for table in tables.every():
            if table.name in there and not table.name.startswith(FURNITURE):
                least = 1 if table.name == "accounts_brand" else 0
                cursor.execute(f'SELECT 1 FROM "{table.name}" LIMIT {least + 1}')
                if len(cursor.fetchall()) > least:
                    return False
    return True


@contextlib.contextmanager
def restoring() -> Iterator[None]:
    """Only one restore at a time, and no role starts meanwhile. Raises Failure while another runs."""
    with _lock() as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Failure("another restore is running here") from None
        yield


@contextlib.contextmanager
def changing_over() -> Iterator[None]:
    """Inside, old and new stand side by side. What breaks in here leaves a mark, and nothing starts until a restore
    came to its end."""
    mark = _mark()
    with open(mark, "w") as file:
        file.flush()
        os.fsync(file.fileno())
    fsync_folder(mark.parent)
    yield
    mark.unlink()
    fsync_folder(mark.parent)


def is_cut_short() -> bool:
    """Did a restore break off while old and new stood side by side?"""
    return _mark().exists()


def refuse_unfinished() -> None:
    """Raises Failure for whoever wants to use the house while it is being restored, or when that was cut short."""
    with _lock() as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Failure("a restore is running here: wait for its end") from None
    if is_cut_short():
        raise Failure(f"a restore was cut short here, and the house is neither the old one nor the new one: {AGAIN}")


def fsync_folder(folder: Path) -> None:
    """Makes names that were given or taken away in a folder durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    os.fsync(handle)
    os.close(handle)


def _mark() -> Path:
    return Path(settings.RONDPOINT_HOME) / "restore-cut-short"


@contextlib.contextmanager
def _lock() -> Iterator[int]:
    name = Path(settings.RONDPOINT_HOME) / "run" / "restore"
    handle = os.open(name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield handle
    finally:
        os.close(handle)


def _listeners() -> list[str]:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")  # as it is now, not at the beginning of the transaction
            cursor.execute(
                "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE %s",
                [f"LISTEN {PG_CHANNEL}%"],
            )
            return [f"{pid} of PostgreSQL" for (pid,) in cursor.fetchall()]
    folder = Path(settings.RONDPOINT_HOME) / "run"
    # A path in /proc is short enough for a socket's name, however deep the home lies.
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        names = [path.name for path in folder.glob("*.wake")]
        return sorted({name.partition("-")[0] for name in names if _answers(f"/proc/self/fd/{handle}/{name}")})
    finally:
        os.close(handle)


def _answers(path: str) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(path)
        except OSError:
            return False
    return True
