"""A definition as the fields of a form, and back. What fields cannot show stays text."""

import json
from typing import Any

from django.http import QueryDict
from msgspec import Struct, structs

from rondpoint.segments.computed.rules.reading import members
from rondpoint.segments.computed.types import Kind
from rondpoint.segments.types import BadDefinition, Op

OPERATORS = (Op.IS, Op.IS_NOT, Op.CONTAINS, Op.STARTS_WITH, Op.GTE, Op.LTE, Op.GT, Op.LT, Op.EXISTS)
LETTERS = (Op.CONTAINS, Op.STARTS_WITH)


class Where(Struct, frozen=True):
    """One comparison of a property, as typed."""

    property: str = ""
    op: str = Op.IS
    value: str = ""


class Typed(Struct, frozen=True):
    """What stands in the fields. ``definition``: the whole as text, where fields cannot show it."""

    name: str = ""
    label: str = ""
    kind: str = Kind.COUNT
    event: str = ""
    property: str = ""
    within_days: str = ""
    older_than_days: str = ""
    half_life_days: str = ""
    minimum: str = ""
    timezone: str = ""
    wheres: tuple[Where, ...] = ()
    definition: str = ""


SIMPLE = ("event", "property", "timezone")
NUMBERS = ("within_days", "older_than_days", "half_life_days", "minimum")


def typed(posted: QueryDict) -> Typed:
    """What somebody typed."""
    rows = zip(*(posted.getlist(f"where_{name}") for name in ("property", "op", "value")), strict=False)
    wheres = tuple(Where(*(part.strip() for part in row)) for row in rows)
    told = {name: posted.get(name, "").strip() for name in Typed.__struct_fields__ if name != "wheres"}
    return Typed(**told, wheres=tuple(where for where in wheres if where.property or where.value))


def definition(form: Typed) -> Any:
    """The definition that was typed. Raises BadDefinition for text that is no JSON."""
    if form.definition:
        try:
            return json.loads(form.definition)
        except (ValueError, RecursionError) as error:
            raise BadDefinition("definition", "this is not JSON") from error
    said: dict[str, Any] = {"version": 1, "kind": form.kind}
    known = members(Kind(form.kind)) if form.kind in set(Kind) else frozenset()
    for name in SIMPLE:
        if name in known and (text := getattr(form, name)):
            said[name] = text
    for name in NUMBERS:
        if name in known and (text := getattr(form, name)):
            number = _number(text)
            said[name] = text if number is None else number
    if "where" in known and form.wheres:
        said["where"] = [_told(where) for where in form.wheres]
    return said


def shown(name: str, label: str, told: dict[str, Any]) -> Typed:
    """A definition in its fields."""
    wheres = [_shown(where) for where in told.get("where", [])]
    form = Typed(
        name=name,
        label=label,
        kind=told["kind"],
        **{each: str(told.get(each, "")) for each in SIMPLE},
        **{each: f"{told[each]:g}" if each in told else "" for each in NUMBERS},
        wheres=tuple(where for where in wheres if where is not None),
    )
    if definition(form) != told:
        return structs.replace(form, definition=json.dumps(told, ensure_ascii=False, indent=2))
    return form


def _told(where: Where) -> dict[str, Any]:
    if where.op == Op.EXISTS:
        return {"property": where.property, "exists": True}
    value: Any = where.value
    if where.op not in LETTERS:
        number = _number(where.value)
        value = {"true": True, "false": False}.get(value, value if number is None else number)
    return {"property": where.property, where.op: value}


def _shown(where: dict[str, Any]) -> Where | None:
    ops = [op for op in OPERATORS if op in where]
    if len(ops) != 1:
        return None
    value = where[ops[0]]
    text = json.dumps(value) if isinstance(value, bool) else f"{value:.15g}" if isinstance(value, float) else str(value)
    return Where(where["property"], ops[0], "" if ops[0] is Op.EXISTS else text)


def _number(text: str) -> float | int | None:
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        return None
    return int(number) if number.is_integer() else number
