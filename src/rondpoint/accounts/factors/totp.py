"""Codes of an authenticator app: RFC 6238 with its usual values, SHA-1, six digits, thirty seconds. No I/O."""

import base64
import hashlib
import hmac
import secrets
import struct
from urllib.parse import quote, urlencode

PERIOD = 30  # seconds
DIGITS = 6
DRIFT = 1  # steps a telephone's clock may be off, either way
SECRET_BYTES = 20


def new_secret() -> str:
    """A secret in base32, as apps take it."""
    return base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode()


def step_at(microseconds: int) -> int:
    """The number of the half minute of a time in microseconds UTC."""
    return microseconds // 1_000_000 // PERIOD


def code(secret: str, step: int, digits: int = DIGITS) -> str:
    """The code of a half minute."""
    mac = hmac.new(base64.b32decode(secret), struct.pack(">Q", step), hashlib.sha1).digest()
    offset = mac[-1] & 0x0F
    number = struct.unpack(">I", mac[offset : offset + 4])[0] & 0x7FFFFFFF
    return str(number % 10**digits).zfill(digits)


def matching_step(secret: str, typed: str, now: int, used: int) -> int | None:
    """The half minute whose code was typed; None when it is none near ``now`` (microseconds UTC), or not after the
    last one ``used``: a code works once."""
    current = step_at(now)
    found = None
    for step in range(current - DRIFT, current + DRIFT + 1):
        # All are compared, so that the time it takes says nothing about which one it was.
        if hmac.compare_digest(code(secret, step).encode(), typed.encode()) and step > used:
            found = step
    return found


def address(secret: str, email: str, issuer: str) -> str:
    """What the QR code says: the ``otpauth`` address that authenticator apps read."""
    label = quote(f"{issuer}:{email}")
    return f"otpauth://totp/{label}?{urlencode({'secret': secret, 'issuer': issuer})}"
