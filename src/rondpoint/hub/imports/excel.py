"""Excel workbooks (.xlsx) as CSV. Runs in a child with limits, without Django: ``lib.isolation``."""

import json
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

from rondpoint.hub.imports.rules.writing import written

MOST = 4_000_000_000  # bytes of CSV: a small file may pretend to hold endless rows
MOST_COLUMNS = 1000


def convert(payload: bytes) -> bytes:
    """Writes the first sheet that has rows as CSV: ``{source, target}`` are paths. Raises ValueError."""
    import openpyxl

    said = json.loads(payload)
    try:
        # By its path it would be judged by the end of its name, which contents of the store lack.
        file = open(said["source"], "rb")  # noqa: SIM115 - the workbook reads from it to the end
        book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
    except (zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise ValueError("it is no workbook of the form .xlsx") from error
    for sheet in book.worksheets:
        sheet.reset_dimensions()  # what the file says of its size may be wrong
        rows = sheet.iter_rows(values_only=True)
        first = next(rows, None)
        if first is None or not any(cell is not None for cell in first):
            continue
        size = 0
        with open(said["target"], "wb") as out:
            for piece in written(_texts(first, rows)):
                size += len(piece)
                if size > MOST:
                    raise ValueError(f"its rows have more than {MOST // 1_000_000_000} GB")
                out.write(piece)
        return b""
    raise ValueError("row 1 of no sheet names a column")


def _texts(first: tuple[Any, ...], rest: Iterator[tuple[Any, ...]]) -> Iterator[list[str]]:
    header = [_text(cell) for cell in first[:MOST_COLUMNS]]
    while header and not header[-1]:
        header.pop()
    yield header
    for row in rest:
        yield [_text(cell) for cell in row[: len(header)]]


def _text(cell: Any) -> str:
    """A cell as an import reads it: times as ISO 8601, whole numbers without a point."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat()
    if isinstance(cell, date | time):
        return cell.isoformat()
    return str(cell)
