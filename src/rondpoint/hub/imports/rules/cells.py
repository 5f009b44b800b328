"""What a cell says: numbers, dates and yes or no as people and programs write them. Pure."""

import json
import re
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rondpoint.hub.imports.types import Unfit
from rondpoint.lib import clock
from rondpoint.lib.text import storable

YES = frozenset({"1", "true", "yes", "y", "oui", "o", "vrai", "x"})
NO = frozenset({"0", "false", "no", "n", "non", "faux"})
LONGEST = 10_000  # letters of a cell that is kept
_SPACE = re.compile(r"[\s\u00a0\u202f']")
_DAY_FIRST = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?:[ T,]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?")


def number(text: str) -> int | float:
    """``1 234,56``, ``1,234.56`` and ``1234.56`` are the same. Raises Unfit."""
    bare = _SPACE.sub("", text).rstrip("€$£%")
    if "," in bare and "." in bare:
        thousands = "," if bare.rfind(",") < bare.rfind(".") else "."
        bare = bare.replace(thousands, "")
    bare = bare.replace(",", ".")
    try:
        value = float(bare)
    except ValueError as error:
        raise Unfit(f"{text!r} is no number") from error
    if not -1e15 < value < 1e15:
        raise Unfit(f"{text!r} is no number that can be kept")
    return int(value) if value == int(value) and "." not in bare else value


def truth(text: str) -> bool:
    """Yes or no. Raises Unfit."""
    word = text.strip().casefold()
    if word in YES:
        return True
    if word in NO:
        return False
    raise Unfit(f"{text!r} is neither yes nor no")


def day(text: str) -> str:
    """An ISO day out of ``2026-03-04`` or ``04/03/2026`` (the day first). Raises Unfit."""
    return clock.to_datetime(moment(text)).date().isoformat()


def moment(text: str, zone: str = "UTC") -> int:
    """Microseconds UTC of a time: ISO 8601, ``04/03/2026 14:05`` (the day first), or seconds since 1970. What names no
    zone is in ``zone``. Raises Unfit."""
    said = text.strip()
    try:
        found = _day_first(said) or datetime.fromisoformat(said)
    except (ValueError, OverflowError) as error:
        found = _epoch(said)
        if found is None:
            raise Unfit(f"{text!r} is no time; expected 2026-03-04T14:05:00Z or 04/03/2026 14:05") from error
    if found.tzinfo is None:
        try:
            found = found.replace(tzinfo=ZoneInfo(zone))
        except (ZoneInfoNotFoundError, ValueError):
            found = found.replace(tzinfo=UTC)
    if not 1900 <= found.year <= 2200:
        raise Unfit(f"{text!r} lies too far away")
    return clock.from_datetime(found)


def typed(kind: str, text: str) -> Any:
    """The value of a cell of a column of one's own. Raises Unfit."""
    if len(text) > LONGEST:
        raise Unfit(f"a cell has at most {LONGEST} letters")
    if kind == "number":
        return number(text)
    if kind == "truth":
        return truth(text)
    if kind == "date":
        return day(text)
    if kind == "json":
        return _json(text)
    return text.strip()


def _day_first(text: str) -> datetime | None:
    found = _DAY_FIRST.fullmatch(text)
    if found is None:
        return None
    days, month, year, *time = (int(part or 0) for part in found.groups())
    return datetime(year, month, days, *time)


def _epoch(text: str) -> datetime | None:
    """Seconds or milliseconds since 1970; None for anything else."""
    if not (text.isascii() and text.isdigit() and 9 <= len(text) <= 13):
        return None
    return datetime.fromtimestamp(int(text) / (1000 if len(text) > 11 else 1), UTC)


def _json(text: str) -> Any:
    """What every database can hold of JSON: no NaN, and nothing behind an escape that it could not store."""
    try:
        found = json.loads(text, parse_constant=_no_constant)
        return _storable(found) if "\\u" in text else found
    except (ValueError, RecursionError) as error:
        raise Unfit(f"{text[:40]!r} is not JSON") from error


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, list):
        return [_storable(each) for each in value]
    if isinstance(value, dict):
        return {storable(name): _storable(each) for name, each in value.items()}
    return value
