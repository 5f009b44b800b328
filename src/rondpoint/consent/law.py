"""The books of rules by country, read once from their files, and what they say to one customer."""

import functools
import tomllib
from collections.abc import Hashable, Sequence
from datetime import date, datetime
from importlib.resources import files
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace

from rondpoint.consent.people import Person
from rondpoint.consent.places import Place, zones_of
from rondpoint.consent.rules import law
from rondpoint.consent.rules.law import Book, Facts, Rule, RuleVerdict
from rondpoint.consent.types import GRANTS, IMPLIED, NO_PROMOTION, Preferences, Standing, Terms
from rondpoint.lib import clock


@functools.cache
def books() -> tuple[Book, ...]:
    """All books, by the names of their files. Raises msgspec.ValidationError for a file that is not one."""
    folder = files("rondpoint.consent.rules") / "countries"
    found = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".toml")), key=lambda entry: entry.name)
    return tuple(msgspec.convert(tomllib.loads(entry.read_text("utf-8")), Book) for entry in found)


def zones(country: str, said: Preferences, fallback: str, now: int) -> tuple[str, ...]:
    """The time zones she may be in, from west to east: her own, else those of her country, else the house's."""
    return (said.timezone,) if said.timezone else zones_of(country, fallback, now)


def local_times(names: Sequence[str], now: int) -> tuple[datetime, ...]:
    """What the clocks show in some time zones."""
    moment = clock.to_datetime(now)
    return tuple(moment.astimezone(ZoneInfo(name)) for name in names)


@functools.lru_cache(maxsize=1000)
def rules_on(country: str, region: str, channel: str, day: date) -> tuple[Rule, ...]:
    """The rules on promotions by a channel that are in force on a day."""
    return tuple(law.in_force(books(), country, channel, "marketing", region, day))


def verdicts(
    place: Place, channel: str, purpose_class: str, facts: Facts, local: Sequence[datetime]
) -> list[RuleVerdict]:
    """What the books say of a channel where ``facts`` hold. ``local``: the times that it may be where she is."""
    return law.applies(books(), place.country, channel, purpose_class, replace(facts, region=place.region), local)


def lawful(
    standing: Standing, terms: Terms | None, person: Person, place: Place, channel: str, day: date, now: int
) -> Standing:
    """What the ledger said, where the law of where she is lets it hold: what promotes without her agreement needs an
    exception of each rule that asks for one. ``day``: there; ``now``: microseconds UTC.

    A no of the ledger stays. A yes by an exception names it (``customer``, ``business``, ``contract``, ``purchase``,
    ``inquiry``; ``implied`` and ``soft_opt_in`` where the ledger holds it and the rule takes it) with the rule, and
    the end it has; a no of the law is ``law``, with the rule.
    """
    if not standing.allowed or standing.reason in GRANTS or terms is None or terms.purpose_class in NO_PROMOTION:
        return standing
    known = person.facts(now) if exceptions(terms) else Facts()
    implied = standing.reason if standing.reason in IMPLIED else ""
    known = replace(known, contract=terms.basis == "contract", implied=implied, ends=standing.until is not None)
    found = [
        law.opt_in(rule, known)
        for rule in rules_on(place.country, place.region, channel, day)
        if rule.needs == "opt_in"
    ]
    no = next((verdict.rule.id for verdict in found if verdict.result == "forbids"), None)
    if no is not None:
        return Standing(False, "law", None, standing.entry_id, no)
    yes = [(standing.until if verdict.reason in IMPLIED else person.until(verdict), verdict) for verdict in found]
    if not yes:
        return standing
    until, first = min(yes, key=lambda each: (each[0] is None, each[0] or 0))
    return Standing(True, first.reason, until, standing.entry_id, first.rule.id)


def exceptions(terms: Terms | None) -> bool:
    """Whether people may be written to for a purpose without agreement, so that the law's exceptions matter."""
    return terms is not None and terms.basis != "consent" and terms.purpose_class not in NO_PROMOTION


def alike(person: Person, now: int) -> Hashable:
    """The same for people of whom the law's exceptions hold alike at this moment."""
    last = {"purchase": person.bought, "inquiry": person.asked}
    fresh = [(at := last[name]) is not None and at > now - days * clock.DAY for name, days in _spans()]
    return person.told.get("business") is True, person.bought is not None, tuple(fresh)


@functools.cache
def _spans() -> tuple[tuple[str, int], ...]:
    """For how many days something counts as agreement, by any rule."""
    found = {(name, days) for book in books() for rule in book.rule for name, days in rule.implied.items()}
    return tuple(sorted(found))


def rule_called(rule_id: str) -> Rule | None:
    """A rule of any book, by its id."""
    return next((rule for book in books() for rule in book.rule if rule.id == rule_id), None)
