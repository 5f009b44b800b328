"""What the properties of an event look like, when they look different than before, and what is right so. Pure."""

import re
from typing import Any

from msgspec import Struct, field, structs

MOST, DEEPEST = 120, 3  # properties of a type, levels of objects in one another
KNOWN_AFTER = 50  # events of a type before a property that comes new is worth a word
ALWAYS = 0.95  # of the events: a property that nearly all had
MISSED = 50  # events in a row without it
_TIME = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d.*)?")


class Property(Struct):
    """What is known of a property, and none of its values. ``kinds``: how often it was a text, a number…; ``seen``: in
    how many events; ``last``: the number, among the events of its type, of the last that had it; ``lately``: the same
    for each kind; ``before``: how many events there were before the first that had it."""

    kinds: dict[str, int] = {}
    seen: int = 0
    first_at: int = 0
    last_at: int = 0
    last: int = 0
    lately: dict[str, int] = {}
    before: int = 0


class Shape(Struct):
    """What is known of a type of events. ``count``: how many were looked at."""

    count: int = 0
    properties: dict[str, Property] = field(default_factory=dict)


class Drift(Struct, frozen=True):
    """A difference that somebody should look at. ``what``: new, kind, gone; silent of a type that stopped coming."""

    what: str
    name: str
    at: int
    detail: str = ""


def look(shape: Shape, properties: dict[str, Any], at: int) -> list[Drift]:
    """Notes the properties of one more event in ``shape``; what is different from all before. ``at``: microseconds."""
    shape.count += 1
    found = []
    for name, value in flat(properties):
        known = shape.properties.get(name)
        kind = kind_of(value)
        if known is None:
            if len(shape.properties) >= MOST:
                continue
            known = shape.properties[name] = Property(first_at=at, last_at=at, before=shape.count - 1)
            if shape.count > KNOWN_AFTER:
                found.append(Drift("new", name, at, kind))
        elif kind != "empty" and known.kinds and kind not in known.kinds and set(known.kinds) != {"empty"}:
            found.append(Drift("kind", name, at, f"{_usual(known)} → {kind}"))
        _note(known, kind, at, shape.count)
    return found


def gone(shape: Shape, at: int) -> list[Drift]:
    """Properties that nearly all events had, and the last ones had not."""
    return [
        Drift("gone", name, at)
        for name, known in shape.properties.items()
        if shape.count - known.last == MISSED and _always(known)
    ]


def accept(shape: Shape) -> Shape:
    """What is expected once somebody said that the present shape is right: without the properties that do not come any
    more, and of the others only the kinds that came lately. What comes back is told again."""
    held = {
        name: known
        for name, known in shape.properties.items()
        if shape.count - known.last < MISSED or not _always(known)
    }
    return Shape(shape.count, {name: structs.replace(known, kinds=_present(known)) for name, known in held.items()})


def kind_of(value: Any) -> str:
    """text, number, time, yes/no, list, object or empty."""
    if value is None or value == "":
        return "empty"
    if isinstance(value, bool):
        return "yes/no"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "time" if _TIME.fullmatch(value) else "text"
    return "list" if isinstance(value, list) else "object"


def flat(properties: dict[str, Any], depth: int = DEEPEST, before: str = "") -> list[tuple[str, Any]]:
    """Each property with its path; objects down to ``depth`` levels, lists as one."""
    found: list[tuple[str, Any]] = []
    for name, value in properties.items():
        path = f"{before}{name}"[:200]
        if isinstance(value, dict) and value and depth > 1:
            found += flat(value, depth - 1, f"{path}.")
        else:
            found.append((path, value))
    return found


def _always(known: Property) -> bool:
    """Whether nearly all events had it, from the first that did until the last."""
    among = known.last - known.before
    return among > KNOWN_AFTER and known.seen >= ALWAYS * among


def _present(known: Property) -> dict[str, int]:
    """Its kinds but those that none of the last events had."""
    lately = known.lately
    return {kind: times for kind, times in known.kinds.items() if known.last - lately.get(kind, known.last) < MISSED}


def _note(known: Property, kind: str, at: int, number: int) -> None:
    known.kinds[kind] = known.kinds.get(kind, 0) + 1
    known.lately[kind] = number
    known.seen += 1
    known.last_at, known.last = max(known.last_at, at), number


def _usual(known: Property) -> str:
    return max(known.kinds, key=lambda kind: known.kinds[kind])
