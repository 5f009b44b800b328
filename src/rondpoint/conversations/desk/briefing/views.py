"""What opens a thread: the summary, a greeting, the promises; and the warning before something is asked twice."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from rondpoint.accounts.decorators import require
from rondpoint.conversations.briefing import known as knowing
from rondpoint.conversations.briefing import queries
from rondpoint.conversations.briefing.shown import KINDS
from rondpoint.conversations.desk.found import found
from rondpoint.conversations.promises import queries as promises

LONGEST = 20_000


@require_GET
@require("read")
def briefing(request: HttpRequest, public_id: str) -> HttpResponse:
    """The box above the thread; empty when there is nothing to say."""
    current = found(request, public_id)
    replies = request.user.may("reply")
    so_far = queries.so_far(current, request.user.id)
    context = {
        "conversation": current,
        "points": [{**point, "label": _label(point["kind"])} for point in so_far.points],
        "turn": so_far.turn,
        "modelled": so_far.modelled,
        "promises": promises.due_in(current),
        "replies": replies,
        "greeting": queries.proposed_greeting(current) if replies else "",
        "proposal": promises.proposal(current) if replies else None,
    }
    return render(request, "desk/briefing/box.html", context)


@require_POST
@require("reply")
def known(request: HttpRequest, public_id: str) -> HttpResponse:
    """What the text being written asks for although she has said it."""
    current = found(request, public_id)
    text = request.POST.get("text", "")[:LONGEST]
    there = knowing.answers(text, queries.given(current)) if knowing.asked(text) else []
    context = {"known": [{"said": said, "what": _what(said.kind), "source": _source(said)} for said in there]}
    return render(request, "desk/briefing/known.html", context)


def _label(kind: str) -> str:
    return {
        "wants": _("Asks"),
        "problem": _("Reports"),
        "gave": _("Gave"),
        "file": _("Sent a file"),
        "said": _("We said"),
        "promised": _("We promised"),
        "model": "",
    }[kind]


def _what(kind: str) -> str:
    return {
        "order": _("Order number"),
        "email": _("E-mail address"),
        "phone": _("Phone number"),
        "name": _("Name"),
        "address": _("Postal address"),
        "size": _("Size"),
        "colour": _("Colour"),
        "product": _("Product"),
        "bought": _("Day of purchase"),
        "shop": _("Shop"),
    }[kind]


def _source(said: knowing.Said) -> str:
    """Where it is known from, in words; empty for her record, whose sources its own page shows."""
    told = {"order": _("an order"), "visit": _("a visit"), "page": _("a page looked at")}
    roads = {"sms": _("SMS"), "email": _("E-mail"), "chat": _("Chat")}
    kind = KINDS.get(said.source)
    source = told[kind.name] if kind else roads.get(said.source, said.source)
    return source if said.sure else ", ".join(filter(None, (source, _("not proved"))))
