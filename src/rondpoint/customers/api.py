"""``/customers``: find, make, read, merge, un-merge."""

from collections.abc import Collection
from typing import Any

from django.http import HttpRequest
from ninja import Router, Status
from ninja.params.functions import Query

from rondpoint.accounts.actions import audit
from rondpoint.accounts.api_auth import actor
from rondpoint.customers import actions, api_views, queries
from rondpoint.customers.api_schemas import (
    CustomerBody,
    CustomerChange,
    CustomerPage,
    CustomerShown,
    EventPage,
    IdentifierBody,
    LinkBody,
    LinkShown,
    ReviewPage,
    Separated,
    SuggestionPage,
)
from rondpoint.customers.models import Customer
from rondpoint.customers.rules import writing
from rondpoint.customers.types import Evidence, IdentifierIn
from rondpoint.events import queries as facts
from rondpoint.lib import addresses, clock
from rondpoint.lib.db import write
from rondpoint.ui import paging
from rondpoint.ui.problems import bad_field, not_found

router = Router(tags=["customers"])
SOURCE = "api"


def customer_or_404(public_id: str) -> Customer:
    """The living customer, also behind the id of one that was merged away. Raises Problem 404."""
    found = queries.resolve(public_id)
    if found is None:
        raise not_found("customer")
    return found


@router.get("/customers", response=CustomerPage, summary="Find customers")
def find(
    request: HttpRequest,
    identifier: str | None = Query(None, max_length=420, description="`kind:value`, as in `email:awa@example.com`"),
    q: str | None = Query(None, max_length=200, description="words of a name or an address"),
    limit: int = Query(paging.PAGE, ge=1, le=paging.LARGEST_PAGE),
    cursor: str | None = Query(None, max_length=200),
) -> dict[str, Any]:
    """Most recently seen first. An identifier that nobody holds gives an empty page."""
    if identifier is not None:
        _check_identifier(identifier)
    rows = queries.find(identifier, q, limit + 1, paging.pair(cursor))
    return paging.page(rows, limit, api_views.lines, _place)


@router.post("/customers", response={201: CustomerShown, 200: CustomerShown}, summary="Create or find a customer")
def create(request: HttpRequest, body: CustomerBody) -> "Status[Any]":
    """201 when somebody new was made, 200 when one of the identifiers was known. What a key says is signed evidence."""
    wanted = [_identifier(number, entry) for number, entry in enumerate(body.identifiers)]
    customer_id, created = actions.create_or_find(body.name.strip(), wanted, body.traits, SOURCE)
    customer = queries.by_ids({customer_id})[customer_id]
    return Status(201 if created else 200, api_views.whole(customer))


@router.get("/customers/{id}", response=CustomerShown, summary="The golden record")
def read(request: HttpRequest, id: str) -> dict[str, Any]:
    """The id of a customer that was merged away answers with the one it is part of now, under that one's id."""
    return api_views.whole(customer_or_404(id))


@router.patch("/customers/{id}", response=CustomerShown, summary="Change what is known of a customer")
def change(request: HttpRequest, id: str, said: CustomerChange) -> dict[str, Any]:
    """Written as by hand, under the name of your key: it is shown until a source says something newer, and what was
    written by hand before is kept. What stands there already changes nothing."""
    customer = customer_or_404(id)
    written = _written(said, queries.golden(customer.id).traits)
    with write():
        names = actions.edit(customer.id, written, actor(request))
        if names:
            audit(actor(request), "customer.edited", str(customer.public_id), {"traits": sorted(names)})
    return api_views.whole(customer_or_404(id))


@router.get("/customers/{id}/timeline", response=EventPage, summary="What happened, newest first")
def timeline(
    request: HttpRequest,
    id: str,
    limit: int = Query(paging.PAGE, ge=1, le=paging.LARGEST_PAGE),
    cursor: str | None = Query(None, max_length=200),
) -> dict[str, Any]:
    customer = customer_or_404(id)
    rows = facts.timeline(queries.profile_ids(customer.id), paging.pair(cursor), limit + 1)
    return paging.page(rows, limit, api_views.events, lambda row: (row.occurred, row.id))


@router.post("/customers/{id}/links", response={201: LinkShown}, summary="Merge with another customer")
def merge(request: HttpRequest, id: str, body: LinkBody) -> "Status[Any]":
    """Opens a link between the two. The older one keeps its id; the other's id leads to it from then on."""
    left = customer_or_404(id)
    right = queries.resolve(body.customer)
    if right is None:
        raise bad_field("customer", "there is no such customer")
    if left.id == right.id:
        raise bad_field("customer", "these are one customer already")
    with write():
        try:
            link = actions.merge(left.id, right.id, actor(request))
        except ValueError as error:  # somebody else was faster
            raise bad_field("customer", "these are one customer already") from error
        audit(actor(request), "customer.merge", str(left.public_id), {"with": str(right.public_id)})
    return Status(201, api_views.link(link))


@router.delete("/customers/{id}/links/{link}", response=Separated, summary="Un-merge")
def unmerge(request: HttpRequest, id: str, link: str) -> dict[str, Any]:
    """Closes the link and whatever else crosses the cut: each side has again exactly what arrived for it."""
    customer = customer_or_404(id)
    found = next((row for row in queries.links(customer.id) if str(row.public_id) == link.lower()), None)
    if found is None:
        raise not_found("open link")
    with write():
        try:
            kept, regained = actions.unmerge(found, actor(request))
        except ValueError as error:  # somebody else was faster
            raise not_found("open link") from error
        audit(actor(request), "customer.unmerge", str(customer.public_id), {"link": link})
    names = api_views.public_ids([kept, regained])
    return {"customers": [names[kept], names[regained]]}


