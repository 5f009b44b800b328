"""Putting contents into the store."""

import hashlib
import os
import tempfile

from django.conf import settings

from rondpoint.files.models import StoredFile
from rondpoint.files.queries import path


def save(content: bytes) -> str:
    """Writes a content under its SHA-256, fsynced with its folder, and returns the hash. Not inside ``write()``."""
    sha256 = hashlib.sha256(content).hexdigest()
    target = path(sha256)
    if target.exists():
        return sha256
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=settings.RONDPOINT_HOME / "files", prefix=".new-")
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(name, target)
    for folder in (target.parent, target.parent.parent):
        directory = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        os.fsync(directory)
        os.close(directory)
    return sha256


def register(sha256: str, size: int) -> None:
    """Notes that the database refers to a content. Inside ``write()``."""
    StoredFile.objects.bulk_create([StoredFile(sha256=sha256, size=size)], ignore_conflicts=True)
