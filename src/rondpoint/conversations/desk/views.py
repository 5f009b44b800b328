"""Reading on the desk."""

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from rondpoint.accounts.decorators import require
from rondpoint.conversations import queries
from rondpoint.conversations.actions import mark_read
from rondpoint.conversations.desk import panes, stream
from rondpoint.conversations.models import Conversation
from rondpoint.lib import ids


def found(public_id: str) -> Conversation:
    """The conversation of an address; 404 when there is none."""
    conversation = queries.get(public_id)
    if conversation is None:
        raise Http404
    return conversation


@require_GET
@require("read")
def inbox(request: HttpRequest) -> HttpResponse:
    """The list alone, or only its rows for a live update."""
    at, _dash, row = request.GET.get("before", "").partition("-")
    before = (int(at), int(row)) if at.isdigit() and row.isdigit() else None
    context = panes.rows(request.GET.get("view", "open"), request.user, before)
    context["selected"] = request.GET.get("selected", "")
    if request.htmx:
        return render(request, "desk/rows.html", context)
    return render(request, "desk/inbox.html", context)


@require_GET
@require("read")
def conversation(request: HttpRequest, public_id: str) -> HttpResponse:
    """All three panes."""
    current = found(public_id)
    if request.user.may("reply"):
        mark_read(current, request.user)
    context = panes.rows(request.GET.get("view", "open"), request.user)
    context |= panes.thread(current) | panes.person(current.customer_id, current)
    context |= {"selected": str(current.public_id), "reach": queries.reachability(current), "key": str(ids.uuid7())}
    return render(request, "desk/conversation.html", context)


@require_GET
@require("read")
def flow(request: HttpRequest, public_id: str) -> HttpResponse:
    """The messages alone, for a live update."""
    return render(request, "desk/flow.html", panes.thread(found(public_id)))


@require_GET
@require("read")
def panel(request: HttpRequest, public_id: str) -> HttpResponse:
    """The customer alone, for a live update."""
    current = found(public_id)
    return render(request, "desk/customer.html", panes.person(current.customer_id, current))


@require_GET
@require("read")
def reach(request: HttpRequest, public_id: str) -> HttpResponse:
    """What a text costs on a channel, in words."""
    text = request.GET.get("text", "")[:20_000]
    for way in queries.reachability(found(public_id), text):
        if way.channel == request.GET.get("channel"):
            said = ngettext("%(n)s character", "%(n)s characters", len(text)) % {"n": len(text)}
            if not way.usable:
                said = f"{said} · {way.explanation}"
            elif way.segments and "segments" in way_units(way.channel):
                cost = ngettext("%(n)s segment", "%(n)s segments", way.segments) % {"n": way.segments}
                said = f"{said} · {cost}"
            return HttpResponse(said, content_type="text/plain")
    raise Http404(_("no such channel"))


def way_units(channel: str) -> tuple[str, ...]:
    """In what a channel counts: only some cost by the segment."""
    return ("segments",) if panes.registry.get(channel).manifest.limit_unit == "gsm7" else ()


@require_GET
@require("read")
def ticket(request: HttpRequest) -> HttpResponse:
    """A ticket for the live stream of the list and of one open conversation."""
    topics = ["desk"]
    current = queries.get(request.GET.get("conversation", ""))
    if current is not None:
        topics.append(f"conversation:{current.id}")
    return JsonResponse({"ticket": stream.ticket(request.user, request.session.session_key, topics)})
