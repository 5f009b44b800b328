"""Facts as they are shown outside: with public ids where ours are numbers. ``config`` says how, because every room
names its own numbers."""

from collections.abc import Callable
from typing import Any

from rondpoint.events.models import Event

Shower = Callable[[list[Event]], list[dict[str, Any]]]
_shower: list[Shower] = []


def show_with(shower: Shower) -> None:
    """``shower(facts)`` gives {id, type, channel, occurred_at, title, data} for each."""
    _shower[:] = [shower]


def facts(rows: list[Event]) -> list[dict[str, Any]]:
    """The facts as they are shown outside, in the same order."""
    return _shower[0](rows)
