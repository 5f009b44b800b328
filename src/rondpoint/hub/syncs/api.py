"""``/syncs``: files and tables that are fetched again and again."""

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status
from ninja.params.functions import Query
from pydantic import Field

from rondpoint.accounts.api_auth import actor
from rondpoint.hub.imports import actions as imports
from rondpoint.hub.imports.actions import Invalid
from rondpoint.hub.models import Sync
from rondpoint.hub.syncs import actions, returning
from rondpoint.lib import clock
from rondpoint.ui import paging
from rondpoint.ui.problems import bad_field, not_found

router = Router(tags=["syncs"])


class SyncIn(paging.Input):
    """A file at an address, or with ``query`` a table or one SELECT of a database (``postgresql://…`` or
    ``mysql://…``). ``map``: the field of a column of a database, by the column's name; it is read once ``map`` says
    what the columns mean, here or on the screen."""

    kind: str = Field(max_length=24, examples=["customers"])
    name: str = Field(max_length=120)
    url: str = Field(max_length=2000)
    query: str | None = Field(None, max_length=20_000)
    growing: str = Field("", max_length=200, description="a column from whose last value on rows are read")
    minutes: int = Field(60, description="between two looks")
    origin: str = Field(max_length=40, description="the system it comes from", examples=["crm"])
    country: str = Field("FR", max_length=2, description="of telephone numbers without one")
    map: dict[str, str] = Field({}, max_length=500)
    check: bool = Field(False, description="judge its rows first and bring none in; it is off until you switch it on")


class SyncCheck(Schema):
    """A look that brought nothing in: what its rows would be, and why rows would be refused. ``state``: waiting, or
    that of the import, which is ``checked`` once all rows were seen; its page shows the first rows."""

    state: str
    import_id: str | None
    new: int
    changed: int
    known: int
    refused: int
    reasons: list[Any]
    error: str


class SyncChange(paging.Input):
    """What is left out stays. ``write_back``: the columns of its table that what is learnt here is written into after
    each read; none: nothing is."""

    active: bool | None = None
    write_back: list[str] | None = Field(None, max_length=500)


class SyncTry(paging.Input):
    """``write_back``: the columns to try; left out: those that are chosen."""

    write_back: list[str] | None = Field(None, max_length=500)


class Unwritten(Schema):
    """A row that could not be written, by its number there."""

    number: str
    reason: str


class CellChange(Schema):
    """A cell, as it stands there and as it would."""

    column: str
    before: str
    after: str


class RowChange(Schema):
    """A row that would be written, by its number there."""

    number: str
    changes: list[CellChange]


class WriteBackTried(Schema):
    """What would be written back. ``left``: rows that changed there since they were read; ``whole``: false where there
    was no time to look at all of them; five ``examples``."""

    rows: int
    left: int
    whole: bool
    examples: list[RowChange]
    failed: list[Unwritten]


class WrittenBack(Schema):
    """Which columns are written, which could be, and how the last time went: rows ``written``, rows ``left`` because
    they had changed there since they were read, and at most fifty that ``failed``."""

    columns: list[str]
    possible: list[str]
    written: int
    left: int
    failed: list[Unwritten]
    error: str
    written_at: str | None


class SyncShown(Schema):
    """A sync. ``state``: waits (for what the columns mean), active or off; ``host``: where it is fetched from;
    ``check``: the last look that brought nothing in."""

    id: str
    kind: str
    name: str
    reads: str
    host: str
    query: str
    growing: str
    columns: dict[str, str]
    minutes: int
    origin: str
    state: str
    check: SyncCheck | None
    write_back: WrittenBack
    error: str
    ran_at: str | None
    due_at: str | None


class SyncPage(Schema):
    items: list[SyncShown]
    next: str | None


@router.get("/syncs", response=SyncPage, summary="What is fetched again and again")
def list_syncs(
    request: HttpRequest,
    limit: int = Query(paging.PAGE, ge=1, le=paging.LARGEST_PAGE),
    cursor: str | None = Query(None, max_length=200),
) -> dict[str, Any]:
    """Oldest first."""
    after = paging.position(cursor, 1)
    rows = Sync.objects.filter(id__gt=after[0] if after else 0).order_by("id")[: limit + 1]
    return paging.page(list(rows), limit, lambda found: [_shown(row) for row in found], lambda row: (row.id,))


@router.post("/syncs", response={201: SyncShown}, summary="Fetch a file or a table again and again")
def add_sync(request: HttpRequest, said: SyncIn) -> "Status[Any]":
    """A database is looked into before it is kept: 422 says why it cannot be read."""
    by = actor(request)
    try:
        if said.query is None:
            row = actions.add(said.kind, said.name, said.url, said.minutes, said.origin, said.country, by, said.check)
        else:
            row = actions.add_database(
                said.kind, said.name, said.url, said.query, said.growing, said.minutes, said.origin, said.country, by
            )
            if said.map:
                _map(row, said.map, by, said.check)
    except Invalid as invalid:
        raise bad_field("map" if invalid.field == "mapping" else invalid.field, str(invalid)) from invalid
    return Status(201, _shown(row))


