"""Changing many conversations at once, and taking it back."""

import uuid
from collections.abc import Callable

from django.http import HttpRequest, JsonResponse, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from rondpoint.accounts.decorators import require
from rondpoint.accounts.models import Team, User
from rondpoint.conversations.actions.change import apply, ticket
from rondpoint.conversations.actions.change import undo as take_back
from rondpoint.conversations.queries.permitted import seen_by
from rondpoint.conversations.rules import changes
from rondpoint.conversations.rules.changes import Change
from rondpoint.lib import clock, signing

AT_ONCE = 200
LONGEST_SNOOZE = 366 * clock.DAY


class Mistake(ValueError):
    """What is wrong with a request, in a sentence for the reader."""


@require_POST
@require("reply")
def change(request: HttpRequest) -> JsonResponse:
    """Does ``do`` (close, reopen, snooze, assign, priority, unread, read) to the conversations ``id``.

    Answers {"text", "done", "undo"}: how it went in a sentence, how many it touched, and what takes it back at
    ``/inbox/undo``; or, with 422, {"error"}.
    """
    now = clock.now()
    try:
        wanted = _conversations(request)
        made = _change(request.POST, request.user, now)
    except Mistake as mistake:
        return JsonResponse({"error": str(mistake)}, status=422)
    applied = apply(wanted, made, request.user.name, now)
    done = len(applied)
    return JsonResponse(
        {
            "text": _said(request.POST["do"], done),
            "done": done,
            "undo": ticket(applied, request.user.id, now) if done else "",
        }
    )


@require_POST
@require("reply")
def undo(request: HttpRequest) -> JsonResponse:
    """Takes a change back by its ticket ``undo``."""
    try:
        restored, left = take_back(request.POST.get("undo", ""), request.user.id, request.user.name)
    except (signing.BadToken, ValueError):
        return JsonResponse({"error": _("This can no longer be taken back.")}, status=409)
    text = ngettext("%(n)s conversation is as before.", "%(n)s conversations are as before.", restored) % {
        "n": restored
    }
    if left:
        kept = ngettext(
            "%(n)s has changed since and was left alone.", "%(n)s have changed since and were left alone.", left
        )
        text += " " + kept % {"n": left}
    return JsonResponse({"text": text, "done": restored, "left": left})


def _conversations(request: HttpRequest) -> list[int]:
    """Numbers of the conversations that the request names and its sender may see."""
    names = request.POST.getlist("id")
    if not names:
        raise Mistake(_("Choose at least one conversation."))
    if len(names) > AT_ONCE:
        raise Mistake(_("At most %(n)s conversations at once.") % {"n": AT_ONCE})
    try:
        wanted = [uuid.UUID(name) for name in names]
    except ValueError as error:
        raise Mistake(_("One of these conversations is not known.")) from error
    return list(seen_by(request.user).filter(public_id__in=wanted).values_list("id", flat=True))


def _change(said: QueryDict, user: User, now: int) -> Change:
    make = _MADE.get(said.get("do", ""))
    if make is None:
        raise Mistake(_("This cannot be done to a conversation."))
    return make(said, user, now)


def _snoozing(said: QueryDict, user: User, now: int) -> Change:
    until = said.get("until", "")
    if not (until.isascii() and until.isdigit() and now < int(until) <= now + LONGEST_SNOOZE):
        raise Mistake(_("Choose a time in the coming year."))
    return changes.snoozing(int(until))


def _assigning(said: QueryDict, user: User, now: int) -> Change:
    to = said.get("to", "")
    kind, _mark, number = to.partition(":")
    if to == "nobody":
        return changes.handing(None)
    if to == "me":
        return changes.handing(user.id, user.name)
    number = int(number) if number.isascii() and number.isdigit() and len(number) < 19 else 0
    if kind == "team":
        team = Team.objects.filter(id=number).first()
        if team is None:
            raise Mistake(_("There is no such team."))
        return changes.assigning(None, team.id, "", team.name)
    colleague = User.objects.filter(id=number, is_active=True).exclude(role="read_only").first()
    if colleague is None:
        raise Mistake(_("There is no such colleague."))
    return changes.handing(colleague.id, colleague.name)


def _prioritising(said: QueryDict, user: User, now: int) -> Change:
    try:
        return changes.prioritising(int(said.get("priority", "")))
    except ValueError as error:
        raise Mistake(_("There is no such priority.")) from error


_MADE: dict[str, Callable[[QueryDict, User, int], Change]] = {
    "close": lambda said, user, now: changes.closing(now),
    "reopen": lambda said, user, now: changes.reopening(),
    "snooze": _snoozing,
    "assign": _assigning,
    "priority": _prioritising,
    "unread": lambda said, user, now: changes.marking(True),
    "read": lambda said, user, now: changes.marking(False),
}


def _said(do: str, n: int) -> str:
    """What was done, in a sentence."""
    if not n:
        return _("Nothing had to be changed.")
    said = {
        "close": ngettext("%(n)s conversation closed", "%(n)s conversations closed", n),
        "reopen": ngettext("%(n)s conversation opened again", "%(n)s conversations opened again", n),
        "snooze": ngettext("%(n)s conversation put aside", "%(n)s conversations put aside", n),
        "assign": ngettext("%(n)s conversation assigned", "%(n)s conversations assigned", n),
        "priority": ngettext("Priority of %(n)s conversation changed", "Priority of %(n)s conversations changed", n),
        "unread": ngettext("%(n)s conversation marked unread", "%(n)s conversations marked unread", n),
        "read": ngettext("%(n)s conversation marked read", "%(n)s conversations marked read", n),
    }
    return said[do] % {"n": n}
