"""The facts in the lake: read in commit order, kept as Parquet. Imports pyarrow: for children and tests only."""

from pathlib import Path

import pyarrow as pa
from django.db import connection

from rondpoint.events.models import Event
from rondpoint.events.types import Position
from rondpoint.lake.store import Table

PORTION = 200_000  # facts in one part, at most
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


def table(lake: Path) -> Table:
    """The table of facts in a lake."""
    return Table(lake / "facts", ("type", "profile_id", "occurred", "id"))


def keep_up(lake: Path) -> int:
    """Takes the facts that are not in the lake yet; how many. One process at a time may (the caller holds a lease)."""
    facts, taken = table(lake), 0
    if not ours(facts):
        facts.clear()
    while True:
        rows, position = after(Position(*facts.manifest().position))
        if not rows.num_rows:
            break
        facts.append(rows, (position.transaction, position.row), mark(position.row))
        taken += rows.num_rows
    facts.compact()
    return taken


def ours(facts: Table) -> bool:
    """Whether the lake holds facts of this database: after a restore, or beside another one, it may not."""
    manifest = facts.manifest()
    return not manifest.position or manifest.mark == mark(Position(*manifest.position).row)


def mark(row: int) -> str:
    """How the fact of a number is known again."""
    known = Event.objects.filter(id=row).values_list("source", "message_id", "received").first()
    return "gone" if known is None else f"{known[0]} {known[1]} {known[2]}"


def after(position: Position, limit: int | None = None) -> tuple[pa.Table, Position]:
    """The next facts about somebody behind a position, in commit order, and the position behind them."""
    postgresql = connection.vendor == "postgresql"
    names = ", ".join(f'"{name}"' for name in COLUMNS if name != "properties")
    properties = "properties::text" if postgresql else "properties"
    settled = 'AND "transaction" < pg_snapshot_xmin(pg_current_snapshot())::text::bigint' if postgresql else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {names}, {properties} FROM events_event "
            f'WHERE ("transaction", id) > (%s, %s) {settled} ORDER BY "transaction", id LIMIT {limit or PORTION}',
            [position.transaction, position.row],
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
