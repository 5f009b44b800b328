"""Many rows in few statements, for what is done thousands of times a minute. All else asks Django's querysets.

A queryset is made, compiled and turned into SQL anew each time it is asked, which costs ten times what SQLite needs to
answer it. Here that is done once for each table.
"""

import itertools
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from operator import attrgetter
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models import NOT_PROVIDED
from django.db.models.base import ModelState

INSERTED = 200  # rows in one statement: thirty columns of each are far below what the engines allow
ASKED = 10_000  # values of one column in one statement: an engine takes some thirty thousand in all

Row = TypeVar("Row", bound=models.Model)
Fields = Sequence["models.Field[Any, Any]"]


def fetch(model: type[Row], lock: bool = False, **among: Collection[Any]) -> list[Row]:
    """The rows whose columns have one of the values given for each, by their ids: ``fetch(Profile, key=keys)``.

    Columns go by the names of the attributes (``profile_id``). No value finds no row; a ``range`` without gaps is asked
    for by its ends. ``lock``: nobody else may write them until the transaction ends.
    """
    if not all(among.values()):
        return []
    locked = " FOR UPDATE" if lock and _engine().features.has_select_for_update else ""
    found = []
    for portion in _portions(among):
        where, asked = _among(model, portion)
        found.append(select(model, f"WHERE {where} ORDER BY {_table(model).key}{locked}", asked))
    return found[0] if len(found) == 1 else sorted(itertools.chain(*found), key=lambda row: row.pk)


def columns(
    model: type[models.Model], *names: str, outside: Mapping[str, Collection[int]] | None = None,
    **among: Collection[Any],
) -> list[tuple[Any, ...]]:  # fmt: skip
    """Some columns of the rows that :func:`fetch` finds, as the engine has them: for numbers and texts. In no order.

    ``outside``: numbers of a column that the caller knows all about; where they have no gaps, their rows are not read.
    """
    if not all(among.values()):
        return []
    table, found = _table(model), []
    wanted = ", ".join([table.columns[name] for name in names])
    for portion in _portions(among):
        where, asked = _among(model, portion)
        for name, numbers in (outside or {}).items():
            if numbers and max(numbers) - min(numbers) + 1 == len(numbers):
                where += f" AND {table.columns[name]} NOT BETWEEN %s AND %s"
                asked += [min(numbers), max(numbers)]
        with _engine().cursor() as cursor:
            cursor.execute(f"SELECT {wanted} FROM {table.name} WHERE {where}", asked)
            found += cursor.fetchall()
    return found


def select(model: type[Row], which: str, values: Sequence[Any]) -> list[Row]:
    """The rows of a table that a part of SQL names: what stands behind its FROM, with ``%s`` for each of the values."""
    table, database = _table(model), _engine()
    with database.cursor() as cursor:
        cursor.execute(f"{table.select} {which}", values)
        found = cursor.fetchall()
    return [table.row(table.read(each, database), stored=True) for each in found]


def row(model: type[Row], **values: Any) -> Row:
    """A row that is not stored yet, as ``model(**values)`` makes it at ten times the cost. Columns go by the names of
    the attributes (``profile_id``)."""
    made: Row = _table(model).row(_table(model).filled(values), stored=False)
    return made


def next_ids(model: type[models.Model], number: int) -> list[int]:
    """Keys that the table gives to nobody else, inside ``write()``: for rows that name each other before they are
    stored."""
    if not number:
        return []
    table, database = _table(model), _engine()
    with database.cursor() as cursor:
        if database.vendor == "postgresql":
            sequence = "pg_get_serial_sequence(%s, %s)"
            asked = [model._meta.db_table, model._meta.pk.column, number]
            cursor.execute(f"SELECT nextval({sequence}) FROM generate_series(1, %s)", asked)
            return sorted(key for (key,) in cursor.fetchall())
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [model._meta.db_table])
        last = (cursor.fetchone() or (0,))[0]
        cursor.execute(f"SELECT coalesce(max({table.key}), 0) FROM {table.name}")
        last = max(last, cursor.fetchone()[0])
    return list(range(last + 1, last + number + 1))


