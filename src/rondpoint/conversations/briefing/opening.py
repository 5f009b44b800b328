"""When the summary opens by itself: the conversation has come to other hands, or onto another road. No I/O."""

from collections.abc import Iterable

from msgspec import Struct

HANDS, ROAD = "hands", "road"


class Spoken(Struct, frozen=True):
    """A message as this rule reads it; ``at`` in microseconds UTC, ``user_id`` the member of staff who wrote it."""

    at: int
    channel: str
    user_id: int | None = None


class Turn(Struct, frozen=True):
    """What changed: ``kind`` is HANDS or ROAD, ``at`` in microseconds UTC."""

    kind: str
    at: int


def last_turn(messages: list[Spoken], handed: Iterable[int]) -> Turn | None:
    """The latest change of hands or road. ``messages`` in their order; ``handed``: when the conversation was given to
    somebody, in microseconds UTC. Being given a conversation in which nothing was said changes nothing."""
    turns = [
        Turn(ROAD, this.at)
        for before, this in zip(messages, messages[1:], strict=False)
        if before.channel != this.channel
    ]
    if messages:
        turns += [Turn(HANDS, at) for at in handed if at > messages[0].at]
    return max(turns, key=lambda turn: turn.at, default=None)


def opened_by(messages: list[Spoken], handed: Iterable[int], reader_id: int) -> Turn | None:
    """What opens the summary for a reader: a change since she last wrote here herself. None leaves it folded."""
    turn = last_turn(messages, handed)
    own = max((message.at for message in messages if message.user_id == reader_id), default=0)
    return turn if turn is not None and turn.at > own else None
