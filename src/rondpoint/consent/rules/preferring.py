"""What a person prefers, out of what each of her profiles said: the newest word on each thing. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from rondpoint.consent.types import LANGUAGES, Preferences, Terms

NEVER = 2**62
"""Paused until she says otherwise."""
MOST_PER_WEEK = 50
DAY = 24 * 60  # minutes

Said = Mapping[str, Mapping[str, Any]]
"""{name: {"value": …, "at": microseconds}}; a value None takes an earlier one back."""


def merged(profiles: Iterable[Said]) -> Preferences:
    """The preferences of a customer. Of two words of one moment the one that comes later as text holds, so that the
    order of the profiles does not matter."""
    newest: dict[str, tuple[int, str, Any]] = {}
    for said in profiles:
        for name, word in said.items():
            told = (word["at"], repr(word["value"]), word["value"])
            if name not in newest or told[:2] > newest[name][:2]:
                newest[name] = told
    values = {name: value for name, (_, _, value) in newest.items() if value is not None}
    quiet = values.get("quiet")
    return Preferences(
        channels=_under(values, "channel:"),
        per_week=_under(values, "per_week:"),
        paused_until=values.get("paused_until", 0),
        quiet=(quiet[0], quiet[1]) if quiet else None,
        timezone=values.get("timezone", ""),
        language=values.get("language", ""),
        do_not_call=values.get("do_not_call", False),
    )


def _under(values: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    return {name[len(prefix) :]: value for name, value in values.items() if name.startswith(prefix)}


def problem(name: str, value: Any, purposes: Mapping[str, Terms]) -> str:
    """Why a preference cannot be kept, or ""."""
    kind, _, purpose = name.partition(":")
    if kind in ("channel", "per_week") and purpose and purpose not in purposes:
        return f"there is no purpose {purpose}"
    if value is None:
        return "" if kind in _TESTS else "nobody knows this preference"
    test = _TESTS.get(kind)
    return test(purpose, value, purposes) if test else "nobody knows this preference"


def _channel(purpose: str, value: Any, purposes: Mapping[str, Terms]) -> str:
    if not purpose:
        return "a channel is chosen for a purpose"
    known = purposes[purpose].channels
    return "" if value in known else f"{purpose} goes by {', '.join(known) or 'no channel'}"


def _per_week(purpose: str, value: Any, purposes: Mapping[str, Terms]) -> str:
    fits = type(value) is int and 0 <= value <= MOST_PER_WEEK
    return "" if fits else f"a whole number from 0 to {MOST_PER_WEEK}"


def _paused(purpose: str, value: Any, purposes: Mapping[str, Terms]) -> str:
    return "" if type(value) is int and 0 <= value <= NEVER else "a time, or nothing"


def _quiet(purpose: str, value: Any, purposes: Mapping[str, Terms]) -> str:
    fits = isinstance(value, list | tuple) and len(value) == 2 and all(type(m) is int and 0 <= m < DAY for m in value)
    return "" if fits and value[0] != value[1] else "two different times of a day, from and to"


def _timezone(purpose: str, value: Any, purposes: Mapping[str, Terms]) -> str:
    try:
        ZoneInfo(str(value))
    except (KeyError, ValueError, OSError):
        return "a time zone as Europe/Paris"
    return ""


def _language(purpose: str, value: Any, purposes: Mapping[str, Terms]) -> str:
    return "" if value in LANGUAGES else f"one of {', '.join(LANGUAGES)}"


def _do_not_call(purpose: str, value: Any, purposes: Mapping[str, Terms]) -> str:
    return "" if isinstance(value, bool) else "true or false"


_TESTS = {
    "channel": _channel, "per_week": _per_week, "paused_until": _paused, "quiet": _quiet, "timezone": _timezone,
    "language": _language, "do_not_call": _do_not_call,
}  # fmt: skip

