"""The facts in the lake: read in commit order, kept as Parquet. Imports pyarrow: for children and tests only."""

import contextlib
import logging
import uuid
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

import msgspec
import pyarrow as pa
from django.db import connection
from msgspec import Struct

from rondpoint.events import following
from rondpoint.events.models import Event
from rondpoint.events.types import REACHED, Position
from rondpoint.jobs import leases
from rondpoint.lake.manifest import Manifest
from rondpoint.lake.places import place, prove
from rondpoint.lake.store import Portion, Table
from rondpoint.lib.db import write

log = logging.getLogger("rondpoint.lake")
PORTION = 200_000  # facts in one part, at most
GONE = "gone"  # the mark of a fact that is not there
WRITER, WRITER_SECONDS = "the lake's writer", 120.0
COLUMNS = {
    "id": pa.int64(),
    "transaction": pa.int64(),
    "profile_id": pa.int64(),
    "type": pa.string(),
    "channel": pa.string(),
    "source": pa.string(),
    "occurred": pa.int64(),
    "received": pa.int64(),
    "properties": pa.string(),  # JSON
}


def table(lake: str | Path) -> Table:
    """The table of facts in a lake: a folder, or an address in an object store. Raises OSError."""
    return Table(place(lake, "facts"), ("type", "profile_id", "occurred", "id"))


class Kept(Struct, frozen=True):
    """The lake as it was looked at before a snapshot of the database: what counts then is in the snapshot too."""

    table: Table
    manifest: Manifest


def kept(lake: str | Path) -> Kept | None:
    """The lake as it is now, or None where it cannot be reached: then all is read from the database."""
    try:
        facts = table(lake)
        return Kept(facts, facts.manifest())
    except OSError:
        log.exception("the lake cannot be reached: all facts are read from the database")
        return None


class Busy(Exception):
    """Another process writes to the lake now."""


def keep_up(lake: str | Path) -> int:
    """Takes the facts that are not in the lake yet; how many. A lake of others, or one that lost a part, is written
    anew. Raises Busy, and OSError where it cannot be reached."""
    with _alone(lake) as (facts, renew):
        if not (ours(facts.manifest()) and facts.is_whole()):
            return facts.renew(_portions(Position(), renew))
        taken = 0
        for rows, position, marked in _portions(Position(*facts.manifest().position), renew):
            facts.append(rows, position, marked)
            taken += rows.num_rows
        facts.compact()
    return taken


def write_anew(lake: str | Path) -> int:
    """Writes all facts anew; how many. The lake of before counts until then. Raises Busy and OSError."""
    with _alone(lake) as (facts, renew):
        return facts.renew(_portions(Position(), renew))


def forget(lake: str | Path, profile_ids: Collection[int]) -> int:
    """Takes the facts about these profiles out of the lake, so that no file holds them any more; how many there were.
    The database has forgotten them before, or they would come again. Raises Busy and OSError."""
    with _alone(lake) as (facts, _):
        taken = facts.remove("profile_id", profile_ids)
        if not ours(facts.manifest()):  # its last fact is gone: the last of those that are left marks it
            position = _end(facts)
            facts.reach((position.transaction, position.row), mark(position.row))
    return taken


def probe(lake: str | Path) -> None:
    """Proves that the lake can be written and read. Raises OSError with the reason."""
    prove(table(lake).place)


def is_well(lake: str | Path) -> bool:
    """Whether the lake can be written and is as it was left. Raises OSError where it cannot be reached."""
    probe(lake)
    return table(lake).manifest().position == msgspec.structs.astuple(following.place(REACHED))


def ours(manifest: Manifest) -> bool:
    """Whether a lake holds facts of this database: after a restore, or beside another one, it may not."""
    if not manifest.position or manifest.position == (0, 0):
        return not manifest.parts
    return manifest.mark == mark(Position(*manifest.position).row) != GONE


def mark(row: int) -> str:
    """How the fact of a number is known again."""
    known = Event.objects.filter(id=row).values_list("transaction", "source", "message_id", "received").first()
    return " ".join(map(str, known)) if known else GONE


def _end(facts: Table) -> Position:
    with contextlib.closing(facts.connect()) as database:
        if not facts.show(database, "kept"):
            return Position()
        last = 'SELECT "transaction", id FROM kept ORDER BY "transaction" DESC, id DESC LIMIT 1'
        return Position(*database.execute(last).fetchall()[0])


def _portions(position: Position, renew: Callable[[], None]) -> Iterator[Portion]:
    while True:
        rows, position = after(position)
        if not rows.num_rows:
            return
        yield rows, (position.transaction, position.row), mark(position.row)
        renew()


@contextlib.contextmanager
def _alone(lake: str | Path) -> Iterator[tuple[Table, Callable[[], None]]]:
    """The facts for the one process that may write them now, and what it calls between two steps to keep them; how far
    they reach is noted in the end."""
    facts, holder = table(lake), uuid.uuid4().hex

    def keep() -> None:
        if not leases.renew(WRITER, holder, WRITER_SECONDS):
            raise Busy("another process has taken the lake over")

    if leases.acquire(WRITER, holder, WRITER_SECONDS) is None:
        raise Busy("another process writes to the lake")
    try:
        yield facts, keep
        facts.sweep()
        with write():
            following.move(REACHED, Position(*facts.manifest().position))
    finally:
        leases.release(WRITER, holder)


def after(position: Position, limit: int | None = None) -> tuple[pa.Table, Position]:
    """The next facts about somebody behind a position, in commit order, and the position behind them."""
    postgresql = connection.vendor == "postgresql"
    names = ", ".join(f'"{name}"' for name in COLUMNS if name != "properties")
    properties = "properties::text" if postgresql else "properties"
    behind, order, place = "id > %s", "id", [position.row]
    if postgresql:
        settled = '"transaction" < pg_snapshot_xmin(pg_current_snapshot())::text::bigint'
        behind = f'("transaction", id) > (%s, %s) AND {settled}'
        order, place = '"transaction", id', [position.transaction, position.row]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {names}, {properties} FROM events_event "
            f"WHERE {behind} ORDER BY {order} LIMIT {limit or PORTION}",
            place,
        )
        rows = cursor.fetchall()
    if not rows:
        return nothing(), position
    position = Position(rows[-1][1], rows[-1][0])
    columns = zip(*rows, strict=True)
    arrays = [pa.array(values, kind) for values, kind in zip(columns, COLUMNS.values(), strict=True)]
    return pa.table(dict(zip(COLUMNS, arrays, strict=True))), position


def nothing() -> pa.Table:
    """No facts, with all columns."""
    return pa.table({name: pa.array([], kind) for name, kind in COLUMNS.items()})
