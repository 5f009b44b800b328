"""Screens of exports: asking for one, and taking it away."""

import uuid
from datetime import date, datetime, time, timedelta

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from rondpoint.accounts.decorators import require
from rondpoint.events import catalogue
from rondpoint.files import queries as files
from rondpoint.hub.exports import actions, forms, queries
from rondpoint.hub.models import Export
from rondpoint.lib import clock
from rondpoint.segments import queries as segments

PAGE = 30


@require_http_methods(["GET", "POST"])
@require("administer")
def listing(request: HttpRequest) -> HttpResponse:
    """The exports, and a form for the next one; ``segment`` chooses one beforehand."""
    problem, given = "", request.POST or request.GET
    if request.method == "POST":
        try:
            _ask(request)
            return redirect("exports")
        except actions.Invalid as invalid:
            problem = str(invalid)
    rows = queries.every(PAGE)
    context = {
        "rows": rows,
        "at_work": any(row.state in ("waiting", "running") for row in rows),
        "segments": segments.every(),
        "types": [row.name for row in catalogue.every()],
        "given": given,
        "chosen_types": given.getlist("types"),
        "problem": problem,
        "now": clock.now(),
    }
    part = "hub/exports/rows.html" if request.headers.get("HX-Target") == "exports" else "hub/exports/list.html"
    return render(request, part, context, status=422 if problem else 200)


@require_GET
@require("administer")
def file(request: HttpRequest, public_id: uuid.UUID) -> FileResponse:
    """What was made, to be taken away. Who does is written down."""
    row = _found(public_id)
    if row.state != "done":
        raise Http404
    try:
        opened = files.opened(row.sha256)
    except FileNotFoundError as error:
        raise Http404 from error
    actions.fetched(row, _by(request))
    answer = FileResponse(opened, as_attachment=True, filename=queries.file_name(row))
    answer["Content-Type"] = forms.FORMS[row.form]
    answer["Cache-Control"] = "no-store"
    return answer


@require_POST
@require("administer")
def cancellation(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Lets an export go."""
    actions.cancel(_found(public_id), _by(request))
    return redirect("exports")


def _ask(request: HttpRequest) -> None:
    said = request.POST
    segment = segments.get(said.get("segment", "")) if said.get("segment") else None
    if said.get("segment") and segment is None:
        raise actions.Invalid("segment", _("There is no such segment any more."))
    actions.ask(
        said.get("what", ""), said.get("form", ""), _by(request), segment, said.getlist("types"),
        _midnight(said.get("since", "")), _midnight(said.get("until", ""), 1),
    )  # fmt: skip


def _midnight(text: str, days: int = 0) -> int | None:
    """The beginning of a day in the reader's zone; None where none was chosen. Raises Invalid."""
    if not text:
        return None
    try:
        day = date.fromisoformat(text) + timedelta(days=days)
        return clock.from_datetime(timezone.make_aware(datetime.combine(day, time())))
    except (ValueError, OverflowError) as error:
        raise actions.Invalid("since", _("This is no day.")) from error


def _by(request: HttpRequest) -> str:
    assert request.user.is_authenticated
    return request.user.email


def _found(public_id: uuid.UUID) -> Export:
    row = queries.get(public_id)
    if row is None:
        raise Http404
    return row
