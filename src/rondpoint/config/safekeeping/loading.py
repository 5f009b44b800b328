"""Putting the rows of a backup into tables of the version that wrote it, and bringing those up to today's."""

import itertools
import sqlite3
from collections.abc import Iterable, Iterator

import msgspec
import psycopg
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

from rondpoint.config.safekeeping import tables
from rondpoint.config.safekeeping.types import Failure, Manifest, Table

AT_ONCE = 500  # rows


def make_tables(manifest: Manifest) -> None:
    """Makes empty tables as the migrations of the backup do. No signals: nothing is put into them by the way."""
    executor = MigrationExecutor(connection)
    applied = {(app, name) for app, names in manifest.migrations.items() for name in names}
    graph = executor.loader.graph
    targets = [
        key
        for key in applied
        if key in graph.nodes
        and not any(child.key in applied and child.key[0] == key[0] for child in graph.node_map[key].children)
    ]
    executor.migrate(sorted(targets))
    made = set(MigrationRecorder(connection).applied_migrations())
    if made != applied:
        raise Failure(f"the backup's list of migrations is not whole: {sorted(made ^ applied)[0]}")
    with connection.cursor() as cursor:
        there = set(connection.introspection.table_names(cursor))
        for table in manifest.tables:
            columns = set()
            if table.name in there:
                columns = {column.name for column in connection.introspection.get_table_description(cursor, table.name)}
            if unknown := {table.key, *(name for name, _ in table.columns)} - columns:
                raise Failure(f"the backup has {table.name}.{sorted(unknown)[0]}, which its migrations do not make")


def load(table: Table, lines: Iterable[bytes], before: int) -> int:
    """Puts rows into a table; how many. ``before`` counts those of earlier pieces. Raises Failure naming the row."""
    rows = _Rows(table, lines)
    try:
        if connection.vendor == "postgresql":
            _copy(table, rows)
        else:
            _insert(table, rows)
    except (sqlite3.Error, psycopg.Error, DatabaseError, msgspec.DecodeError, ValueError, TypeError) as error:
        where = f"{table.name}, near row {before + rows.count}"
        raise Failure(f"the backup's rows cannot be taken: {where}: {_said(error)}") from error
    return rows.count


def check_references() -> None:
    """Raises Failure when a row refers to one that is not there."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            try:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            except DatabaseError as error:
                raise Failure(f"a row refers to one that is not there: {_said(error)}") from error
            return
        cursor.execute("PRAGMA foreign_key_check")
        if broken := cursor.fetchone():
            raise Failure(f"a row refers to one that is not there: {broken[0]}, row {broken[1]}, to {broken[2]}")


def set_sequences(manifest: Manifest) -> None:
    """The next number of each table is the one the old house would have given."""
    with connection.cursor() as cursor:
        for table in manifest.tables:
            if not table.sequence:
                continue
            if connection.vendor == "postgresql":
                cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", [table.name, table.key])
                (name,) = cursor.fetchone()
                if name:
                    cursor.execute(
                        f"SELECT setval('{name}', greatest(%s, (SELECT max(\"{table.key}\") FROM \"{table.name}\")))",
                        [table.sequence],
                    )
                continue
            cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table.name])
            held = cursor.fetchone()
            if held is None:
                cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table.name, table.sequence])
            elif held[0] < table.sequence:
                cursor.execute("UPDATE sqlite_sequence SET seq = %s WHERE name = %s", [table.sequence, table.name])


def bring_forward() -> None:
    """Applies the migrations of today; what comes after them makes the search index, and fills it."""
    call_command("migrate", interactive=False, verbosity=0)


def drop_tables() -> None:
    """Takes the tables of all rooms away, on PostgreSQL inside the transaction that brings the new ones."""
    rooms = tuple({table.name.partition("_")[0] + "_" for table in tables.every()})
    with connection.cursor() as cursor:
        for name in connection.introspection.table_names(cursor):
            if name.startswith(rooms):
                cursor.execute(f'DROP TABLE "{name}" CASCADE')


class _Rows:
    """The rows of one piece as the engine takes them; ``count`` says how many were taken."""

    def __init__(self, table: Table, lines: Iterable[bytes]):
        self._lines = lines
        self._take = tables.reader(table, connection.vendor)
        self._decode = msgspec.json.Decoder(list).decode
        self.count = 0

    def __iter__(self) -> Iterator[list]:
        for line in self._lines:
            self.count += 1
            yield self._take(self._decode(line))


def _copy(table: Table, rows: _Rows) -> None:
    columns = ", ".join(f'"{name}"' for name, _ in table.columns)
    with connection.cursor() as cursor, cursor.copy(f'COPY "{table.name}" ({columns}) FROM STDIN') as copy:
        for row in rows:
            copy.write_row(row)


def _insert(table: Table, rows: _Rows) -> None:
    columns = ", ".join(f'"{name}"' for name, _ in table.columns)
    marks = ", ".join("?" * len(table.columns))
    statement, each = f'INSERT INTO "{table.name}" ({columns}) VALUES ({marks})', iter(rows)
    while some := list(itertools.islice(each, AT_ONCE)):
        connection.connection.executemany(statement, some)


def _said(error: Exception) -> str:
    text = " ".join(str(error).split())
    context = getattr(getattr(error, "diag", None), "context", None)
    return f"{text} ({context})" if context and context not in text else text
