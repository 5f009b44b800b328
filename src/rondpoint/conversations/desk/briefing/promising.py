"""Promises: noting one, keeping, moving or calling it off, and the list of all."""

import uuid
from datetime import timedelta

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from rondpoint.accounts.decorators import require
from rondpoint.conversations.desk.found import found
from rondpoint.conversations.models import Commitment, Conversation, Message
from rondpoint.conversations.promises import actions, queries
from rondpoint.lib import clock


@require_GET
@require("read")
def listed(request: HttpRequest) -> HttpResponse:
    """All promises to be kept: overdue, today, later; one's own, or with ``whose=all`` everybody's."""
    mine = request.GET.get("whose") != "all"
    now = clock.now()
    tomorrow = timezone.localtime(clock.to_datetime(now)).replace(hour=0, minute=0, second=0) + timedelta(days=1)
    midnight = clock.from_datetime(tomorrow)
    rows = queries.listed(request.user, mine)
    groups = [
        {"title": _("Overdue"), "rows": [row for row in rows if row.due <= now], "late": True},
        {"title": _("Today"), "rows": [row for row in rows if now < row.due < midnight]},
        {"title": _("Later"), "rows": [row for row in rows if row.due >= midnight]},
    ]
    context = {"groups": [group for group in groups if group["rows"]], "mine": mine}
    context["replies"] = request.user.may("reply")
    return render(request, "desk/briefing/promises.html", context)


@require_POST
@require("reply")
def commitment(request: HttpRequest, public_id: str) -> HttpResponse:
    """Notes a promise: ``text`` and ``due`` (microseconds UTC), of the ``message`` with that public id if given."""
    current = found(request, public_id)
    message = None
    if number := request.POST.get("message"):
        message = _message(current, number)
        if message is None:
            return JsonResponse({"error": _("There is no such message in this conversation.")}, status=422)
    due = request.POST.get("due", "")
    try:
        actions.make(current, request.POST.get("text", ""), int(due) if due.isdigit() else 0, request.user, message)
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
    """Gives a promise another time, ``due`` in microseconds UTC."""
    row = _found(request, public_id)
    due = request.POST.get("due", "")
    try:
        actions.move(row, int(due) if due.isdigit() else 0, request.user.name, request.POST.get("reason", ""))
    except actions.BadPromise as error:
        return JsonResponse({"error": _words(error)}, status=422)
    return _back(request, row.conversation.public_id)


def _message(current: Conversation, number: str) -> Message | None:
    try:
        return Message.objects.filter(conversation=current, direction="out", public_id=uuid.UUID(number)).first()
    except ValueError:
        return None


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
