"""Reading contents out of the store."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

CHUNK = 64 * 1024
_SHA256 = re.compile(r"[0-9a-f]{64}")


def is_name(text: str) -> bool:
    """Is this how a content is called: a SHA-256 in lower-case hexadecimal?"""
    return _SHA256.fullmatch(text) is not None


def path(sha256: str) -> Path:
    """Where a content lies. Raises ValueError when the name is not a SHA-256."""
    if not is_name(sha256):
        raise ValueError(f"{sha256!r} is not the name of a stored file")
    return Path(settings.RONDPOINT_HOME) / "files" / sha256[:2] / sha256


def read(sha256: str) -> bytes:
    """The content, whole. Raises FileNotFoundError."""
    return path(sha256).read_bytes()


def opened(sha256: str) -> BinaryIO:
    """The content as a file to read from; the caller closes it. Raises FileNotFoundError."""
    return path(sha256).open("rb")


def chunks(sha256: str, size: int = CHUNK) -> Iterator[bytes]:
    """The content in pieces of ``size`` bytes at most. Raises FileNotFoundError."""
    with opened(sha256) as file:
        while chunk := file.read(size):
            yield chunk
