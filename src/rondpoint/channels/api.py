"""``/connections`` and ``/quarantine``."""

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status
from ninja.params.functions import Query

from rondpoint.accounts.api_auth import actor
from rondpoint.channels import connections, quarantine
from rondpoint.channels.models import Connection, Delivery
from rondpoint.lib import clock
from rondpoint.ui import paging
from rondpoint.ui.problems import Problem, not_found

router = Router(tags=["channels"])


class ConnectionShown(Schema):
    """A channel account. Secrets are never shown."""

    id: str
    channel: str
    name: str
    active: bool
    inbound_url: str
    settings: dict[str, str]
    problem: str
    last_inbound_at: str | None


class ConnectionPage(Schema):
    items: list[ConnectionShown]
    next: str | None


class DeliveryShown(Schema):
    """Something a provider handed over. ``state``: new, leased, waiting, done or quarantined."""

    id: str
    connection: str
    channel: str
    external_id: str
    received_at: str
    state: str
    attempts: int
    error: str


class DeliveryPage(Schema):
    items: list[DeliveryShown]
    next: str | None


@router.get("/connections", response=ConnectionPage, summary="Channel accounts")
def list_connections(
    request: HttpRequest,
    limit: int = Query(paging.PAGE, ge=1, le=paging.LARGEST_PAGE),
    cursor: str | None = Query(None, max_length=200),
) -> dict[str, Any]:
    """Oldest first, paused ones too."""
    after = paging.position(cursor, 1)
    rows = Connection.objects.order_by("id")
    if after is not None:
        rows = rows.filter(id__gt=after[0])
    return paging.page(list(rows[: limit + 1]), limit, _connections, lambda row: (row.id,))


@router.get("/quarantine", response=DeliveryPage, summary="Deliveries that failed five times")
def list_quarantine(
    request: HttpRequest,
    limit: int = Query(paging.PAGE, ge=1, le=paging.LARGEST_PAGE),
    cursor: str | None = Query(None, max_length=200),
) -> dict[str, Any]:
    """Newest first."""
    before = paging.position(cursor, 1)
    rows = quarantine.listing(before[0] if before else None, limit + 1)
    return paging.page(rows, limit, lambda found: [_delivery(row) for row in found], lambda row: (row.id,))


@router.post("/quarantine/{id}/replay", response={202: DeliveryShown}, summary="Work a delivery off again")
def replay(request: HttpRequest, id: str) -> "Status[Any]":
    """Only for quarantined deliveries: 409 for one that is being worked off or is done."""
    found = quarantine.get(id)
    if found is None:
        raise not_found("delivery")
    if found.state != "quarantined":
        raise Problem(409, f"this delivery is not in quarantine: it is {found.state}")
    quarantine.replay(found, actor(request))
    found.refresh_from_db()
    return Status(202, _delivery(found))


def _connections(rows: list[Connection]) -> list[dict[str, Any]]:
    return [
        {
            "id": str(row.public_id),
            "channel": row.kind,
            "name": row.name,
            "active": row.active,
            "inbound_url": connections.inbound_url(row),
            "settings": {name: str(value) for name, value in row.settings.items()},
            "problem": row.problem,
            "last_inbound_at": clock.iso(row.last_inbound),
        }
        for row in rows
    ]


def _delivery(row: Delivery) -> dict[str, Any]:
    return {
        "id": str(row.public_id),
        "connection": str(row.connection.public_id),
        "channel": row.connection.kind,
        "external_id": row.external_id,
        "received_at": clock.iso(row.received),
        "state": row.state,
        "attempts": row.attempts,
        "error": row.error.partition("\n")[0],
    }
