"""One person or two: comparing, joining, separating, and why a customer is one."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from rondpoint.accounts import actions as accounts
from rondpoint.accounts.decorators import require
from rondpoint.conversations.desk.customer import answered, links, pane
from rondpoint.conversations.desk.customer.comparison import compared
from rondpoint.conversations.desk.customer.views import found
from rondpoint.customers import actions, queries
from rondpoint.customers.models import Customer


@require_http_methods(["GET", "POST"])
@require("link")
def compare(request: HttpRequest, public_id: str, other: str) -> HttpResponse:
    """Two customers side by side; joins them, or notes that they are two."""
    left, right = found(public_id), found(other)
    if left.id == right.id:
        return redirect("customer", public_id=left.public_id)
    said = request.POST.get("answer", "")
    if request.method == "POST" and said == "same":
        return _join(request, left, right)
    if request.method == "POST" and said == "different":
        return _part(request, left, right)
    sides = [pane.person(left.id, request.user), pane.person(right.id, request.user)]
    waiting = next((row.link for row in queries.suggestions(left.id) if row.other.id == right.id), None)
    context = {
        "left": left,
        "right": right,
        "sides": sides,
        "rows": compared(*sides),
        "why": "".join(queries.explanations([waiting] if waiting else [])),
        "alike": links.alike(waiting) if waiting else [],
        "apart": queries.kept_apart(left.id).get(right.id),
        "reviewing": "review" in request.GET,
        "problem": _("Say whether they are the same person or two.") if request.method == "POST" else "",
    }
    return render(request, "desk/customer/compare.html", context, status=422 if context["problem"] else 200)


@require_POST
@require("link")
def uncompare(request: HttpRequest, public_id: str, other: str) -> HttpResponse:
    """Takes the answer "two people" back, given at the moment ``at``."""
    left, right = found(public_id), found(other)
    at = request.POST.get("at", "")
    if not (at.isascii() and at.isdecimal() and len(at) < 19) or left.id == right.id:
        raise Http404
    if actions.reconsider(left.id, right.id, int(at)):
        accounts.audit(request.user.email, "customer.apart.undone", f"{left.public_id} {right.public_id}")
    return redirect(answered.address(left, "unsaid", other=right.public_id))


@require_GET
@require("read")
def why(request: HttpRequest, public_id: str) -> HttpResponse:
    """Why a customer is one: her records, the links between them, and what was joined and separated before."""
    customer = found(public_id)
    context = {"customer": customer, "may_link": request.user.may("link"), **links.shown(customer)}
    return render(request, "desk/customer/why.html", context)


@require_http_methods(["GET", "POST"])
@require("link")
def link(request: HttpRequest, public_id: str, link_id: str) -> HttpResponse:
    """A link with both sides as they would be; undoes it."""
    customer = found(public_id)
    current = next((row for row in queries.links(customer.id) if str(row.public_id) == link_id), None)
    if current is None:
        raise Http404
    if request.method != "POST":
        sides = [links.side(side) for side in queries.sides(current)]
        context = {"customer": customer, "edge": queries.explanations([current])[0], "sides": sides}
        return render(request, "desk/customer/link.html", context)
    try:
        kept, regained = actions.unmerge(current, request.user.name)
    except ValueError:  # somebody else was faster
        return redirect("customer", public_id=customer.public_id)
    accounts.audit(request.user.email, "customer.unmerge", link_id)
    both = queries.by_ids({kept, regained})
    return redirect(answered.address(both[kept], "separated", other=both[regained].public_id))


def _join(request: HttpRequest, left: Customer, right: Customer) -> HttpResponse:
    try:
        made = actions.merge(left.id, right.id, request.user.name)
    except ValueError:  # somebody else was faster
        return redirect("customer", public_id=left.public_id)
    accounts.audit(request.user.email, "customer.merge", f"{left.public_id} {right.public_id}")
    return _answered(request, queries.resolve(left.public_id), "joined", link=made.public_id)


def _part(request: HttpRequest, left: Customer, right: Customer) -> HttpResponse:
    try:
        at = actions.separate(left.id, right.id, request.user.name)
    except ValueError:  # somebody joined them in the meantime
        return redirect("customer", public_id=left.public_id)
    accounts.audit(request.user.email, "customer.apart", f"{left.public_id} {right.public_id}")
    return _answered(request, left, "apart", other=right.public_id, at=at)


def _answered(request: HttpRequest, customer: Customer, done: str, **said: object) -> HttpResponse:
    """Back to where the question was asked: the customer's page, or what waits for review."""
    if "review" in request.GET:
        return redirect(answered.review_address(customer, done, **said))
    return redirect(answered.address(customer, done, **said))
