"""What each type of fact is called on a timeline. Higher rooms register theirs when they start."""

from collections.abc import Callable
from typing import Any

from rondpoint.events.models import Event

LONGEST = 300  # letters: what a site tells may be of any length
_titles: dict[str, Callable[[dict[str, Any]], str]] = {}


def register(type_: str, title: Callable[[dict[str, Any]], str]) -> None:
    """``title(properties)`` gives the sentence in the active language."""
    _titles[type_] = title


def title(event: Event) -> str:
    """The sentence for one fact; its bare type when nobody has named it."""
    name = _titles.get(event.type)
    return (name(event.properties) if name else event.type)[:LONGEST]
