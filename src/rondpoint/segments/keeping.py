"""What all rebuilding needs: the lake, the lane, and the moments at which to look again."""

from pathlib import Path

from django.conf import settings

from rondpoint.jobs import leases
from rondpoint.lib import bulk
from rondpoint.lib.db import write
from rondpoint.segments.live import LANE, LANE_SECONDS
from rondpoint.segments.models import Due

PORTION = 5000  # customers in one transaction


def lake() -> Path:
    """The folder of the lake."""
    return Path(settings.ENVIRONMENT.lake)


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
