"""Whom a message would reach, in words and shares for the page."""

from collections.abc import Mapping
from typing import Any

from rondpoint.channels import registry
from rondpoint.consent.types import WAYS
from rondpoint.conversations.queries.reasons import explain
from rondpoint.hub.models import ReachCheck
from rondpoint.hub.reach import queries
from rondpoint.hub.reach.types import Cause, Reach, Way
from rondpoint.sending import queries as sending
from rondpoint.ui import times


def usual() -> list[str]:
    """The channels that are chosen beforehand: those this house has, among those that promotions go by."""
    return [kind for kind in registry.kinds() if kind in WAYS]


def line(row: ReachCheck, purposes: Mapping[str, str]) -> dict[str, Any]:
    """A look in a list."""
    reach = queries.found(row)
    return {
        "row": row,
        "purpose": purposes.get(row.purpose, row.purpose),
        "channels": ", ".join(sending.channel_name(kind) for kind in row.channels),
        "people": reach.people if reach else None,
        "reached": reach.reached if reach else None,
        "share": _share(reach.reached, reach.people) if reach else "",
    }


def page(reach: Reach, row: ReachCheck) -> dict[str, Any]:
    """What was found, channel by channel."""
    there = queries.people(reach)
    return {
        "reach": reach,
        "several": reach.several,
        "missed": reach.people - reach.reached,
        "ways": [_way(way, reach.people, there) for way in reach.ways],
        "time": times.local(row.at).strftime("%Y-%m-%dT%H:%M"),
    }


def _way(way: Way, people: int, there: Mapping[int, Any]) -> dict[str, Any]:
    return {
        "kind": way.channel,
        "name": sending.channel_name(way.channel),
        "connected": way.connected,
        "reached": way.count("send", "defer"),
        "share": _share(way.count("send", "defer"), people),
        "causes": [_cause(cause, people, there) for cause in way.causes],
    }


def _cause(cause: Cause, people: int, there: Mapping[int, Any]) -> dict[str, Any]:
    return {
        "verdict": cause.verdict,
        "sentence": explain(cause.reason, cause.step) if cause.reason else "",
        "due": cause.due,
        "count": cause.count,
        "share": _share(cause.count, people),
        "percent": round(100 * cause.count / people, 2) if people else 0,
        "examples": [there[number] for number in cause.examples if number in there],
    }


def _share(some: int, of: int) -> str:
    return times.percent(some / of) if of else ""
