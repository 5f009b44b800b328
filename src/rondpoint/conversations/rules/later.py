"""When a conversation put aside comes back: the usual choices, in somebody's own zone."""

from datetime import datetime, time, timedelta
from typing import Literal

from msgspec import Struct

Name = Literal["later_today", "tomorrow", "monday", "week"]
MORNING = time(9)
EVENING = time(18)
SOON = timedelta(hours=3)


class Choice(Struct, frozen=True):
    """A time to come back, and what it is called."""

    name: Name
    at: datetime


def choices(now: datetime) -> list[Choice]:
    """The times one may choose at ``now`` (aware): none in the past, none twice.

    Later today is in three hours, at full hours, and not after the evening; mornings are at nine by the clock on the
    wall, also where the clocks change in between.
    """
    found = []
    later = (now + SOON).replace(minute=0, second=0, microsecond=0)
    if later.date() == now.date() and later.timetz().replace(tzinfo=None) <= EVENING:
        found.append(Choice("later_today", later))
    found.append(Choice("tomorrow", _morning(now, 1)))
    monday = 7 - now.weekday()
    if monday > 1:
        found.append(Choice("monday", _morning(now, monday)))
    if monday != 7:
        found.append(Choice("week", _morning(now, 7)))
    return found


def _morning(now: datetime, days: int) -> datetime:
    return datetime.combine(now.date() + timedelta(days=days), MORNING, now.tzinfo)
