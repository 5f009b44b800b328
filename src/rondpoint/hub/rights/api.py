"""``/customers/{id}/erasure`` and ``/access``, ``/erasures``, ``/rights/requests`` and ``/rights/retention``."""

from typing import Any

from django.http import FileResponse, HttpRequest
from ninja import Router, Schema, Status
from ninja.params.functions import Query
from pydantic import Field

from rondpoint.accounts.api_auth import actor
from rondpoint.customers import queries as customers
from rondpoint.customers.models import Customer
from rondpoint.files import queries as files
from rondpoint.hub.models import RetentionRule, RightsRequest
from rondpoint.hub.rights import access, actions, queries, requests, retention
from rondpoint.hub.rights.types import Invalid
from rondpoint.lib import clock
from rondpoint.ui import paging
from rondpoint.ui.problems import bad_field, not_found

router = Router(tags=["rights"])


class ErasureIn(paging.Input):
    """Why she is forgotten."""

    reason: str = Field("asked", max_length=16, description="asked, unlawful, retention or other")
    override: str = Field("", max_length=300, description="why she is forgotten though a hold is over her")


class Kept(Schema):
    """What stays: hashes, and entries of the audit log with bare ids."""

    ledger_hashes: int
    suppressed_addresses: int
    audit_entries: int


class Receipt(Schema):
    """What was removed, counts per kind, when and by whom; nothing about the person. ``state``: working or done.
    ``held_since``: when it began to wait for a hold, if it had to."""

    id: str
    customer: str
    state: str
    by: str
    reason: str
    hidden_at: str
    done_at: str | None
    waits_for: str
    held_since: str | None
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
    held_since: str | None
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


class KeepingIn(paging.Input):
    """For how many days a kind of data is kept."""

    kind: str = Field(max_length=40, examples=["customers"])
    days: int | None = Field(description="null takes the rule away", examples=[1095])
    active: bool = Field(False, description="whether it removes anything")


class KeepingShown(Schema):
    """A rule. ``removed``: rows since it was made."""

    kind: str
    days: int | None
    active: bool
    removed: int
    changed_at: str | None
    ran_at: str | None


class KeepingExample(Schema):
    customer: str
    name: str
    last_seen_at: str


class KeptBack(Schema):
    hold: str
    rows: int


class KeepingPreview(Schema):
    """``now``: rows that are older and go; ``within_30_days``: those that follow; ``held``: rows that are as old and
    stay, since a hold keeps them; ``holds``: how many each."""

    kind: str
    days: int
    now: int
    within_30_days: int
    held: int
    holds: list[KeptBack]
    examples: list[KeepingExample]


@router.post("/customers/{id}/erasure", response={202: Receipt}, summary="Forget a customer")
def erase_customer(request: HttpRequest, id: str, said: ErasureIn) -> "Status[Any]":
    """From now on she can neither be seen nor written to; all that is left is removed within the hour. 422 while a
    hold is over her and ``override`` does not say why she is forgotten all the same."""
    try:
        row = actions.erase(_customer(id), actor(request), said.reason, override=said.override)
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
    state: str = Query("", max_length=8, description="open, held, working, done or refused"),
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


@router.get("/rights/retention", response=list[KeepingShown], summary="How long data is kept")
def get_rules(request: HttpRequest) -> list[dict[str, Any]]:
    """Every kind of data with its rule; ``days`` is null where there is none, and all is kept."""
    return [_rule(name, row) for name, row in retention.rules()]


@router.put("/rights/retention", response=KeepingShown, summary="Choose how long a kind of data is kept")
def set_rule(request: HttpRequest, said: KeepingIn) -> dict[str, Any]:
    """A worker removes what is older, in portions, while the rule is active; look at the preview first. ``days`` null
    takes the rule away. Facts of one type: ``events:Page Viewed``."""
    try:
        row = retention.change(said.kind, said.days, said.active, actor(request))
    except Invalid as invalid:
        raise bad_field(invalid.field, str(invalid)) from invalid
    return _rule(said.kind, row)


@router.get("/rights/retention/preview", response=KeepingPreview, summary="What a rule would remove")
def preview_rule(
    request: HttpRequest,
    kind: str = Query(..., max_length=40),
    days: int = Query(..., description="how long it would be kept"),
) -> dict[str, Any]:
    """Counts, and of people some examples; nothing is changed."""
    try:
        found = retention.preview(kind, days)
    except Invalid as invalid:
        raise bad_field(invalid.field, str(invalid)) from invalid
    people = [
        {"customer": str(row.public_id), "name": row.name, "last_seen_at": clock.iso(row.last_seen)}
        for row in found.examples
    ]
    kept = [{"hold": str(hold.public_id), "rows": rows} for hold, rows in found.by_hold]
    counts = {"now": found.count, "within_30_days": found.soon, "held": found.kept}
    return {"kind": kind, "days": days, **counts, "holds": kept, "examples": people}


def _rule(name: str, row: RetentionRule | None) -> dict[str, Any]:
    if row is None:
        return {"kind": name, "days": None, "active": False, "removed": 0, "changed_at": None, "ran_at": None}
    times = {"changed_at": clock.iso(row.changed), "ran_at": clock.iso(row.ran)}
    return {"kind": name, "days": row.days, "active": row.active, "removed": row.removed, **times}


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
