"""How soon a visitor is answered: the opening hours of the brand, and the median of the last first answers."""

import time
from collections.abc import Callable, Iterable
from statistics import median

from msgspec import Struct

from rondpoint.accounts.models import Brand
from rondpoint.conversations.chat import opening
from rondpoint.conversations.models import Message
from rondpoint.lib import clock

WINDOWS = (4 * clock.HOUR, 7 * clock.DAY)  # the last hours, else the last week
ENOUGH = 3  # answers; fewer promise nothing
ROWS = 2_000
KEPT = 60.0  # seconds for which a measure is good enough
STEPS = tuple(minutes * 60 for minutes in (1, 2, 3, 5, 10, 15, 20, 30, 45, 60, 120, 180, 240, 360, 480, 720, 1440))
_measured: dict[int, tuple[float, int | None]] = {}


class Said(Struct, frozen=True):
    """One message, as far as waiting is concerned; ``at`` in microseconds UTC."""

    conversation_id: int
    incoming: bool
    at: int


def availability(brand: Brand | None, now: int) -> dict:
    """What a visitor is told about the hours: open now, and when somebody is here again (RFC 3339, or None)."""
    if brand is None or not brand.hours or opening.is_open(brand.hours, brand.timezone, now):
        return {"open": True, "next": None}
    return {"open": False, "next": clock.iso(opening.next_opening(brand.hours, brand.timezone, now))}


def expected(connection_id: int, brand: Brand | None, now: int) -> int | None:
    """Seconds in which a first answer usually comes on this chat, as a round number; None when too few are known."""
    kept = _measured.get(connection_id)
    if kept is None or kept[0] < time.monotonic():
        kept = _measured[connection_id] = (time.monotonic() + KEPT, _measure(connection_id, brand, now))
    return kept[1]


def first_answers(rows: Iterable[Said]) -> list[tuple[int, int]]:
    """(asked, waited) in microseconds for each question that was answered; ``rows`` oldest first."""
    asked: dict[int, int] = {}
    found = []
    for row in rows:
        if row.incoming:
            asked.setdefault(row.conversation_id, row.at)
        elif row.conversation_id in asked:
            since = asked.pop(row.conversation_id)
            found.append((since, max(row.at - since, 0)))
    return found


def usual(answers: list[tuple[int, int]], open_at: Callable[[int], bool], now: int) -> int | None:
    """The median wait in seconds of those who asked in open time, rounded up to what people say."""
    for window in WINDOWS:
        waits = [waited for asked, waited in answers if asked >= now - window and open_at(asked)]
        if len(waits) >= ENOUGH:
            seconds = median(waits) / clock.SECOND
            return next((step for step in STEPS if seconds <= step), None)
    return None


def _measure(connection_id: int, brand: Brand | None, now: int) -> int | None:
    rows = (
        Message.objects.filter(connection_id=connection_id, at__gte=now - max(WINDOWS), automated="")
        .order_by("-id")
        .values_list("conversation_id", "direction", "at")[:ROWS]
    )
    said = [Said(conversation, direction == "in", at) for conversation, direction, at in rows][::-1]
    return usual(first_answers(said), lambda at: availability(brand, at)["open"], now)
