"""``/decisions/reach``: whom a message would reach, and why not the others."""

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status
from ninja.params.functions import Query
from pydantic import AwareDatetime, Field

from rondpoint.accounts.api_auth import actor
from rondpoint.hub.reach import actions, queries
from rondpoint.lib import clock
from rondpoint.segments import queries as segments
from rondpoint.ui import paging
from rondpoint.ui.problems import bad_field, not_found

router = Router(tags=["decisions"])


class LookIn(paging.Input):
    """``segment``: only its members; ``at``: when it would be sent, now where nothing is said; ``text``: to learn also
    whether a channel carries it and who got the same words lately."""

    purpose: str = Field(max_length=32, examples=["offers"])
    channels: list[str] = Field(max_length=20, examples=[["email", "sms"]])
    segment: str | None = Field(None, max_length=40)
    at: AwareDatetime | None = None
    text: str = Field("", max_length=20_000)


class LookCause(Schema):
    """An outcome, with how many people have it and some of them. ``due``: when the first of those put off leaves."""

    verdict: str
    step: str
    reason: str
    people: int
    due: str | None
    examples: list[str]


class LookWay(Schema):
    """A channel. ``connected``: the house can write on it; if not, nobody was looked at."""

    channel: str
    connected: bool
    send: int
    defer: int
    refuse: int
    causes: list[LookCause]


class LookShown(Schema):
    """A look. ``state``: waiting, running, done or failed. ``reached``: who would get it, now or later, on a channel at
    least."""

    id: str
    state: str
    purpose: str
    segment: str | None
    at: str
    asked_at: str
    ended_at: str | None
    problem: str
    people: int
    reached: int
    reached_on_several: int
    channels: list[LookWay]


class LookPage(Schema):
    items: list[LookShown]
    next: str | None


@router.post("/decisions/reach", response={202: LookShown}, summary="Look whom a message would reach")
def look(request: HttpRequest, said: LookIn) -> "Status[Any]":
    """Everybody, or a segment, goes through the gate on each channel; nothing is sent and no decision is written. A
    worker does it."""
    segment = segments.get(said.segment) if said.segment is not None else None
    if said.segment is not None and segment is None:
        raise bad_field("segment", "there is no such segment")
    at = clock.from_datetime(said.at) if said.at is not None else None
    try:
        row = actions.ask(said.purpose, said.channels, actor(request), segment, at, said.text)
    except actions.Invalid as invalid:
        raise bad_field(invalid.field, str(invalid)) from invalid
    return Status(202, queries.summary(row))


@router.get("/decisions/reach", response=LookPage, summary="The looks that were taken")
def list_looks(
    request: HttpRequest,
    limit: int = Query(paging.PAGE, ge=1, le=paging.LARGEST_PAGE),
    cursor: str | None = Query(None, max_length=200),
) -> dict[str, Any]:
    """The newest first; the last fifty are kept."""
    before = paging.position(cursor, 1)
    rows = queries.newest(limit + 1, before[0] if before else None)
    return paging.page(rows, limit, lambda found: [queries.summary(row) for row in found], lambda row: (row.id,))


@router.get("/decisions/reach/{id}", response=LookShown, summary="Whom a message would reach")
def get_look(request: HttpRequest, id: str) -> dict[str, Any]:
    """404 for one that does not exist."""
    row = queries.get(id)
    if row is None:
        raise not_found("look")
    return queries.summary(row)
