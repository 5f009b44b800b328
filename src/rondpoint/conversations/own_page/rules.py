"""What a person types about herself, where a request comes from, and when she can be called back."""

import ipaddress
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from rondpoint.lib import addresses, clock

LANGUAGES = ("fr", "en")
CALL_WITHIN = clock.HOUR  # "as soon as possible", while somebody is there
HALVES = (("morning", time(9), time(12)), ("afternoon", time(14), time(18)))
OFFERED = 4  # half-days to choose from
DAYS_AHEAD = 14
STEP = timedelta(minutes=30)


class Wanted(Struct, frozen=True):
    """Who asked for a code, in which language. ``kind``: email | phone."""

    language: str
    kind: str
    value: str

    def __str__(self) -> str:
        return f"{self.language} {self.kind} {self.value}"


class Slot(Struct, frozen=True):
    """A time to be called back: ``part`` is soon, morning or afternoon; ``due`` its end in microseconds UTC."""

    key: str
    part: str
    start: int
    due: int


def read_wanted(text: str) -> Wanted:
    """The inverse of ``str(wanted)``."""
    language, kind, value = text.split(" ", 2)
    return Wanted(language, kind, value)


def typed(text: str, country: str) -> tuple[str, str]:
    """An address as somebody types it: (kind, value in the form we keep). Raises BadAddress."""
    kind = "email" if "@" in text else "phone"
    if len(text) > 254:
        raise addresses.BadAddress("the address is too long")
    return kind, addresses.normalise(kind, text, country)


def code(text: str) -> str:
    """The digits of a code as somebody types or pastes it."""
    return "".join(letter for letter in text if letter in "0123456789")[:12]


def network(sender: str) -> str:
    """Where a request comes from, as limits count it: an IPv4 address, or the /64 that one line of IPv6 has."""
    try:
        address = ipaddress.ip_address(sender)
    except ValueError:
        return "?"
    if address.version == 4:
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, 64), strict=False).network_address)


def language(*wishes: str) -> str:
    """The first of these that the page speaks, else French."""
    return next((wish[:2] for wish in wishes if wish and wish[:2] in LANGUAGES), "fr")


def slots(staffed: Callable[[int], bool], zone: str, now: int) -> list[Slot]:
    """When she can be called: at once while somebody is there, then the next half-days on which somebody is.

    ``staffed(at)`` tells whether somebody is there at a time in microseconds UTC.
    """
    found = [Slot("soon", "soon", now, now + CALL_WITHIN)] if staffed(now) else []
    most = len(found) + OFFERED
    local = clock.to_datetime(now).astimezone(ZoneInfo(zone))
    for ahead in range(DAYS_AHEAD):
        day = local.date() + timedelta(days=ahead)
        found += [slot for part in HALVES if (slot := _half(day, part, staffed, ZoneInfo(zone), now))]
    return found[:most]


def _half(
    day: date, part: tuple[str, time, time], staffed: Callable[[int], bool], zone: ZoneInfo, now: int
) -> Slot | None:
    """The open end of a half-day that still lies ahead, or None."""
    name, first, last = part
    moment, end = datetime.combine(day, first, zone), datetime.combine(day, last, zone)
    opened = None
    while moment < end:
        at = clock.from_datetime(moment)
        if at >= now and staffed(at):
            opened = at
        moment += STEP
    if opened is None:
        return None
    start = clock.from_datetime(datetime.combine(day, first, zone))
    return Slot(f"{day.isoformat()}-{name}", name, start, opened + int(STEP.total_seconds()) * clock.SECOND)
