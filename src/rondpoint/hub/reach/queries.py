"""Reading whom a message would reach."""

import uuid
from typing import Any

import msgspec

from rondpoint.customers import queries as customers
from rondpoint.hub.models import ReachCheck
from rondpoint.hub.reach.types import Cause, Reach
from rondpoint.lib import clock


def newest(limit: int, before: int | None = None) -> list[ReachCheck]:
    """The looks, the newest first. ``before``: the number of the last one of the page before."""
    rows = ReachCheck.objects.select_related("segment").order_by("-id")
    return list((rows.filter(id__lt=before) if before is not None else rows)[:limit])


def get(public_id: str) -> ReachCheck | None:
    """One look; None when there is none."""
    try:
        wanted = uuid.UUID(str(public_id))
    except ValueError:
        return None
    return ReachCheck.objects.select_related("segment").filter(public_id=wanted).first()


def found(row: ReachCheck) -> Reach | None:
    """What it found; None until then."""
    return msgspec.convert(row.result, Reach) if row.state == "done" else None


def people(reach: Reach) -> dict[int, Any]:
    """Those of the examples who are still there, by their numbers."""
    return customers.by_ids({number for way in reach.ways for cause in way.causes for number in cause.examples})


def summary(row: ReachCheck) -> dict[str, Any]:
    """A look as the API shows it."""
    reach = found(row)
    there = people(reach) if reach else {}
    return {
        "id": str(row.public_id),
        "state": row.state,
        "purpose": row.purpose,
        "segment": str(row.segment.public_id) if row.segment else None,
        "at": clock.iso(row.at),
        "asked_at": clock.iso(row.asked),
        "ended_at": clock.iso(row.ended),
        "problem": row.problem,
        "people": reach.people if reach else 0,
        "reached": reach.reached if reach else 0,
        "reached_on_several": reach.several if reach else 0,
        "channels": [
            {
                "channel": way.channel, "connected": way.connected, "send": way.count("send"),
                "defer": way.count("defer"), "refuse": way.count("refuse"),
                "causes": [_cause(cause, there) for cause in way.causes],
            }
            for way in (reach.ways if reach else ())
        ],
    }  # fmt: skip


def _cause(cause: Cause, there: dict[int, Any]) -> dict[str, Any]:
    return {
        "verdict": cause.verdict, "step": cause.step, "reason": cause.reason, "people": cause.count,
        "due": clock.iso(cause.due) if cause.due else None,
        "examples": [str(there[number].public_id) for number in cause.examples if number in there],
    }  # fmt: skip
