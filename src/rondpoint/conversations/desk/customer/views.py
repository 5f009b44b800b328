"""Customers on the desk: finding, comparing, merging, separating."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from rondpoint.accounts import actions as accounts
from rondpoint.accounts.decorators import require
from rondpoint.conversations.desk.customer import pane
from rondpoint.customers import actions, queries
from rondpoint.customers.models import Customer


def found(public_id: str) -> Customer:
    """The customer of an address; 404 when there is none."""
    customer = queries.resolve(public_id)
    if customer is None:
        raise Http404
    return customer


@require("read")
def search(request: HttpRequest) -> HttpResponse:
    """Customers as typed."""
    q = request.GET.get("q", "").strip()[:200]
    return render(request, "desk/customer/search.html", {"q": q, "customers": queries.find(q=q, limit=50)})


@require("read")
def customer(request: HttpRequest, public_id: str) -> HttpResponse:
    """Everything about one."""
    return render(request, "desk/customer/page.html", pane.person(found(public_id).id, request.user))


@require_http_methods(["GET", "POST"])
@require("link")
def compare(request: HttpRequest, public_id: str, other: str) -> HttpResponse:
    """Two customers side by side; joins them, or notes that they are two."""
    left, right = found(public_id), found(other)
    if left.id == right.id:
        return redirect("customer", public_id=left.public_id)
    if request.method != "POST":
        sides = [pane.person(left.id, request.user), pane.person(right.id, request.user)]
        return render(request, "desk/customer/compare.html", {"sides": sides, "left": left, "right": right})
    if request.POST.get("answer") == "same":
        actions.merge(left.id, right.id, request.user.name)
        accounts.audit(request.user.email, "customer.merge", f"{left.public_id} {right.public_id}")
    else:
        for suggestion in queries.suggestions(left.id):
            if suggestion.other.id == right.id:
                actions.dismiss(suggestion.link, request.user.name)
    return redirect("customer", public_id=queries.resolve(left.public_id).public_id)


@require_http_methods(["GET", "POST"])
@require("link")
def link(request: HttpRequest, public_id: str, link_id: str) -> HttpResponse:
    """A link with both sides as they would be; undoes it."""
    customer = found(public_id)
    current = next((row for row in queries.links(customer.id) if str(row.public_id) == link_id), None)
    if current is None:
        raise Http404
    if request.method == "POST":
        kept, _ = actions.unmerge(current, request.user.name)
        accounts.audit(request.user.email, "customer.unmerge", link_id)
        return redirect("customer", public_id=queries.by_ids({kept})[kept].public_id)
    sides = queries.sides(current)
    return render(request, "desk/customer/link.html", {"customer": customer, "link": current, "sides": sides})
