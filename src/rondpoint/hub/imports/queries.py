"""Reading imports and what they refused."""

import csv
import io
import uuid
from collections.abc import Iterator

from rondpoint.accounts.rules.cells import harmless
from rondpoint.hub.imports.rules.recognising import REFUSED
from rondpoint.hub.models import Import, RefusedRow


def every(limit: int = 50, before: int | None = None) -> list[Import]:
    """Imports, the newest first."""
    rows = Import.objects.order_by("-id")
    return list((rows.filter(id__lt=before) if before is not None else rows)[:limit])


def get(public_id: str | uuid.UUID) -> Import | None:
    """An import by its public id."""
    try:
        return Import.objects.filter(public_id=uuid.UUID(str(public_id))).first()
    except ValueError:
        return None


def refused(row: Import, limit: int) -> list[RefusedRow]:
    """The first rows that were refused."""
    return list(RefusedRow.objects.filter(imported=row).order_by("line")[:limit])


def refused_csv(row: Import) -> Iterator[bytes]:
    """What was refused as CSV, in pieces: the line, the reason and the cells as they came, so that it can be mended and
    brought again. What a spreadsheet would run is made harmless."""
    text = io.StringIO()
    sheet = csv.writer(text)
    text.write("\ufeff")  # or Excel takes it for Windows-1252
    sheet.writerow([*REFUSED, *(harmless(name) for name in row.header)])
    rows = RefusedRow.objects.filter(imported=row).order_by("line").values_list("line", "reason", "cells")
    for line, reason, cells in rows.iterator(chunk_size=1000):
        sheet.writerow([line, harmless(reason), *(harmless(cell) for cell in cells)])
        if text.tell() > 64_000:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()
