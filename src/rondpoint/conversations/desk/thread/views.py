"""Reading a conversation."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from rondpoint.accounts.decorators import require
from rondpoint.channels import registry
from rondpoint.conversations import queries
from rondpoint.conversations.actions import mark_read
from rondpoint.conversations.desk.customer.pane import person
from rondpoint.conversations.desk.found import found
from rondpoint.conversations.desk.inbox.pane import rows
from rondpoint.conversations.desk.thread import pane
from rondpoint.lib import ids


@require_GET
@require("read")
def conversation(request: HttpRequest, public_id: str) -> HttpResponse:
    """All three panes."""
    current = found(request, public_id)
    if request.user.may("reply"):
        mark_read(current, request.user)
    context = rows(request.GET.get("view", "open"), request.user)
    context |= pane.thread(current) | person(current.customer_id, request.user, current)
    context |= {"selected": str(current.public_id), "reach": queries.reachability(current), "key": str(ids.uuid7())}
    return render(request, "desk/thread/page.html", context)


@require_GET
@require("read")
def flow(request: HttpRequest, public_id: str) -> HttpResponse:
    """The messages alone, for a live update."""
    return render(request, "desk/thread/flow.html", pane.thread(found(request, public_id)))


@require_GET
@require("read")
def panel(request: HttpRequest, public_id: str) -> HttpResponse:
    """The customer alone, for a live update."""
    current = found(request, public_id)
    return render(request, "desk/customer/pane.html", person(current.customer_id, request.user, current))


@require_GET
@require("read")
def reach(request: HttpRequest, public_id: str) -> HttpResponse:
    """What a text costs on a channel, in words."""
    text = request.GET.get("text", "")[:20_000]
    for way in queries.reachability(found(request, public_id), text):
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
    return ("segments",) if registry.get(channel).manifest.limit_unit == "gsm7" else ()
