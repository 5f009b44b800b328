"""``/imports``: files and rows that are brought in."""

import json
from typing import Any

from django.http import HttpRequest, StreamingHttpResponse
from ninja import Router, Schema, Status
from ninja.params.functions import Query
from pydantic import Field

from rondpoint.accounts.api_auth import actor
from rondpoint.files import actions as store
from rondpoint.hub import uploads
from rondpoint.hub.imports import actions, keeping, queries
from rondpoint.hub.models import Import
from rondpoint.ui import paging
from rondpoint.ui.problems import bad_field, not_found

router = Router(tags=["imports"])


class ImportIn(paging.Input):
    """What is to be brought in: ``file``, the id that ``POST /api/v1/files`` gave, or ``rows``, up to a megabyte."""

    kind: str = Field(max_length=24, examples=["customers"])
    file: str | None = Field(None, max_length=2000)
    rows: list[dict[str, Any]] | None = Field(
        None, max_length=10_000, examples=[[{"email": "awa.diallo@example.com", "first_name": "Awa"}]]
    )
    map: dict[str, str] = Field({}, max_length=500, description="field of a column, by the column's name")
    origin: str = Field("file", max_length=40, description="the system the rows come from", examples=["crm"])
    country: str = Field("FR", max_length=2, description="of telephone numbers without one")
    dry_run: bool = Field(False, description="look at all rows and bring none in")


class ImportShown(Schema):
    """An import. ``state``: received, mapping, checking, checked, running, done, cancelled or failed. ``forgotten_at``:
    when its file and its refused rows were let go."""

    id: str
    kind: str
    name: str
    origin: str
    state: str
    rows: int
    new: int
    changed: int
    known: int
    refused: int
    reasons: list[Any]
    columns: dict[str, str]
    progress: float
    error: str
    created_at: str
    began_at: str | None
    ended_at: str | None
    forgotten_at: str | None


class Retention(paging.Input):
    """For how many days after its end an import keeps its file and its refused rows."""

    days: int = Field(ge=keeping.SHORTEST, le=keeping.LONGEST)


class RetentionShown(Schema):
    days: int


class ImportPage(Schema):
    items: list[ImportShown]
    next: str | None


@router.get("/imports", response=ImportPage, summary="What was brought in")
def list_imports(
    request: HttpRequest,
    limit: int = Query(paging.PAGE, ge=1, le=paging.LARGEST_PAGE),
    cursor: str | None = Query(None, max_length=200),
) -> dict[str, Any]:
    """Newest first."""
    before = paging.position(cursor, 1)
    rows = queries.every(limit + 1, before[0] if before else None)
    return paging.page(rows, limit, lambda found: [actions.summary(row) for row in found], lambda row: (row.id,))


@router.post("/imports", response={202: ImportShown}, summary="Bring a file or rows in")
def add_import(request: HttpRequest, said: ImportIn) -> "Status[Any]":
    """It goes on by itself: columns are recognised by their names, or as ``map`` says."""
    if (said.file is None) == (said.rows is None):
        raise bad_field("file", "expected either file or rows")
    if said.file is not None:
        file = uploads.found(said.file)
        if file is None:
            raise bad_field("file", "not one that POST /api/v1/files gave, or older than a day")
    else:
        lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in said.rows or ())
        if not lines:
            raise bad_field("rows", "there is no row")
        sha256, size = store.save_stream((lines.encode("utf-8", "replace"),))
        file = uploads.Uploaded(sha256, size, "rows")
    then = "check" if said.dry_run else "run"
    try:
        row = actions.begin(
            said.kind, file.name, file.sha256, file.size, actor(request), said.origin, said.country, then, said.map
        )
    except actions.Invalid as invalid:
        raise bad_field(invalid.field, str(invalid)) from invalid
    return Status(202, actions.summary(row))


@router.get("/imports/retention", response=RetentionShown, summary="How long files of imports are kept")
def get_retention(request: HttpRequest) -> dict[str, int]:
    return {"days": keeping.days()}


@router.put("/imports/retention", response=RetentionShown, summary="Choose how long files of imports are kept")
def set_retention(request: HttpRequest, said: Retention) -> dict[str, int]:
    """Older files and refused rows are let go within the hour; what was brought in stays."""
    keeping.choose(said.days, actor(request))
    return {"days": keeping.days()}


@router.get("/imports/{id}", response=ImportShown, summary="How far an import has come")
def get_import(request: HttpRequest, id: str) -> dict[str, Any]:
    """404 for one that does not exist."""
    return actions.summary(_found(id))


@router.delete("/imports/{id}", response=ImportShown, summary="Stop an import")
def cancel_import(request: HttpRequest, id: str) -> dict[str, Any]:
    """What it brought in stays; one that is over is left as it is."""
    row = _found(id)
    actions.cancel(row, actor(request))
    return actions.summary(row)


@router.get("/imports/{id}/refused.csv", summary="The rows that were refused", include_in_schema=True)
def get_refused(request: HttpRequest, id: str) -> StreamingHttpResponse:
    """CSV: the line, the reason, and the cells as they came."""
    return StreamingHttpResponse(queries.refused_csv(_found(id)), content_type="text/csv; charset=utf-8")


def _found(public_id: str) -> Import:
    row = queries.get(public_id)
    if row is None:
        raise not_found("import")
    return row
