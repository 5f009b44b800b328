"""When somebody may be written to: outside her quiet hours and within the hours of the law, where she is. Pure."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from rondpoint.consent.rules import law
from rondpoint.lib import clock
from rondpoint.sending.types import Span, When

FURTHEST = 15  # days: no holidays keep a week and a half shut, so what is not open by then never is
DAY = 24 * 60  # minutes


@lru_cache(maxsize=10_000)
def first(when: When, now: int) -> int | None:
    """The first microsecond from ``now`` on at which she may be written to; None: there is none.

    Days have 23 to 25 hours where clocks are changed: each moment is looked at as the clock on her wall shows it.
    """
    if is_allowed(when, now):
        return now
    moments = {moment for name in when.zones for moment in _edges(when, ZoneInfo(name), now)}
    return next((moment for moment in sorted(moments) if moment > now and is_allowed(when, moment)), None)


def is_allowed(when: When, now: int) -> bool:
    """Whether she may be written to at this moment."""
    return not is_quiet(when, now) and is_lawful(when, now)


def is_quiet(when: When, now: int) -> bool:
    """Whether these are quiet hours for her."""
    return when.quiet is not None and any(_within(when.quiet, _minute(now, name)) for name in when.zones)


def is_lawful(when: When, now: int) -> bool:
    """Whether the law of where she is allows this hour."""
    return all(
        any(law.is_time(hours, _local(now, name)) for hours in hours_of)
        for name in when.zones
        for hours_of in when.laws
    )


def _edges(when: When, zone: ZoneInfo, now: int) -> Iterator[int]:
    """Moments at which something may begin to be allowed: on each day the end of the quiet hours, the beginning of each
    window, and the changes of the clock."""
    starts = {start for hours_of in when.laws for hours in hours_of for start, _ in hours.windows}
    if when.quiet is not None:
        starts.add(time(when.quiet[1] // 60, when.quiet[1] % 60))
    today = clock.to_datetime(now).astimezone(zone).date()
    for day in (today + timedelta(days=number) for number in range(FURTHEST + 1)):
        for start in {*starts, time()}:
            for fold in (0, 1):  # an hour that comes twice begins twice
                yield clock.from_datetime(datetime.combine(day, start, zone).replace(fold=fold))
        change = _change(day, zone)
        if change is not None:
            yield change


def _change(day: date, zone: ZoneInfo) -> int | None:
    """The moment at which the clock is changed on a day, to the second."""
    low, high = (int(datetime.combine(each, time(), zone).timestamp()) for each in (day, day + timedelta(days=1)))
    before, after = _offset(low, zone), _offset(high, zone)
    if before == after:
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _offset(middle, zone) == before else (low, middle)
    return high * clock.SECOND


def _offset(second: int, zone: ZoneInfo) -> timedelta | None:
    return datetime.fromtimestamp(second, UTC).astimezone(zone).utcoffset()


def _local(now: int, name: str) -> datetime:
    return clock.to_datetime(now).astimezone(ZoneInfo(name))


def _minute(now: int, name: str) -> int:
    local = _local(now, name)
    return local.hour * 60 + local.minute


def _within(span: Span, minute: int) -> bool:
    start, end = span
    return start <= minute < end if start < end else minute >= start or minute < end
