"""Tables of Parquet files. Imports pyarrow and DuckDB: for children and tests only.

A table is a place with parts, each sorted as scans want it, and a manifest, which names the parts that count and how
far they reach (``position``). A part is written whole before a manifest names it, and a manifest takes the place of the
one before in one step, so that whoever reads sees whole parts only, whatever dies when. Parts never change; those that
no longer count stay for an hour for whoever reads them. One writer at a time: the caller holds a lease.
"""

import contextlib
import uuid
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from rondpoint.lake import manifest as manifests
from rondpoint.lake.manifest import Gone, Manifest, Part
from rondpoint.lake.places import SUFFIX, Place
from rondpoint.lib import clock

MANY_PARTS = 12  # with more, the small ones become one
LARGE = 2_000_000  # rows of a part that is left as it is
ROW_GROUP = 100_000
MEMORY = "1GB"
KEPT = clock.HOUR  # that a file stays after it ceased to count

# Rows, how far they reach, and the mark of that place.
Portion = tuple[pa.Table, tuple[int, ...], str]


class Overtaken(Exception):
    """Somebody else published meanwhile. Nothing was changed; what was to be done is to be begun again."""


class Table:
    """One table. ``order``: the columns it is sorted by."""

    def __init__(self, place: Place, order: tuple[str, ...]):
        self.place = place
        self.order = order

    def manifest(self) -> Manifest:
        """What counts now. Raises OSError."""
        return manifests.decode(self.place.read(manifests.FILE))

    def append(self, rows: pa.Table, position: tuple[int, ...], mark: str = "") -> None:
        """Adds rows that reach up to ``position``. Raises Overtaken."""
        before = self.manifest()
        self._publish(before, (*before.parts, self._write(rows)), position, mark)

    def compact(self) -> bool:
        """Makes one part of the small ones when there are many parts; whether it did. Raises Overtaken."""
        now = self.manifest()
        parts = self._compacted(now.parts)
        if parts == now.parts:
            return False
        self._publish(now, parts, now.position, now.mark)
        return True

    def renew(self, portions: Iterable[Portion]) -> int:
        """Writes all rows anew; how many. What was there counts until the new parts are whole, and who published
        meanwhile is overtaken."""
        parts: tuple[Part, ...] = ()
        position: tuple[int, ...] = ()
        mark = ""
        for rows, position, mark in portions:  # noqa: B007  the last ones stay
            parts = self._compacted((*parts, self._write(rows)), drop=True)
        self._publish(self.manifest(), parts, position, mark)
        return sum(part.rows for part in parts)

    def reach(self, position: tuple[int, ...], mark: str) -> None:
        """The same rows count, and are known to reach up to another ``position``. Raises Overtaken."""
        now = self.manifest()
        self._publish(now, now.parts, position, mark)

    def remove(self, column: str, values: Collection[Any]) -> int:
        """Takes the rows out whose column has one of these values; how many. The files that held them are gone too
        when it returns; whoever reads these has to begin again.

        Done again after it was cut short, it does what is left. Raises Overtaken."""
        now = self.manifest()
        parts: list[Part] = []
        with contextlib.closing(self.connect()) as database:
            database.register("named", pa.table({"value": pa.array(list(values))}))
            among = f"coalesce({column} IN (SELECT value FROM named), false)"
            for part in now.parts:
                self.place.show(database, "part", [part.file])
                found = _number(database, f"SELECT count(*) FROM part WHERE {among}")
                if not found:
                    parts.append(part)
                elif found < part.rows:
                    parts.append(self._copy(database, f"part WHERE NOT {among}", part.rows - found))
        if tuple(parts) != now.parts:
            self._publish(now, parts, now.position, now.mark)
        self.sweep(kept=0)
        return sum(part.rows for part in now.parts) - sum(part.rows for part in parts)

    def sweep(self, kept: int = KEPT) -> None:
        """Removes parts that have not counted for ``kept`` microseconds, and what was written and never counted."""
        manifest, old = self.manifest(), clock.now() - kept
        named = {part.file for part in manifest.parts} | {each.file for each in manifest.gone if each.at > old}
        for file, written in self.place.parts().items():
            if file not in named and written <= old:
                self.place.remove(file)
        for path in self.place.work.glob(f"*{SUFFIX}"):  # of a store: what died before it was sent
            if path.name not in named and path.stat().st_mtime_ns // 1000 <= old:
                path.unlink(missing_ok=True)

    def is_whole(self) -> bool:
        """Whether all parts that count are there."""
        return self._there(self.manifest().parts)

    def show(self, database: duckdb.DuckDBPyConnection, name: str, manifest: Manifest | None = None) -> bool:
        """All rows as a view of DuckDB; False, and no view, where there are none."""
        parts = (manifest or self.manifest()).parts
        if parts:
            self.place.show(database, name, [part.file for part in parts])
        return bool(parts)

    def connect(self) -> duckdb.DuckDBPyConnection:
        """A DuckDB that spills where this machine works for the table."""
        return connect(self.place.work)

    def _compacted(self, parts: tuple[Part, ...], drop: bool = False) -> tuple[Part, ...]:
        """The same rows in fewer parts where there are many. ``drop``: nobody has seen the small ones yet."""
        small = [part for part in parts if part.rows < LARGE]
        if len(parts) <= MANY_PARTS or len(small) < 2:
            return parts
        with contextlib.closing(self.connect()) as database:
            self.place.show(database, "small", [part.file for part in small])
            made = self._copy(database, "small", sum(part.rows for part in small))
        if drop:
            for part in small:
                self.place.remove(part.file)
        return (*(part for part in parts if part not in small), made)

    def _there(self, parts: Sequence[Part]) -> bool:
        return {part.file for part in parts} <= self.place.parts().keys()

    def _write(self, rows: pa.Table) -> Part:
        part = _new(rows.num_rows)
        ordered = rows.sort_by([(name, "ascending") for name in self.order])
        pq.write_table(ordered, self.place.work / part.file, compression="zstd", row_group_size=ROW_GROUP)
        self.place.take(part.file)
        return part

    def _copy(self, database: duckdb.DuckDBPyConnection, source: str, rows: int) -> Part:
        part = _new(rows)
        path = str(self.place.work / part.file).replace("'", "''")
        database.execute(
            f"COPY (SELECT * FROM {source} ORDER BY {', '.join(self.order)}) TO '{path}' "
            f"(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP})"
        )
        self.place.take(part.file)
        return part

    def _publish(self, before: Manifest, parts: Sequence[Part], position: tuple[int, ...], mark: str) -> None:
        now = clock.now()
        if self.manifest() != before or not self._there(parts):
            raise Overtaken("another process has written to the lake meanwhile")
        left = [Gone(part.file, now) for part in before.parts if part not in parts]
        gone = (*(each for each in before.gone if each.at > now - KEPT), *left)
        self.place.put(manifests.FILE, manifests.encode(Manifest(tuple(parts), position, mark, gone)))


def connect(spill: Path) -> duckdb.DuckDBPyConnection:
    """A DuckDB of this process that fetches nothing from the network and spills into a folder."""
    settings = {
        "memory_limit": MEMORY,
        "threads": 2,
        "temp_directory": str(spill / "spill"),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "preserve_insertion_order": False,
    }
    return duckdb.connect(":memory:", config=settings)


def _new(rows: int) -> Part:
    return Part(f"{uuid.uuid4().hex}{SUFFIX}", rows)


def _number(database: duckdb.DuckDBPyConnection, question: str) -> int:
    return int(database.execute(question).fetchall()[0][0])
