"""Where a table lies: a folder of this machine, or a prefix of an object store (S3, by pyarrow's own client).

Neither ever shows half a file: on disk the manifest is renamed into its place, in a store an object is there once it
has been put whole. Imports pyarrow: for children and tests only.
"""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import duckdb
import pyarrow.dataset as ds
from django.conf import settings
from pyarrow import fs

from rondpoint.lake.manifest import is_remote
from rondpoint.lib import clock

SUFFIX = ".parquet"
PIECE = 8 * 1024 * 1024  # bytes sent at once


class Place(Protocol):
    """A table's files by their names. All raise OSError where the place cannot be reached.

    ``work``: a folder of this machine where parts are made and DuckDB spills."""

    work: Path

    def read(self, name: str) -> bytes | None:
        """A file's content, or None."""

    def put(self, name: str, content: bytes) -> None:
        """A small file, in one step in the place of the one before."""

    def take(self, name: str) -> None:
        """A part that was made in ``work``: afterwards it is here, whatever dies."""

    def remove(self, name: str) -> None:
        """Removes a file; one that is not there is no error."""

    def parts(self) -> dict[str, int]:
        """All parts there are, and when each was written (microseconds UTC)."""

    def show(self, database: duckdb.DuckDBPyConnection, name: str, files: Sequence[str]) -> None:
        """The rows of these parts, at least one, as a view of DuckDB; only what is asked for is read."""


class Disk:
    """A folder."""

    def __init__(self, folder: Path):
        self.work = folder
        folder.mkdir(parents=True, exist_ok=True)

    def read(self, name: str) -> bytes | None:
        try:
            return (self.work / name).read_bytes()
        except FileNotFoundError:
            return None

    def put(self, name: str, content: bytes) -> None:
        new = self.work / f"{name}.new"
        new.write_bytes(content)
        _to_disk(new)
        new.replace(self.work / name)
        _to_disk(self.work)

    def take(self, name: str) -> None:
        _to_disk(self.work / name)

    def remove(self, name: str) -> None:
        (self.work / name).unlink(missing_ok=True)

    def parts(self) -> dict[str, int]:
        return {path.name: path.stat().st_mtime_ns // 1000 for path in self.work.glob(f"*{SUFFIX}")}

    def show(self, database: duckdb.DuckDBPyConnection, name: str, files: Sequence[str]) -> None:
        named = ", ".join("'" + str(self.work / file).replace("'", "''") + "'" for file in files)
        database.execute(f"CREATE OR REPLACE VIEW {name} AS SELECT * FROM read_parquet([{named}])")


class Bucket:
    """A prefix of a bucket. ``address``: as pyarrow reads it, ``s3://bucket/prefix?endpoint_override=…&region=…``."""

    def __init__(self, address: str, table: str, work: Path):
        self.work = work
        work.mkdir(parents=True, exist_ok=True)
        self._store, path = fs.FileSystem.from_uri(address)
        self._prefix = f"{path.rstrip('/')}/{table}"

    def read(self, name: str) -> bytes | None:
        try:
            with self._store.open_input_stream(self._at(name)) as object_:
                return bytes(object_.read())
        except FileNotFoundError:
            return None

    def put(self, name: str, content: bytes) -> None:
        with self._store.open_output_stream(self._at(name)) as object_:
            object_.write(content)

    def take(self, name: str) -> None:
        made = self.work / name
        with made.open("rb") as file, self._store.open_output_stream(self._at(name)) as object_:
            shutil.copyfileobj(file, object_, PIECE)
        made.unlink()

    def remove(self, name: str) -> None:
        try:
            self._store.delete_file(self._at(name))
        except FileNotFoundError:
            pass

    def parts(self) -> dict[str, int]:
        found = self._store.get_file_info(fs.FileSelector(self._prefix, allow_not_found=True))
        return {info.base_name: info.mtime_ns // 1000 for info in found if info.base_name.endswith(SUFFIX)}

    def show(self, database: duckdb.DuckDBPyConnection, name: str, files: Sequence[str]) -> None:
        rows = ds.dataset([self._at(file) for file in files], filesystem=self._store, format="parquet")
        database.register(name, rows)

    def _at(self, name: str) -> str:
        return f"{self._prefix}/{name}"


def place(lake: str | Path, table: str) -> Place:
    """Where a table of a lake lies. Raises OSError or ValueError where the address leads nowhere."""
    if isinstance(lake, str) and is_remote(lake):
        return Bucket(lake, table, Path(settings.RONDPOINT_HOME) / "lake" / table)
    return Disk(Path(lake) / table)


def prove(place: Place) -> None:
    """Writes, reads and removes a file. Raises OSError where one of them fails."""
    name, content = "probe", str(clock.now()).encode()
    place.put(name, content)
    if place.read(name) != content:
        raise OSError("what was written to the lake cannot be read again")
    place.remove(name)


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
