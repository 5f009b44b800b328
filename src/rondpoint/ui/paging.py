"""Cursor pages: an opaque text that says behind which row the next page begins."""

import base64
import json
from collections.abc import Callable
from typing import Any, TypeVar

from ninja import Schema

from rondpoint.ui.problems import Problem

PAGE, LARGEST_PAGE = 50, 200
_LARGEST = 2**63 - 1


class Input(Schema, extra="forbid"):
    """A request body: a field nobody knows is a mistake worth telling."""


class Switch(Input):
    """Whether something is at work."""

    active: bool


def cursor(*position: int) -> str:
    """The text for a position."""
    return base64.urlsafe_b64encode(json.dumps(position, separators=(",", ":")).encode()).rstrip(b"=").decode()


def position(text: str | None, size: int) -> tuple[int, ...] | None:
    """The position in a cursor's text; None without one. Raises Problem 400 for a text that we did not make."""
    if not text:
        return None
    try:
        found = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except (ValueError, RecursionError):
        found = None
    fits = isinstance(found, list) and len(found) == size
    if not fits or not all(type(number) is int and abs(number) <= _LARGEST for number in found):
        raise Problem(400, "cursor: not one that this address gave", [("cursor", "not one that this address gave")])
    return tuple(found)


def pair(text: str | None) -> tuple[int, int] | None:
    """A position of two numbers, as (time, id)."""
    found = position(text, 2)
    return (found[0], found[1]) if found else None


Row = TypeVar("Row")


def page(
    rows: list[Row],
    limit: int,
    show: Callable[[list[Row]], list[dict[str, Any]]],
    place: Callable[[Row], tuple[int, ...]],
) -> dict[str, Any]:
    """``{items, next}`` out of up to ``limit + 1`` rows; ``place(row)`` is the position behind a row."""
    shown = rows[:limit]
    more = len(rows) > limit
    return {"items": show(shown), "next": cursor(*place(shown[-1])) if more else None}
