"""``/computed-traits``: traits that are worked out of facts, each written as one JSON definition."""

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status
from ninja.params.functions import Query
from pydantic import Field

from rondpoint.accounts import actions as accounts
from rondpoint.accounts.api_auth import actor
from rondpoint.customers import queries as customers
from rondpoint.lib import clock
from rondpoint.segments.computed import actions, queries
from rondpoint.segments.models import ComputedTrait
from rondpoint.segments.types import BadDefinition
from rondpoint.ui import paging
from rondpoint.ui.problems import Problem, bad_field, not_found

router = Router(tags=["customers"])
EXAMPLE = {"version": 1, "kind": "count", "event": "Order Completed", "within_days": 90}
FIELDS = ("name", "label")


class ComputedIn(paging.Input):
    """A new computed trait. ``name``: as segments and programs call it; ``label``: as people do."""

    name: str = Field(examples=["orders_90d"])
    label: str = Field(examples=["Orders in 90 days"])
    definition: dict[str, Any] = Field(examples=[EXAMPLE])


class ComputedChange(paging.Input):
    """What is not given stays. Another definition is a new version; the name stays, since segments look at it."""

    label: str | None = None
    definition: dict[str, Any] | None = None


class ComputedTry(paging.Input):
    """A definition to try."""

    definition: dict[str, Any] = Field(examples=[EXAMPLE])


class ComputedShown(Schema):
    """A computed trait. ``names``: what its values are called among a customer's traits; ``state``: ``building`` until
    they were found, then ``live``; ``count``: customers who have one; ``meaning``: the definition as a sentence;
    ``measured_by``: what was measured of all customers, at ``measured_at``."""

    id: str
    name: str
    label: str
    kind: str
    definition: dict[str, Any]
    names: list[str]
    version: int
    state: str
    count: int
    meaning: str
    measured_by: dict[str, Any]
    measured_at: str | None
    changed_at: str | None


class ComputedPage(Schema):
    items: list[ComputedShown]
    next: str | None


class Spread(Schema):
    """How the values lie: of numbers the least, the one in the middle and the most; of texts the most common, each with
    how many customers have it. ``name``: the ending of the trait's name, empty for the trait itself."""

    name: str
    count: int
    least: float | None = None
    middle: float | None = None
    most: float | None = None
    common: list[tuple[str, int]] = []


class Tried(Schema):
    id: str
    name: str
    values: dict[str, str | float]


class TryShown(Schema):
    """What a definition comes to now: how many customers have a value, of how many, how the values lie, and some of
    them."""

    count: int
    of: int
    values: list[Spread]
    sample: list[Tried]
    meaning: str


@router.get("/computed-traits", response=ComputedPage, summary="Computed traits")
def list_computed(
    request: HttpRequest,
    limit: int = Query(paging.PAGE, ge=1, le=paging.LARGEST_PAGE),
    cursor: str | None = Query(None, max_length=200),
) -> dict[str, Any]:
    """Oldest first."""
    after = paging.position(cursor, 1)
    rows = sorted(queries.every(), key=lambda row: row.id)
    rows = [row for row in rows if after is None or row.id > after[0]]
    return paging.page(rows[: limit + 1], limit, lambda found: [_shown(row) for row in found], lambda row: (row.id,))


@router.post("/computed-traits", response={201: ComputedShown}, summary="Define a computed trait")
def define_computed(request: HttpRequest, said: ComputedIn) -> "Status[Any]":
    """Its values are found in a moment: it is ``building`` until then. A name that a source says already is refused."""
    try:
        row = actions.define(said.name, said.label, said.definition, actor(request))
    except BadDefinition as bad:
        raise _problem(bad) from bad
    accounts.audit(actor(request), "computed.defined", str(row.public_id), {"name": row.name})
    return Status(201, _shown(row))


@router.post("/computed-traits/preview", response=TryShown, summary="Try the definition of a computed trait")
def preview_computed(request: HttpRequest, said: ComputedTry) -> dict[str, Any]:
    """Nothing is stored."""
    try:
        found = actions.preview(said.definition)
    except BadDefinition as bad:
        raise _problem(bad) from bad
    people = customers.by_ids({number for number, _ in found["sample"]})
    sample = [
        {"id": str(people[number].public_id), "name": people[number].name, "values": values}
        for number, values in found["sample"]
        if number in people
    ]
    shown = {name: found[name] for name in ("count", "of", "values")}
    return {**shown, "sample": sample, "meaning": queries.meaning(said.definition)}


@router.get("/computed-traits/{id}", response=ComputedShown, summary="One computed trait")
def get_computed(request: HttpRequest, id: str) -> dict[str, Any]:
    """404 for one that does not exist or was archived."""
    return _shown(_found(id))


@router.patch("/computed-traits/{id}", response=ComputedShown, summary="Change a computed trait")
def change_computed(request: HttpRequest, id: str, said: ComputedChange) -> dict[str, Any]:
    """The values of before stay until those of another definition were found."""
    try:
        row = actions.redefine(_found(id), actor(request), said.label, said.definition)
    except BadDefinition as bad:
        raise _problem(bad) from bad
    accounts.audit(actor(request), "computed.changed", str(row.public_id), {"version": row.version})
    return _shown(row)


@router.delete("/computed-traits/{id}", response={204: None}, summary="Archive a computed trait")
def archive_computed(request: HttpRequest, id: str) -> "Status[Any]":
    """Nobody has its values any more; 409 while a segment looks at one of them."""
    row = _found(id)
    try:
        actions.archive(row)
    except BadDefinition as bad:
        raise Problem(409, str(bad)) from bad
    accounts.audit(actor(request), "computed.archived", str(row.public_id), {"name": row.name})
    return Status(204, None)


def _found(public_id: str) -> ComputedTrait:
    row = queries.get(public_id)
    if row is None:
        raise not_found("computed trait")
    return row


def _problem(bad: BadDefinition) -> Problem:
    if bad.place in FIELDS:
        return bad_field(bad.place, bad.reason)
    return bad_field(f"definition.{bad.place}" if bad.place else "definition", bad.reason)


def _shown(row: ComputedTrait) -> dict[str, Any]:
    return {
        "id": str(row.public_id),
        "name": row.name,
        "label": row.label,
        "kind": row.definition["kind"],
        "definition": row.definition,
        "names": row.names,
        "version": row.version,
        "state": row.state,
        "count": row.count,
        "meaning": queries.meaning(row.definition),
        "measured_by": row.parameters,
        "measured_at": clock.iso(row.measured) if row.parameters else None,
        "changed_at": clock.iso(row.changed),
    }
