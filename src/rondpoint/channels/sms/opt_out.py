"""The words by which a person stops or resumes messages in the channel itself.

Only the whole body counts: "STOP spamming… no wait" is a message like any other (CTIA Messaging Principles,
5.1.3; in France the word is STOP).
"""

import unicodedata
from typing import Literal

from rondpoint.channels.contract import ConnectionInfo

STOP_WORDS = frozenset(
    {"STOP", "STOPALL", "UNSUBSCRIBE", "END", "QUIT", "CANCEL", "REVOKE", "OPTOUT", "ARRET", "ARRÊT"}
)
START_WORDS = frozenset({"START", "UNSTOP"})


def read(text: str) -> Literal["stop", "start", ""]:
    """``stop`` or ``start`` when the whole text is such a word; case, spaces, outer punctuation aside."""
    folded = "".join(unicodedata.normalize("NFKC", text[:100]).upper().split())
    word = folded.strip(".,;:!?…\"'«»()*-")
    if len(text) > 100:
        return ""
    if word in STOP_WORDS:
        return "stop"
    return "start" if word in START_WORDS else ""


def confirmation(connection: ConnectionInfo) -> str:
    """The answer to a STOP, in the brand's language: what stops, and the word that takes it back."""
    house = connection.brand_name or connection.name
    if connection.language.startswith("fr"):
        return f"{house} : vous ne recevrez plus de SMS de notre part. Répondez START pour en recevoir à nouveau."
    return f"{house}: you will get no more text messages from us. Reply START to get them again."
