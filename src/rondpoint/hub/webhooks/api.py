"""``/webhooks``: which systems are told what, and what they answered."""

import uuid
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status
from ninja.params.functions import Query
from pydantic import Field

from rondpoint.accounts.api_auth import actor
from rondpoint.hub.models import Endpoint, Told
from rondpoint.hub.webhooks import actions
from rondpoint.lib import clock
from rondpoint.ui import paging
from rondpoint.ui.problems import bad_field, not_found

router = Router(tags=["webhooks"])


class WebhookIn(paging.Input):
    """A new endpoint. ``types``: of facts; none tells it all of them."""

    name: str = Field(max_length=120, examples=["Warehouse"])
    url: str = Field(max_length=1000, examples=["https://www.example.com/hooks"])
    types: list[str] = Field([], max_length=200, examples=[["order.completed"]])


class WebhookChange(paging.Input):
    """What is not given stays."""

    name: str | None = Field(None, max_length=120)
    url: str | None = Field(None, max_length=1000)
    types: list[str] | None = Field(None, max_length=200)
    active: bool | None = None


class WebhookShown(Schema):
    """An endpoint. ``failing_since``: nothing arrives there since; after three days it is switched off."""

    id: str
    name: str
    url: str
    types: list[str]
    secret: str
    active: bool
    created_at: str
    failing_since: str | None
    disabled_at: str | None


class WebhookPage(Schema):
    items: list[WebhookShown]
    next: str | None


class ToldShown(Schema):
    """A fact on its way. ``id`` is the ``webhook-id`` of its requests; ``state``: waiting, delivered or failed."""

    id: str
    type: str
    event: str | None
    state: str
    attempts: int
    status: int | None
    created_at: str
    due_at: str
    ended_at: str | None
    tries: list[dict[str, Any]]


class ToldPage(Schema):
    items: list[ToldShown]
    next: str | None


@router.get("/webhooks", response=WebhookPage, summary="Systems that are told of facts")
def list_webhooks(
    request: HttpRequest,
    limit: int = Query(paging.PAGE, ge=1, le=paging.LARGEST_PAGE),
    cursor: str | None = Query(None, max_length=200),
) -> dict[str, Any]:
    """Oldest first."""
    after = paging.position(cursor, 1)
    rows = Endpoint.objects.filter(id__gt=after[0] if after else 0).order_by("id")[: limit + 1]
    return paging.page(list(rows), limit, lambda found: [_shown(row) for row in found], lambda row: (row.id,))


@router.post("/webhooks", response={201: WebhookShown}, summary="Tell another system of facts")
def add_webhook(request: HttpRequest, said: WebhookIn) -> "Status[Any]":
    """It is told of what happens from now on, signed as Standard Webhooks has it."""
    try:
        row = actions.add(said.name, said.url, said.types, actor(request))
    except actions.Invalid as invalid:
        raise bad_field(invalid.field, str(invalid)) from invalid
    return Status(201, _shown(row))


@router.get("/webhooks/{id}", response=WebhookShown, summary="One endpoint")
def get_webhook(request: HttpRequest, id: str) -> dict[str, Any]:
    """404 for one that does not exist."""
    return _shown(_found(id))


@router.patch("/webhooks/{id}", response=WebhookShown, summary="Change an endpoint")
def change_webhook(request: HttpRequest, id: str, said: WebhookChange) -> dict[str, Any]:
    """One that is switched on again is told of what happens from then on."""
    row = _found(id)
    try:
        actions.change(row, actor(request), said.name, said.url, said.types, said.active)
    except actions.Invalid as invalid:
        raise bad_field(invalid.field, str(invalid)) from invalid
    return _shown(row)


@router.delete("/webhooks/{id}", response={204: None}, summary="Tell a system no more")
def remove_webhook(request: HttpRequest, id: str) -> "Status[None]":
    """What was told to it is forgotten with it."""
    actions.remove(_found(id), actor(request))
    return Status(204, None)


@router.get("/webhooks/{id}/deliveries", response=ToldPage, summary="What an endpoint was told")
def list_deliveries(
    request: HttpRequest,
    id: str,
    limit: int = Query(paging.PAGE, ge=1, le=paging.LARGEST_PAGE),
    cursor: str | None = Query(None, max_length=200),
) -> dict[str, Any]:
    """Newest first, with what it answered."""
    before = paging.position(cursor, 1)
    rows = Told.objects.filter(endpoint=_found(id)).order_by("-id")
    if before:
        rows = rows.filter(id__lt=before[0])
    found = list(rows[: limit + 1])
    return paging.page(found, limit, lambda some: [_told(row) for row in some], lambda row: (row.id,))


@router.post("/webhooks/{id}/deliveries/{told}/replay", response={202: ToldShown}, summary="Tell a fact again")
def replay_delivery(request: HttpRequest, id: str, told: str) -> "Status[Any]":
    """Under the same ``webhook-id``."""
    try:
        row = Told.objects.filter(endpoint=_found(id), public_id=uuid.UUID(told)).first()
    except ValueError:
        row = None
    if row is None:
        raise not_found("delivery")
    actions.replay(row)
    row.refresh_from_db()
    return Status(202, _told(row))


def _found(public_id: str) -> Endpoint:
    row = actions.get(public_id)
    if row is None:
        raise not_found("webhook")
    return row


def _shown(row: Endpoint) -> dict[str, Any]:
    return {
        "id": str(row.public_id),
        "name": row.name,
        "url": row.url,
        "types": row.types,
        "secret": actions.secret_of(row),
        "active": row.active,
        "created_at": clock.iso(row.created),
        "failing_since": clock.iso(row.failing),
        "disabled_at": clock.iso(row.disabled),
    }


def _told(row: Told) -> dict[str, Any]:
    return {
        "id": str(row.public_id),
        "type": row.type,
        "event": str(row.event_id) if row.event_id is not None else None,
        "state": row.state,
        "attempts": row.attempts,
        "status": row.status,
        "created_at": clock.iso(row.created),
        "due_at": clock.iso(row.due),
        "ended_at": clock.iso(row.ended),
        "tries": [{**tried, "at": clock.iso(tried["at"])} for tried in row.tries],
    }
