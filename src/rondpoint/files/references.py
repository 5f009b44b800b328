"""Who refers to contents: each room that does says which, and the collector and the backup ask them all."""

from collections.abc import Callable, Iterable

from django.db import models

# The names of contents from ``low`` up to, but not including, ``high`` that rows refer to; repeats are harmless.
Holder = Callable[[str, str], Iterable[str]]

_holders: dict[str, Holder] = {}
_pauses: dict[str, Callable[[], bool]] = {}


def register(name: str, holder: Holder) -> None:
    """Adds those who refer to contents, or replaces the ones of that name."""
    _holders[name] = holder


def pause(name: str, is_open: Callable[[], bool]) -> None:
    """Adds a reason to remove nothing for as long as ``is_open()``: somebody reads rows older than those of now."""
    _pauses[name] = is_open


def paused() -> bool:
    """Must nothing be removed now?"""
    return any(is_open() for is_open in _pauses.values())


def column(model: type[models.Model], field: str) -> Holder:
    """The holder for a column that names contents."""

    def held(low: str, high: str) -> Iterable[str]:
        rows = model._base_manager.filter(**{f"{field}__gte": low, f"{field}__lt": high}).order_by()
        return rows.values_list(field, flat=True).iterator(chunk_size=5000)

    return held


def names() -> list[str]:
    """Who was registered."""
    return sorted(_holders)


def held(low: str, high: str) -> set[str]:
    """All contents from ``low`` up to, but not including, ``high`` that rows refer to.

    Raises LookupError when nobody was registered: then nothing can be said, least of all that nobody needs one.
    """
    if not _holders:
        raise LookupError("nobody said who refers to contents")
    return {sha256 for holder in _holders.values() for sha256 in holder(low, high)}
