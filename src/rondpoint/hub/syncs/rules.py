"""What may be asked of somebody else's database, and how far a growing column was read. Pure."""

import json
import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

LONGEST = 20_000  # letters of a statement
OVERLAP = timedelta(minutes=5)  # read again of a time: a transaction may end later than its rows say
_TABLE = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*){0,2}")
_BEGINS = re.compile(r"(select|with)\b", re.IGNORECASE)
# Texts, names in quotes of each sort, and comments: what stands in them is not looked at.
_PIECES = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`[^`]*`|--[^\n]*|/\*.*?\*/", re.DOTALL)


class BadStatement(ValueError):
    """It is neither the name of a table nor one SELECT; the message says why."""


def statement(text: str) -> tuple[str, str]:
    """``("table", its name)`` or ``("select", the statement)`` without comments and without a ``;`` at its end.

    One SELECT alone: nothing may end it, close more parentheses than it opened, or hide either in ways of quoting that
    databases read differently. That it changes nothing is then held by the transaction, which is read-only. Raises
    BadStatement.
    """
    said = text.strip()
    if not said:
        raise BadStatement("expected the name of a table or one SELECT")
    if len(said) > LONGEST:
        raise BadStatement(f"a statement has at most {LONGEST} letters")
    if _TABLE.fullmatch(said):
        return "table", said
    if "\\" in said or "$" in said or "\0" in said:
        raise BadStatement("a statement is read without backslashes and dollar signs; make a view of it instead")
    bare = _PIECES.sub(lambda found: " " if found[0].startswith(("--", "/*")) else found[0], said).strip()
    bare = bare.removesuffix(";").rstrip()
    seen = _PIECES.sub("x", bare)
    if not _BEGINS.match(bare):
        raise BadStatement("expected the name of a table or one SELECT")
    if ";" in seen:
        raise BadStatement("only one statement is read; take away what stands behind the ;")
    if any(sign in seen for sign in ("'", '"', "`", "/*", "--")):
        raise BadStatement("a quotation mark or a comment does not end")
    depth = 0
    for sign in seen:
        depth += (sign == "(") - (sign == ")")
        if depth < 0:
            raise BadStatement("a parenthesis is closed that was never opened")
    if depth:
        raise BadStatement("a parenthesis is not closed")
    return "select", bare


def check_mysql(text: str) -> None:
    """What MySQL reads otherwise than other databases: a ``#`` begins a comment there, and a quotation mark behind it
    would begin nothing. Raises BadStatement."""
    if "#" in text:
        raise BadStatement("a statement for MySQL is read without #; make a view of it instead")


def cell(value: Any) -> str:
    """A value of a database as a cell of an import: times as ISO 8601, lists of texts apart by ``;``, JSON as JSON."""
    if value is None or isinstance(value, bytes | memoryview):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return ";".join(value)
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def kept(value: Any) -> dict[str, str] | None:
    """A value of a growing column as it is kept; None for what cannot grow. Read again by :func:`since`."""
    if isinstance(value, bool) or value is None:
        return None
    for kind, types in (("time", datetime), ("day", date), ("number", int | Decimal | float), ("text", str)):
        if isinstance(value, types):
            return {"kind": kind, "value": value.isoformat() if isinstance(value, date) else str(value)}
    return None


def since(reached: dict[str, str]) -> Any:
    """From where a growing column is read on: rows that stand there are read again, and are known then."""
    kind, text = reached["kind"], reached["value"]
    if kind == "time":
        return datetime.fromisoformat(text) - OVERLAP
    if kind == "day":
        return date.fromisoformat(text)
    if kind == "number":
        return int(text) if re.fullmatch(r"-?\d+", text) else Decimal(text)
    return text
