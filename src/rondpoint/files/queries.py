"""Reading contents out of the store."""

import re
from pathlib import Path

from django.conf import settings

_SHA256 = re.compile(r"[0-9a-f]{64}")


def path(sha256: str) -> Path:
    """Where a content lies. Raises ValueError when the name is not a SHA-256."""
    if not _SHA256.fullmatch(sha256):
        raise ValueError(f"{sha256!r} is not the name of a stored file")
    return Path(settings.RONDPOINT_HOME) / "files" / sha256[:2] / sha256


def read(sha256: str) -> bytes:
    """The content. Raises FileNotFoundError."""
    return path(sha256).read_bytes()
