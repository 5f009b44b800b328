"""A definition as it is written in JSON becomes a tree of conditions, or an error that names the place. Pure."""

import datetime
import math
import re
from collections.abc import Callable
from typing import Any

from rondpoint.segments.types import (
    ANY,
    All,
    AnyOf,
    BadDefinition,
    Company,
    Condition,
    Consent,
    Event,
    InSegment,
    Not,
    Op,
    Reachable,
    Sequence,
    Share,
    Step,
    Test,
    Trait,
    Where,
)

VERSION = 1
DEEPEST, MOST_CONDITIONS, MOST_VALUES, LONGEST = 8, 100, 500, 200
LONGEST_WINDOW = 36_500  # days
ORDERED = {Op.GT, Op.GTE, Op.LT, Op.LTE}
TEXTUAL = {Op.CONTAINS, Op.STARTS_WITH}
DATED = {Op.BEFORE, Op.AFTER}
DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")


def read(definition: Any) -> Condition:
    """The condition that a definition ``{"version": 1, …one condition…}`` means. Raises BadDefinition."""
    if not isinstance(definition, dict):
        raise BadDefinition("", 'a definition is an object such as {"version": 1, "all": […]}')
    version = definition.get("version")
    if version != VERSION or isinstance(version, bool):
        raise BadDefinition("version", f"expected {VERSION}")
    return _Reader().condition({name: value for name, value in definition.items() if name != "version"}, "", 1)


class _Reader:
    def __init__(self) -> None:
        self.conditions = 0

    def condition(self, told: Any, place: str, depth: int) -> Condition:
        self.conditions += 1
        if self.conditions > MOST_CONDITIONS:
            raise BadDefinition(place, f"a segment has at most {MOST_CONDITIONS} conditions")
        if depth > DEEPEST:
            raise BadDefinition(place, f"conditions are nested at most {DEEPEST} deep")
        if not isinstance(told, dict):
            raise BadDefinition(place, "a condition is an object")
        kinds = [kind for kind in _KINDS if kind in told]
        if len(kinds) != 1:
            raise BadDefinition(place, f"a condition has exactly one of {', '.join(_KINDS)}")
        kind = kinds[0]
        if kind in ("all", "any", "not"):
            _only(told, {kind}, place)
        if kind == "not":
            return Not(self.condition(told[kind], _join(place, kind), depth + 1))
        if kind in ("all", "any"):
            parts = _list(told[kind], _join(place, kind), "conditions")
            read_ = tuple(
                self.condition(part, f"{_join(place, kind)}[{number}]", depth + 1) for number, part in enumerate(parts)
            )
            return All(read_) if kind == "all" else AnyOf(read_)
        return _KINDS[kind](told, place)


def _trait(told: dict[str, Any], place: str) -> Condition:
    _only(told, {"trait", *Op}, place)
    return Trait(_text(told["trait"], _join(place, "trait")), _tests(told, place))


def _event(told: dict[str, Any], place: str) -> Condition:
    names = {"event", "where", "within_days", "older_than_days", "count", "sum", "first", "last"}
    _only(told, names, place)
    within, older = _days(told, "within_days", place), _days(told, "older_than_days", place)
    if within is not None and older is not None and older >= within:
        raise BadDefinition(_join(place, "older_than_days"), "nothing is older than that within these days")
    count: tuple[Test, ...] = ()
    if "count" in told:
        at = _join(place, "count")
        count = _tests(_object(told["count"], at), at, {Op.IS, *ORDERED})
        _only(told["count"], set(Op), at)
        if any(isinstance(test.value, bool | str) for test in count):
            raise BadDefinition(at, "expected a number")
    total = _where(told["sum"], _join(place, "sum"), ORDERED | {Op.IS}) if "sum" in told else None
    if total and not all(isinstance(test.value, float) for test in total.tests):
        raise BadDefinition(_join(place, "sum"), "expected a number")
    if total and ANY in total.path:
        raise BadDefinition(_join(place, "sum.property"), "one number of each fact is added, not those of a list")
    return Event(
        name=_type(told["event"], _join(place, "event")),
        where=_wheres(told, place),
        within_days=within,
        older_than_days=older,
        count=count,
        sum=total,
        first=_where(told["first"], _join(place, "first")) if "first" in told else None,
        last=_where(told["last"], _join(place, "last")) if "last" in told else None,
    )


