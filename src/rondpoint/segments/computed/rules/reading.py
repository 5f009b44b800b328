"""A definition as it is written in JSON becomes a formula, or an error that names the place. Pure."""

import re
from typing import Any
from zoneinfo import ZoneInfo

from rondpoint.segments.computed.types import NUMBERS, SIGNS, VALUES, Formula, Kind
from rondpoint.segments.rules import reading
from rondpoint.segments.types import ANY, BadDefinition, Event

VERSION = 1
FACTS = ("event", "where", "within_days", "older_than_days")
EXTRA: dict[Kind, frozenset[str]] = {
    Kind.ENGAGEMENT: frozenset({"half_life_days"}),
    Kind.BEST_CHANNEL: frozenset({"half_life_days"}),
    Kind.BEST_HOUR: frozenset({"minimum", "within_days", "timezone"}),
}
LONGEST_HALF_LIFE, MOST_FACTS = 3650, 1000
LONGEST_NAME = 60
_NAME = re.compile(r"[a-z][a-z0-9_]*")


def read(definition: Any) -> Formula:
    """The formula that a definition ``{"version": 1, "kind": …, …}`` means. Raises BadDefinition."""
    if not isinstance(definition, dict):
        raise BadDefinition("", 'a definition is an object such as {"version": 1, "kind": "count", "event": "…"}')
    version = definition.get("version")
    if version != VERSION or isinstance(version, bool):
        raise BadDefinition("version", f"expected {VERSION}")
    told = definition.get("kind")
    if not isinstance(told, str) or told not in set(Kind):
        raise BadDefinition("kind", f"expected one of {', '.join(Kind)}")
    kind = Kind(told)
    known = members(kind)
    for name in sorted(map(str, definition)):
        if name not in ("version", "kind", *known):
            raise BadDefinition(name, f"is not known here; expected {', '.join(sorted(known))}")
    return Formula(
        kind,
        event=None if kind in SIGNS else _event(definition),
        path=_path(definition) if "property" in known else (),
        half_life=_number(definition, "half_life_days", 30, LONGEST_HALF_LIFE),
        minimum=int(_number(definition, "minimum", 5, MOST_FACTS, whole=True)),
        within_days=_window(definition) if kind in SIGNS else None,
        timezone=_zone(definition),
    )


def members(kind: Kind) -> frozenset[str]:
    """What a definition of this kind may say besides its version and kind."""
    if kind in SIGNS:
        return EXTRA[kind]
    return frozenset({*FACTS, "property"}) if kind in NUMBERS | VALUES else frozenset(FACTS)


def name(told: Any) -> str:
    """The name of a trait. Raises BadDefinition."""
    if not isinstance(told, str) or not _NAME.fullmatch(told):
        raise BadDefinition("name", "expected small letters, digits and _, beginning with a letter, as in orders_90d")
    if len(told) > LONGEST_NAME:
        raise BadDefinition("name", f"at most {LONGEST_NAME} letters")
    return told


def _event(definition: dict[str, Any]) -> Event:
    said = {name: definition[name] for name in FACTS if name in definition}
    if "event" not in said:
        raise BadDefinition("event", "which facts? The name of an event is missing")
    condition = reading.read({"version": reading.VERSION, **said})
    assert isinstance(condition, Event)
    return condition


def _path(definition: dict[str, Any]) -> tuple[str, ...]:
    where = {"property": definition.get("property"), "exists": True}
    try:
        condition = reading.read({"version": reading.VERSION, "event": "any", "last": where})
    except BadDefinition as bad:
        raise BadDefinition("property", bad.reason) from bad
    assert isinstance(condition, Event) and condition.last is not None
    if ANY in condition.last.path:
        raise BadDefinition("property", "one value of each fact is taken, not those of a list")
    return condition.last.path


def _window(definition: dict[str, Any]) -> float | None:
    said = {"within_days": definition["within_days"]} if "within_days" in definition else {}
    condition = reading.read({"version": reading.VERSION, "event": "any", **said})
    assert isinstance(condition, Event)
    return condition.within_days


def _number(definition: dict[str, Any], name: str, otherwise: float, most: int, whole: bool = False) -> float:
    told = definition.get(name, otherwise)
    if isinstance(told, bool) or not isinstance(told, int | float) or (whole and told != int(told)):
        raise BadDefinition(name, "expected a whole number" if whole else "expected a number")
    if not 1 <= told <= most:
        raise BadDefinition(name, f"expected 1 to {most}")
    return float(told)


def _zone(definition: dict[str, Any]) -> str:
    told = definition.get("timezone", "")
    if told == "":
        return ""
    try:
        if not isinstance(told, str):
            raise ValueError
        ZoneInfo(told)
    except (ValueError, OSError) as error:  # names of no zone, of folders, with dots
        raise BadDefinition("timezone", "there is no such time zone; one is called Europe/Paris") from error
    return told
