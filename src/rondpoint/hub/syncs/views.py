"""Screens of files that are fetched again and again."""

import uuid

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from rondpoint.accounts.decorators import require
from rondpoint.hub.imports import kinds, sentences
from rondpoint.hub.imports.actions import Invalid
from rondpoint.hub.models import Import, Sync
from rondpoint.hub.syncs import actions

RUNS = 20


@require_http_methods(["GET", "POST"])
@require("administer")
def listing(request: HttpRequest) -> HttpResponse:
    """All of them, and a form for another."""
    problem = None
    if request.method == "POST":
        said = request.POST
        try:
            minutes = int(said.get("minutes", "")) if said.get("minutes", "").isdecimal() else 0
            row = actions.add(
                said.get("kind", ""), said.get("name", ""), said.get("url", ""), minutes, said.get("origin", ""),
                said.get("country", ""), _by(request),
            )  # fmt: skip
            return redirect("sync", public_id=row.public_id)
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


@require_GET
@require("administer")
def one(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """One with its last runs."""
    row = _found(public_id)
    runs = [(each, sentences.said(each.error)) for each in Import.objects.filter(sync=row).order_by("-id")[:RUNS]]
    return render(request, "hub/syncs/one.html", {"each": row, "host": actions.host(row), "runs": runs})


@require_POST
@require("administer")
def run(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Looks now."""
    actions.look_now(_found(public_id))
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


def _sentence(invalid: Invalid) -> str:
    said = {
        "name": _("A name has 1 to 120 characters."),
        "url": _("This is no address of a file. Write it like https://www.example.com/customers.csv."),
        "minutes": _("Choose 5 minutes to 31 days."),
    }
    return said.get(invalid.field) or sentences.said(str(invalid))


def _by(request: HttpRequest) -> str:
    assert request.user.is_authenticated
    return request.user.email


def _found(public_id: uuid.UUID) -> Sync:
    row = actions.get(public_id)
    if row is None:
        raise Http404
    return row
