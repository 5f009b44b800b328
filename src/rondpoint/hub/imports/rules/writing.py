"""Rows as CSV in the one dialect that we write. Pure."""

import csv
import io
from collections.abc import Iterator

PIECE = 64 * 1024  # bytes, about


def written(rows: Iterator[list[str]]) -> Iterator[bytes]:
    """Rows as CSV in our dialect, in pieces."""
    text = io.StringIO()
    sheet = csv.writer(text, lineterminator="\n")
    for row in rows:
        sheet.writerow(row if row else [""])
        if text.tell() > PIECE:
            yield text.getvalue().encode("utf-8", "replace")
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode("utf-8", "replace")
