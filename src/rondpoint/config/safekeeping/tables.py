"""Which tables there are, and how their values are written down so that either engine can read them.

A row is a JSON array. Bytes are base64, UUIDs 32 hexadecimal digits, times text in UTC, JSON values the text of their
JSON; all else is what JSON has for it.
"""

import base64
import json
import re
from collections.abc import Callable
from graphlib import TopologicalSorter
from typing import Any

from django.apps import apps
from django.db import models

from rondpoint.config.safekeeping.types import Table

KINDS = {
    "AutoField": "int",
    "BigAutoField": "int",
    "IntegerField": "int",
    "BigIntegerField": "int",
    "SmallIntegerField": "int",
    "PositiveIntegerField": "int",
    "PositiveSmallIntegerField": "int",
    "PositiveBigIntegerField": "int",
    "FloatField": "float",
    "BooleanField": "bool",
    "CharField": "text",
    "SlugField": "text",
    "TextField": "text",
    "UUIDField": "uuid",
    "BinaryField": "bytes",
    "JSONField": "json",
    "DateTimeField": "time",
}

# What holds only for the house as it runs is written down as it holds for one at rest: leases are given back, and
# facts, whose numbers of transactions mean nothing elsewhere, come in the order of their ids.
AT_REST = {
    ("jobs_lease", "until"): "0",
    ("events_event", "transaction"): "0",
    ("jobs_cursor", "transaction"): "0",
    ("jobs_cursor", "row"): """CASE WHEN "transaction" = 0 THEN "row" ELSE coalesce(
        (SELECT min(e.id) - 1 FROM events_event e WHERE (e."transaction", e.id) > (jobs_cursor."transaction", "row")),
        (SELECT max(e.id) FROM events_event e), 0) END""",
}

_FORMS = {
    "sqlite": {"time": "CAST({0} AS text)"},
    "postgresql": {
        "uuid": "replace({0}::text, '-', '')",
        "json": "{0}::text",
        "time": "to_char({0} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')",
    },
}
_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")


def every() -> list[Table]:
    """All tables of the installed rooms, those that others refer to first."""
    found = {model._meta.db_table: model for model in apps.get_models(include_auto_created=True) if _is_real(model)}
    order = TopologicalSorter({name: _referred(model) - {name} for name, model in sorted(found.items())})
    return [_table(found[name]) for name in order.static_order()]


def select(table: Table, vendor: str) -> str:
    """The query for the rows of a table in the order of their key."""
    columns = ", ".join(_expression(table.name, name, kind, vendor) for name, kind in table.columns)
    return f'SELECT {columns} FROM "{table.name}" ORDER BY "{table.name}"."{table.key}"'


def writer(table: Table) -> Callable[[tuple], list]:
    """How a row of the database becomes one of the backup; msgspec turns its bytes into base64."""
    changed = [(place, _WRITE[kind]) for place, (_, kind) in enumerate(table.columns) if kind in _WRITE]

    def write(row: tuple) -> list:
        values = list(row)
        for place, change in changed:
            if values[place] is not None:
                values[place] = change(values[place])
        return values

    return write


def reader(table: Table, vendor: str) -> Callable[[list], list]:
    """How a row of the backup becomes one for the database. Raises ValueError, TypeError for values of another kind."""
    read = _READ | (_READ_FOR_POSTGRESQL if vendor == "postgresql" else {})
    changed = [(place, read[kind]) for place, (_, kind) in enumerate(table.columns) if kind in read]
    width = len(table.columns)

    def take(row: list) -> list:
        if len(row) != width:
            raise ValueError(f"{len(row)} values for {width} columns")
        for place, change in changed:
            if row[place] is not None:
                row[place] = change(row[place])
        return row

    return take


def _is_real(model: type[models.Model]) -> bool:
    return model._meta.managed and not model._meta.proxy and not model._meta.swapped


def _referred(model: type[models.Model]) -> set[str]:
    return {field.related_model._meta.db_table for field in model._meta.local_fields if field.related_model}


def _table(model: type[models.Model]) -> Table:
    columns = [(field.column, _kind(field)) for field in model._meta.local_concrete_fields]
    return Table(name=model._meta.db_table, key=model._meta.pk.column, columns=columns)


def _kind(field: models.Field) -> str:
    while field.related_model:
        field = field.target_field
    try:
        return KINDS[field.get_internal_type()]
    except KeyError:
        raise LookupError(f"{field}: a backup does not know how to write a {field.get_internal_type()} down") from None


def _expression(table: str, column: str, kind: str, vendor: str) -> str:
    if (table, column) in AT_REST:
        return AT_REST[table, column]
    return _FORMS[vendor].get(kind, "{0}").format(f'"{column}"')


def _whole_time(text: str) -> str:
    return text if len(text) > 19 else f"{text}.000000"


def _short_time(text: str) -> str:
    """As Django writes it on SQLite, which compares times as texts."""
    return text.removesuffix(".000000")


def _text_for_postgresql(text: str) -> str:
    """PostgreSQL keeps no NUL in a text."""
    return text.replace("\0", "\ufffd")


def _json_for_postgresql(text: str) -> str:
    """Nor in JSON, and no half of a surrogate pair either."""
    if "\\u" not in text:
        return text
    clean = json.dumps(json.loads(text), ensure_ascii=False).encode("utf-8", "replace").decode()
    return _NUL.sub(r"\1\\ufffd", clean)


def _bytes(text: Any) -> bytes:
    return base64.b64decode(text, validate=True)


_WRITE = {"bool": bool, "time": _whole_time}
_READ = {"bytes": _bytes, "time": _short_time}
_READ_FOR_POSTGRESQL = {
    "text": _text_for_postgresql,
    "json": _json_for_postgresql,
    "time": "{}+00".format,
}
