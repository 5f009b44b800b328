"""``/decisions``: why something was or was not sent."""

from collections.abc import Callable
from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from ninja import Query, Router, Schema

from rondpoint.customers import queries as customers
from rondpoint.lib import clock
from rondpoint.sending.models import Decision
from rondpoint.ui import paging
from rondpoint.ui.problems import not_found

router = Router(tags=["decisions"])
# Higher rooms say which decisions belong to one of their things: fn(public id) -> condition, None when unknown.
_scopes: dict[str, Callable[[str], Q | None]] = {}


def add_scope(name: str, condition: Callable[[str], Q | None]) -> None:
    """A higher room makes ``/decisions?{name}=`` answer."""
    _scopes[name] = condition


class DecisionShown(Schema):
    """The gate's verdict: ``step`` is the first one that failed, ``steps`` all it took."""

    id: str
    at: str
    customer: str | None
    verdict: str
    step: str
    reason: str
    detail: str
    channel: str
    address: str
    purpose: str
    state: str | None
    steps: list[Any]


class DecisionPage(Schema):
    items: list[DecisionShown]
    next: str | None


@router.get("/decisions", response=DecisionPage, summary="Why something was or was not sent")
def decisions(
    request: HttpRequest,
    customer: str | None = Query(None, max_length=64),
    conversation: str | None = Query(None, max_length=64),
    limit: int = Query(paging.PAGE, ge=1, le=paging.LARGEST_PAGE),
    cursor: str | None = Query(None, max_length=200),
):
    """Newest first. ``state`` is where the dispatch stands, null when nothing left."""
    rows = Decision.objects.select_related("dispatch")
    if customer is not None:
        found = customers.resolve(customer)
        if found is None:
            raise not_found("customer")
        rows = rows.filter(profile_id__in=customers.profile_ids(found.id))
    if conversation is not None:
        condition = _scopes["conversation"](conversation)
        if condition is None:
            raise not_found("conversation")
        rows = rows.filter(condition)
    before = paging.position(cursor, 1)
    if before is not None:
        rows = rows.filter(id__lt=before[0])
    return paging.page(list(rows.order_by("-id")[: limit + 1]), limit, _show, lambda row: (row.id,))


def _show(rows: list[Decision]) -> list[dict]:
    of_profile = customers.customers_of({row.profile_id for row in rows})
    people = customers.by_ids(set(of_profile.values()))
    return [
        {
            "id": str(row.public_id),
            "at": clock.iso(row.at),
            "customer": str(people[of_profile[row.profile_id]].public_id) if row.profile_id in of_profile else None,
            "verdict": row.verdict,
            "step": row.step,
            "reason": row.reason,
            "detail": row.detail,
            "channel": row.channel,
            "address": row.address,
            "purpose": row.purpose,
            "state": row.dispatch.state if row.dispatch else None,
            "steps": row.steps,
        }
        for row in rows
    ]
