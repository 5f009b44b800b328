"""What facts are called: each on a timeline, and its type where types are chosen; and what a type means. Registered
when the house starts."""

from collections.abc import Callable
from typing import Any

from rondpoint.events.models import Event

LONGEST = 300  # letters: what a site tells may be of any length
_titles: dict[str, Callable[[dict[str, Any]], str]] = {}
_names: dict[str, Callable[[], str]] = {}
_meanings: dict[str, Callable[[], str]] = {}


def register(type_: str, title: Callable[[dict[str, Any]], str]) -> None:
    """``title(properties)`` gives the sentence in the active language."""
    _titles[type_] = title


def title(event: Event) -> str:
    """The sentence for one fact; its bare type when nobody has named it."""
    named = _titles.get(event.type)
    return (named(event.properties) if named else event.type)[:LONGEST]


def register_name(type_: str, name: Callable[[], str]) -> None:
    """``name()`` gives what facts of this type are called, in the active language."""
    _names[type_] = name


def named() -> list[str]:
    """The types of facts that have a name, whether any came or not."""
    return list(_names)


def name(type_: str) -> str:
    """What facts of a type are called; its bare type when nobody has named it, as with those of a company's own."""
    named = _names.get(type_)
    return named() if named else type_


def register_meaning(type_: str, meaning: Callable[[], str]) -> None:
    """``meaning()`` says in a sentence what facts of this type mean, in the active language."""
    _meanings[type_] = meaning


def meaning(type_: str) -> str:
    """What facts of a type mean; "" when nobody has said it."""
    said = _meanings.get(type_)
    return said() if said else ""
