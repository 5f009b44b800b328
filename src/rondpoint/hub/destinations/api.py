"""``/destinations``: tables of other systems' databases that are kept up to date."""

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status
from ninja.params.functions import Query
from pydantic import Field

from rondpoint.accounts.api_auth import actor
from rondpoint.hub.destinations import actions
from rondpoint.hub.models import Destination
from rondpoint.lib import clock
from rondpoint.segments import queries as segments
from rondpoint.ui import paging
from rondpoint.ui.problems import bad_field, not_found

router = Router(tags=["destinations"])


class DestinationIn(paging.Input):
    """A table of a database (``postgresql://…`` or ``mysql://…``), as ``name`` or ``schema.name``; it is made if it is
    missing. Times come as times, numbers as numbers, all else as text. ``segment``: only its members."""

    name: str = Field(max_length=120)
    what: str = Field(max_length=16, examples=["customers"], description="customers, events or consents")
    url: str = Field(max_length=2000)
    table: str = Field(max_length=130)
    minutes: int = Field(60, description="between two times")
    segment: str | None = Field(None, max_length=40)
    types: list[str] = Field([], max_length=100)
    days: int = Field(0, description="events and consents of so many days; 0: all")


class DestinationShown(Schema):
    """A destination. ``host``: the machine of its database."""

    id: str
    name: str
    what: str
    host: str
    table: str
    segment: str | None
    types: list[str]
    days: int
    minutes: int
    active: bool
    rows: int
    seconds: float
    error: str
    written_at: str | None
    due_at: str | None


class DestinationPage(Schema):
    items: list[DestinationShown]
    next: str | None


@router.get("/destinations", response=DestinationPage, summary="Tables that are kept up to date")
def list_destinations(
    request: HttpRequest,
    limit: int = Query(paging.PAGE, ge=1, le=paging.LARGEST_PAGE),
    cursor: str | None = Query(None, max_length=200),
) -> dict[str, Any]:
    """Oldest first."""
    after = paging.position(cursor, 1)
    rows = Destination.objects.select_related("segment").filter(id__gt=after[0] if after else 0).order_by("id")
    return paging.page(list(rows[: limit + 1]), limit, lambda found: [_shown(row) for row in found], lambda r: (r.id,))


@router.post("/destinations", response={201: DestinationShown}, summary="Keep a table up to date")
def add_destination(request: HttpRequest, said: DestinationIn) -> "Status[Any]":
    """The database is reached before it is kept: 422 says why it cannot be written."""
    segment = segments.get(said.segment) if said.segment is not None else None
    if said.segment is not None and segment is None:
        raise bad_field("segment", "there is no such segment")
    try:
        row = actions.add(
            said.name, said.what, said.url, said.table, said.minutes, actor(request), segment, said.types, said.days
        )
    except actions.Invalid as invalid:
        raise bad_field(invalid.field, str(invalid)) from invalid
    return Status(201, _shown(row))


@router.get("/destinations/{id}", response=DestinationShown, summary="One destination")
def get_destination(request: HttpRequest, id: str) -> dict[str, Any]:
    """404 for one that does not exist."""
    return _shown(_found(id))


@router.patch("/destinations/{id}", response=DestinationShown, summary="Switch it off or on")
def switch_destination(request: HttpRequest, id: str, said: paging.Switch) -> dict[str, Any]:
    """While it is off the table stays as it is."""
    row = _found(id)
    if row.active != said.active:
        actions.switch(row, actor(request))
    return _shown(row)


@router.post("/destinations/{id}/run", response={202: DestinationShown}, summary="Write it now")
def run_destination(request: HttpRequest, id: str) -> "Status[Any]":
    """A worker does it within seconds. 422 while it is switched off."""
    row = _found(id)
    if not row.active:
        raise bad_field("active", "it is switched off; switch it on first")
    actions.write_now(row)
    return Status(202, _shown(row))


@router.delete("/destinations/{id}", response={204: None}, summary="Write it no more")
def remove_destination(request: HttpRequest, id: str) -> "Status[Any]":
    """The table stays as it is."""
    actions.remove(_found(id), actor(request))
    return Status(204, None)


def _shown(row: Destination) -> dict[str, Any]:
    return {
        "id": str(row.public_id),
        "name": row.name,
        "what": row.what,
        "host": actions.host(row),
        "table": row.table,
        "segment": str(row.segment.public_id) if row.segment else None,
        "types": row.types,
        "days": row.days,
        "minutes": row.minutes,
        "active": row.active,
        "rows": row.rows,
        "seconds": row.seconds,
        "error": row.error,
        "written_at": clock.iso(row.ran),
        "due_at": clock.iso(row.due) if row.active else None,
    }


def _found(public_id: str) -> Destination:
    row = actions.get(public_id)
    if row is None:
        raise not_found("destination")
    return row