def insert(rows: Sequence[models.Model]) -> None:
    """Stores rows of one table, inside ``write()``; each learns its id. Raises IntegrityError like ``bulk_create``."""
    if not rows:
        return
    key, known = _table(type(rows[0])).key, rows[0].pk is not None
    fields, statement = _insertion(type(rows[0]), known)
    for part, values in _parts(rows, fields):
        given = _store(statement(len(part), "" if known else f"RETURNING {key}"), values)
        for row, (number,) in zip(part, given, strict=not known):
            row.pk = number
        for row in part:
            row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS


def add(model: type[models.Model], names: Sequence[str], rows: Sequence[tuple[Any, ...]], new: bool = False) -> None:
    """Stores rows of one table whose ids nobody asks for, inside ``write()``, each as the values of some columns; the
    others get their defaults. ``new``: those that break a unique constraint are passed over."""
    if not rows:
        return
    fields, rest, statement = _addition(model, tuple(names))
    then = "ON CONFLICT DO NOTHING" if new else ""
    for start in range(0, len(rows), INSERTED):
        part = rows[start : start + INSERTED]
        columns = [
            *(_prepared(field, values) for field, values in zip(fields, zip(*part, strict=True), strict=True)),
            *(_defaults(field, len(part)) for field in rest),
        ]
        _store(statement(len(part), then), list(itertools.chain.from_iterable(zip(*columns, strict=True))))


def insert_new(rows: Sequence[models.Model]) -> None:
    """Stores rows of one table, inside ``write()``, but those that break a unique constraint. Nobody learns an id.

    Many rows are one statement: between two statements other threads of the process get to run, while all who want to
    write wait for this one.
    """
    if not rows:
        return
    fields, statement = _insertion(type(rows[0]), rows[0].pk is not None)
    for part, values in _parts(rows, fields):
        _store(statement(len(part), "ON CONFLICT DO NOTHING"), values)


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
        self._model = model
        given = {name: field.default for name, field in self.fields.items() if field.default is not NOT_PROVIDED}
        self._makers = {name: make for name, make in given.items() if callable(make)}
        fixed = self.fields.keys() - self._makers.keys()
        self._defaults = {name: self.fields[name].get_default() for name in fixed}

    def read(self, values: Sequence[Any], database: Any) -> dict[str, Any]:
        """A row's values by name, as the model has them. The engine is asked for once for many rows."""
        read = list(values)
        for place, converter, column in self._converters:
            read[place] = converter(read[place], column, database)
        return dict(zip(self.names, read, strict=True))

    def filled(self, values: dict[str, Any]) -> dict[str, Any]:
        """Values with the defaults of all that is not given."""
        made = {name: make() for name, make in self._makers.items() if name not in values}
        return {**self._defaults, **made, **values}

    def row(self, values: dict[str, Any], stored: bool) -> Any:
        """The model's instance of these values. Its ``__init__`` does the same with a question for each column."""
        made = self._model.__new__(self._model)
        made.__dict__.update(values)
        made._state = ModelState()
        if stored:
            made._state.adding, made._state.db = False, DEFAULT_DB_ALIAS
        return made


@cache
def _table(model: type[models.Model]) -> _Table:
    return _Table(model)


def _engine() -> Any:
    return connections[DEFAULT_DB_ALIAS]  # not its proxy, which would be asked for every value


def _portions(among: dict[str, Collection[Any]]) -> Iterator[dict[str, Collection[Any]]]:
    """The same question in parts, where one column has more values than one statement may have."""
    longest = max(among, key=lambda name: len(among[name]))
    if len(among[longest]) <= ASKED or isinstance(among[longest], range):
        yield among
        return
    values = list(dict.fromkeys(among[longest]))
    for start in range(0, len(values), ASKED):
        yield {**among, longest: values[start : start + ASKED]}


def _among(model: type[models.Model], among: dict[str, Collection[Any]]) -> tuple[str, list[Any]]:
    """The condition that columns have one of the values given for each, with its values."""
    table, database = _table(model), _engine()
    parts, asked = [], []
    for name, values in among.items():
        if isinstance(values, range) and values.step == 1:
            parts.append(f"{table.columns[name]} BETWEEN %s AND %s")
            asked += [values[0], values[-1]]
            continue
        parts.append(f"{table.columns[name]} IN ({', '.join(['%s'] * len(values))})")
        plain, prepare = _plain(table.fields[name]), table.fields[name].get_db_prep_value
        asked += [value if type(value) in plain else prepare(value, database) for value in values]
    return " AND ".join(parts), asked