@router.get("/customers/{id}/suggestions", response=SuggestionPage, summary="Who may be the same person")
def suggestions(request: HttpRequest, id: str) -> dict[str, Any]:
    customer = customer_or_404(id)
    found = queries.suggestions(customer.id)[: paging.LARGEST_PAGE]
    others = api_views.lines([row.other for row in found])
    reasons = queries.explanations([row.link for row in found])
    items = [
        {"link": str(row.link.public_id), "customer": other, "rule": row.rule,
         "evidence": queries.evidence(row.link), "explanation": why, "score": row.link.score}
        for row, other, why in zip(found, others, reasons, strict=True)
    ]  # fmt: skip
    return {"items": items, "next": None}


@router.get("/suggestions", response=ReviewPage, summary="Who may be one person: what waits for an answer")
def reviews(
    request: HttpRequest,
    limit: int = Query(paging.PAGE, ge=1, le=paging.LARGEST_PAGE),
    cursor: str | None = Query(None, max_length=200),
) -> dict[str, Any]:
    """Newest first, each pair of customers once."""
    rows = queries.reviews(limit + 1, paging.pair(cursor))
    return paging.page(rows, limit, _reviews, lambda row: (row.link.suggested or 0, row.link.id))


@router.post("/suggestions/{id}/acceptance", response={201: LinkShown}, summary="They are one person")
def accept(request: HttpRequest, id: str) -> "Status[Any]":
    """Merges the two customers, as a person's word."""
    found = _review(id)
    with write():
        try:
            link = actions.merge(found.left.id, found.right.id, actor(request))
        except ValueError as error:  # somebody else was faster
            raise not_found("suggestion that waits") from error
        audit(actor(request), "customer.merge", str(found.left.public_id), {"with": str(found.right.public_id)})
    return Status(201, api_views.link(link))


@router.delete("/suggestions/{id}", response={204: None}, summary="They are two people")
def dismiss(request: HttpRequest, id: str) -> "Status[Any]":
    """Neither evidence nor likeness suggests the two again."""
    found = _review(id)
    with write():
        try:
            actions.separate(found.left.id, found.right.id, actor(request))
        except ValueError as error:  # somebody else was faster
            raise not_found("suggestion that waits") from error
        audit(actor(request), "customer.apart", str(found.left.public_id), {"from": str(found.right.public_id)})
    return Status(204, None)


def _review(public_id: str) -> queries.Review:
    found = queries.review(public_id)
    if found is None:
        raise not_found("suggestion that waits")
    return found


def _reviews(rows: list[queries.Review]) -> list[dict[str, Any]]:
    lines = api_views.lines([customer for row in rows for customer in (row.left, row.right)])
    reasons = queries.explanations([row.link for row in rows])
    return [
        {
            "id": str(row.link.public_id),
            "customers": lines[2 * number : 2 * number + 2],
            "rule": row.link.rule,
            "evidence": queries.evidence(row.link),
            "explanation": why,
            "score": row.link.score,
            "too_many": row.too_many,
            "suggested_at": clock.iso(row.link.suggested),
        }
        for number, (row, why) in enumerate(zip(rows, reasons, strict=True))
    ]


def _check_identifier(text: str) -> None:
    kind, colon, value = text.partition(":")
    if not colon or not kind or not value:
        raise bad_field("identifier", "expected kind:value, as in email:awa@example.com")
    try:
        addresses.normalise(kind, value)
    except addresses.BadAddress as error:
        raise bad_field("identifier", str(error)) from error


def _identifier(number: int, entry: IdentifierBody) -> IdentifierIn:
    field = f"identifiers[{number}]"
    if entry.kind == "chat":
        raise bad_field(f"{field}.kind", "a chat visitor proves herself with a signed token or a code")
    try:
        value = addresses.normalise(entry.kind, entry.value)
    except addresses.BadAddress as error:
        raise bad_field(f"{field}.value", str(error)) from error
    return IdentifierIn(entry.kind, value, Evidence.SIGNED, entry.scope)


def _written(said: CustomerChange, known: Collection[str]) -> dict[str, object]:
    """The traits that a body writes. Raises Problem with the field for what may not be written."""
    own = {name: getattr(said, name) for name in writing.RESERVED if getattr(said, name) is not None}
    if twice := set(writing.RESERVED) & said.traits.keys():
        raise bad_field(f"traits.{min(twice)}", "this has a field of its own")
    if fixed := actions.computed_names(said.traits):
        raise bad_field(f"traits.{min(fixed)}", "this is worked out of facts and cannot be written by hand")
    traits = {name: value.strip() if isinstance(value, str) else value for name, value in said.traits.items()}
    written = {**{name: value.strip() for name, value in own.items()}, **traits}
    for name, reason in writing.wrong(written, known).items():
        raise bad_field(name if name in own else f"traits.{name}", reason)
    return {name: "" if value is None else value for name, value in written.items()}


def _place(customer: Customer) -> tuple[int, int]:
    return customer.last_seen, customer.id
