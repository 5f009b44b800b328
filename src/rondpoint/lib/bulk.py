"""Many rows in few statements, for what is done thousands of times a minute. All else asks Django's querysets.

A queryset is made, compiled and turned into SQL anew each time it is asked, which costs ten times what SQLite needs to
answer it. Here that is done once for each table.
"""

import itertools
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import cache
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models import NOT_PROVIDED

INSERTED = 200  # rows in one statement: thirty columns of each are far below what the engines allow

Row = TypeVar("Row", bound=models.Model)
Fields = Sequence["models.Field[Any, Any]"]


def fetch(model: type[Row], lock: bool = False, **among: Collection[Any]) -> list[Row]:
    """The rows whose columns have one of the values given for each, by their ids: ``fetch(Profile, key=keys)``.

    Columns go by the names of the attributes (``profile_id``). No value finds no row. ``lock``: nobody else may write
    them until the transaction ends.
    """
    if not all(among.values()):
        return []
    table, database = _table(model), _engine()
    where = " AND ".join(
        f"{table.columns[name]} IN ({', '.join(['%s'] * len(values))})" for name, values in among.items()
    )
    locked = " FOR UPDATE" if lock and database.features.has_select_for_update else ""
    asked = [
        table.fields[name].get_db_prep_value(value, database) for name, values in among.items() for value in values
    ]
    return select(model, f"WHERE {where} ORDER BY {table.key}{locked}", asked)


def select(model: type[Row], which: str, values: Sequence[Any]) -> list[Row]:
    """The rows of a table that a part of SQL names: what stands behind its FROM, with ``%s`` for each of the values."""
    table = _table(model)
    with _engine().cursor() as cursor:
        cursor.execute(f"{table.select} {which}", values)
        found = cursor.fetchall()
    return [model.from_db(DEFAULT_DB_ALIAS, table.names, table.read(row)) for row in found]


def insert(rows: Sequence[models.Model]) -> None:
    """Stores rows of one table, inside ``write()``; each learns its id. Raises IntegrityError like ``bulk_create``."""
    if not rows:
        return
    fields, statement = _insertion(rows)
    key = _table(type(rows[0])).key
    for part, values in _parts(rows, fields):
        with _engine().cursor() as cursor:
            cursor.execute(f"{statement(len(part))} RETURNING {key}", values)
            for row, (number,) in zip(part, cursor.fetchall(), strict=True):
                row.pk, row._state.adding, row._state.db = number, False, DEFAULT_DB_ALIAS


def insert_new(rows: Sequence[models.Model]) -> None:
    """Stores rows of one table, inside ``write()``, but those that break a unique constraint. Nobody learns an id.

    Many rows are one statement: between two statements other threads of the process get to run, while all who want to
    write wait for this one.
    """
    if not rows:
        return
    fields, statement = _insertion(rows)
    for part, values in _parts(rows, fields):
        with _engine().cursor() as cursor:
            cursor.execute(f"{statement(len(part))} ON CONFLICT DO NOTHING", values)


def update(rows: Sequence[models.Model], names: Sequence[str]) -> None:
    """Writes some columns of many rows of one table with one prepared statement, inside ``write()``. Columns go by the
    names of the attributes (``profile_id``).

    Django's ``bulk_update`` builds a CASE for each column and row, which costs more than the update itself.
    """
    if not rows:
        return
    table = _table(type(rows[0]))
    fields = [table.fields[name] for name in (*names, str(rows[0]._meta.pk.attname))]
    changes = ", ".join(f"{table.columns[name]} = %s" for name in names)
    statement = f"UPDATE {table.name} SET {changes} WHERE {table.key} = %s"
    with _engine().cursor() as cursor:
        cursor.executemany(statement, _values(rows, fields))


class _Table:
    """What is to be known of a table to read it, found out once."""

    def __init__(self, model: type[models.Model]):
        database = _engine()
        quote = database.ops.quote_name
        self.name = quote(model._meta.db_table)
        self.fields: dict[str, Any] = {str(field.attname): field for field in model._meta.concrete_fields}
        self.names = list(self.fields)
        self.columns = {name: quote(str(field.column)) for name, field in self.fields.items()}
        self.key = self.columns[str(model._meta.pk.attname)]
        self.select = f"SELECT {', '.join(self.columns.values())} FROM {self.name}"
        self._converters = []
        for place, field in enumerate(self.fields.values()):
            column = field.get_col(model._meta.db_table)
            converters = [*database.ops.get_db_converters(column), *field.get_db_converters(database)]
            self._converters += [(place, converter, column) for converter in converters]

    def read(self, values: Sequence[Any]) -> list[Any]:
        """A row's values as the model has them."""
        read, database = list(values), _engine()
        for place, converter, column in self._converters:
            read[place] = converter(read[place], column, database)
        return read


@cache
def _table(model: type[models.Model]) -> _Table:
    return _Table(model)


def _engine() -> Any:
    return connections[DEFAULT_DB_ALIAS]  # not its proxy, which would be asked for every value


def _insertion(rows: Sequence[models.Model]) -> tuple[Fields, Callable[[int], str]]:
    """The columns to fill, and the statement for a number of rows. The key is filled where the rows have one."""
    table, key = _table(type(rows[0])), rows[0]._meta.pk
    fields = [
        field
        for field in table.fields.values()
        if field.db_default is NOT_PROVIDED and (field is not key or rows[0].pk is not None)
    ]
    columns = ", ".join(table.columns[field.attname] for field in fields)
    marks = f"({', '.join(['%s'] * len(fields))})"
    return fields, lambda number: f"INSERT INTO {table.name} ({columns}) VALUES {', '.join([marks] * number)}"


def _parts(rows: Sequence[Row], fields: Fields) -> Iterator[tuple[Sequence[Row], list[Any]]]:
    """Rows in portions for one statement each, with the values of each portion in a row."""
    for start in range(0, len(rows), INSERTED):
        part = rows[start : start + INSERTED]
        yield part, list(itertools.chain.from_iterable(_values(part, fields)))


def _values(rows: Sequence[models.Model], fields: Fields) -> list[list[Any]]:
    database = _engine()
    prepared = [(field.get_db_prep_save, field.attname) for field in fields]
    return [[prepare(getattr(row, name), database) for prepare, name in prepared] for row in rows]