def _sequence(told: dict[str, Any], place: str) -> Condition:
    _only(told, {"sequence", "within_days"}, place)
    at = _join(place, "sequence")
    steps = _list(told["sequence"], at, "steps")
    if not 2 <= len(steps) <= 10:
        raise BadDefinition(at, "a sequence has two to ten steps")
    read_ = []
    for number, step in enumerate(steps):
        here = f"{at}[{number}]"
        _only(_object(step, here), {"event", "where", "within_hours"}, here)
        hours = _span(step, "within_hours", here, LONGEST_WINDOW * 24)
        if number == 0 and hours is not None:
            raise BadDefinition(_join(here, "within_hours"), "the first step comes after no other")
        read_.append(Step(_type(step.get("event"), _join(here, "event")), _wheres(step, here), hours))
    return Sequence(tuple(read_), _days(told, "within_days", place))


def _in_segment(told: dict[str, Any], place: str) -> Condition:
    _only(told, {"segment"}, place)
    return InSegment(_text(told["segment"], _join(place, "segment")))


def _company(told: dict[str, Any], place: str) -> Condition:
    _only(told, {"company"}, place)
    at = _join(place, "company")
    if told["company"] is True:
        return Company()
    said = told["company"]
    if not isinstance(said, dict):
        raise BadDefinition(at, 'expected true, {"id": …} or {"trait": …} with a comparison')
    if "id" in said:
        _only(said, {"id"}, at)
        return Company(id=_text(said["id"], _join(at, "id")))
    _only(said, {"id", "trait", *Op}, at)
    return Company(trait=_text(said.get("trait"), _join(at, "trait")), tests=_tests(said, at))


def _consent(told: dict[str, Any], place: str) -> Condition:
    _only(told, {"consent"}, place)
    at = _join(place, "consent")
    said = _object(told["consent"], at)
    _only(said, {"purpose", "channel"}, at)
    channel = _text(said["channel"], _join(at, "channel")) if "channel" in said else ""
    return Consent(_text(said.get("purpose"), _join(at, "purpose")), channel)


def _reachable(told: dict[str, Any], place: str) -> Condition:
    _only(told, {"reachable"}, place)
    return Reachable(_text(told["reachable"], _join(place, "reachable")))


def _share(told: dict[str, Any], place: str) -> Condition:
    _only(told, {"share"}, place)
    at = _join(place, "share")
    said = _object(told["share"], at)
    _only(said, {"percent", "seed"}, at)
    percent = _number(said.get("percent"), _join(at, "percent"))
    if not 0 <= percent <= 100:
        raise BadDefinition(_join(at, "percent"), "expected 0 to 100")
    seed = said.get("seed", "")
    return Share(percent, _text(seed, _join(at, "seed")) if seed != "" else "")


_KINDS: dict[str, Callable[[dict[str, Any], str], Condition]] = {
    "all": lambda told, place: All(()),  # these three are read by the reader itself
    "any": lambda told, place: AnyOf(()),
    "not": lambda told, place: Not(All(())),
    "trait": _trait,
    "event": _event,
    "sequence": _sequence,
    "segment": _in_segment,
    "company": _company,
    "consent": _consent,
    "reachable": _reachable,
    "share": _share,
}


def _wheres(told: dict[str, Any], place: str) -> tuple[Where, ...]:
    if "where" not in told:
        return ()
    at = _join(place, "where")
    return tuple(_where(each, f"{at}[{number}]") for number, each in enumerate(_list(told["where"], at, "comparisons")))


def _where(told: Any, place: str, allowed: set[Op] | None = None) -> Where:
    _only(_object(told, place), {"property", *Op}, place)
    named = _text(told.get("property"), _join(place, "property"))
    path = tuple(part for name in named.split(".") for part in _parts(name))
    strange = any(letter in '"\\' or not letter.isprintable() for letter in named)
    if not all(path) or strange or any(part.removeprefix("-").isdigit() for part in path):
        raise BadDefinition(_join(place, "property"), "expected names with dots between them, as in context.page")
    if path.count(ANY) > 1:
        raise BadDefinition(_join(place, "property"), "a path leads through one list at most, as in products[].sku")
    return Where(path, _tests(told, place, allowed))


