"""Screens of tables that are kept up to date."""

import uuid

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from rondpoint.accounts.decorators import require
from rondpoint.events import catalogue
from rondpoint.hub.destinations import actions
from rondpoint.hub.imports import sentences
from rondpoint.hub.models import Destination
from rondpoint.segments import queries as segments


@require_http_methods(["GET", "POST"])
@require("administer")
def listing(request: HttpRequest) -> HttpResponse:
    """All of them, and a form for another; ``segment`` chooses one beforehand."""
    problem = None
    if request.method == "POST":
        try:
            return redirect("destination", public_id=_added(request.POST, _by(request)).public_id)
        except actions.Invalid as invalid:
            problem = invalid
    given = request.POST or request.GET
    context = {
        "rows": [(row, actions.host(row)) for row in Destination.objects.select_related("segment").order_by("id")],
        "segments": segments.every(),
        "types": [row.name for row in catalogue.every()],
        "given": given,
        "chosen_types": given.getlist("types"),
        "field": problem.field if problem else "",
        "problem": _sentence(problem) if problem else "",
    }
    return render(request, "hub/destinations/list.html", context, status=422 if problem else 200)


@require_GET
@require("administer")
def one(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """One, with how its last time went."""
    row = _found(public_id)
    context = {"each": row, "host": actions.host(row), "error": sentences.said(row.error)}
    return render(request, "hub/destinations/one.html", context)


@require_POST
@require("administer")
def run(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Writes it now."""
    actions.write_now(_found(public_id))
    return redirect("destination", public_id=public_id)


@require_POST
@require("administer")
def activity(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Writes it no more, or again."""
    actions.switch(_found(public_id), _by(request))
    return redirect("destination", public_id=public_id)


@require_POST
@require("administer")
def removal(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Takes it away; the table stays."""
    actions.remove(_found(public_id), _by(request))
    return redirect("destinations")


def _added(said: QueryDict, by: str) -> Destination:
    segment = segments.get(said.get("segment", "")) if said.get("segment") else None
    if said.get("segment") and segment is None:
        raise actions.Invalid("segment", _("There is no such segment any more."))
    return actions.add(
        said.get("name", ""), said.get("what", ""), said.get("url", ""), said.get("table", ""),
        _number(said.get("minutes", "")), by, segment, said.getlist("types"), _number(said.get("days") or "0"),
    )  # fmt: skip


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else -1


def _sentence(invalid: actions.Invalid) -> str:
    said = {
        "name": _("A name has 1 to 120 characters."),
        "minutes": _("Choose 5 minutes to 31 days."),
        "days": _("Choose 0 to 3,650 days."),
    }
    return said.get(invalid.field) or sentences.said(str(invalid))


def _by(request: HttpRequest) -> str:
    assert request.user.is_authenticated
    return request.user.email


def _found(public_id: uuid.UUID) -> Destination:
    row = actions.get(public_id)
    if row is None:
        raise Http404
    return row
