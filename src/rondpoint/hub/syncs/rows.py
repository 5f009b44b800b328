"""Rows of another system's table, each found by its number, read and written one by one. Imports SQLAlchemy: for
children and tests only.

Names are quoted by SQLAlchemy, values go as parameters. No row is ever added or taken away.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import column, inspect, select, table, text, update
from sqlalchemy.dialects.mysql import BIT, TIMESTAMP, TINYINT
from sqlalchemy.engine import Connection
from sqlalchemy.exc import NoSuchTableError, SQLAlchemyError
from sqlalchemy.types import JSON, Boolean, Date, DateTime, Integer, Numeric, String, TypeEngine, Uuid

from rondpoint.hub import databases, mysql
from rondpoint.hub.imports.rules import cells
from rondpoint.hub.syncs import rules
from rondpoint.lib import clock

MILLISECONDS = 11  # digits that seconds since 1970 do not have


@contextmanager
def reached(address: str, allow_private: bool, writes: bool) -> Iterator[Connection]:
    """A connection, for writing or not. Raises ValueError with a sentence that names no secret."""
    engine = databases.engine(address, allow_private, writes)
    try:
        with engine.connect() as database:
            if writes and database.dialect.name == "mysql":  # else what is too long is cut off in silence
                database.execute(text("SET SESSION sql_mode = CONCAT(@@SESSION.sql_mode, ',STRICT_ALL_TABLES')"))
                database.commit()
            yield database
    except SQLAlchemyError as error:
        raise ValueError(databases.reason(error, engine.url)) from None
    finally:
        engine.dispose()


class Rows:
    """The rows of a table. ``names``: the column of each field that is read or written, among them ``id``; ``zone``: in
    which times without one are."""

    def __init__(self, database: Connection, name: str, names: Mapping[str, str], zone: str):
        schema, _, bare = name.rpartition(".")
        try:
            there = {each["name"]: each["type"] for each in inspect(database).get_columns(bare, schema or None)}
        except NoSuchTableError:
            raise ValueError(f"there is no table {name!r}") from None
        missing = next((each for each in names.values() if each not in there), None)
        if missing is not None:
            raise ValueError(f"there is no column {missing!r}; there are {', '.join(list(there)[:30])}")
        database.rollback()  # what was asked until here holds no lock
        self._database, self._names, self._zone = database, dict(names), ZoneInfo(zone)
        self._types: dict[str, TypeEngine] = {field: there[own] for field, own in names.items()}
        self._lite = database.dialect.name == "sqlite"
        self._table = table(bare, *[column(own) for own in names.values()], schema=schema or None)
        self._told: Any = None

    def read(self, number: str, lock: bool = False) -> dict[str, str] | None:
        """A row as cells by their fields; None: there is none, or none alone. ``lock``: nobody else changes it before
        the transaction ends."""
        try:
            key = self._typed("id", number)
        except ValueError:
            return None
        if lock and self._lite:
            self._database.exec_driver_sql("BEGIN IMMEDIATE")
        asked = select(self._table).where(self._table.c[self._names["id"]] == key).limit(2)
        found = self._database.execute(asked.with_for_update() if lock else asked)
        own = self._database.dialect.name == "mysql" and found.cursor is not None
        values = mysql.values(found.cursor.description) if own and found.cursor is not None else {}
        rows = [list(row) for row in found]
        if len(rows) != 1:
            return None
        read = [values[place](value) if place in values else value for place, value in enumerate(rows[0])]
        said = dict(zip(self._names, (rules.cell(value) for value in read), strict=True))
        if "told_at" in self._names:
            self._told = rows[0][list(self._names).index("told_at")]
        return said if said["id"].strip() == number else None

    def fitting(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Values of fields as their columns take them, by their names. Raises ValueError where one does not fit."""
        return {self._names[field]: self._typed(field, value) for field, value in values.items()}

    def write(self, number: str, values: Mapping[str, Any], at: int) -> bool:
        """Writes these fields of the row that was read last, which was true since ``at``; whether it was still as it
        was read. Raises ValueError where a value does not fit."""
        own = self._table.c[self._names["id"]]
        change = update(self._table).where(own == self._typed("id", number))
        said = self.fitting(values)
        if "told_at" in self._names:
            told = self._table.c[self._names["told_at"]]
            change = change.where(told.is_(None) | (told == self._told))
            said[told.name] = self._moment(at)
        return self._database.execute(change.values(said)).rowcount == 1

    def _moment(self, at: int) -> Any:
        """A moment as the column of ``told_at`` holds it, in whole seconds; numbers are those since 1970."""
        at -= at % clock.SECOND
        if isinstance(self._types["told_at"], Integer):
            long = len(str(self._told or "")) > MILLISECONDS
            return at // (1000 if long else clock.SECOND)
        return self._typed("told_at", clock.iso(at))

    def _typed(self, field: str, value: Any) -> Any:
        kind = self._types[field]
        try:
            return _fitting(kind, value, self._zone, self._lite)
        except (ValueError, ArithmeticError) as error:
            raise ValueError(f"{self._names[field]}: {error}") from None


def _fitting(kind: TypeEngine, value: Any, zone: ZoneInfo, lite: bool) -> Any:
    """A value as a column of this type takes it. Raises ValueError."""
    said = rules.cell(value)
    if isinstance(kind, Boolean) or (isinstance(kind, TINYINT) and kind.display_width == 1) or _bit(kind):
        return cells.truth(said)
    if isinstance(kind, Integer):
        number = cells.number("1" if said == "true" else "0" if said == "false" else said)
        if number != int(number):
            raise ValueError(f"{said!r} is no whole number")
        return int(number)
    if isinstance(kind, Numeric):
        exact = Decimal(str(cells.number(said)))
        return float(exact) if lite else exact
    if isinstance(kind, DateTime):
        return _time(kind, cells.moment(said, zone.key), zone, lite)
    if isinstance(kind, Date):
        return said if lite and cells.day(said) == said else date.fromisoformat(cells.day(said))
    if isinstance(kind, JSON | Uuid):
        return said
    length = kind.length if isinstance(kind, String) else None
    if length is not None and len(said) > length:
        raise ValueError(f"at most {length} characters")
    return said


def _bit(kind: TypeEngine) -> bool:
    return isinstance(kind, BIT) and kind.length == 1


def _time(kind: DateTime, at: int, zone: ZoneInfo, lite: bool) -> Any:
    """Aware where the column is; else in the zone in which it is read."""
    moment = clock.to_datetime(at)
    if kind.timezone and not lite:
        return moment
    if isinstance(kind, TIMESTAMP):  # of MySQL, whose session is in UTC
        return moment.astimezone(UTC).replace(tzinfo=None)
    plain: datetime = moment.astimezone(zone).replace(tzinfo=None)
    return plain.isoformat(" ") if lite else plain
