"""``/exports``: customers and facts as files; and one customer, whole."""

import json
from datetime import datetime
from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse
from ninja import Router, Schema, Status
from ninja.params.functions import Query
from pydantic import Field

from rondpoint.accounts import actions as accounts
from rondpoint.accounts.api_auth import actor
from rondpoint.customers import queries as customers
from rondpoint.files import queries as files
from rondpoint.hub.exports import actions, customer, forms, queries
from rondpoint.hub.models import Export
from rondpoint.lib import clock
from rondpoint.segments import queries as segments
from rondpoint.ui import paging
from rondpoint.ui.problems import bad_field, not_found

router = Router(tags=["exports"])


class ExportIn(paging.Input):
    """What is to be taken out. ``segment``: only its members; ``types``, ``since``, ``until``: which facts."""

    what: str = Field(max_length=16, examples=["customers"])
    form: str = Field("csv", max_length=8, description="csv, jsonl or parquet")
    segment: str | None = Field(None, max_length=40)
    types: list[str] = Field([], max_length=100)
    since: datetime | None = None
    until: datetime | None = None


class ExportShown(Schema):
    """An export. ``state``: waiting, running, done, expired, cancelled or failed."""

    id: str
    what: str
    form: str
    segment: str | None
    types: list[str]
    since: str | None
    until: str | None
    state: str
    rows: int
    size: int
    error: str
    created_at: str
    ended_at: str | None
    expires_at: str | None


class ExportPage(Schema):
    items: list[ExportShown]
    next: str | None


@router.get("/exports", response=ExportPage, summary="What was taken out")
def list_exports(
    request: HttpRequest,
    limit: int = Query(paging.PAGE, ge=1, le=paging.LARGEST_PAGE),
    cursor: str | None = Query(None, max_length=200),
) -> dict[str, Any]:
    """Newest first."""
    before = paging.position(cursor, 1)
    rows = queries.every(limit + 1, before[0] if before else None)
    return paging.page(rows, limit, lambda found: [queries.summary(row) for row in found], lambda row: (row.id,))


@router.post("/exports", response={202: ExportShown}, summary="Take customers or facts out")
def add_export(request: HttpRequest, said: ExportIn) -> "Status[Any]":
    """A worker makes it; its file is kept for seven days."""
    segment = segments.get(said.segment) if said.segment is not None else None
    if said.segment is not None and segment is None:
        raise bad_field("segment", "there is no such segment")
    try:
        row = actions.ask(
            said.what, said.form, actor(request), segment, said.types, _moment("since", said.since),
            _moment("until", said.until),
        )  # fmt: skip
    except actions.Invalid as invalid:
        raise bad_field(invalid.field, str(invalid)) from invalid
    return Status(202, queries.summary(row))


@router.get("/exports/{id}", response=ExportShown, summary="How far an export has come")
def get_export(request: HttpRequest, id: str) -> dict[str, Any]:
    """404 for one that does not exist."""
    return queries.summary(_found(id))


@router.delete("/exports/{id}", response=ExportShown, summary="Let an export go")
def cancel_export(request: HttpRequest, id: str) -> dict[str, Any]:
    """Its file is not there any more."""
    row = _found(id)
    actions.cancel(row, actor(request))
    return queries.summary(row)


@router.get("/exports/{id}/file", summary="The file of an export")
def get_export_file(request: HttpRequest, id: str) -> FileResponse:
    """404 while it is not made, and once it has expired."""
    row = _found(id)
    if row.state != "done":
        raise not_found("file")
    try:
        opened = files.opened(row.sha256)
    except FileNotFoundError as error:
        raise not_found("file") from error
    actions.fetched(row, actor(request))
    answer = FileResponse(opened, as_attachment=True, filename=queries.file_name(row))
    answer["Content-Type"] = forms.FORMS[row.form]
    return answer


@router.get("/customers/{id}/export", summary="All that is known of a customer")
def export_customer(request: HttpRequest, id: str) -> HttpResponse:
    """Profiles, identifiers, traits with their sources, facts, conversations, consents and orders."""
    row = customers.resolve(id)
    if row is None:
        raise not_found("customer")
    accounts.audit(actor(request), "customer.exported", f"customer:{row.public_id}")
    return HttpResponse(json.dumps(customer.whole(row), ensure_ascii=False), content_type="application/json")


def _moment(field: str, said: datetime | None) -> int | None:
    try:
        return clock.from_datetime(said) if said is not None else None
    except (ValueError, OverflowError) as error:
        raise bad_field(field, "a time that cannot be kept") from error


def _found(public_id: str) -> Export:
    row = queries.get(public_id)
    if row is None:
        raise not_found("export")
    return row
