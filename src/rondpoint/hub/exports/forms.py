"""Rows as bytes: CSV that spreadsheets may open, JSON lines, and Parquet, which a child makes out of JSON lines. And
their columns as those of a table, where each has one type."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Literal

from rondpoint.accounts.rules.cells import harmless

FORMS = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson", "parquet": "application/vnd.apache.parquet"}

Rows = Iterable[list[list[Any]]]
Kind = Literal["time", "number", "truth", "text"]


def as_csv(names: list[str], portions: Rows) -> Iterator[bytes]:
    """With a mark that it is UTF-8, and nothing that a spreadsheet would run."""
    text = io.StringIO()
    sheet = csv.writer(text)
    text.write("\ufeff")
    sheet.writerow([harmless(name) for name in names])
    for portion in portions:
        for row in portion:
            sheet.writerow([_cell(name, value) for name, value in zip(names, row, strict=True)])
        yield text.getvalue().encode("utf-8", "replace")
        text.seek(0)
        text.truncate()
    yield text.getvalue().encode("utf-8", "replace")


def as_json(names: list[str], portions: Rows) -> Iterator[bytes]:
    """One object a line; what is empty is left out."""
    for portion in portions:
        lines = []
        for row in portion:
            said = {name: value for name, value in zip(names, row, strict=True) if value not in (None, "", [])}
            lines.append(json.dumps(said, ensure_ascii=False, separators=(",", ":")) + "\n")
        yield "".join(lines).encode("utf-8", "replace")


def kind(name: str) -> Kind:
    """The type of a column."""
    if ":" not in name:
        return "time" if name.endswith("_at") else "text"
    return {"number": "number", "truth": "truth"}.get(name.partition(":")[0], "text")  # type: ignore[return-value]


def bare(name: str) -> str:
    """The name of a column without the type in it."""
    said, colon, rest = name.partition(":")
    return rest if colon and said in ("text", "number", "truth", "json", "date") else name


def typed(name: str, value: Any) -> Any:
    """A value as its column's type: lists of texts apart by ``;``, objects as JSON, times aware; None for an empty
    one."""
    if value in (None, "", []):
        return None
    if kind(name) in ("number", "truth"):
        return value
    if kind(name) == "time":
        return datetime.fromisoformat(value)
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return ";".join(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _cell(name: str, value: Any) -> str:
    if value is None:
        return ""
    if name.startswith("json:") or isinstance(value, dict):
        return harmless(json.dumps(value, ensure_ascii=False))
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)  # a number is no formula
    return harmless(";".join(value) if isinstance(value, list) else str(value))
