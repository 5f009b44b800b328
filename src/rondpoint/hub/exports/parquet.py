"""Parquet out of JSON lines. Imports pyarrow: for children only."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings

from rondpoint.files import actions as store
from rondpoint.files import queries as files
from rondpoint.files.actions import PARTIAL
from rondpoint.hub.exports import forms

PORTION = 20_000  # rows in memory
TYPES = {"time": pa.timestamp("us", tz="UTC"), "number": pa.float64(), "truth": pa.bool_(), "text": pa.string()}


def write(sha256: str, names: list[str]) -> dict[str, Any]:
    """Stores the rows of a content of JSON lines as Parquet; {sha256, size}. Columns lose the types in their names;
    lists are separated by ``;``, objects are JSON."""
    schema = pa.schema([(forms.bare(name), TYPES[forms.kind(name)]) for name in names])
    path = Path(settings.RONDPOINT_HOME) / "files" / f"{PARTIAL}parquet-{sha256[:16]}"
    try:
        with pq.ParquetWriter(path, schema, compression="zstd") as out, files.opened(sha256) as file:
            while lines := [line for _, line in zip(range(PORTION), file, strict=False)]:
                rows = [json.loads(line) for line in lines]
                columns = [
                    pa.array([forms.typed(name, row.get(name)) for row in rows], TYPES[forms.kind(name)])
                    for name in names
                ]
                out.write_table(pa.table(columns, schema=schema))
        with path.open("rb") as made:
            kept, size = store.save_stream(iter(lambda: made.read(1 << 20), b""))
    finally:
        path.unlink(missing_ok=True)
    return {"sha256": kept, "size": size}
