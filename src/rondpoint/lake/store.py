"""Tables of Parquet files in a folder. Imports pyarrow and DuckDB: for children and tests only.

A table is a folder with parts, each sorted as scans want it, and ``manifest.json``, which names the parts that count
and how far they reach (``position``). A part is on disk before a manifest names it and a manifest takes the place of
the one before in one step, so that whoever reads sees whole parts only, whatever dies when.
"""

import contextlib
import json
import os
import uuid
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from rondpoint.lake.manifest import Manifest, Part, read

MANY_PARTS = 12  # with more, the small ones become one
LARGE = 2_000_000  # rows of a part that is left as it is
ROW_GROUP = 100_000
MEMORY = "1GB"


class Table:
    """One table. ``order``: the columns it is sorted by."""

    def __init__(self, folder: Path, order: tuple[str, ...]):
        self.folder = folder
        self.order = order
        folder.mkdir(parents=True, exist_ok=True)

    def manifest(self) -> Manifest:
        """What counts now."""
        return read(self.folder)

    def clear(self) -> None:
        """Forgets everything."""
        self._publish(Manifest())
        self.sweep()

    def append(self, rows: pa.Table, position: tuple[int, ...], mark: str = "") -> None:
        """Adds rows that reach up to ``position``."""
        before = self.manifest()
        part = Part(f"{uuid.uuid4().hex}.parquet", rows.num_rows)
        ordered = rows.sort_by([(name, "ascending") for name in self.order])
        with (self.folder / part.file).open("xb") as file:
            pq.write_table(ordered, file, compression="zstd", row_group_size=ROW_GROUP)
            _to_disk(file)
        self._publish(Manifest((*before.parts, part), position, mark))

    def compact(self) -> bool:
        """Makes one part of the small ones when there are many parts; whether it did. Removes what no longer counts."""
        now = self.manifest()
        small = [part for part in now.parts if part.rows < LARGE]
        if len(now.parts) <= MANY_PARTS or len(small) < 2:
            return False
        made = Part(f"{uuid.uuid4().hex}.parquet", sum(part.rows for part in small))
        with contextlib.closing(connect(self.folder)) as database:
            database.execute(
                f"COPY (SELECT * FROM {self._read(tuple(small))} ORDER BY {', '.join(self.order)}) "
                f"TO '{self.folder / made.file}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP})"
            )
        with (self.folder / made.file).open("rb") as file:
            _to_disk(file)
        kept = tuple(part for part in now.parts if part not in small)
        self._publish(Manifest((*kept, made), now.position, now.mark))
        self.sweep()
        return True

    def sweep(self) -> None:
        """Removes files that no manifest names. Who reads them still has them open."""
        named = {part.file for part in self.manifest().parts}
        for path in self.folder.glob("*.parquet"):
            if path.name not in named:
                path.unlink()

    def relation(self) -> str:
        """All rows, as DuckDB reads them in a FROM; empty when there are none."""
        return self._read(self.manifest().parts)

    def _read(self, parts: tuple[Part, ...]) -> str:
        files = ", ".join(f"'{self.folder / part.file}'" for part in parts)
        return f"read_parquet([{files}])" if files else ""

    def _publish(self, manifest: Manifest) -> None:
        path = self.folder / "manifest.json.new"
        told: dict[str, Any] = {
            "parts": [{"file": part.file, "rows": part.rows} for part in manifest.parts],
            "position": list(manifest.position),
            "mark": manifest.mark,
        }
        with path.open("wb") as file:
            file.write(json.dumps(told).encode())
            _to_disk(file)
        path.replace(self.folder / "manifest.json")
        folder = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


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


def _to_disk(file: Any) -> None:
    file.flush()
    os.fsync(file.fileno())
