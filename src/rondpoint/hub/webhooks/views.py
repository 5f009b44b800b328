"""Screens of webhooks: which systems are told what, and what they answered."""

import uuid
from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from rondpoint.accounts.decorators import require
from rondpoint.events import catalogue
from rondpoint.hub.models import Endpoint, Told
from rondpoint.hub.webhooks import actions, working
from rondpoint.lib import clock

SHOWN = 50
STATES = ("waiting", "delivered", "failed")


@require_http_methods(["GET", "POST"])
@require("administer")
def listing(request: HttpRequest) -> HttpResponse:
    """The endpoints, and a form for another."""
    problem = None
    if request.method == "POST":
        said = request.POST
        try:
            row = actions.add(said.get("name", ""), said.get("url", ""), _types(request), _by(request))
            return redirect("webhook", public_id=row.public_id)
        except actions.Invalid as invalid:
            problem = invalid
    context = {
        "rows": Endpoint.objects.order_by("id"),
        "types": _known(request.POST.getlist("types")),
        "given": request.POST,
        "field": problem.field if problem else "",
        "problem": _sentence(problem) if problem else "",
    }
    return render(request, "hub/webhooks/list.html", context, status=422 if problem else 200)


@require_http_methods(["GET", "POST"])
@require("administer")
def one(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """An endpoint: its settings, its secret and what was told to it."""
    row = _found(public_id)
    if request.method == "GET":
        return _page(request, row)
    said = request.POST
    try:
        actions.change(row, _by(request), said.get("name", ""), said.get("url", ""), _types(request))
    except actions.Invalid as invalid:
        return _page(request, row, invalid)
    return redirect("webhook", public_id=row.public_id)


@require_POST
@require("administer")
def activity(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Switches an endpoint off, or on again."""
    row = _found(public_id)
    actions.change(row, _by(request), active=not row.active)
    return redirect("webhook", public_id=row.public_id)


@require_POST
@require("administer")
def secret(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """A new secret."""
    row = _found(public_id)
    actions.renew_secret(row, _by(request))
    return redirect("webhook", public_id=row.public_id)


@require_POST
@require("administer")
def removal(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Takes an endpoint away."""
    actions.remove(_found(public_id), _by(request))
    return redirect("webhooks")


@require_POST
@require("administer")
def test(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Tells it something that did not happen."""
    row = _found(public_id)
    actions.test(row)
    return redirect("webhook", public_id=row.public_id)


@require_POST
@require("administer")
def replay(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Tells what came in a time again."""
    row = _found(public_id)
    try:
        since, until = _moment(request.POST.get("since", "")), _moment(request.POST.get("until", ""))
        actions.replay_between(row, since, until)
    except actions.Invalid as invalid:
        return _page(request, row, invalid)
    return redirect("webhook", public_id=row.public_id)


@require_http_methods(["GET", "POST"])
@require("administer")
def replay_one(request: HttpRequest, public_id: uuid.UUID, told: uuid.UUID) -> HttpResponse:
    """What was told, and what was answered; posting tells it again."""
    row = _found(public_id)
    each = Told.objects.filter(endpoint=row, public_id=told).first()
    if each is None:
        raise Http404
    if request.method == "POST":
        actions.replay(each)
        return redirect("webhook", public_id=row.public_id)
    return render(request, "hub/webhooks/told.html", {"row": row, "each": each, "body": working.body(each)})


def _page(request: HttpRequest, row: Endpoint, invalid: actions.Invalid | None = None) -> HttpResponse:
    state = request.GET.get("state", "")
    told = Told.objects.filter(endpoint=row)
    told = told.filter(state=state) if state in STATES else told
    given = request.POST if invalid else None
    context = {
        "row": row,
        "told": told.order_by("-id")[:SHOWN],
        "state": state,
        "secret": actions.secret_of(row),
        "types": _known(given.getlist("types") if given is not None else row.types),
        "name": given.get("name", row.name) if given is not None else row.name,
        "url": given.get("url", row.url) if given is not None else row.url,
        "field": invalid.field if invalid else "",
        "problem": _sentence(invalid) if invalid else "",
    }
    part = "hub/webhooks/log.html" if request.headers.get("HX-Target") == "told" else "hub/webhooks/one.html"
    answer = render(request, part, context, status=422 if invalid else 200)
    answer["Cache-Control"] = "no-store"
    return answer


def _known(chosen: list[str]) -> list[tuple[str, bool]]:
    """The types there are, those that are chosen among them."""
    names = dict.fromkeys([*(row.name for row in catalogue.every()), *chosen])
    return [(name, name in chosen) for name in sorted(names, key=str.casefold)]


def _types(request: HttpRequest) -> list[str]:
    return request.POST.getlist("types")


def _moment(text: str) -> int:
    try:
        return clock.from_datetime(timezone.make_aware(datetime.fromisoformat(text)))
    except (ValueError, OverflowError) as error:
        raise actions.Invalid("since", "expected two times") from error


def _sentence(invalid: actions.Invalid) -> str:
    """The same in the reader's language."""
    said = {
        "name": _("A name has 1 to 120 characters."),
        "url": _("This is no address that can be told. Write it like https://www.example.com/hooks."),
        "types": _("At most 200 types of at most 200 characters."),
        "since": _("Choose a beginning and an end with at most 5,000 events between them."),
    }
    return said[invalid.field]


def _by(request: HttpRequest) -> str:
    assert request.user.is_authenticated
    return request.user.email


def _found(public_id: uuid.UUID) -> Endpoint:
    row = actions.get(public_id)
    if row is None:
        raise Http404
    return row


