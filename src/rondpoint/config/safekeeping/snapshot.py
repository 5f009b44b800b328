"""Reading the whole database as it was at one moment, while everybody else goes on writing."""

import contextlib
import threading
from collections.abc import Iterator

from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

from rondpoint.config.safekeeping import tables
from rondpoint.config.safekeeping.holders import LEASE, LEASE_SECONDS
from rondpoint.config.safekeeping.types import Failure, Table
from rondpoint.jobs import leases

AT_ONCE = 250  # rows


@contextlib.contextmanager
def opened() -> Iterator[None]:
    """Inside, the thread's connection reads one moment. SQLite: the write-ahead log as it was at the first read;
    PostgreSQL: REPEATABLE READ, READ ONLY. Neither keeps a writer waiting."""
    inner = connection.in_atomic_block
    with transaction.atomic():
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql" and not inner:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            cursor.execute("SELECT 1 FROM django_migrations")
            cursor.fetchone()
        yield


def rows(table: Table) -> Iterator[list[tuple]]:
    """The rows of a table in the order of their key, some at a time."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(tables.select(table, connection.vendor))
        while some := cursor.fetchmany(AT_ONCE):
            yield some


def sequence(table: Table) -> int:
    """The last number the engine gave to a row of the table, 0 when it gives none or gave none yet."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table.name])
        else:
            cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", [table.name, table.key])
            (name,) = cursor.fetchone()
            if name is None:
                return 0
            cursor.execute(f"SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END FROM {name}")
        found = cursor.fetchone()
    return found[0] if found else 0


def migrations() -> dict[str, list[str]]:
    """The applied migrations of each app. Raises Failure when they are not just those of this version."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise Failure(
            "the database's tables are those of an older version: back up with that version, "
            "or run 'rondpoint migrate' first"
        )
    applied: dict[str, list[str]] = {}
    for app, name in sorted(MigrationRecorder(connection).applied_migrations()):
        if (app, name) not in executor.loader.disk_migrations:
            raise Failure(f"the database was made by a newer version, which has {app}.{name}: back up with that one")
        applied.setdefault(app, []).append(name)
    return applied


@contextlib.contextmanager
def alone(holder: str) -> Iterator[None]:
    """Holds the lease of backups, which also keeps contents from being removed. Raises Failure when one is open."""
    if leases.acquire(LEASE, holder, LEASE_SECONDS) is None:
        raise Failure("another backup is being made; if it was killed on another machine, wait two minutes")
    over = threading.Event()
    keeper = threading.Thread(target=_keep, args=(holder, over), name="backup-lease", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        over.set()
        keeper.join()
        leases.release(LEASE, holder)


def _keep(holder: str, over: threading.Event) -> None:
    try:
        while not over.wait(LEASE_SECONDS / 4):
            leases.renew(LEASE, holder, LEASE_SECONDS)
    finally:
        connection.close()
