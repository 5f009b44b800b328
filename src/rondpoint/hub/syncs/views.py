"""Screens of files and tables that are fetched again and again."""

import uuid
from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from rondpoint.accounts.decorators import require
from rondpoint.hub.imports import kinds, sentences
from rondpoint.hub.imports.actions import AT_WORK, Invalid
from rondpoint.hub.imports.views import columns_of
from rondpoint.hub.models import Import, Sync
from rondpoint.hub.syncs import actions, returning

RUNS = 20


@require_http_methods(["GET", "POST"])
@require("administer")
def listing(request: HttpRequest) -> HttpResponse:
    """All of them, and a form for another."""
    problem = None
    if request.method == "POST":
        said = request.POST
        try:
            return redirect("sync", public_id=_added(said, _by(request)).public_id)
        except Invalid as invalid:
            problem = invalid
    context = {
        "rows": [(row, actions.host(row)) for row in Sync.objects.order_by("id")],
        "kinds": kinds.every(),
        "given": request.POST,
        "field": problem.field if problem else "",
        "problem": _sentence(problem) if problem else "",
    }
    return render(request, "hub/syncs/list.html", context, status=422 if problem else 200)


def _added(said: QueryDict, by: str) -> Sync:
    minutes = int(said.get("minutes", "")) if said.get("minutes", "").isdecimal() else 0
    kind, name, url = said.get("kind", ""), said.get("name", ""), said.get("url", "")
    origin, country = said.get("origin", ""), said.get("country", "")
    if said.get("reads") != "database":
        return actions.add(kind, name, url, minutes, origin, country, by, bool(said.get("check")))
    query, growing = said.get("query", ""), said.get("growing", "")
    return actions.add_database(kind, name, url, query, growing, minutes, origin, country, by)


@require_GET
@require("administer")
def one(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """One with its last runs, and what the columns of a database mean."""
    return _page(request, _found(public_id))


@require_POST
@require("administer")
def mapping(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Says what the columns of a database mean; it is read from now on."""
    row = _found(public_id)
    if row.reads != "database":
        raise Http404
    fields = [request.POST.get(f"c{place}", "") for place in range(len(row.header))]
    try:
        actions.choose(row, fields, _by(request), bool(request.POST.get("check")))
    except Invalid as invalid:
        row.mapping = fields
        return _page(request, row, sentences.said(str(invalid)))
    return redirect("sync", public_id=public_id)


@require_POST
@require("administer")
def run(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Looks now; with ``whole`` all of a database is read again."""
    actions.look_now(_found(public_id), bool(request.POST.get("whole")))
    return redirect("sync", public_id=public_id)


@require_POST
@require("administer")
def check(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Judges its rows and brings none in."""
    row = _found(public_id)
    if not actions.waits(row):
        actions.check(row)
    return redirect("sync", public_id=public_id)


@require_POST
@require("administer")
def write_back(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Chooses the columns that what is learnt here is written into; with ``try`` only shows what would be."""
    row = _found(public_id)
    names = request.POST.getlist("columns")
    try:
        if request.POST.get("try"):
            return _page(request, row, tried=returning.trial(row, names), names=names)
        returning.choose(row, names, _by(request))
    except Invalid as invalid:
        return _page(request, row, sentences.said(str(invalid)), names=names)
    return redirect("sync", public_id=public_id)


@require_POST
@require("administer")
def activity(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Stops looking, or looks again."""
    actions.switch(_found(public_id), _by(request))
    return redirect("sync", public_id=public_id)


@require_POST
@require("administer")
def removal(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Looks no more."""
    actions.remove(_found(public_id), _by(request))
    return redirect("syncs")


def _page(
    request: HttpRequest, row: Sync, problem: str = "", tried: dict[str, Any] | None = None,
    names: Sequence[str] | None = None,
) -> HttpResponse:  # fmt: skip
    """``tried``: what would be written back into the columns ``names``, which are chosen on the page."""
    kind = kinds.get(row.kind)
    assert kind is not None
    checked = actions.checked(row)
    runs = [(each, sentences.said(each.error)) for each in Import.objects.filter(sync=row).order_by("-id")[:RUNS]]
    context = {
        "each": row,
        "host": actions.host(row),
        "runs": runs,
        "problem": problem,
        "error": sentences.said(row.error),
        "waits": actions.waits(row),
        "checked": checked,
        "judging": row.checks or (checked is not None and checked.state in AT_WORK),
        "kind": kind,
        "columns": columns_of(row, kind) if row.reads == "database" else [],
        "writable": returning.columns(row),
        "written": returning.chosen(row) if names is None else names,
        "tried": tried,
        "tried_failed": _reasons(tried["failed"]) if tried else [],
        "unwritten": _reasons(row.unwritten),
        "write_error": sentences.said(row.write_error),
    }
    return render(request, "hub/syncs/one.html", context, status=422 if problem else 200)


def _reasons(failed: list[list[str]]) -> list[tuple[str, str]]:
    return [(number, sentences.said(reason)) for number, reason in failed]


def _sentence(invalid: Invalid) -> str:
    said = {
        "name": _("A name has 1 to 120 characters."),
        "minutes": _("Choose 5 minutes to 31 days."),
    }
    if invalid.field == "url" and str(invalid).startswith("expected an address"):
        return _("This is no address of a file. Write it like https://www.example.com/customers.csv.")
    return said.get(invalid.field) or sentences.said(str(invalid))


def _by(request: HttpRequest) -> str:
    assert request.user.is_authenticated
    return request.user.email


def _found(public_id: uuid.UUID) -> Sync:
    row = actions.get(public_id)
    if row is None:
        raise Http404
    return row
