"""``/segments``: groups of customers with a meaning, written as one JSON definition."""

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status
from ninja.params.functions import Query
from pydantic import Field, model_validator

from rondpoint.accounts import actions as accounts
from rondpoint.accounts.api_auth import actor
from rondpoint.customers import queries as customers
from rondpoint.lib import clock
from rondpoint.segments import actions, queries
from rondpoint.segments.models import Segment
from rondpoint.segments.types import BadDefinition
from rondpoint.ui import paging
from rondpoint.ui.problems import Problem, bad_field, not_found

router = Router(tags=["segments"])
EXAMPLE = {
    "version": 1,
    "all": [
        {"trait": "country", "is": "FR"},
        {"event": "Order Completed", "count": {"gte": 2}, "within_days": 90},
        {"not": {"event": "Page Viewed", "within_days": 30}},
    ],
}


class Defined(paging.Input):
    """A body with a definition, under ``definition`` or with its members beside the others."""

    definition: dict[str, Any] = Field(examples=[EXAMPLE])

    @model_validator(mode="before")
    @classmethod
    def _gathered(cls, told: Any) -> Any:
        told = getattr(told, "_obj", told)  # ninja hands bodies over in a wrapping of its own
        if not isinstance(told, dict) or "definition" in told or "version" not in told:
            return told
        known = {name: told[name] for name in told if name in cls.model_fields}
        return {**known, "definition": {name: told[name] for name in told if name not in cls.model_fields}}


class SegmentIn(Defined):
    """A new segment. Without a name it is called by what it means."""

    name: str | None = Field(None, max_length=120, examples=["Came back and bought"])
    description: str = Field("", max_length=2000)


class SegmentChange(paging.Input):
    """What is not given stays. Another definition is a new version."""

    name: str | None = Field(None, max_length=120)
    description: str | None = Field(None, max_length=2000)
    definition: dict[str, Any] | None = None


class PreviewIn(Defined):
    """A definition to try."""


class SegmentShown(Schema):
    """A segment. ``state``: ``building`` until its members were found, then ``live``; ``count``: how many they are;
    ``meaning``: the definition as a sentence."""

    id: str
    name: str
    description: str
    definition: dict[str, Any]
    version: int
    state: str
    count: int
    meaning: str
    changed_at: str | None


class SegmentPage(Schema):
    items: list[SegmentShown]
    next: str | None


class Known(Schema):
    id: str
    name: str


class PreviewShown(Schema):
    """How many customers a definition means, of how many, and some of them."""

    count: int
    of: int
    sample: list[Known]
    meaning: str


class MemberShown(Schema):
    id: str
    name: str
    since: str | None


class MemberPage(Schema):
    items: list[MemberShown]
    next: str | None


@router.get("/segments", response=SegmentPage, summary="Segments")
def list_segments(
    request: HttpRequest,
    limit: int = Query(paging.PAGE, ge=1, le=paging.LARGEST_PAGE),
    cursor: str | None = Query(None, max_length=200),
) -> dict[str, Any]:
    """Oldest first."""
    after = paging.position(cursor, 1)
    rows = sorted(queries.every(), key=lambda row: row.id)
    rows = [row for row in rows if after is None or row.id > after[0]]
    return paging.page(rows[: limit + 1], limit, lambda found: [_shown(row) for row in found], lambda row: (row.id,))


@router.post("/segments", response={201: SegmentShown}, summary="Define a segment")
def define_segment(request: HttpRequest, said: SegmentIn) -> "Status[Any]":
    """Its members are found in a moment: it is ``building`` until then."""
    try:
        name = queries.meaning(said.definition)[:120] if said.name is None else said.name
        row = actions.define(name, said.definition, actor(request), said.description)
    except BadDefinition as bad:
        raise _problem(bad) from bad
    accounts.audit(actor(request), "segment.defined", str(row.public_id), {"name": row.name})
    return Status(201, _shown(row))


@router.post("/segments/preview", response=PreviewShown, summary="Try a definition")
def preview_segment(request: HttpRequest, said: PreviewIn) -> dict[str, Any]:
    """Nothing is stored."""
    try:
        found = actions.preview(said.definition)
    except BadDefinition as bad:
        raise _problem(bad) from bad
    people = customers.by_ids(set(found["sample"]))
    sample = [{"id": str(row.public_id), "name": row.name} for _, row in sorted(people.items())]
    return {"count": found["count"], "of": found["of"], "sample": sample, "meaning": queries.meaning(said.definition)}


@router.get("/segments/{id}", response=SegmentShown, summary="One segment")
def get_segment(request: HttpRequest, id: str) -> dict[str, Any]:
    """404 for one that does not exist or was archived."""
    return _shown(_found(id))


@router.patch("/segments/{id}", response=SegmentShown, summary="Change a segment")
def change_segment(request: HttpRequest, id: str, said: SegmentChange) -> dict[str, Any]:
    """The members of before stay until those of another definition were found."""
    row = _found(id)
    try:
        row = actions.redefine(row, actor(request), said.name, said.definition, said.description)
    except BadDefinition as bad:
        raise _problem(bad) from bad
    accounts.audit(actor(request), "segment.changed", str(row.public_id), {"version": row.version})
    return _shown(row)


@router.delete("/segments/{id}", response={204: None}, summary="Archive a segment")
def archive_segment(request: HttpRequest, id: str) -> "Status[Any]":
    """It has no members any more; 409 while another segment looks at it."""
    row = _found(id)
    try:
        actions.archive(row)
    except BadDefinition as bad:
        raise Problem(409, str(bad)) from bad
    accounts.audit(actor(request), "segment.archived", str(row.public_id), {"name": row.name})
    return Status(204, None)


@router.get("/segments/{id}/members", response=MemberPage, summary="Who is in a segment")
def list_members(
    request: HttpRequest,
    id: str,
    limit: int = Query(paging.PAGE, ge=1, le=paging.LARGEST_PAGE),
    cursor: str | None = Query(None, max_length=200),
) -> dict[str, Any]:
    """In the order in which the customers came to be known."""
    after = paging.position(cursor, 1)
    rows = queries.members(_found(id), after[0] if after else None, limit + 1)
    return paging.page(
        rows,
        limit,
        lambda found: [{"id": str(row.public_id), "name": row.name, "since": clock.iso(since)} for row, since in found],
        lambda row: (row[0].id,),
    )


def _found(public_id: str) -> Segment:
    row = queries.get(public_id)
    if row is None:
        raise not_found("segment")
    return row


def _problem(bad: BadDefinition) -> Problem:
    if bad.place == "name":
        return bad_field("name", bad.reason)
    return bad_field(f"definition.{bad.place}" if bad.place else "definition", bad.reason)


def _shown(row: Segment) -> dict[str, Any]:
    return {
        "id": str(row.public_id),
        "name": row.name,
        "description": row.description,
        "definition": row.definition,
        "version": row.version,
        "state": row.state,
        "count": row.count,
        "meaning": queries.meaning(row.definition),
        "changed_at": clock.iso(row.changed),
    }
