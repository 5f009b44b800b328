"""How webhooks are signed and when they are tried again. Pure.

Standard Webhooks 1.0 (github.com/standard-webhooks): the id, the seconds and the body joined by dots, HMAC-SHA256 under
the secret's bytes, in base64 behind ``v1,``. A secret is ``whsec_`` and the base64 of 24 to 64 bytes.
"""

import base64
import hashlib
import hmac
import os

from rondpoint.lib import clock

PREFIX = "whsec_"
PAUSES = (5, 30, 120, 600, 1800, 3600, 2 * 3600, 4 * 3600, 6 * 3600)  # seconds before the second, third… try
GIVEN_UP = 3 * clock.DAY


def new_secret() -> str:
    """A secret of 32 random bytes."""
    return PREFIX + base64.b64encode(os.urandom(32)).decode()


def signature(secret: str, webhook_id: str, seconds: int, body: bytes) -> str:
    """The value of ``webhook-signature``."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = f"{webhook_id}.{seconds}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def headers(secret: str, webhook_id: str, now: int, body: bytes) -> dict[str, str]:
    """The headers of a request made ``now`` (microseconds UTC)."""
    seconds = now // clock.SECOND
    return {
        "content-type": "application/json",
        "user-agent": "Rondpoint-Webhooks/1",
        "webhook-id": webhook_id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": signature(secret, webhook_id, seconds, body),
    }


def next_due(attempts: int, created: int, now: int) -> int | None:
    """When a fact is told again after so many tries, in microseconds; None once three days have passed."""
    due = now + PAUSES[min(attempts, len(PAUSES)) - 1] * clock.SECOND
    return due if due < created + GIVEN_UP else None
