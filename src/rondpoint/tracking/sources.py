"""Sources as doors see them: by their write key, as this process saw them at most a second ago."""

import asyncio
import time

from django.db import close_old_connections

from rondpoint.accounts.queries import accounts_of
from rondpoint.tracking.models import Source
from rondpoint.tracking.types import SourceInfo, SourceKind

FRESH = 1.0  # seconds


def info(source: Source) -> SourceInfo:
    """A source as its calls need it."""
    return SourceInfo(
        id=source.id,
        public_id=str(source.public_id),
        kind=SourceKind(source.kind),
        origins=tuple(source.origins.split()),
        country=source.brand.country if source.brand else "FR",
        brand=source.brand_id or 0,
        accounts=accounts_of(source.brand_id),
    )


def by_ids(ids: set[int]) -> dict[int, SourceInfo]:
    """Sources by their ids."""
    return {row.id: info(row) for row in Source.objects.select_related("brand").filter(id__in=ids)}


class Keys:
    """The active sources by their write keys. A key that is not known is looked for anew, so that one made a moment
    ago works, at most once a moment, so that keys that do not exist cost nothing."""

    def __init__(self) -> None:
        self._known: dict[str, SourceInfo] = {}
        self._read = -FRESH
        self._reading = asyncio.Lock()

    async def get(self, key: str) -> SourceInfo | None:
        """The source of a key, or None. Raises what the database raises."""
        if self._read < time.monotonic() - FRESH:
            async with self._reading:
                if self._read < time.monotonic() - FRESH:
                    began = time.monotonic()
                    self._known = await asyncio.to_thread(_active)
                    self._read = began
        return self._known.get(key)


def _active() -> dict[str, SourceInfo]:
    close_old_connections()
    rows = Source.objects.select_related("brand").filter(active=True)
    return {row.write_key: info(row) for row in rows}
