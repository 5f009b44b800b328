"""Writing a table of another system's database. Imports SQLAlchemy: for children and tests only.

All rows are written anew in one transaction: whoever reads the table sees those of before until it ends, and nobody
whom this house has forgotten stays in it.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Boolean, Column, DateTime, Float, Index, MetaData, Table, Text, inspect, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.types import TypeEngine

from rondpoint.hub import databases
from rondpoint.hub.exports import forms
from rondpoint.hub.imports.rules.recognising import OURS
from rondpoint.lib.text import storable

LONGEST_NAME = 60  # bytes that every database takes for a column
TYPES: dict[forms.Kind, TypeEngine] = {
    "time": DateTime(timezone=True), "number": Float(53), "truth": Boolean(), "text": Text(),
}  # fmt: skip
Portions = Iterator[list[list[Any]]]


def look(address: str, table: str, allow_private: bool) -> None:
    """Whether the database is reached and the table may be written. Raises ValueError with a sentence."""
    with _writing(address, allow_private) as database:
        _ours(database, *_split(table))


def write(address: str, table: str, allow_private: bool, names: list[str], portions: Portions) -> int:
    """Writes the rows under these columns (those of an export) in the place of what was there; how many. The table is
    made if it is missing, and gets the columns it lacks. Raises ValueError with a sentence."""
    with _writing(address, allow_private) as database:
        made = _prepared(database, *_split(table), names)
        columns = list(made.columns)
        database.execute(made.delete())
        count = 0
        for portion in portions:
            if portion:
                database.execute(made.insert(), [_row(columns, names, cells) for cells in portion])
            count += len(portion)
        return count


@contextmanager
def _writing(address: str, allow_private: bool) -> Iterator[Connection]:
    engine = databases.engine(address, allow_private, writes=True)
    try:
        with engine.begin() as database:
            yield database
    except SQLAlchemyError as error:
        raise ValueError(databases.reason(error, engine.url)) from None
    finally:
        engine.dispose()


def _split(table: str) -> tuple[str | None, str]:
    schema, _, name = table.rpartition(".")
    return schema or None, name


def _ours(database: Connection, schema: str | None, name: str) -> dict[str, TypeEngine]:
    """The columns of a table that is there, with their types; none: there is no such table. One that does not name our
    customers is somebody else's, and is left alone."""
    known = inspect(database)
    if schema is not None and schema not in known.get_schema_names():
        raise ValueError(f"there is no schema {schema!r}")
    if name in known.get_view_names(schema=schema):
        raise ValueError(f"{name!r} is a view; choose the name of a table")
    if not known.has_table(name, schema=schema):
        return {}
    found = {column["name"]: column["type"] for column in known.get_columns(name, schema=schema)}
    if OURS not in found:
        raise ValueError(f"there is a table {name!r} already that was not made here; choose another name")
    return found


def _prepared(database: Connection, schema: str | None, name: str, names: list[str]) -> Table:
    """The table with a column for each name, in their order."""
    there = _ours(database, schema, name)
    columns = [Column(own, TYPES[forms.kind(said)]) for own, said in zip(_distinct(names, there), names, strict=True)]
    made = Table(name, MetaData(), *columns, schema=schema)
    if not there:
        made.create(database)
        Index(f"{name[:40]}_{OURS}", made.c[OURS]).create(database)
        return made
    for column in columns:
        wanted = column.type.compile(database.dialect)
        if column.name not in there:
            _alter(database, made, f"ADD COLUMN {_quoted(column.name)} {wanted}")
        elif not isinstance(there[column.name], type(column.type)):
            if database.dialect.name == "postgresql" and not isinstance(there[column.name], Text):
                said = _quoted(column.name)
                _alter(database, made, f"ALTER COLUMN {said} TYPE TEXT USING {said}::text")
            column.type = Text()  # it holds what every type can be written as
    return made


def _alter(database: Connection, table: Table, change: str) -> None:
    where = database.dialect.identifier_preparer.format_table(table)
    database.execute(text(f"ALTER TABLE {where} {change}".replace(":", "\\:")))


def _quoted(name: str) -> str:
    """A name as SQL. The dialect's own quoting doubles its percent signs, and ``text`` doubles them once more."""
    return '"' + name.replace('"', '""') + '"'


def _distinct(names: list[str], there: Collection[str]) -> list[str]:
    """Names of columns: without types and colons, short enough, and no two alike to a database that takes no notice of
    case. What the table has already keeps its name."""
    kept = {name.casefold() for name in there}
    found: list[str] = []
    used: set[str] = set()
    for own in (_short(forms.bare(name)) for name in names):
        number, unique = 1, own
        while unique.casefold() in used or (unique not in there and unique.casefold() in kept):
            number += 1
            unique = f"{own[: LONGEST_NAME - 4]}_{number}"
        used.add(unique.casefold())
        found.append(unique)
    return found


def _short(name: str) -> str:
    return storable(name).replace(":", "_").encode()[:LONGEST_NAME].decode("utf-8", "ignore") or "column"


def _row(columns: list[Column], names: list[str], cells: list[Any]) -> dict[str, Any]:
    return {
        column.name: _value(column, name, cell) for column, name, cell in zip(columns, names, cells, strict=True)
    }


def _value(column: Column, name: str, cell: Any) -> Any:
    value = forms.typed(name, cell)
    if isinstance(column.type, Text) and value is not None:
        return storable(value if isinstance(value, str) else str(value))
    return value
