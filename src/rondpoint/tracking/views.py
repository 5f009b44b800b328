"""Screens of sources: which sites, apps and servers tell what happens, and what they told last."""

import uuid
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from rondpoint.accounts import actions as accounts
from rondpoint.accounts.decorators import require
from rondpoint.accounts.models import Brand
from rondpoint.lib import clock
from rondpoint.tracking import actions, queries
from rondpoint.tracking.models import Source
from rondpoint.tracking.types import SourceKind

REASONS = 20  # that a page tells


@require_GET
@require("administer")
def listing(request: HttpRequest) -> HttpResponse:
    """All sources."""
    since = clock.now() - clock.DAY
    refused = queries.refused_since(since)
    rows = [(row, refused.get(row.id, 0), (row.dropped_at or 0) >= since) for row in queries.every()]
    return render(request, "tracking/sources.html", {"rows": rows})


@require_http_methods(["GET", "POST"])
@require("administer")
def add(request: HttpRequest, kind: str) -> HttpResponse:
    """A new source."""
    if kind not in [each.value for each in SourceKind]:
        raise Http404
    if request.method == "GET":
        return _page(request, None, kind)
    try:
        row = actions.add(kind, request.POST.get("name", ""), _brand(request), request.POST.get("origins", ""))
    except actions.Invalid as invalid:
        return _page(request, None, kind, invalid)
    accounts.audit(_by(request), "source.added", str(row.public_id), {"name": row.name})
    return redirect("source", public_id=row.public_id)


@require_http_methods(["GET", "POST"])
@require("administer")
def source(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """A source: how to connect it, what it told last, and its settings."""
    row = _found(public_id)
    if request.method == "GET":
        return _page(request, row, row.kind)
    try:
        actions.change(
            row, request.POST.get("name", ""), _brand(request), request.POST.get("origins", ""), row.active
        )
    except actions.Invalid as invalid:
        return _page(request, row, row.kind, invalid)
    accounts.audit(_by(request), "source.changed", str(row.public_id), {"name": row.name})
    return redirect("source", public_id=row.public_id)


@require_GET
@require("administer")
def calls(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """What it told last, which draws itself anew."""
    return render(request, "tracking/calls.html", _told(_found(public_id)))


@require_GET
@require("administer")
def refusals(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The calls of a source that were not taken, as they came; all, or those of one reason."""
    row, reason = _found(public_id), request.GET.get("reason", "")[:500]
    before = request.GET.get("before", "")[:18]
    found = queries.refusals(row, int(before) if before.isdecimal() else None, queries.SHOWN + 1, reason)
    shown = found[: queries.SHOWN]
    context = {
        "row": row,
        "reason": reason,
        "reasons": queries.why(row)[:REASONS],
        "refusals": shown,
        "more": urlencode({"reason": reason, "before": shown[-1].id}) if len(found) > len(shown) else "",
        "most": actions.MOST_REFUSED,
    }
    return render(request, "tracking/refusals.html", context)


@require_POST
@require("administer")
def activity(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Switches a source off, or on again."""
    row = _found(public_id)
    actions.change(row, row.name, row.brand, row.origins, not row.active)
    accounts.audit(_by(request), "source.activity", str(row.public_id), {"active": row.active})
    return redirect("source", public_id=row.public_id)


@require_POST
@require("administer")
def key(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """A new write key; the old one works no more."""
    row = _found(public_id)
    actions.renew_key(row)
    accounts.audit(_by(request), "source.key", str(row.public_id))
    return redirect("source", public_id=row.public_id)


@require_POST
@require("administer")
def try_again(request: HttpRequest, public_id: uuid.UUID, batch: uuid.UUID) -> HttpResponse:
    """Puts what was set aside back in line."""
    row = _found(public_id)
    if not actions.try_again(row, batch):
        raise Http404
    accounts.audit(_by(request), "source.retried", str(batch))
    return redirect("source", public_id=row.public_id)


def _page(
    request: HttpRequest, row: Source | None, kind: str, invalid: actions.Invalid | None = None
) -> HttpResponse:
    given = request.POST if invalid else None
    context = {
        "row": row,
        "kind": kind,
        "name": given.get("name", "") if given is not None else row.name if row else "",
        "origins": given.get("origins", "") if given is not None else row.origins if row else "",
        "brand_id": row.brand_id if row else None,
        "brands": Brand.objects.order_by("id"),
        "field": invalid.field if invalid else "",
        "problem": _sentence(invalid) if invalid else "",
        "url": settings.RONDPOINT_URL,
        **(_told(row) if row else {}),
    }
    answer = render(request, "tracking/source.html", context, status=422 if invalid else 200)
    answer["Cache-Control"] = "no-store"
    return answer


def _sentence(invalid: actions.Invalid) -> str:
    """The same in the reader's language."""
    if invalid.field == "name":
        return _("A name has 1 to 120 characters.")
    return _("This is no address of a site. Write it like https://www.example.com, one a line.")


def _told(row: Source) -> dict[str, object]:
    return {"row": row, "calls": queries.latest(row), "quarantined": queries.quarantined(row)}


def _brand(request: HttpRequest) -> Brand | None:
    number = request.POST.get("brand", "")
    return Brand.objects.filter(id=int(number)).first() if number.isdigit() else Brand.objects.order_by("id").first()


def _by(request: HttpRequest) -> str:
    assert request.user.is_authenticated
    return request.user.email


def _found(public_id: uuid.UUID) -> Source:
    row = queries.get(public_id)
    if row is None:
        raise Http404
    return row