def _parts(name: str) -> tuple[str, ...]:
    return (name.removesuffix(ANY), ANY) if name.endswith(ANY) else (name,)


def _tests(told: dict[str, Any], place: str, allowed: set[Op] | None = None) -> tuple[Test, ...]:
    ops = [op for op in Op if op in told]
    if not ops:
        raise BadDefinition(place, f"a comparison is missing: one of {', '.join(allowed or Op)}")
    if Op.EXISTS in ops and len(ops) > 1:
        raise BadDefinition(_join(place, Op.EXISTS), "stands alone: a comparison says already that there is a value")
    for op in ops:
        if allowed is not None and op not in allowed:
            raise BadDefinition(_join(place, op), f"expected one of {', '.join(sorted(allowed))}")
    return tuple(Test(op, _value(op, told[op], _join(place, op))) for op in ops)


def _value(op: Op, value: Any, place: str) -> Any:
    if op is Op.EXISTS:
        if not isinstance(value, bool):
            raise BadDefinition(place, "expected true or false")
        return value
    if op is Op.IN:
        values = _list(value, place, "values")
        if len(values) > MOST_VALUES:
            raise BadDefinition(place, f"at most {MOST_VALUES} values")
        return tuple(_scalar(each, f"{place}[{number}]") for number, each in enumerate(values))
    if op in ORDERED:
        return _number(value, place)
    if op in TEXTUAL:
        return _text(value, place)
    if op in DATED:
        return _day(value, place)
    return _scalar(value, place)


def _scalar(value: Any, place: str) -> str | float | bool:
    if isinstance(value, bool):
        return value
    return _text(value, place) if isinstance(value, str) else _number(value, place)


def _day(value: Any, place: str) -> str:
    try:
        if isinstance(value, str) and DAY.fullmatch(value) and datetime.date.fromisoformat(value):
            return value
    except ValueError:
        pass  # as the 31st of June
    raise BadDefinition(place, "expected a day as in 2026-01-31")


def _number(value: Any, place: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadDefinition(place, "expected a number")
    if abs(value) > 1e15 or not math.isfinite(value):
        raise BadDefinition(place, "expected a number between -10^15 and 10^15")
    return float(value)


def _days(told: dict[str, Any], name: str, place: str) -> float | None:
    return _span(told, name, place, LONGEST_WINDOW)


def _span(told: dict[str, Any], name: str, place: str, longest: float) -> float | None:
    if name not in told:
        return None
    span = _number(told[name], _join(place, name))
    if not 0 < span <= longest:
        raise BadDefinition(_join(place, name), f"expected more than 0 and at most {longest}")
    return span


def _text(value: Any, place: str) -> str:
    if not isinstance(value, str) or not value:
        raise BadDefinition(place, "expected a text")
    if len(value) > LONGEST:
        raise BadDefinition(place, f"at most {LONGEST} letters")
    if "\0" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
        raise BadDefinition(place, "expected a text without NUL and halves of letters")
    return value


def _type(value: Any, place: str) -> str:
    name = _text(value, place)
    if name.startswith("segment."):
        raise BadDefinition(place, 'coming and leaving is asked with {"segment": …}: it would look at itself')
    return name


def _object(value: Any, place: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadDefinition(place, "expected an object")
    return value


def _list(value: Any, place: str, what: str) -> list[Any]:
    if not isinstance(value, list) or not value:
        raise BadDefinition(place, f"expected a list of {what} that is not empty")
    return value


def _only(told: dict[str, Any], known: set[Any], place: str) -> None:
    strange = sorted(set(map(str, told)) - {str(name) for name in known})
    if strange:
        raise BadDefinition(_join(place, strange[0]), f"is not known here; expected {', '.join(sorted(known))}")


def _join(place: str, name: str) -> str:
    return f"{place}.{name}" if place else str(name)
