"""Words of the events room."""

from typing import Any

from msgspec import Struct

REACHED = "the lake"  # the follower's name of how far the lake reaches
OURS = (
    "message.", "conversation.", "commitment.", "note.", "continuation.", "customer.", "company.", "consent.", "chat.",
    "segment.",
)  # fmt: skip
"""What the names of facts begin with that only the house itself tells: no source from outside may use them, and only
they name conversations, messages and customers by their numbers."""


class Fact(Struct, frozen=True):
    """Something that happened, to be recorded. Times in microseconds UTC."""

    profile_id: int | None
    type: str
    occurred: int
    source: str
    message_id: str
    channel: str = ""
    connection_id: int | None = None
    properties: dict[str, Any] = {}


class Position(Struct, frozen=True):
    """How far a reader has come, in commit order."""

    transaction: int = 0
    row: int = 0


class Live(Struct):
    """News for a screen: a fact that was committed, or a whisper that never is."""

    topic: str
    type: str
    data: dict[str, Any] = {}
    wire: bytes = b""  # as the desk's screens are told it, made by the first of them
    trace: str = ""  # the delivery or dispatch that caused it, while somebody collects traces
