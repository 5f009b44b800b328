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

PORTION = 20_000  # rows in memory
TYPES = {"number": pa.float64(), "truth": pa.bool_()}


def write(sha256: str, names: list[str]) -> dict[str, Any]:
    """Stores the rows of a content of JSON lines as Parquet; {sha256, size}. Columns lose the types in their names;
    lists are separated by ``;``, objects are JSON."""
    schema = pa.schema([(_bare(name), _type(name)) for name in names])
    path = Path(settings.RONDPOINT_HOME) / "files" / f"{PARTIAL}parquet-{sha256[:16]}"
    try:
        with pq.ParquetWriter(path, schema, compression="zstd") as out, files.opened(sha256) as file:
            while lines := [line for _, line in zip(range(PORTION), file, strict=False)]:
                rows = [json.loads(line) for line in lines]
                columns = [pa.array([_value(name, row.get(name)) for row in rows], _type(name)) for name in names]
                out.write_table(pa.table(columns, schema=schema))
        with path.open("rb") as made:
            kept, size = store.save_stream(iter(lambda: made.read(1 << 20), b""))
    finally:
        path.unlink(missing_ok=True)
    return {"sha256": kept, "size": size}


def _type(name: str) -> pa.DataType:
    if name.endswith("_at"):
        return pa.timestamp("us", tz="UTC")
    return TYPES.get(name.partition(":")[0] if ":" in name else "", pa.string())


def _bare(name: str) -> str:
    kind, colon, rest = name.partition(":")
    return rest if colon and kind in ("text", "number", "truth", "json", "date") else name


def _value(name: str, value: Any) -> Any:
    if value is None or name.startswith(("number:", "truth:")):
        return value
    if name.endswith("_at"):
        return _moment(value)
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return ";".join(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _moment(text: str) -> Any:
    from datetime import datetime

    return datetime.fromisoformat(text)
