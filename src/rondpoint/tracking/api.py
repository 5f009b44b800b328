"""``/sources``: which web sites, apps and servers tell what customers do, and what of it was not taken."""

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status
from ninja.params.functions import Query
from pydantic import Field

from rondpoint.accounts import actions as accounts
from rondpoint.accounts.api_auth import actor
from rondpoint.accounts.models import Brand
from rondpoint.lib import clock
from rondpoint.tracking import actions, queries
from rondpoint.tracking.models import Batch, Refusal, Source
from rondpoint.tracking.types import SourceKind
from rondpoint.ui import paging
from rondpoint.ui.problems import Problem, bad_field, not_found

router = Router(tags=["sources"])


class SourceIn(paging.Input):
    """A new source. ``origins``: the addresses of a web site's pages; none lets any page send."""

    kind: SourceKind
    name: str = Field(max_length=120, examples=["Online shop"])
    brand: str | None = Field(None, max_length=50, description="slug of a brand; the first one without")
    origins: list[str] = Field([], max_length=50, examples=[["https://www.example.com"]])


class SourceChange(paging.Input):
    """What is not given stays."""

    name: str | None = Field(None, max_length=120)
    brand: str | None = Field(None, max_length=50, description="slug of a brand")
    origins: list[str] | None = Field(None, max_length=50)
    active: bool | None = None


class SourceShown(Schema):
    """A source. The key of a server is a secret; the others stand in pages for everybody to read."""

    id: str
    kind: SourceKind
    name: str
    brand: str | None
    write_key: str
    origins: list[str]
    active: bool
    last_heard_at: str | None


class SourcePage(Schema):
    items: list[SourceShown]
    next: str | None


class RefusalShown(Schema):
    """A call that was not taken; ``call`` is it as it came."""

    id: str
    message_id: str
    reason: str
    call: str
    received_at: str


class RefusalPage(Schema):
    items: list[RefusalShown]
    next: str | None


class ReasonShown(Schema):
    """Why calls were not taken, without what differs from call to call."""

    reason: str
    calls: int
    last_at: str


class Reasons(Schema):
    """The commonest first. ``dropped``: older refusals that were let go of because there were too many."""

    items: list[ReasonShown]
    dropped: int
    dropped_at: str | None


class BatchShown(Schema):
    """What one request told. ``state``: new, done or quarantined."""

    id: str
    kind: str
    received_at: str
    state: str
    attempts: int
    error: str


class BatchPage(Schema):
    items: list[BatchShown]
    next: str | None


@router.get("/sources", response=SourcePage, summary="Web sites, apps and servers that tell what happens")
def list_sources(
    request: HttpRequest,
    limit: int = Query(paging.PAGE, ge=1, le=paging.LARGEST_PAGE),
    cursor: str | None = Query(None, max_length=200),
) -> dict[str, Any]:
    """Oldest first, those that are switched off too."""
    after = paging.position(cursor, 1)
    rows = [row for row in queries.every() if after is None or row.id > after[0]]
    return paging.page(rows[: limit + 1], limit, lambda found: [_shown(row) for row in found], lambda row: (row.id,))


@router.post("/sources", response={201: SourceShown}, summary="Add a source")
def add_source(request: HttpRequest, said: SourceIn) -> "Status[Any]":
    """Its write key works within a second."""
    brand = Brand.objects.order_by("id").first() if said.brand is None else _brand(said.brand)
    try:
        row = actions.add(said.kind, said.name, brand, "\n".join(said.origins))
    except actions.Invalid as invalid:
        raise bad_field(invalid.field, str(invalid)) from invalid
    accounts.audit(actor(request), "source.added", str(row.public_id), {"name": row.name})
    return Status(201, _shown(row))


@router.get("/sources/{id}", response=SourceShown, summary="One source")
def get_source(request: HttpRequest, id: str) -> dict[str, Any]:
    """404 for one that does not exist."""
    return _shown(_found(id))


@router.patch("/sources/{id}", response=SourceShown, summary="Change a source")
def change_source(request: HttpRequest, id: str, said: SourceChange) -> dict[str, Any]:
    """A source that is switched off is refused within a second."""
    row = _found(id)
    origins = row.origins if said.origins is None else "\n".join(said.origins)
    active = row.active if said.active is None else said.active
    brand = row.brand if said.brand is None else _brand(said.brand)
    try:
        actions.change(row, row.name if said.name is None else said.name, brand, origins, active)
    except actions.Invalid as invalid:
        raise bad_field(invalid.field, str(invalid)) from invalid
    accounts.audit(actor(request), "source.changed", str(row.public_id), {"name": row.name})
    return _shown(row)


