"""Keys derived from the installation's secret, signed tokens, and encryption of stored secrets.

Every purpose has a key of its own (HKDF, RFC 5869), so that a token made for one purpose never opens another.
"""

import base64
import functools
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class BadToken(ValueError):
    """The token was not made by this installation for this purpose, or its time is over."""


@functools.lru_cache(maxsize=64)
def derive_key(secret: str, purpose: str) -> bytes:
    """32 bytes that belong to ``purpose`` alone."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"rondpoint:" + purpose.encode()).derive(secret.encode())


def digest(secret: str, purpose: str, text: str) -> str:
    """Hex HMAC-SHA256 of ``text`` under the purpose's key: how tokens and codes are stored."""
    written = text.encode("utf-8", "surrogatepass")
    return hmac.new(derive_key(secret, purpose), written, hashlib.sha256).hexdigest()


def digester(secret: str, purpose: str) -> Callable[[str], bytes]:
    """:func:`digest` for one purpose, for very many texts, as bytes: the two hashes of HMAC (RFC 2104), each begun
    once, take a third of the time."""
    key = derive_key(secret, purpose).ljust(64, b"\0")
    inner, outer = (hashlib.sha256(bytes(byte ^ pad for byte in key)) for pad in (0x36, 0x5C))

    def made(text: str) -> bytes:
        first, second = inner.copy(), outer.copy()
        first.update(text.encode("utf-8", "surrogatepass"))
        second.update(first.digest())
        return second.digest()

    return made


def same(left: str | bytes, right: str | bytes) -> bool:
    """Constant-time equality of two strings or two byte strings."""
    if isinstance(left, str):
        left = left.encode("utf-8", "surrogatepass")
    if isinstance(right, str):
        right = right.encode("utf-8", "surrogatepass")
    return hmac.compare_digest(left, right)


def sign(secret: str, purpose: str, payload: dict[str, Any], expires: int | None = None) -> str:
    """A URL-safe token ``body.mac`` of a JSON payload; ``expires`` in microseconds UTC."""
    if expires is not None:
        payload = {**payload, "exp": expires}
    body = _encode(json.dumps(payload, separators=(",", ":"), sort_keys=True).encode())
    mac = hmac.new(derive_key(secret, purpose), body.encode(), hashlib.sha256).digest()[:20]
    return f"{body}.{_encode(mac)}"


def unsign(secret: str, purpose: str, token: str, now: int) -> dict[str, Any]:
    """The payload of a token made by :func:`sign`. Raises BadToken when forged, foreign or expired."""
    body, dot, mac = token.partition(".")
    if not dot:
        raise BadToken("the token is incomplete")
    written = body.encode("utf-8", "surrogatepass")
    expected = _encode(hmac.new(derive_key(secret, purpose), written, hashlib.sha256).digest()[:20])
    if not same(mac, expected):
        raise BadToken("the token's signature does not match")
    payload: dict[str, Any] = json.loads(_decode(body))
    if payload.get("exp") is not None and payload["exp"] < now:
        raise BadToken("the token has expired")
    return payload


def seal(secret: str, data: dict[str, Any]) -> str:
    """Encrypts a dict of secrets for storage (Fernet: AES-128-CBC with HMAC)."""
    return _fernet(secret).encrypt(json.dumps(data).encode()).decode()


def unseal(secret: str, sealed: str) -> dict[str, Any]:
    """What :func:`seal` encrypted. Raises BadToken when the installation's secret has changed."""
    if not sealed:
        return {}
    try:
        data: dict[str, Any] = json.loads(_fernet(secret).decrypt(sealed.encode()))
    except InvalidToken as error:
        raise BadToken("stored secrets do not open with RONDPOINT_SECRET; was it changed?") from error
    return data


def _fernet(secret: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(derive_key(secret, "connection secrets")))


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
