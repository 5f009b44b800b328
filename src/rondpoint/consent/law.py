"""The books of rules by country, read once from their files, and what they say to one customer."""

import functools
import tomllib
from datetime import date, datetime
from importlib.resources import files
from zoneinfo import ZoneInfo

import msgspec

from rondpoint.consent.rules import law
from rondpoint.consent.rules.law import Book, Facts, Rule, RuleVerdict
from rondpoint.consent.types import WAYS, Preferences
from rondpoint.lib import clock

ZONES = {"FR": "Europe/Paris", "CA": "America/Toronto", "US": "America/New_York", "GB": "Europe/London"}
# Where a country has many and hers is not known, what is allowed in the first and in the last is allowed in all.
FIRST_AND_LAST = {"US": ("America/New_York", "Pacific/Honolulu"), "CA": ("America/St_Johns", "America/Vancouver")}


@functools.cache
def books() -> tuple[Book, ...]:
    """All books, by the names of their files. Raises msgspec.ValidationError for a file that is not one."""
    folder = files("rondpoint.consent.rules") / "countries"
    found = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".toml")), key=lambda entry: entry.name)
    return tuple(msgspec.convert(tomllib.loads(entry.read_text("utf-8")), Book) for entry in found)


def country_of(told: object, fallback: str) -> str:
    """The country a person said she is in, as two capitals; else that of the house."""
    text = str(told or "").strip().upper()
    return text if len(text) == 2 and text.isalpha() else fallback.upper()


def local_time(country: str, said: Preferences, fallback: str, now: int) -> datetime:
    """The time where she is: by her own zone, else by her country's, else by the house's."""
    zone = said.timezone or ZONES.get(country) or fallback
    return clock.to_datetime(now).astimezone(ZoneInfo(zone))


def zones(country: str, said: Preferences, fallback: str) -> tuple[str, ...]:
    """The time zones she may be in: her own, else the first and the last of her country, else the house's."""
    if said.timezone:
        return (said.timezone,)
    return FIRST_AND_LAST.get(country) or (ZONES.get(country) or fallback,)


@functools.lru_cache(maxsize=1000)
def rules_on(country: str, region: str, channel: str, day: date) -> tuple[Rule, ...]:
    """The rules on promotions by a channel that are in force on a day."""
    return tuple(law.in_force(books(), country, channel, "marketing", region, day))


def verdicts(
    country: str, purpose_class: str, facts: dict[str, Facts], local: datetime
) -> dict[str, list[RuleVerdict]]:
    """What the books say, by channel, for which ``facts`` hold."""
    return {
        channel: law.applies(books(), country, channel, purpose_class, facts.get(channel, Facts()), local)
        for channel in WAYS
    }
