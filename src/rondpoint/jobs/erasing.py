"""What is forgotten when a person is: each room says what it holds of somebody, and how that goes.

An eraser works twice. ``at_once`` runs in the one transaction after which she can neither be seen nor written to;
``later`` in portions, each in a transaction of its own with the place behind it, so that a worker that dies goes on
where it was. All are gone through again until a whole round finds nothing: what was under way comes late.
"""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from django.db import models
from django.db.models import Max, Q
from msgspec import Struct, field

Counts = Counter[str]
AT_ONCE = 500  # rows removed in one transaction
SCANNED = 50_000  # rows that one statement looks through
READ = 1000  # rows that are read at once to look into them
SHORTEST = 6  # letters of what is looked for in the middle of other texts


class Subject(Struct):
    """Who is to be forgotten. ``at``: microseconds UTC.

    ``addresses``: (kind, value, scope) that she alone holds; ``keys``: (source, key) of her profiles. The rest is found
    on the way: numbers and names of what stood beside rows that are gone by then.
    """

    at: int
    profiles: list[int]
    customers: list[int]
    keys: list[tuple[str, str]]
    addresses: list[tuple[str, str, str]]
    names: list[str]
    public_ids: list[str] = field(default_factory=list)
    deliveries: list[int] = field(default_factory=list)
    dispatches: list[int] = field(default_factory=list)
    contents: list[str] = field(default_factory=list)
    traits: list[str] = field(default_factory=list)  # what the traits are called that were said of her
    told: list[str] = field(default_factory=list)  # names under which what she sent was taken once

    def values(self) -> list[str]:
        """Her addresses without their kinds."""
        return [value for _, value, _ in self.addresses]


class Portion(Struct, frozen=True):
    """What to remove now, inside ``write()``, and from which place to go on; None: that was all of this round."""

    then: int | None
    remove: Callable[[], Counts] | None = None


class Eraser(Struct, frozen=True):
    """How one room forgets. ``tables``: labels of the models that it answers for. ``outside``: what lies in no table,
    taken away outside any transaction; it raises :class:`NotYet` where that has to wait. ``wipe``: overwrites what
    indexes keep of deleted rows, inside ``write()``. ``under_way``: whether something of hers has not ended yet."""

    name: str
    tables: frozenset[str] = frozenset()
    at_once: Callable[[Subject], Counts] | None = None
    later: tuple[Callable[[Subject, int], Portion], ...] = ()
    outside: Callable[[Subject], Counts] | None = None
    wipe: Callable[[], None] | None = None
    under_way: Callable[[Subject], bool] | None = None


class NotYet(Exception):
    """It has to wait; the message says for what."""


_erasers: dict[str, Eraser] = {}


def register(eraser: Eraser) -> None:
    """Adds an eraser, or replaces the one of that name. They work in the order in which they were added."""
    _erasers[eraser.name] = eraser


def every() -> list[Eraser]:
    """All erasers."""
    return list(_erasers.values())


def rows(model: type[models.Model], what: str, which: Callable[[Subject], Q], size: int = AT_ONCE) -> Any:
    """A later part that deletes rows found by an index. ``what``: as they are counted."""

    def portion(subject: Subject, _place: int) -> Portion:
        found = list(model._base_manager.filter(which(subject)).order_by("pk").values_list("pk", flat=True)[:size])
        if not found:
            return Portion(None)
        return Portion(0 if len(found) == size else None, lambda: delete(model, what, found))

    return portion


def scanned(
    model: type[models.Model], which: Callable[[Subject], Q], remove: Callable[[Subject, list[int]], Counts]
) -> Any:
    """A later part for a table without a fitting index: it is gone through by its numbers."""

    def portion(subject: Subject, place: int) -> Portion:
        last = model._base_manager.aggregate(last=Max("pk"))["last"] or 0
        if place >= last:
            return Portion(None)
        stretch = model._base_manager.filter(pk__gt=place, pk__lte=place + SCANNED)
        found = list(stretch.filter(which(subject)).order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
        then = found[-1] if len(found) == AT_ONCE else place + SCANNED
        return Portion(then, (lambda: remove(subject, found)) if found else None)

    return portion


def looked_through(
    model: type[models.Model], look: Callable[[Subject, Any], bool], remove: Callable[[Subject, list[Any]], Counts],
    size: int = READ,
) -> Any:  # fmt: skip
    """A later part that reads every row of a table and looks into it."""

    def portion(subject: Subject, place: int) -> Portion:
        found = list(model._base_manager.filter(pk__gt=place).order_by("pk")[:size])
        if not found:
            return Portion(None)
        hers = [row for row in found if look(subject, row)]
        then = found[-1].pk if len(found) == size else None
        return Portion(then, (lambda: remove(subject, hers)) if hers else None)

    return portion


def delete(model: type[models.Model], what: str, keys: Collection[Any]) -> Counts:
    """Deletes rows by their keys, with all that hangs on them, inside ``write()``."""
    gone = 0
    ordered = sorted(keys)
    for start in range(0, len(ordered), AT_ONCE):
        part = ordered[start : start + AT_ONCE]
        model._base_manager.filter(pk__in=part).delete()
        gone += len(part)
    return Counter({what: gone}) if gone else Counter()


def traces(subject: Subject) -> tuple[bytes, ...]:
    """What in a text is surely she: her addresses in each way they are written inside URLs, forms and JSON, her
    numbers without their sign, account numbers as whole strings of JSON. In small letters. Numbers that are too short
    to be hers alone are left out: rooms that know where such a number stands look there."""
    return _traces(tuple(subject.addresses))


@lru_cache(maxsize=64)
def _traces(addresses: tuple[tuple[str, str, str], ...]) -> tuple[bytes, ...]:
    found: set[str] = set()
    for kind, value, _scope in addresses:
        value = value.lower()
        if len(value) < SHORTEST:
            continue
        if kind == "phone":
            found.add(value.lstrip("+"))
        elif "@" in value:
            coded = {quote(value, safe="").lower(), quote(value, safe="+").lower()}
            found |= {value, value.replace("@", "\\u0040")} | coded
        else:
            found.add(f'"{value}"')
            if len(value) >= 2 * SHORTEST:
                found |= {value, quote(value, safe="").lower()}
    return tuple(sorted(each.encode("utf-8", "replace") for each in found))


def holds(text: str | bytes, sought: Sequence[bytes]) -> bool:
    """Whether one of these stands in a text."""
    raw = (text.encode("utf-8", "replace") if isinstance(text, str) else text).lower()
    return any(each in raw for each in sought)


def cleared(value: Any, sought: Sequence[bytes], word: str = "erased") -> Any:
    """A JSON value in which each string that holds one of these is only a word."""
    if isinstance(value, str):
        return word if holds(value, sought) or holds(f'"{value}"', sought) else value
    if isinstance(value, list):
        return [cleared(part, sought, word) for part in value]
    if isinstance(value, dict):
        return {name: cleared(part, sought, word) for name, part in value.items()}
    return value
