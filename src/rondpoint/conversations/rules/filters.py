"""What a list of conversations may be narrowed by: a closed list, read from a query string or from JSON."""

import re
from collections.abc import Mapping
from typing import Any

from msgspec import Struct, structs

STATES = ("open", "waiting", "snoozed", "closed")
PRIORITIES = {"low": -1, "normal": 0, "high": 1, "urgent": 2}
SORTS = ("newest", "oldest", "waiting", "priority")
LONGEST_WAIT = 100_000  # minutes
LONGEST_TEXT = 80
MANY = ("state", "channel", "priority")  # several values, with commas between them or as a list
_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,49}")
_NUMBER = re.compile(r"[1-9][0-9]{0,17}")


class BadFilter(ValueError):
    """``problems``: [(the filter, what is wrong with it)]."""

    def __init__(self, problems: list[tuple[str, str]]):
        super().__init__("; ".join(f"{name}: {reason}" for name, reason in problems))
        self.problems = problems


class Filters(Struct, frozen=True, omit_defaults=True):
    """A field that is empty narrows nothing. People and teams are numbers, or words for the one who asks."""

    state: tuple[str, ...] = ()
    assignee: str = ""  # me | none | a number
    team: str = ""  # mine | none | a number
    channel: tuple[str, ...] = ()  # of her last message
    brand: str = ""  # its slug
    priority: tuple[str, ...] = ()
    unread: str = ""  # yes | no
    mentioned: str = ""  # yes: somebody named me and I have not looked
    waiting_over_minutes: int = 0
    language: str = ""  # hers
    text: str = ""  # in the subject, her name or the last words

    def __bool__(self) -> bool:
        return bool(self.said())

    def said(self) -> dict[str, str]:
        """The filters that narrow, as text: for a query string, a form and the database."""
        found = {name: getattr(self, name) for name in self.__struct_fields__}
        return {
            name: ",".join(value) if isinstance(value, tuple) else str(value) for name, value in found.items() if value
        }

    def narrowed(self, other: "Filters") -> "Filters":
        """Both together; what ``other`` says wins."""
        return structs.replace(self, **{name: getattr(other, name) for name in other.said()})


NAMES = Filters.__struct_fields__


def parse(given: Mapping[str, Any]) -> Filters:
    """The filters in a mapping of texts, numbers, booleans and lists. Raises BadFilter with every mistake."""
    found, problems = {}, []
    for name, value in given.items():
        if name not in NAMES:
            problems.append((name, f"there is no such filter; there are {', '.join(NAMES)}"))
            continue
        text = _text(value)
        if text is None:
            problems.append((name, "expected a text, a number, true or false, or a list of texts"))
        elif text:
            read, wrong = _read(name, text)
            if wrong:
                problems.append((name, wrong))
            else:
                found[name] = read
    if problems:
        raise BadFilter(problems)
    return Filters(**found)


def sort_of(text: str) -> str:
    """A known order; the newest message first for anything else."""
    return text if text in SORTS else SORTS[0]


def _text(value: Any) -> str | None:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return ""
    if isinstance(value, int | str):
        return str(value).strip()
    if isinstance(value, list | tuple) and all(isinstance(one, str) for one in value):
        return ",".join(value)
    return None


def _read(name: str, text: str) -> tuple[Any, str]:
    """The value of a filter, and what is wrong with it."""
    if "\x00" in text:
        return None, "contains NUL"
    if name in MANY:
        return _several(name, tuple(dict.fromkeys(one.strip() for one in text.split(",") if one.strip())))
    if name == "waiting_over_minutes":
        good = text.isascii() and text.isdigit() and len(text) < 9 and 0 < int(text) <= LONGEST_WAIT
        return (int(text), "") if good else (None, f"expected minutes from 1 to {LONGEST_WAIT}")
    if name == "text":
        return text[:LONGEST_TEXT], ""
    if name in _WORDS:
        words, number = _WORDS[name]
        good = text in words or (number and _NUMBER.fullmatch(text))
        return text, "" if good else f"expected {', '.join(words)}" + (" or a number" if number else "")
    return text, "" if _SLUG.fullmatch(text) else "expected small letters and digits"


def _several(name: str, values: tuple[str, ...]) -> tuple[tuple[str, ...], str]:
    known = {"state": STATES, "priority": tuple(PRIORITIES)}.get(name)
    if known is None:
        return values, "" if all(map(_SLUG.fullmatch, values)) else "expected small letters and digits"
    return values, "" if set(values) <= set(known) else f"expected some of {', '.join(known)}"


_WORDS = {
    "assignee": (("me", "none"), True),
    "team": (("mine", "none"), True),
    "unread": (("yes", "no"), False),
    "mentioned": (("yes",), False),
}
