"""The signed token of a conversation's own plus-address.

Mail relays may change the case of a local part, so it is lower-case base32 (RFC 4648 §6) of the conversation's number
and an HMAC. It needs no table, never runs out, and proves only that we wrote to somebody: it gains no rights.
"""

import base64
import hashlib
import hmac

NUMBER_BYTES, MAC_BYTES = 6, 9


def reply_token(key: bytes, conversation_id: int) -> str:
    """24 characters a–z and 2–7."""
    number = conversation_id.to_bytes(NUMBER_BYTES, "big")
    return base64.b32encode(number + _mac(key, number)).decode().lower()


def read_reply_token(key: bytes, token: str) -> int | None:
    """The conversation's number, or None when the token is not ours."""
    try:
        raw = base64.b32decode(token.upper())
    except ValueError:
        return None
    number, mac = raw[:NUMBER_BYTES], raw[NUMBER_BYTES:]
    if len(mac) != MAC_BYTES or not hmac.compare_digest(mac, _mac(key, number)):
        return None
    return int.from_bytes(number, "big")


def _mac(key: bytes, number: bytes) -> bytes:
    return hmac.new(key, b"reply" + number, hashlib.sha256).digest()[:MAC_BYTES]
