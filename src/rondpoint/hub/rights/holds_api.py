"""``/rights/holds``: what may not be deleted until somebody lifts it."""

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status
from ninja.params.functions import Query
from pydantic import Field

from rondpoint.accounts.api_auth import actor
from rondpoint.customers import queries as customers
from rondpoint.hub.models import Hold
from rondpoint.hub.rights import holds
from rondpoint.hub.rights.types import Invalid
from rondpoint.lib import clock
from rondpoint.segments import queries as segments
from rondpoint.ui import paging
from rondpoint.ui.problems import bad_field, not_found

router = Router(tags=["rights"])


class HoldIn(paging.Input):
    """Exactly one of ``customer``, ``segment`` and ``kind``; a kind of data with the first and the last of its days."""

    customer: str = Field("", max_length=64, description="the customer's id")
    segment: str = Field("", max_length=64, description="the segment's id")
    kind: str = Field("", max_length=40, examples=["conversations"], description="as retention rules call them")
    first: str = Field("", max_length=10, examples=["2026-01-01"])
    last: str = Field("", max_length=10, examples=["2026-03-31"])
    reason: str = Field(max_length=300, examples=["a lawsuit about deliveries in March"])
    reference: str = Field("", max_length=120, description="of the file")
    ends: str = Field("", max_length=10, description="the last day, where it ends by itself")


class LiftIn(paging.Input):
    """Why it ends."""

    why: str = Field(max_length=300)


class HoldShown(Schema):
    """A hold. ``state``: ``live``, or ``ended``. ``since`` to before ``till``: of a kind of data."""

    id: str
    state: str
    customer: str | None
    segment: str | None
    kind: str
    since: str | None
    till: str | None
    reason: str
    reference: str
    by: str
    set_at: str
    ends_at: str | None
    lifted_at: str | None
    lifted_by: str
    lifted_why: str


class HoldPage(Schema):
    items: list[HoldShown]
    next: str | None


@router.get("/rights/holds", response=HoldPage, summary="What may not be deleted")
def list_holds(
    request: HttpRequest,
    limit: int = Query(paging.PAGE, ge=1, le=paging.LARGEST_PAGE),
    cursor: str | None = Query(None, max_length=200),
) -> dict[str, Any]:
    """Newest first, with those that were lifted."""
    before = paging.position(cursor, 1)
    rows = holds.newest(limit + 1, before[0] if before else None)
    return paging.page(rows, limit, lambda found: [_shown(row) for row in found], lambda row: (row.id,))


@router.post("/rights/holds", response={201: HoldShown}, summary="Keep something from being deleted")
def set_hold(request: HttpRequest, said: HoldIn) -> "Status[Any]":
    """Retention leaves it, and nobody whom it is about is forgotten, until it is lifted."""
    try:
        return Status(201, _shown(_set(said, actor(request))))
    except Invalid as invalid:
        raise bad_field(invalid.field, str(invalid)) from invalid


@router.post("/rights/holds/{id}/lifting", response=HoldShown, summary="Lift a hold")
def lift_hold(request: HttpRequest, id: str, said: LiftIn) -> dict[str, Any]:
    """Retention goes on, and who asked to be forgotten and waited for it is forgotten."""
    row = holds.get(id)
    if row is None:
        raise not_found("hold")
    try:
        holds.lift(row, said.why, actor(request))
    except Invalid as invalid:
        raise bad_field(invalid.field, str(invalid)) from invalid
    return _shown(row)


def _set(said: HoldIn, by: str) -> Hold:
    if len([each for each in (said.customer, said.segment, said.kind) if each]) != 1:
        raise Invalid("customer", "say one of customer, segment and kind")
    why, ends = (said.reason, said.reference, by), holds.day(said.ends, "ends")
    if said.kind:
        return holds.on_kind(said.kind, holds.day(said.first, "first"), holds.day(said.last, "last"), *why, ends)
    if said.segment:
        segment = segments.get(said.segment)
        if segment is None:
            raise Invalid("segment", "there is no such segment")
        return holds.on_segment(segment, *why, ends)
    person = customers.resolve(said.customer)
    if person is None:
        raise Invalid("customer", "there is no such customer")
    return holds.on_customer(person, *why, ends)


def _shown(row: Hold) -> dict[str, Any]:
    return {
        "id": str(row.public_id),
        "state": "live" if row.is_live(clock.now()) else "ended",
        "customer": str(row.customer) if row.customer else None,
        "segment": str(row.segment) if row.segment else None,
        "kind": row.kind,
        "since": clock.iso(row.since),
        "till": clock.iso(row.till),
        "reason": row.reason,
        "reference": row.reference,
        "by": row.by,
        "set_at": clock.iso(row.made),
        "ends_at": clock.iso(row.ends),
        "lifted_at": clock.iso(row.lifted),
        "lifted_by": row.lifted_by,
        "lifted_why": row.lifted_why,
    }
