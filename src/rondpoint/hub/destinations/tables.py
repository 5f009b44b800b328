"""Writing a table of another system's database. Imports SQLAlchemy: for children and tests only.

All rows are written anew in one transaction: whoever reads the table sees those of before until it ends, and nobody
whom this house has forgotten stays in it. (MySQL ends a transaction where a table is made or changed; that comes before
the first row is taken away.)
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Boolean, Column, DateTime, Float, Index, MetaData, Table, Text, inspect, text
from sqlalchemy.dialects.mysql import DATETIME, LONGTEXT, TINYINT
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.types import TypeEngine

from rondpoint.hub import databases
from rondpoint.hub.exports import forms
from rondpoint.hub.imports.rules.recognising import OURS
from rondpoint.lib.text import storable

LONGEST_NAME = 60  # bytes that every database takes for a column
# MySQL's TEXT ends at 64 kB, and its DATETIME at seconds; the latter knows no zone, and is written in UTC.
TEXT = Text().with_variant(LONGTEXT(), "mysql")
TIME = DateTime(timezone=True).with_variant(DATETIME(fsp=6), "mysql")
TYPES: dict[forms.Kind, TypeEngine] = {"time": TIME, "number": Float(53), "truth": Boolean(), "text": TEXT}
ALIKE: dict[forms.Kind, tuple[type[TypeEngine], ...]] = {
    "time": (DateTime,), "number": (Float,), "truth": (Boolean, TINYINT), "text": (Text, LONGTEXT),
}  # fmt: skip
TO_TEXT = {
    "postgresql": "ALTER COLUMN {0} TYPE TEXT USING {0}::text", "mysql": "MODIFY COLUMN {0} LONGTEXT",
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
    engine = {"mysql_engine": "InnoDB", "mysql_charset": "utf8mb4"}  # so that readers see all or nothing
    made = Table(name, MetaData(), *columns, schema=schema, **engine)
    if not there:
        made.create(database)
        Index(f"{name[:40]}_{OURS}", made.c[OURS], mysql_length=36).create(database)
        return made
    dialect = database.dialect.name
    for column, said in zip(columns, names, strict=True):
        wanted = column.type.compile(database.dialect)
        quoted = databases.quoted(dialect, column.name)
        if column.name not in there:
            _alter(database, made, f"ADD COLUMN {quoted} {wanted}")
        elif not isinstance(there[column.name], ALIKE[forms.kind(said)]):
            if dialect in TO_TEXT and not isinstance(there[column.name], ALIKE["text"]):
                _alter(database, made, TO_TEXT[dialect].format(quoted))
            column.type = TEXT  # it holds what every type can be written as
    return made


def _alter(database: Connection, table: Table, change: str) -> None:
    where = database.dialect.identifier_preparer.format_table(table)
    database.execute(text(f"ALTER TABLE {where} {change}".replace(":", "\\:")))


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