@router.get("/syncs/{id}", response=SyncShown, summary="One sync")
def get_sync(request: HttpRequest, id: str) -> dict[str, Any]:
    """404 for one that does not exist."""
    return _shown(_found(id))


@router.patch("/syncs/{id}", response=SyncShown, summary="Switch it off or on, or write back what is learnt")
def change_sync(request: HttpRequest, id: str, said: SyncChange) -> dict[str, Any]:
    """While it is off nothing is fetched, and nothing written back. 422 while nobody said what the columns mean."""
    row = _found(id)
    if said.active is not None and actions.waits(row):
        raise bad_field("active", "nobody said yet what the columns mean")
    if said.write_back is not None:
        try:
            returning.choose(row, said.write_back, actor(request))
        except Invalid as invalid:
            raise bad_field(invalid.field, str(invalid)) from invalid
    if said.active is not None and row.active != said.active:
        actions.switch(row, actor(request))
    return _shown(row)


@router.post("/syncs/{id}/write-back/try", response=WriteBackTried, summary="What would be written back")
def try_write_back(request: HttpRequest, id: str, said: SyncTry) -> dict[str, Any]:
    """The other database is asked while you wait. 422 says why it cannot be."""
    row = _found(id)
    try:
        found = returning.trial(row, returning.chosen(row) if said.write_back is None else said.write_back)
    except Invalid as invalid:
        raise bad_field(invalid.field, str(invalid)) from invalid
    return found | {"failed": _unwritten(found["failed"])}


@router.post("/syncs/{id}/run", response={202: SyncShown}, summary="Fetch it now")
def run_sync(request: HttpRequest, id: str, whole: bool = False) -> "Status[Any]":
    """A worker does it within seconds. ``whole``: all of a database, as if nothing had been read yet. 422 while it is
    switched off, or nobody said what the columns mean."""
    row = _found(id)
    if not row.active:
        raise bad_field("active", "it is switched off, or waits to be told what the columns mean")
    actions.look_now(row, whole)
    return Status(202, _shown(row))


@router.post("/syncs/{id}/check", response={202: SyncShown}, summary="Judge its rows, and bring none in")
def check_sync(request: HttpRequest, id: str) -> "Status[Any]":
    """A worker does it within seconds; ``check`` says what it found. Also while it is switched off. 422 while nobody
    said what the columns mean."""
    row = _found(id)
    if actions.waits(row):
        raise bad_field("map", "nobody said yet what the columns mean")
    actions.check(row)
    return Status(202, _shown(_found(id)))


@router.delete("/syncs/{id}", response={204: None}, summary="Fetch it no more")
def remove_sync(request: HttpRequest, id: str) -> "Status[Any]":
    """What it brought in stays."""
    actions.remove(_found(id), actor(request))
    return Status(204, None)


def _map(row: Sync, said: dict[str, str], by: str, check: bool) -> None:
    """What the columns mean; one that cannot be kept so leaves nothing behind."""
    unknown = next((name for name in said if name not in row.header), None)
    chosen = set(said.values())
    try:
        if unknown is not None:
            raise Invalid("map", f"there is no column {unknown!r}; there are {', '.join(row.header[:20])}")
        fields = zip(row.header, row.mapping, strict=True)
        mapping = [said.get(name, "" if field in chosen else field) for name, field in fields]
        actions.choose(row, mapping, by, check)
    except Invalid:
        actions.remove(row, by)
        raise


def _shown(row: Sync) -> dict[str, Any]:
    return {
        "id": str(row.public_id),
        "kind": row.kind,
        "name": row.name,
        "reads": row.reads,
        "host": actions.host(row),
        "query": row.query,
        "growing": row.growing,
        "columns": dict(zip(row.header, row.mapping, strict=True)),
        "minutes": row.minutes,
        "origin": row.origin,
        "state": "waits" if actions.waits(row) else "active" if row.active else "off",
        "check": _checked(row),
        "write_back": {
            "columns": returning.chosen(row),
            "possible": returning.columns(row),
            "written": row.written,
            "left": row.left,
            "failed": _unwritten(row.unwritten),
            "error": row.write_error,
            "written_at": clock.iso(row.wrote),
        },
        "error": row.error,
        "ran_at": clock.iso(row.ran),
        "due_at": clock.iso(row.due) if row.active else None,
    }


def _checked(row: Sync) -> dict[str, Any] | None:
    names = ("new", "changed", "known", "refused")
    found = actions.checked(row)
    if row.checks or found is None:
        nothing = {"import_id": None, "reasons": [], "error": "", **dict.fromkeys(names, 0)}
        return {"state": "waiting", **nothing} if row.checks else None
    told = imports.summary(found)
    return {name: told[name] for name in ("state", *names, "reasons", "error")} | {"import_id": told["id"]}


def _unwritten(failed: list[list[str]]) -> list[dict[str, str]]:
    return [{"number": number, "reason": reason} for number, reason in failed]


def _found(public_id: str) -> Sync:
    row = actions.get(public_id)
    if row is None:
        raise not_found("sync")
    return row
