"""The collector: contents that no row refers to leave the disk.

What is younger than a day is left alone, because a content is on disk before the row that refers to it. Whoever saves a
content that is there already makes it young again, under a lock that the collector holds while it removes; so a
content is never taken from under an upload. While a backup is open nothing is removed, because its rows are older
than those of now.
"""

import contextlib
import os
import time
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction

from rondpoint.files import lock, references
from rondpoint.files.actions import PARTIAL
from rondpoint.files.models import StoredFile
from rondpoint.files.queries import is_name, path
from rondpoint.lib import clock
from rondpoint.lib.db import write

GRACE = 24 * 3600  # seconds
AT_ONCE = 200  # contents removed in one transaction
EVERY = 6 * 3600  # seconds between two rounds
FEW = 100_000  # contents whose names the memory may hold together
FOLDERS = [f"{number:02x}" for number in range(256)]


def some(now: float | None = None) -> int:
    """Looks at the whole store, or at the sixteenth of a large one whose turn it is; how many contents were removed.

    Periodic: who refers to contents is read anew each time, in all tables, so this is not done often.
    """
    if StoredFile.objects.count() < FEW:
        return sweep(FOLDERS, now)
    turn = int((time.time() if now is None else now) // EVERY) % 16
    return sweep(FOLDERS[turn * 16 : turn * 16 + 16], now)


def sweep(folders: list[str], now: float | None = None) -> int:
    """Looks at neighbouring folders of the store (``00`` … ``ff``); how many contents were removed.

    ``now``: seconds since 1970.
    """
    before = (time.time() if now is None else now) - GRACE
    _forget_partial(before)
    low, high = folders[0], f"{folders[-1]}g"  # "g" comes after every hexadecimal digit
    found = _old(folders, before)
    with _one_moment():
        # Their ages were looked at first: what is referred to later was saved later, and is young by then.
        rows = StoredFile.objects.filter(sha256__gte=low, sha256__lt=high, created__lt=int(before * clock.SECOND))
        found |= set(rows.values_list("sha256", flat=True))
        unwanted = sorted(found - references.held(low, high)) if found else []
    return sum(_remove(unwanted[start : start + AT_ONCE], before) for start in range(0, len(unwanted), AT_ONCE))


def discard(names: Iterable[str], before: float) -> set[str]:
    """Removes these contents at once where no row refers to them and nobody saved them since ``before`` (seconds since
    1970); those that are gone now, or never were there. None while a backup is open."""
    gone = set()
    for name in names:
        if name in references.held(name, f"{name}g") or references.paused():
            continue
        _remove([name], before)
        if not path(name).exists():
            gone.add(name)
    return gone


def _remove(names: list[str], before: float) -> int:
    """Removes those that nobody saved again meanwhile, with their rows."""
    removed, gone = 0, []
    with lock.exclusive(), write():
        # Asked here and not before: a backup that opens after this sees the rows as they are now.
        if references.paused():
            return 0
        for name in names:
            try:
                if path(name).stat().st_mtime >= before:
                    continue
                path(name).unlink()
                removed += 1
            except FileNotFoundError:
                pass
            gone.append(name)
        StoredFile.objects.filter(sha256__in=gone).delete()
    return removed


def _old(folders: list[str], before: float) -> set[str]:
    found = set()
    for folder in folders:
        with contextlib.suppress(FileNotFoundError), os.scandir(_store() / folder) as entries:
            found |= {entry.name for entry in entries if is_name(entry.name) and entry.stat().st_mtime < before}
    return found


def _forget_partial(before: float) -> None:
    """What a process was writing when it died."""
    for partial in _store().glob(f"{PARTIAL}*"):
        with contextlib.suppress(FileNotFoundError):
            if partial.stat().st_mtime < before:
                partial.unlink()


@contextlib.contextmanager
def _one_moment():
    """Everything is read as it was at one moment, so that a reference that moves between tables is seen."""
    inner = connection.in_atomic_block
    with transaction.atomic():
        if connection.vendor == "postgresql" and not inner:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield


def _store() -> Path:
    return Path(settings.RONDPOINT_HOME) / "files"
