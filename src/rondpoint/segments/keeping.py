"""What all rebuilding needs: the lake, the lane, and the moments at which to look again. Imports DuckDB."""

from collections.abc import Callable, Collection
from typing import TypeVar

import duckdb
from django.conf import settings

from rondpoint.events.lake import kept
from rondpoint.jobs import leases
from rondpoint.lib import bulk, clock
from rondpoint.lib.db import snapshot, write
from rondpoint.segments.live import LANE, LANE_SECONDS
from rondpoint.segments.models import Due
from rondpoint.segments.rules import needs as looking
from rondpoint.segments.whole import Whole

PORTION = 5000  # customers in one transaction

Answer = TypeVar("Answer")


def lake() -> str:
    """Where the lake is."""
    return str(settings.ENVIRONMENT.lake)


def ask(needed: Collection[looking.Needs], question: Callable[[Whole], Answer]) -> Answer:
    """What ``question`` says of everybody, all in one snapshot of the database. Asked once more where parts of the lake
    were removed while it read them."""
    before = kept(lake())
    try:
        with snapshot():
            return question(Whole(before, needed, clock.now()))
    except (OSError, duckdb.Error):
        now = kept(lake())
        if before is None or (now and now.manifest == before.manifest):
            raise
    with snapshot():
        return question(Whole(now, needed, clock.now()))


def remember(moments: list[tuple[int, int]], holder: str) -> None:
    """Notes when to look at customers again, unless that is to be sooner already."""
    for start in range(0, len(moments), PORTION):
        part = dict(moments[start : start + PORTION])
        with write():
            ours(holder)
            known = bulk.fetch(Due, customer_id=part)
            earlier = [row for row in known if part.pop(row.customer_id) < row.at]
            moment = dict(moments[start : start + PORTION])
            for row in earlier:
                row.at = moment[row.customer_id]
            bulk.update(earlier, ["at"])
            bulk.insert([Due(customer_id=number, at=at) for number, at in part.items()])


def ours(holder: str) -> None:
    """Keeps the lane, inside the ``write()`` that needs it. Raises RuntimeError once another worker has it."""
    if not leases.renew(LANE, holder, LANE_SECONDS):
        raise RuntimeError("another worker has taken the segments over")
