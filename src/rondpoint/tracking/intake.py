"""Storing what sources tell, exactly as it came, before anybody is told that it is safe."""

import zlib

from rondpoint.jobs import wake
from rondpoint.lib import bulk, clock
from rondpoint.lib.db import GroupWriter
from rondpoint.tracking.models import Batch, Source
from rondpoint.tracking.types import SourceInfo

LEVEL = 1  # of compression: JSON shrinks to an eighth in a third of a millisecond


def batch(source: SourceInfo, kind: str, body: bytes, received: int) -> Batch:
    """A body as it will be stored. ``received``: microseconds UTC."""
    return Batch(source_id=source.id, kind=kind, received=received, body=zlib.compress(body, LEVEL))


def store(batches: list[Batch]) -> list[None]:
    """Stores batches inside ``write()``."""
    bulk.insert(batches)
    Source.objects.filter(id__in={row.source_id for row in batches}).update(last_heard=clock.now())
    wake.notify("tracking")
    return [None] * len(batches)


def body(row: Batch) -> bytes:
    """What was stored, as it came."""
    return zlib.decompress(bytes(row.body))


class Intake:
    """The inbound path of a process: ``await keep(…)`` returns once the batch is on disk."""

    def __init__(self) -> None:
        self._writer = GroupWriter(store, name="tracking")

    async def keep(self, row: Batch) -> None:
        """Raises what the database or the disk raises: then nobody was told."""
        await self._writer.put(row)

    def close(self) -> None:
        """Writes what was accepted, then stops. Blocking."""
        self._writer.close()
