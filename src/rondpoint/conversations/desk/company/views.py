"""The list of companies, and one of them."""

from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from rondpoint.accounts import actions as accounts
from rondpoint.accounts.decorators import require
from rondpoint.conversations.desk.company import pane
from rondpoint.conversations.desk.customer import timeline
from rondpoint.customers.actions import companies as actions
from rondpoint.customers.models import Company
from rondpoint.customers.queries import companies as queries
from rondpoint.lib.db import write

PAGE, LONGEST = 50, 200


def found(public_id: str) -> Company:
    """The company of an address; 404 when there is none."""
    row = queries.resolve(public_id)
    if row is None:
        raise Http404
    return row


@require_GET
@require("read")
def listing(request: HttpRequest) -> HttpResponse:
    """Companies by name, as typed."""
    q = request.GET.get("q", "").replace("\x00", " ").strip()[:LONGEST]
    after = queries.resolve(request.GET.get("after", ""))
    rows = queries.find(q, PAGE + 1, after)
    behind = rows[PAGE:]
    state = {"q": q} if q else {}
    context = {
        "q": q,
        "lines": pane.lines(rows[:PAGE]),
        "first": after is None,
        "next": f"/companies?{urlencode({**state, 'after': rows[PAGE - 1].public_id})}" if behind else "",
        "may_write": request.user.may("reply"),
    }
    if request.htmx and not request.htmx.boosted and not request.htmx.history_restore_request:
        part = "companies" if context["first"] else "lines"
        response = render(request, f"desk/company/{part}.html", context)
        if context["first"]:
            response["HX-Replace-Url"] = f"/companies?{urlencode(state)}" if state else "/companies"
        return response
    return render(request, "desk/company/list.html", context)


@require_GET
@require("read")
def company(request: HttpRequest, public_id: str) -> HttpResponse:
    """Everything about one."""
    return _company(request, found(public_id))


@require_GET
@require("read")
def happened(request: HttpRequest, public_id: str) -> HttpResponse:
    """The timeline alone: with another filter, or the page behind the one that is shown."""
    asked = timeline.read(request.GET)
    shown = pane.timeline(found(public_id), request.user, asked)
    part = "entries" if asked.before else "timeline"
    return render(request, f"desk/customer/{part}.html", {"timeline": shown, "filters": True})


@require_POST
@require("link")
def merge(request: HttpRequest, public_id: str) -> HttpResponse:
    """Joins it with another, named by its id or the address of its page."""
    left = found(public_id)
    named = request.POST.get("company", "").strip().rstrip("/").rpartition("/")[2]
    right = queries.resolve(named)
    if right is None:
        return _company(request, left, _("There is no such company. Copy the address of its page."))
    if right.id == left.id:
        return _company(request, left, _("These are one company already."))
    with write():
        try:
            actions.merge(left.id, right.id, request.user.name)
        except ValueError:  # somebody else was faster
            return redirect("company", public_id=left.public_id)
        detail = {"with": str(right.public_id)}
        accounts.audit(request.user.email, "company.merge", str(left.public_id), detail)
    return redirect("company", public_id=min(left, right, key=lambda row: row.id).public_id)


@require_POST
@require("link")
def unmerge(request: HttpRequest, public_id: str, link: str) -> HttpResponse:
    """Takes it apart again."""
    row = found(public_id)
    current = next((each for each in queries.links(row.id) if str(each.public_id) == link), None)
    if current is None:
        raise Http404
    with write():
        try:
            kept, _regained = actions.unmerge(current, request.user.name)
        except ValueError:  # somebody else was faster
            return redirect("company", public_id=row.public_id)
        accounts.audit(request.user.email, "company.unmerge", str(row.public_id), {"link": link})
    return redirect("company", public_id=queries.by_ids([kept])[kept].public_id)


@require_http_methods(["GET", "POST"])
@require("reply")
def new(request: HttpRequest) -> HttpResponse:
    """Writes a company down."""
    if request.method != "POST":
        return render(request, "desk/company/new.html", {"name": request.GET.get("name", "")[:LONGEST]})
    name = request.POST.get("name", "").strip()
    if not 1 <= len(name) <= LONGEST:
        problem = _("A name has 1 to 200 characters.")
        return render(request, "desk/company/new.html", {"name": name, "problem": problem}, status=422)
    with write():
        number = actions.begin({"name": name}, request.user.name)
        made = queries.by_ids([number])[number]
        accounts.audit(request.user.email, "company.written", str(made.public_id))
    return redirect("company", public_id=made.public_id)


def _company(request: HttpRequest, row: Company, problem: str = "") -> HttpResponse:
    context = pane.page(row, request.user, timeline.read(request.GET))
    return render(request, "desk/company/page.html", {**context, "problem": problem}, status=422 if problem else 200)
