"""Time as the whole house keeps it: whole microseconds since 1970, UTC, in a plain int."""

import time
from datetime import UTC, datetime

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def now() -> int:
    """The present in microseconds UTC."""
    return time.time_ns() // 1000


def from_datetime(moment: datetime) -> int:
    """Microseconds UTC of an aware datetime; a naive one is read as UTC."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    # Whole seconds alone: those before 1970 are below zero, and int() would round their fraction up.
    return int(moment.replace(microsecond=0).timestamp()) * SECOND + moment.microsecond


def to_datetime(microseconds: int) -> datetime:
    """The aware UTC datetime of a number of microseconds."""
    return datetime.fromtimestamp(microseconds // SECOND, UTC).replace(microsecond=microseconds % SECOND)


def iso(microseconds: int | None) -> str | None:
    """RFC 3339 with milliseconds and ``Z``, or None."""
    if microseconds is None:
        return None
    return to_datetime(microseconds).strftime("%Y-%m-%dT%H:%M:%S.") + f"{microseconds % SECOND // 1000:03d}Z"
