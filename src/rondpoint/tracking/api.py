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
from rondpoint.tracking.models import Refusal, Source
from rondpoint.tracking.types import SourceKind
from rondpoint.ui import paging
from rondpoint.ui.problems import bad_field, not_found

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
    brand = Brand.objects.order_by("id").first()
    if said.brand is not None:
        brand = Brand.objects.filter(slug=said.brand).first()
        if brand is None:
            raise bad_field("brand", "there is no such brand")
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
    try:
        actions.change(row, row.name if said.name is None else said.name, row.brand, origins, active)
    except actions.Invalid as invalid:
        raise bad_field(invalid.field, str(invalid)) from invalid
    accounts.audit(actor(request), "source.changed", str(row.public_id), {"name": row.name})
    return _shown(row)


@router.get("/sources/{id}/refusals", response=RefusalPage, summary="Calls of a source that were not taken")
def list_refusals(
    request: HttpRequest,
    id: str,
    limit: int = Query(paging.PAGE, ge=1, le=paging.LARGEST_PAGE),
    cursor: str | None = Query(None, max_length=200),
) -> dict[str, Any]:
    """Newest first, each with its reason."""
    before = paging.position(cursor, 1)
    rows = queries.refusals(_found(id), before[0] if before else None, limit + 1)
    return paging.page(rows, limit, lambda found: [_refusal(row) for row in found], lambda row: (row.id,))


def _found(public_id: str) -> Source:
    row = queries.get(public_id)
    if row is None:
        raise not_found("source")
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


def _refusal(row: Refusal) -> dict[str, Any]:
    return {
        "id": str(row.public_id),
        "message_id": row.message_id,
        "reason": row.reason,
        "call": row.raw,
        "received_at": clock.iso(row.received),
    }