@cache
def _insertion(model: type[models.Model], known: bool) -> tuple[Fields, Callable[[int, str], str]]:
    """The columns to fill, and the statement for a number of rows. The key is filled where it is ``known``."""
    table, key = _table(model), model._meta.pk
    fields = [
        field
        for field in table.fields.values()
        if field.db_default is NOT_PROVIDED and (field is not key or known)
    ]
    return fields, _statement(table, fields)


@cache
def _addition(model: type[models.Model], names: tuple[str, ...]) -> tuple[Fields, Fields, Callable[[int, str], str]]:
    """The columns of these names, those that get their default, and the statement for a number of rows."""
    table, key = _table(model), model._meta.pk
    fields = [table.fields[name] for name in names]
    rest = [
        field
        for field in table.fields.values()
        if field.db_default is NOT_PROVIDED and field is not key and field not in fields
    ]
    return fields, rest, _statement(table, [*fields, *rest])


def _statement(table: _Table, fields: Fields) -> Callable[[int, str], str]:
    columns = ", ".join(table.columns[field.attname] for field in fields)
    marks = f"({', '.join([_mark()] * len(fields))})"

    @lru_cache(8)
    def made(number: int, then: str) -> str:
        return f"INSERT INTO {table.name} ({columns}) VALUES {', '.join([marks] * number)} {then}"

    return made


def _mark() -> str:
    """What stands for a value in a statement that :func:`_store` is given."""
    return "?" if _engine().vendor == "sqlite" else "%s"


def _store(statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Runs an INSERT; what it returns. SQLite is asked itself: Django would look through each of these long statements
    for marks to translate, which takes longer than some of them."""
    database = _engine()
    if database.vendor != "sqlite":
        with database.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall() if cursor.description else []
    with database.wrap_database_errors:
        found: list[tuple[Any, ...]] = database.connection.execute(statement, values).fetchall()
        return found


def _parts(rows: Sequence[Row], fields: Fields) -> Iterator[tuple[Sequence[Row], list[Any]]]:
    """Rows in portions for one statement each, with the values of each portion in a row."""
    for start in range(0, len(rows), INSERTED):
        part = rows[start : start + INSERTED]
        yield part, list(itertools.chain.from_iterable(_values(part, fields)))


def _values(rows: Sequence[models.Model], fields: Fields) -> list[tuple[Any, ...]]:
    """The values of each row as the engine takes them. Those that are so already are not asked about."""
    columns = [_prepared(field, [*map(attrgetter(field.attname), rows)]) for field in fields]
    return list(zip(*columns, strict=True))


def _defaults(field: "models.Field[Any, Any]", number: int) -> Sequence[Any]:
    """What a column of so many rows holds of which nothing is said: what is made is another for each."""
    if field.has_default() and callable(field.default):
        return _prepared(field, [field.get_default() for _ in range(number)])
    return [*_prepared(field, [field.get_default()])] * number


def _prepared(field: "models.Field[Any, Any]", values: Sequence[Any]) -> Sequence[Any]:
    """Values of a column as the engine takes them."""
    plain, prepare, database = _plain(field), field.get_db_prep_save, _engine()
    if plain.issuperset(map(type, values)):
        return values
    return [value if type(value) in plain else prepare(value, database) for value in values]


@cache
def _plain(field: "models.Field[Any, Any]") -> frozenset[type]:
    """The types whose values a field stores as they are."""
    while isinstance(field, models.ForeignKey):
        field = field.target_field
    for kinds, type_ in _AS_THEY_ARE:
        if isinstance(field, kinds):
            return frozenset({type_, type(None)})
    return frozenset()


_AS_THEY_ARE = (((models.IntegerField, models.AutoField), int), ((models.CharField, models.TextField), str),
                ((models.BooleanField,), bool))  # fmt: skip
