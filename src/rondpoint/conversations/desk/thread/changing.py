"""Changing the state of a conversation from its head: each state is a resource of its own."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from rondpoint.accounts.decorators import require
from rondpoint.accounts.models import Team, User
from rondpoint.conversations import actions
from rondpoint.conversations.actions import state
from rondpoint.conversations.desk.found import found
from rondpoint.conversations.models import Conversation
from rondpoint.conversations.queries.permitted import may_see
from rondpoint.events import live
from rondpoint.lib import clock

PRESENT = ("viewing", "writing", "gone")
LONGEST_SNOOZE = 366 * clock.DAY


@require_POST
@require("reply")
def closure(request: HttpRequest, public_id: str) -> HttpResponse:
    """Closes, or with ``undo`` opens again."""
    current = found(request, public_id)
    if request.POST.get("undo"):
        actions.reopen(current, request.user.name)
    else:
        actions.close(current, request.user.name)
    return _done(request, current)


@require_POST
@require("reply")
def assignment(request: HttpRequest, public_id: str) -> HttpResponse:
    """Takes the conversation, gives it to the colleague ``user`` or the team ``team``, or with ``release`` back."""
    current = found(request, public_id)
    user, team = request.user, current.team
    if request.POST.get("release"):
        user = None
    elif request.POST.get("team", "").isdigit():
        user, team = None, Team.objects.filter(id=int(request.POST["team"])).first()
        if team is None:
            return JsonResponse({"error": _("There is no such team.")}, status=422)
    elif request.POST.get("user", "").isdigit():
        user = User.objects.filter(id=int(request.POST["user"]), is_active=True).exclude(role="read_only").first()
        if user is None:
            return JsonResponse({"error": _("There is no such colleague.")}, status=422)
    actions.assign(current, user, team, by=request.user.name)
    return _done(request, current)


@require_POST
@require("reply")
def snooze(request: HttpRequest, public_id: str) -> HttpResponse:
    """Puts it aside ``until`` a time in microseconds UTC; with ``undo`` brings it back at once."""
    current = found(request, public_id)
    if request.POST.get("undo"):
        actions.reopen(current, request.user.name)
        return _done(request, current)
    until = request.POST.get("until", "")
    now = clock.now()
    if not until.isdigit() or not now < int(until) <= now + LONGEST_SNOOZE:
        return JsonResponse({"error": _("Choose a time in the coming year.")}, status=422)
    state.snooze(current, int(until), request.user.name)
    return _done(request, current)


@require_POST
@require("read")
def presence(request: HttpRequest, public_id: str) -> HttpResponse:
    """Tells colleagues that somebody looks or writes; the visitor is told only that somebody writes an answer."""
    current = found(request, public_id)
    doing = request.POST.get("doing", "")
    if doing not in PRESENT:
        return JsonResponse({"error": f"doing: expected one of {', '.join(PRESENT)}"}, status=422)
    said = {"kind": doing, "name": request.user.name, "user": request.user.id}
    live.whisper(f"conversation:{current.id}", "presence", said)
    if doing == "writing" and request.POST.get("to") == "customer" and request.user.may("reply"):
        for topic in {f"conversation:{current.id}", *(f"profile:{number}" for number in _listening(current))}:
            live.whisper(topic, "typing", {"kind": "agent", "name": request.user.name})
    return HttpResponse(status=204)


def _done(request: HttpRequest, current: Conversation) -> HttpResponse:
    """Back to the conversation, or to the list when it is no longer hers to see."""
    current.refresh_from_db()
    if request.POST.get("as") == "json":
        return JsonResponse({"state": current.state, "visible": may_see(request.user, current)})
    if not may_see(request.user, current):
        return redirect("inbox")
    return redirect("conversation", public_id=current.public_id)


def _listening(current: Conversation) -> set[int]:
    return set(
        current.participants.filter(address_kind="chat", profile_id__isnull=False).values_list("profile_id", flat=True)
    )
