"""Putting contents into the store."""

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings

from rondpoint.files import lock
from rondpoint.files.models import StoredFile
from rondpoint.files.queries import path

PARTIAL = ".new-"  # how the names of contents begin that are still being written


class TooLarge(ValueError):
    """There is more than the limit allows; nothing was kept."""


def save(content: bytes) -> str:
    """Writes a content under its SHA-256, fsynced with its folder, and returns the hash. Not inside ``write()``."""
    sha256 = hashlib.sha256(content).hexdigest()
    if _touch(path(sha256)):
        return sha256
    return save_stream((content,))[0]


def save_stream(chunks: Iterable[bytes], limit: int | None = None) -> tuple[str, int]:
    """Writes a content that comes in pieces, of which only one is ever in memory; its SHA-256 and its bytes.

    Fsynced with its folder. Raises TooLarge above ``limit`` bytes, and whatever ``chunks`` raises; then nothing is
    kept. Not inside ``write()``.
    """
    digest, size = hashlib.sha256(), 0
    handle, name = tempfile.mkstemp(dir=Path(settings.RONDPOINT_HOME) / "files", prefix=PARTIAL)
    try:
        with os.fdopen(handle, "wb") as file:
            for chunk in chunks:
                size += len(chunk)
                if limit is not None and size > limit:
                    raise TooLarge(f"a file has at most {limit} bytes")
                digest.update(chunk)
                file.write(chunk)
            sha256 = digest.hexdigest()
            target = path(sha256)
            if not _touch(target):
                file.flush()
                os.fsync(file.fileno())
                _place(Path(name), target)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)
    return sha256, size


def register(sha256: str, size: int) -> None:
    """Notes that the database refers to a content. Inside ``write()``."""
    StoredFile.objects.bulk_create([StoredFile(sha256=sha256, size=size)], ignore_conflicts=True)


def _touch(target: Path) -> bool:
    """Is the content there? If so it is as good as new, so that the collector leaves it for whoever saves it now."""
    with lock.shared():
        try:
            os.utime(target)
        except FileNotFoundError:
            return False
    _sync_folders(target)  # whoever put it there may not have come so far, or have failed
    return True


def _place(new: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with lock.shared():
        os.replace(new, target)
    _sync_folders(target)


def _sync_folders(target: Path) -> None:
    for folder in (target.parent, target.parent.parent):
        directory = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
