"""One customer on the desk: her page and her timeline."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from rondpoint.accounts import actions as accounts
from rondpoint.accounts.decorators import require
from rondpoint.conversations.desk.customer import answered, pane, timeline
from rondpoint.conversations.queries import hers
from rondpoint.customers import queries
from rondpoint.customers.models import Customer
from rondpoint.events import queries as events


def found(public_id: str) -> Customer:
    """The customer of an address; 404 when there is none."""
    customer = queries.resolve(public_id)
    if customer is None:
        raise Http404
    return customer


@require_GET
@require("read")
def customer(request: HttpRequest, public_id: str) -> HttpResponse:
    """Everything about one."""
    current = found(public_id)
    context = pane.page(current.id, request.user, timeline.read(request.GET))
    accounts.saw(request.user, "customer", str(current.public_id))
    return render(request, "desk/customer/page.html", context | answered.read(request.GET, current))


@require_GET
@require("read")
def happened(request: HttpRequest, public_id: str) -> HttpResponse:
    """The timeline alone: with another filter, or the page behind the one that is shown."""
    current, asked = found(public_id), timeline.read(request.GET)
    profiles = queries.profile_ids(current.id)
    about = hers.about([current.id], profiles, request.user)
    shown = timeline.timeline(current, profiles, request.user, asked, about, events.sorts(profiles))
    part = "entries" if asked.before else "timeline"
    return render(request, f"desk/customer/{part}.html", {"customer": current, "timeline": shown, "filters": True})
