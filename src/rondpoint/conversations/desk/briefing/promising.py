"""Promises: noting one, keeping, moving or calling it off, and the list of all."""

from datetime import datetime, timedelta

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from rondpoint.accounts.decorators import require
from rondpoint.conversations.desk.found import found
from rondpoint.conversations.models import Commitment
from rondpoint.conversations.promises import actions, queries
from rondpoint.lib import clock


@require_GET
@require("read")
def listed(request: HttpRequest) -> HttpResponse:
    """All promises to be kept: overdue, today, later; one's own, or with ``whose=all`` everybody's."""
    mine = request.GET.get("whose") != "all"
    others_late = queries.late_of_others(request.user)
    now = clock.now()
    tomorrow = timezone.localtime(clock.to_datetime(now)).replace(hour=0, minute=0, second=0) + timedelta(days=1)
    midnight = clock.from_datetime(tomorrow)
    rows = queries.listed(request.user, mine)
    groups = [
        {"title": _("Overdue"), "rows": [row for row in rows if row.due <= now], "late": True},
        {"title": _("Today"), "rows": [row for row in rows if now < row.due < midnight]},
        {"title": _("Later"), "rows": [row for row in rows if row.due >= midnight]},
    ]
    context = {"groups": [group for group in groups if group["rows"]], "mine": mine, "others_late": others_late}
    context["replies"] = request.user.may("reply")
    return render(request, "desk/briefing/promises.html", context)


@require_POST
@require("reply")
def commitment(request: HttpRequest, public_id: str) -> HttpResponse:
    """Notes a promise: ``text`` and its time (see :func:`_due`), of the ``message`` with that public id if given."""
    current = found(request, public_id)
    message = None
    if number := request.POST.get("message"):
        message = queries.told_by(current, number)
        if message is None:
            return JsonResponse({"error": _("There is no such message in this conversation.")}, status=422)
    try:
        actions.make(current, request.POST.get("text", ""), _due(request), request.user, message)
    except actions.BadPromise as error:
        return JsonResponse({"error": _words(error)}, status=422)
    return _back(request, current.public_id)


@require_POST
@require("reply")
def outcome(request: HttpRequest, public_id: str) -> HttpResponse:
    """Marks a promise ``kept`` or ``cancelled``."""
    row = _found(request, public_id)
    try:
        actions.settle(row, request.POST.get("state", ""), request.user.name, request.POST.get("reason", ""))
    except actions.BadPromise as error:
        return JsonResponse({"error": _words(error)}, status=422)
    return _back(request, row.conversation.public_id)


@require_POST
@require("reply")
def moved(request: HttpRequest, public_id: str) -> HttpResponse:
    """Gives a promise another time (see :func:`_due`), with the reason that the timeline tells."""
    row = _found(request, public_id)
    try:
        actions.move(row, _due(request), request.user.name, request.POST.get("reason", ""))
    except actions.BadPromise as error:
        return JsonResponse({"error": _words(error)}, status=422)
    return _back(request, row.conversation.public_id)


def _due(request: HttpRequest) -> int:
    """``due`` in microseconds UTC, or ``at`` as a form writes it (2026-11-24T10:00), meant in the brand's zone; 0 for
    what is neither."""
    due = request.POST.get("due", "")
    if due.isdecimal() and len(due) < 19:
        return int(due)
    try:
        moment = datetime.fromisoformat(request.POST.get("at", ""))
    except ValueError:
        return 0
    return clock.from_datetime(moment if moment.tzinfo else timezone.make_aware(moment))


def _found(request: HttpRequest, public_id: str) -> Commitment:
    row = queries.find(request.user, public_id)
    if row is None:
        raise Http404
    return row


def _words(error: actions.BadPromise) -> str:
    return {
        "text": _("Say what was promised, in 1 to 300 characters."),
        "due": _("Choose a time in the coming year."),
        "state": _("A promise is either kept or called off."),
    }[error.field]


def _back(request: HttpRequest, conversation: object) -> HttpResponse:
    if request.htmx:
        return HttpResponse(status=204, headers={"HX-Trigger": "promises"})
    if request.POST.get("from") == "list":
        return redirect("promises")
    return redirect("conversation", public_id=conversation)
