"""Public identifiers: UUID version 7 (RFC 9562 §5.7), sortable by the time they were made."""

import os
import secrets
import time
import uuid


def uuid7() -> uuid.UUID:
    """A new UUIDv7: 48 bits of milliseconds, then 74 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    noise = int.from_bytes(os.urandom(10), "big")
    value = (milliseconds & ((1 << 48) - 1)) << 80
    value |= 0x7 << 76 | (noise >> 68 & 0xFFF) << 64
    value |= 0b10 << 62 | noise & ((1 << 62) - 1)
    return uuid.UUID(int=value)


def first_uuid7(moment: int) -> uuid.UUID:
    """The smallest UUIDv7 of a moment in microseconds: those made before it are smaller."""
    return uuid.UUID(int=moment // 1000 << 80 | 0x7 << 76 | 0b10 << 62)


def secret_token(size: int = 24) -> str:
    """An unguessable URL-safe token of ``size`` random bytes."""
    return secrets.token_urlsafe(size)
