"""When all records are compared by themselves, and how far a comparison is. Pure; times are microseconds UTC."""

from datetime import datetime, timedelta

from rondpoint.lib import clock

WEEKLY, NEVER = "weekly", "never"
OFTEN = ("daily", WEEKLY, "monthly", NEVER)
"""How often, the most often first; monthly is on the first of a month."""
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
HOUR = 2  # of the day in UTC, when few people work
STEPS = ("reading", "learning", "names", "comparing", "noting")
"""What a comparison does, in its order; learning only where that was asked for."""


def due(often: str, day: str, last: int | None, now: int) -> bool:
    """Whether a comparison is to begin. ``day``: that of a weekly one; ``last``: when one was asked for last."""
    return often != NEVER and (last is None or last < clock.from_datetime(_latest(often, day, clock.to_datetime(now))))


def coming(often: str, day: str, now: int) -> int | None:
    """When the next one is due; None where nobody but a person asks for it."""
    if often == NEVER:
        return None
    moment = clock.to_datetime(now)
    ahead = moment
    while _latest(often, day, ahead) <= moment:  # a month is the furthest
        ahead += timedelta(days=1)
    return clock.from_datetime(_latest(often, day, ahead))


def place(step: str, learns: bool) -> tuple[int, int]:
    """Which of how many steps this is, counted from one; nought before the first."""
    steps = [each for each in STEPS if learns or each != "learning"]
    return (steps.index(step) + 1 if step in steps else 0), len(steps)


def _latest(often: str, day: str, moment: datetime) -> datetime:
    """The last moment up to this one at which a comparison is due."""
    found = moment.replace(hour=HOUR, minute=0, second=0, microsecond=0)
    if found > moment:
        found -= timedelta(days=1)
    if often == "monthly":
        return found.replace(day=1)
    return found - timedelta(days=(found.weekday() - DAYS.index(day)) % 7 if often == WEEKLY else 0)
