"""What a message says, whatever it is dressed in: for knowing the same words again. Pure."""

import hashlib
import re
from functools import lru_cache
from html import unescape

from rondpoint.channels.contract import MessageOut

_HIDDEN = re.compile(r"<(style|script|head)\b.*?</\1\s*>|<!--.*?-->", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)  # each recipient has a tracked link of her own
_NO_WORD = re.compile(r"[\W_]+")


def digest(message: MessageOut) -> int | None:
    """A number for the words of a message, the same for its text and its HTML, on any channel; None: it has none.

    Case, spaces, punctuation and links make no difference.
    """
    return _digest(message.text, message.html)


@lru_cache(maxsize=1000)  # a campaign says the same to many
def _digest(text: str, html: str) -> int | None:
    shown = unescape(_TAG.sub(" ", _HIDDEN.sub(" ", html)))
    words = normalised(shown) or normalised(text)
    if not words:
        return None
    return int.from_bytes(hashlib.blake2b(words.encode(), digest_size=8).digest(), "big", signed=True)


def normalised(text: str) -> str:
    """The words alone, in small letters."""
    return _NO_WORD.sub(" ", _ADDRESS.sub(" ", text)).strip().casefold()
