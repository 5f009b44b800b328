"""``/customers/{id}/erasure`` and ``/access``, ``/erasures`` and ``/rights/requests``."""

from typing import Any

from django.http import FileResponse, HttpRequest
from ninja import Router, Schema, Status
from ninja.params.functions import Query
from pydantic import Field

from rondpoint.accounts.api_auth import actor
from rondpoint.customers import queries as customers
from rondpoint.customers.models import Customer
from rondpoint.files import queries as files
from rondpoint.hub.models import RightsRequest
from rondpoint.hub.rights import access, actions, queries, requests
from rondpoint.hub.rights.types import Invalid
from rondpoint.lib import clock
from rondpoint.ui import paging
from rondpoint.ui.problems import bad_field, not_found

router = Router(tags=["rights"])


class ErasureIn(paging.Input):
    """Why she is forgotten."""

    reason: str = Field("asked", max_length=16, description="asked, unlawful, retention or other")


class Kept(Schema):
    """What stays: hashes, and entries of the audit log with bare ids."""

    ledger_hashes: int
    suppressed_addresses: int
    audit_entries: int


class Receipt(Schema):
    """What was removed, counts per kind, when and by whom; nothing about the person. ``state``: working or done."""

    id: str
    customer: str
    state: str
    by: str
    reason: str
    hidden_at: str
    done_at: str | None
    waits_for: str
    removed: dict[str, int]
    kept: Kept


class AccessIn(paging.Input):
    """How it was proved that it is she who asks, and how she asked."""

    proof: str = Field(max_length=300, examples=["showed her identity card at the counter"])
    channel: str = Field("other", max_length=24, description="own_page, email, phone, letter, counter or other")


class RequestShown(Schema):
    """A request. ``files``: paths that open its files until ``expires_at``, for whoever holds them."""

    id: str
    kind: str
    customer: str
    asked_by: str
    channel: str
    proof: str
    law: str
    state: str
    received_at: str
    due_at: str
    extended: str
    answer: str
    by: str
    closed_at: str | None
    erasure: str | None
    expires_at: str | None
    files: dict[str, str]


class RequestPage(Schema):
    items: list[RequestShown]
    next: str | None


@router.post("/customers/{id}/erasure", response={202: Receipt}, summary="Forget a customer")
def erase_customer(request: HttpRequest, id: str, said: ErasureIn) -> "Status[Any]":
    """From now on she can neither be seen nor written to; all that is left is removed within the hour."""
    try:
        row = actions.erase(_customer(id), actor(request), said.reason)
    except Invalid as invalid:
        raise bad_field(invalid.field, str(invalid)) from invalid
    return Status(202, queries.receipt(row))


@router.get("/erasures/{id}", response=Receipt, summary="The receipt of an erasure")
def get_erasure(request: HttpRequest, id: str) -> dict[str, Any]:
    """``state`` is ``done`` once no byte is left."""
    row = queries.get(id)
    if row is None:
        raise not_found("erasure")
    return queries.receipt(row)


@router.post("/customers/{id}/access", response={202: RequestShown}, summary="Make a customer's own file")
def ask_access(request: HttpRequest, id: str, said: AccessIn) -> "Status[Any]":
    """All that is known of her, as JSON and as a page to read and print; a worker makes both."""
    try:
        row = requests.ask("access", _customer(id), "key", actor(request), said.channel, said.proof)
    except Invalid as invalid:
        raise bad_field(invalid.field, str(invalid)) from invalid
    return Status(202, queries.summary(row))


@router.get("/rights/requests", response=RequestPage, summary="What people asked for")
def list_requests(
    request: HttpRequest,
    state: str = Query("", max_length=8, description="open, working, done or refused"),
    limit: int = Query(paging.PAGE, ge=1, le=paging.LARGEST_PAGE),
    cursor: str | None = Query(None, max_length=200),
) -> dict[str, Any]:
    """Newest first."""
    before = paging.position(cursor, 1)
    rows = queries.requests(limit + 1, before[0] if before else None, state)
    return paging.page(rows, limit, lambda found: [queries.summary(row) for row in found], lambda row: (row.id,))


@router.get("/rights/requests/{id}", response=RequestShown, summary="How far a request has come")
def get_request(request: HttpRequest, id: str) -> dict[str, Any]:
    """404 for one that does not exist."""
    return queries.summary(_request(id))


@router.get("/rights/requests/{id}/files/{form}", summary="A file of an access request")
def get_request_file(request: HttpRequest, id: str, form: str) -> FileResponse:
    """``form``: json or pdf. 404 while it is not made, and once it has expired."""
    row = _request(id)
    sha256 = {"json": row.json_sha256, "pdf": row.page_sha256}.get(form, "")
    if not sha256 or (row.expires or 0) < clock.now():
        raise not_found("file")
    try:
        opened = files.opened(sha256)
    except FileNotFoundError as error:
        raise not_found("file") from error
    access.fetched(row, form, actor(request))
    answer = FileResponse(opened, as_attachment=True, filename=f"{row.customer}.{form}")
    answer["Content-Type"] = access.FORMS[form]
    return answer


def _customer(public_id: str) -> Customer:
    row = customers.resolve(public_id)
    if row is None:
        raise not_found("customer")
    return row


def _request(public_id: str) -> RightsRequest:
    row = queries.request(public_id)
    if row is None:
        raise not_found("request")
    return row
