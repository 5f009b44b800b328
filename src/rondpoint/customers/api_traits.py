"""``/traits``: which traits there are, by which rule the value of each is chosen, and what was said of one."""

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema
from ninja.params.functions import Query

from rondpoint.accounts.actions import audit
from rondpoint.accounts.api_auth import actor
from rondpoint.customers import queries, traits
from rondpoint.customers.api import customer_or_404
from rondpoint.customers.types import TraitRule
from rondpoint.lib import clock
from rondpoint.ui import paging
from rondpoint.ui.problems import not_found

router = Router(tags=["customers"])


class TraitShown(Schema):
    name: str
    rule: TraitRule


class TraitPage(Schema):
    items: list[TraitShown]
    next: str | None


class RuleBody(paging.Input):
    """``recent``: the newest word holds; ``trusted``: that of the source that proves best who it speaks of;
    ``frequent``: what most sources say."""

    rule: TraitRule


class HeardShown(Schema):
    """One word. ``by``: the colleague who wrote it; ``counts``: it speaks for the customer; ``holds``: it is the value
    shown; ``replaced``: an earlier word, whose place a later one of the same source or of a colleague took;
    ``explanation``: why it holds or does not."""

    value: Any
    source: str
    at: str
    by: str
    counts: bool
    holds: bool
    replaced: bool
    explanation: str


class HeardShownList(Schema):
    rule: TraitRule
    items: list[HeardShown]


@router.get("/traits", response=TraitPage, summary="Traits and their rules")
def list_traits(
    request: HttpRequest,
    limit: int = Query(paging.PAGE, ge=1, le=paging.LARGEST_PAGE),
    cursor: str | None = Query(None, max_length=200),
) -> dict[str, Any]:
    """By name."""
    after = paging.position(cursor, 1)
    rows = list(enumerate(traits.every()))[(after[0] + 1) if after else 0 :]
    return paging.page(
        rows[: limit + 1], limit,
        lambda found: [{"name": each.name, "rule": each.rule} for _, each in found], lambda row: (row[0],),
    )  # fmt: skip


@router.put("/traits/{name}", response=TraitShown, summary="Choose the rule of a trait")
def choose_rule(request: HttpRequest, name: str, said: RuleBody) -> dict[str, Any]:
    """Golden records follow at once, names in lists within seconds."""
    try:
        if traits.rule(name, said.rule, actor(request)):
            audit(actor(request), "trait.ruled", name, {"rule": said.rule})
    except ValueError as error:
        raise not_found("trait") from error
    return {"name": name, "rule": said.rule}


@router.get("/customers/{id}/traits/{name}", response=HeardShownList, summary="All that was said of a trait")
def list_heard(request: HttpRequest, id: str, name: str) -> dict[str, Any]:
    """The newest first, with what holds."""
    customer = customer_or_404(id)
    rows = queries.heard(customer.id, name)
    if not rows:
        raise not_found("trait")
    rule = next((each.rule for each in traits.every() if each.name == name), TraitRule.RECENT)
    items = [
        {"value": row.value, "source": row.source, "at": clock.iso(row.at), "by": row.by, "counts": row.counts,
         "holds": row.holds, "replaced": row.over, "explanation": row.why}
        for row in rows
    ]  # fmt: skip
    return {"rule": rule, "items": items}
