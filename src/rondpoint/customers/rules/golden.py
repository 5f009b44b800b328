"""The golden record: of all that the profiles say, the value to show and where it comes from."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

from rondpoint.customers.types import TraitRule

EMPTY = (None, "")


class Value(Struct, frozen=True):
    """A value with the source that said it and when (microseconds UTC); ``by``: who of the staff wrote it."""

    value: object
    source: str
    at: int
    by: str = ""


REMEMBERED = 20  # words of staff on one trait
RECALLED = 5  # earlier words of any other source
LONGEST = 1000  # letters of a value that are compared, and of an earlier one that is kept


def word(value: object, at: int, by: str, before: dict[str, Any] | None = None) -> dict[str, Any]:
    """A trait as somebody of the staff writes it; an empty value says that what sources told before is not so. What
    staff wrote ``before`` is remembered with it, the newest first."""
    written: dict[str, Any] = {"value": None if value in EMPTY else value, "at": at, "by": by}
    if before is not None:
        last = {name: before[name] for name in ("value", "at", "by") if name in before}
        written["before"] = [last, *before.get("before", [])][:REMEMBERED]
    return written


def learned(held: dict[str, Any], said: Mapping[str, object], at: int, most: int) -> dict[str, Any]:
    """What a source's traits are once it said something at a moment: the latest word stays, whatever the order in which
    words come. Empty values say nothing; there are ``most`` traits at most."""
    traits = dict(held)
    for name, value in said.items():
        known = traits.get(name)
        if value in EMPTY or (known is not None and known["at"] >= at and not _later(known, value, at)):
            continue
        if known is not None or len(traits) < most:
            traits[name] = {"value": value, "at": at} if known is None else again(known, value, at)
    return traits


def again(known: dict[str, Any] | None, value: object, at: int) -> dict[str, Any]:
    """A trait as a source says it, with what it said before, the newest first. Lists, objects and long texts are let
    go of. What was only said once more is no other word."""
    written: dict[str, Any] = {"value": value, "at": at}
    if known is None:
        return written
    before = known.get("before")
    if known["value"] != value and not _large(known["value"]):
        last = {name: known[name] for name in ("value", "at", "by") if name in known}
        written["before"] = [last, *(before or ())][:RECALLED]
    elif before:
        written["before"] = before
    return written


def _large(value: object) -> bool:
    return isinstance(value, dict | list) or (isinstance(value, str) and len(value) > LONGEST)


def _later(known: dict[str, Any], value: object, at: int) -> bool:
    """Of two words of one moment the one that was heard last holds."""
    return bool(known["at"] == at and known["value"] != value)


SHOWN = ("name", "first_name", "last_name", "language")


class Word(Struct, frozen=True):
    """What one profile says. ``trust``: the best evidence for who it is (``types.Evidence``), 0 for none; staff have
    the most."""

    source: str
    traits: dict[str, Any]
    trust: int = 0


def traits(profiles: Sequence[Word], rules: Mapping[str, TraitRule] | None = None) -> dict[str, Value]:
    """The value of each trait by its rule. ``profiles``: what each says, oldest profile first; ``rules``: by the name
    of a trait, where it is not the most recent word that holds.

    A draw goes to the most recent word, then to the older profile, so that the answer does not depend on the order of
    the rows. A source that says nothing hides nothing; somebody of the staff who empties a trait does, and what staff
    wrote holds by every rule until a source says something newer.
    """
    if len(profiles) == 1:  # as most have: nothing is to be chosen
        return {name: value for name, value in _said(profiles[0]) if value.value not in EMPTY}
    said: dict[str, list[tuple[Value, int]]] = {}
    for word_ in profiles:
        for name, value in _said(word_):
            if value.value not in EMPTY or value.by:
                said.setdefault(name, []).append((value, word_.trust))
    chosen = {name: _chosen(values, (rules or {}).get(name, TraitRule.RECENT)) for name, values in said.items()}
    return {name: value for name, value in chosen.items() if value.value not in EMPTY}


def _said(word_: Word) -> Iterator[tuple[str, Value]]:
    for name, told in word_.traits.items():
        yield name, Value(told["value"], word_.source, told["at"], told.get("by", ""))


def _chosen(said: list[tuple[Value, int]], rule: TraitRule) -> Value:
    if len(said) == 1:
        return said[0][0]
    written = max((value.at for value, _ in said if value.by), default=None)
    newer = [each for each in said if written is None or each[0].at > written]
    fresh = newer or [each for each in said if each[0].at == written]
    if rule is TraitRule.TRUSTED:
        most = max(trust for _, trust in fresh)
        fresh = [each for each in fresh if each[1] == most]
    elif rule is TraitRule.FREQUENT:
        votes = Counter(repr(value.value) for value, _ in fresh)
        most = max(votes.values())
        fresh = [each for each in fresh if votes[repr(each[0].value)] == most]
    return max((value for value, _ in fresh), key=lambda value: value.at)  # the first of several


def shown(told: Mapping[str, Any]) -> dict[str, Any]:
    """Of the traits of a profile those that a customer's name and language are made of."""
    return {name: told[name] for name in SHOWN if name in told}


def display_name(known: dict[str, Value]) -> str:
    """The name to show: the whole name, else first and last name."""
    if "name" in known:
        return str(known["name"].value)
    parts = (str(known[part].value) for part in ("first_name", "last_name") if part in known)
    return " ".join(parts)


def comparable(told: object) -> tuple[str | None, float | None]:
    """A value as statements compare it: its text, or its number; lists and objects are neither."""
    if isinstance(told, bool):
        return ("true" if told else "false"), None
    if isinstance(told, int | float):
        return None, float(told)
    return (told[:LONGEST], None) if isinstance(told, str) else (None, None)
