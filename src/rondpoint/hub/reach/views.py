"""Screens of looking whom a message would reach."""

import uuid

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from rondpoint.accounts.decorators import require
from rondpoint.consent import queries as consent
from rondpoint.hub.reach import actions, queries, showing
from rondpoint.segments import queries as segments
from rondpoint.sending import queries as sending
from rondpoint.ui import times

PAGE = 20


@require_http_methods(["GET", "POST"])
@require("operate")
def listing(request: HttpRequest) -> HttpResponse:
    """The looks that were taken, and a form for the next one; ``segment`` chooses one beforehand."""
    assert request.user.is_authenticated
    problem, given = "", request.POST or request.GET
    if request.method == "POST":
        try:
            return redirect("reach", _ask(request, request.user.email).public_id)
        except actions.Invalid as invalid:
            problem = _sentence(invalid)
    purposes = consent.purpose_names(translation.get_language() or "en")
    promotions = sending.promoting(purposes)
    context = {
        "rows": [showing.line(row, purposes) for row in queries.newest(PAGE)],
        "purposes": list(purposes.items()),
        "channels": [(kind, sending.channel_name(kind)) for kind in sending.channels()],
        "chosen": given.getlist("channels") or showing.usual(),
        "segments": segments.every(),
        "given": given,
        "purpose": given.get("purpose") or next((key for key in purposes if key in promotions), ""),
        "zone": timezone.get_current_timezone_name(),
        "problem": problem,
    }
    return render(request, "hub/reach/list.html", context, status=422 if problem else 200)


@require_GET
@require("operate")
def one(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """What one look found; it draws itself anew until then."""
    row = queries.get(str(public_id))
    if row is None:
        raise Http404
    purposes = consent.purpose_names(translation.get_language() or "en")
    context = {"row": row, **showing.line(row, purposes), "at_work": row.state in actions.AT_WORK}
    reach = queries.found(row)
    if reach is not None:
        context |= showing.page(reach, row)
    part = "hub/reach/found.html" if request.headers.get("HX-Target") == "found" else "hub/reach/one.html"
    return render(request, part, context)


def _ask(request: HttpRequest, by: str) -> actions.ReachCheck:
    said = request.POST
    wanted = said.get("segment", "")
    segment = segments.get(wanted) if wanted else None
    if wanted and segment is None:
        raise actions.Invalid("segment", "there is no such segment")
    try:
        at = times.typed(said.get("at", ""))
    except ValueError as error:
        raise actions.Invalid("at", "expected a day and an hour") from error
    text = said.get("text", "").strip()
    return actions.ask(said.get("purpose", ""), said.getlist("channels"), by, segment, at, text)


def _sentence(invalid: actions.Invalid) -> str:
    sentences = {
        "purpose": _("Purpose: choose from the list."),
        "channels": _("Channels: choose one at least, from the list."),
        "segment": _("This segment is no longer there, or is still being built."),
        "at": _("Time: a day and an hour, from yesterday to a year from now."),
        "text": _("Words: at most 20,000 characters."),
    }
    return sentences[invalid.field]
