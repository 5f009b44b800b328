"""``/catalogue``: which facts there are, what they look like, and where they differ from before."""

from datetime import datetime
from typing import Any

import msgspec
from django.http import HttpRequest
from ninja import Router, Schema, Status
from ninja.params.functions import Query
from pydantic import Field

from rondpoint.accounts.api_auth import actor
from rondpoint.events import catalogue, titles
from rondpoint.events.models import EventType
from rondpoint.events.rules import shape as rules
from rondpoint.lib import clock
from rondpoint.ui import paging
from rondpoint.ui.problems import not_found

router = Router(tags=["events"])
SHOWN = clock.SECOND // 1000  # times are shown to the millisecond


class DifferenceShown(Schema):
    """Something that is not as before. ``what``: ``new``, ``gone``, or ``kind`` of a property that is suddenly of
    another kind; ``detail``: its kind, or ``number → text``."""

    what: str
    property: str
    detail: str
    at: str


class EventTypeShown(Schema):
    """A type of facts. ``description``: what it means, in the company's words where it said so; ``day_counts``: of the
    last 30 days (UTC), today last; ``silent_since``: since when one is missed, of a type that came regularly;
    ``sources``: who tells it."""

    type: str
    name: str
    description: str
    count: int
    day_counts: list[int]
    first_at: str
    last_at: str
    sources: list[str]
    silent_since: str | None
    differences: list[DifferenceShown]


class EventPropertyShown(Schema):
    """A property by its path. ``kinds``: the most frequent first; ``share``: of the facts of its type that have it."""

    path: str
    kinds: list[str]
    share: float
    last_at: str


class EventTypeWhole(EventTypeShown):
    """A type with its properties and the newest facts of it."""

    properties: list[EventPropertyShown]
    examples: list[dict[str, Any]]


class EventTypePage(Schema):
    items: list[EventTypeShown]
    next: str | None


class Acceptance(paging.Input):
    """``until``: the newest ``at`` of the differences you saw, ``silent_since``: that of the type, if it was silent, so
    that what came after you looked stays; with neither all that is there is accepted."""

    type: str = Field(max_length=200)
    until: datetime | None = None
    silent_since: datetime | None = None


@router.get("/catalogue", response=EventTypePage, summary="Types of events")
def list_event_types(
    request: HttpRequest,
    differing: bool = False,
    limit: int = Query(paging.PAGE, ge=1, le=paging.LARGEST_PAGE),
    cursor: str | None = Query(None, max_length=200),
) -> dict[str, Any]:
    """Oldest first. ``differing``: only those that look different than before, or fell silent."""
    after = paging.position(cursor, 1)
    rows = sorted(catalogue.every(differing=differing), key=lambda row: row.id)
    rows = [row for row in rows if after is None or row.id > after[0]]
    return paging.page(rows[: limit + 1], limit, _shown, lambda row: (row.id,))


@router.post("/catalogue/acceptances", response={201: EventTypeShown}, summary="A type is right as it is now")
def accept_event_type(request: HttpRequest, said: Acceptance) -> "Status[Any]":
    """Its present shape is what is expected from now on; what changes after that is told again. 404 for a type that
    never came."""
    row = _found(said.type)
    until = clock.from_datetime(said.until) + SHOWN - 1 if said.until is not None else None
    silent = None
    if said.silent_since is not None:
        until = until or 0
        told = clock.from_datetime(said.silent_since) // SHOWN
        silent = row.silent if row.silent is not None and row.silent // SHOWN == told else None
    catalogue.accept(row, actor(request), until, silent)
    return Status(201, _shown([_found(said.type)])[0])


@router.get("/catalogue/{path:type}", response=EventTypeWhole, summary="One type of events")
def get_event_type(request: HttpRequest, type: str) -> dict[str, Any]:
    """By its name, as in ``/catalogue/Order%20Completed``. 404 for one that never came."""
    row = _found(type)
    shape = msgspec.convert(row.shape, rules.Shape)
    return {
        **_shown([row])[0],
        "properties": [_property(path, each, shape.count) for path, each in sorted(shape.properties.items())],
        "examples": catalogue.shown(catalogue.examples(row)),
    }


def _found(name: str) -> EventType:
    row = catalogue.get(name)
    if row is None:
        raise not_found("type of events")
    return row


def _shown(rows: list[EventType]) -> list[dict[str, Any]]:
    volumes = catalogue.volumes([row.id for row in rows])
    return [
        {
            "type": row.name, "name": titles.name(row.name), "description": row.description or titles.meaning(row.name),
            "count": row.count,
            "day_counts": volumes[row.id], "first_at": clock.iso(row.first_at), "last_at": clock.iso(row.last_at),
            "sources": catalogue.names(row.sources), "silent_since": clock.iso(row.silent),
            "differences": [
                {"what": each["what"], "property": each["name"], "detail": each["detail"], "at": clock.iso(each["at"])}
                for each in row.drift
            ],
        }
        for row in rows
    ]  # fmt: skip


def _property(path: str, known: rules.Property, count: int) -> dict[str, Any]:
    return {
        "path": path, "kinds": sorted(known.kinds, key=lambda kind: -known.kinds[kind]),
        "share": known.seen / count if count else 0.0, "last_at": clock.iso(known.last_at),
    }  # fmt: skip
