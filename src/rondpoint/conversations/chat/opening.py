"""Opening hours by the clock on the wall: ``{"mon": [["09:00", "18:00"]], …, "closed": ["2026-12-25"]}``."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from rondpoint.lib import clock

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
AHEAD = 60  # days in which an opening is looked for


def is_open(hours: dict, zone: str, now: int) -> bool:
    """Whether somebody is there; without any hours, always. ``now`` in microseconds UTC."""
    if not any(hours.get(day) for day in DAYS):
        return True
    local = clock.to_datetime(now).astimezone(ZoneInfo(zone))
    return any(start <= local < end for start, end in _spans(hours, local.date(), ZoneInfo(zone)))


def next_opening(hours: dict, zone: str, now: int) -> int | None:
    """The next beginning of a span in microseconds UTC, or None when none lies within 60 days."""
    local = clock.to_datetime(now).astimezone(ZoneInfo(zone))
    for ahead in range(AHEAD):
        for start, _end in _spans(hours, local.date() + timedelta(days=ahead), ZoneInfo(zone)):
            if start > local:
                return clock.from_datetime(start)
    return None


def _spans(hours: dict, day: date, zone: ZoneInfo) -> list[tuple[datetime, datetime]]:
    if day.isoformat() in hours.get("closed", ()):
        return []
    spans = hours.get(DAYS[day.weekday()], ())
    return sorted((_at(day, start, zone), _at(day, end, zone)) for start, end in spans)


def _at(day: date, text: str, zone: ZoneInfo) -> datetime:
    if text == "24:00":
        return datetime.combine(day + timedelta(days=1), time(), zone)
    return datetime.combine(day, time.fromisoformat(text), zone)
