"""Reading exports."""

import uuid
from typing import Any

from rondpoint.hub.models import Export
from rondpoint.lib import clock


def every(limit: int = 50, before: int | None = None) -> list[Export]:
    """Exports, the newest first."""
    rows = Export.objects.select_related("segment").order_by("-id")
    return list((rows.filter(id__lt=before) if before is not None else rows)[:limit])


def get(public_id: str | uuid.UUID) -> Export | None:
    """An export by its public id."""
    try:
        return Export.objects.filter(public_id=uuid.UUID(str(public_id))).select_related("segment").first()
    except ValueError:
        return None


def file_name(row: Export) -> str:
    """What its file is called."""
    return f"{row.what}-{clock.to_datetime(row.created).date().isoformat()}.{row.form}"


def summary(row: Export) -> dict[str, Any]:
    """An export as programs see it."""
    return {
        "id": str(row.public_id),
        "what": row.what,
        "form": row.form,
        "segment": str(row.segment.public_id) if row.segment else None,
        "types": row.types,
        "since": clock.iso(row.since),
        "until": clock.iso(row.until),
        "state": row.state,
        "rows": row.rows,
        "size": row.size,
        "error": row.error,
        "created_at": clock.iso(row.created),
        "ended_at": clock.iso(row.ended),
        "expires_at": clock.iso(row.expires),
    }
