"""Between those who save contents and the one who removes them: a ``flock`` in the store."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

NAME = ".lock"


def shared() -> contextlib.AbstractContextManager[None]:
    """Held for a moment by whoever finds a content there already."""
    return _held(fcntl.LOCK_SH)


def exclusive() -> contextlib.AbstractContextManager[None]:
    """Held while contents are removed. Taken before ``write()``, never inside it."""
    return _held(fcntl.LOCK_EX)


@contextlib.contextmanager
def _held(kind: int) -> Iterator[None]:
    name = Path(settings.RONDPOINT_HOME) / "files" / NAME
    handle = os.open(name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, kind)
        yield
    finally:
        os.close(handle)