@router.post("/sources/{id}/key", response={201: SourceShown}, summary="Give a source a new write key")
def renew_key(request: HttpRequest, id: str) -> "Status[Any]":
    """What sends with the old one is refused within a second."""
    row = _found(id)
    actions.renew_key(row)
    accounts.audit(actor(request), "source.key", str(row.public_id))
    return Status(201, _shown(row))


@router.get("/sources/{id}/reasons", response=Reasons, summary="Why calls of a source were not taken")
def list_reasons(request: HttpRequest, id: str) -> dict[str, Any]:
    """Counted over the refusals that are kept: those of a week, the newest 5,000 of a source."""
    row = _found(id)
    items = [
        {"reason": each.reason, "calls": each.number, "last_at": clock.iso(each.last)} for each in queries.why(row)
    ]
    return {"items": items, "dropped": row.dropped, "dropped_at": clock.iso(row.dropped_at)}


@router.get("/sources/{id}/batches", response=BatchPage, summary="Batches of a source that were set aside")
def list_batches(
    request: HttpRequest,
    id: str,
    limit: int = Query(paging.PAGE, ge=1, le=paging.LARGEST_PAGE),
    cursor: str | None = Query(None, max_length=200),
) -> dict[str, Any]:
    """Those that failed five times, newest first, each with what went wrong last."""
    before = paging.position(cursor, 1)
    rows = queries.quarantined(_found(id), before[0] if before else None, limit + 1)
    return paging.page(rows, limit, lambda found: [_batch(row) for row in found], lambda row: (row.id,))


@router.post("/sources/{id}/batches/{batch}/replay", response={202: BatchShown}, summary="Work a batch off again")
def replay_batch(request: HttpRequest, id: str, batch: str) -> "Status[Any]":
    """Only for one that was set aside: 409 for one that waits or is done."""
    row = _found(id)
    found = queries.batch(row, batch)
    if found is None:
        raise not_found("batch")
    if not actions.try_again(row, found.public_id):
        raise Problem(409, f"this batch was not set aside: it is {found.state}")
    accounts.audit(actor(request), "source.retried", str(found.public_id))
    found.refresh_from_db()
    return Status(202, _batch(found))


@router.get("/sources/{id}/refusals", response=RefusalPage, summary="Calls of a source that were not taken")
def list_refusals(
    request: HttpRequest,
    id: str,
    limit: int = Query(paging.PAGE, ge=1, le=paging.LARGEST_PAGE),
    cursor: str | None = Query(None, max_length=200),
    reason: str = Query("", max_length=500, description="as `/sources/{id}/reasons` gives it; all without"),
) -> dict[str, Any]:
    """Newest first, each with its reason."""
    before = paging.position(cursor, 1)
    rows = queries.refusals(_found(id), before[0] if before else None, limit + 1, reason)
    return paging.page(rows, limit, lambda found: [_refusal(row) for row in found], lambda row: (row.id,))


def _found(public_id: str) -> Source:
    row = queries.get(public_id)
    if row is None:
        raise not_found("source")
    return row


def _brand(slug: str) -> Brand:
    row = Brand.objects.filter(slug=slug).first()
    if row is None:
        raise bad_field("brand", "there is no such brand")
    return row


def _shown(row: Source) -> dict[str, Any]:
    return {
        "id": str(row.public_id),
        "kind": row.kind,
        "name": row.name,
        "brand": row.brand.slug if row.brand else None,
        "write_key": row.write_key,
        "origins": row.origins.split(),
        "active": row.active,
        "last_heard_at": clock.iso(row.last_heard),
    }


def _batch(row: Batch) -> dict[str, Any]:
    return {
        "id": str(row.public_id),
        "kind": row.kind,
        "received_at": clock.iso(row.received),
        "state": row.state,
        "attempts": row.attempts,
        "error": row.error.partition("\n")[0],
    }


def _refusal(row: Refusal) -> dict[str, Any]:
    return {
        "id": str(row.public_id),
        "message_id": row.message_id,
        "reason": row.reason,
        "call": row.raw,
        "received_at": clock.iso(row.received),
    }
