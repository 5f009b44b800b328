"""The list of customers, found as typed, and a new one written down."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from rondpoint.accounts import actions as accounts
from rondpoint.accounts.decorators import require
from rondpoint.conversations.desk.customer import answered, people, writing
from rondpoint.customers import actions, queries
from rondpoint.customers.types import IdentifierIn

LONGEST = 200


@require_GET
@require("read")
def search(request: HttpRequest) -> HttpResponse:
    """Customers, who was in contact last first; with ``beside`` one of them is chosen to stand beside another."""
    q = request.GET.get("q", "").replace("\x00", " ").strip()[:LONGEST]
    beside = queries.resolve(request.GET.get("beside", "")) if request.user.may("link") else None
    rows = queries.find(q=q, limit=people.PAGE + 1, after=_place(request.GET.get("after", "")))
    page, behind = rows[: people.PAGE], rows[people.PAGE :]
    state = {**({"q": q} if q else {}), **({"beside": beside.public_id} if beside else {})}
    context = {
        "q": q,
        "beside": beside,
        "lines": people.lines([row for row in page if beside is None or row.id != beside.id], request.user),
        "first": "after" not in request.GET,
        "next": _address({**state, "after": f"{page[-1].last_seen}-{page[-1].id}"}) if behind else "",
        "may_write": request.user.may("reply"),
    }
    if request.htmx and not request.htmx.boosted and not request.htmx.history_restore_request:
        part = "people" if context["first"] else "lines"
        response = render(request, f"desk/customer/{part}.html", context)
        if context["first"]:
            response["HX-Replace-Url"] = _address(state)
        return response
    return render(request, "desk/customer/search.html", context)


@require_http_methods(["GET", "POST"])
@require("reply")
def new(request: HttpRequest) -> HttpResponse:
    """Writes a customer down; an address that is somebody's already leads to her."""
    if request.method != "POST":
        given = {"name": request.GET.get("name", "")[:LONGEST], "email": "", "phone": "", "language": ""}
        return render(request, "desk/customer/new.html", {"given": given, "languages": writing.languages()})
    given = {name: request.POST.get(name, "").strip() for name in ("name", "email", "phone", "language")}
    said, problems = writing.checked_new(given)
    holders = [(kind, queries.holding(kind, value)) for kind, value in said]
    holders = [(kind, held) for kind, held in holders if held]
    if problems or holders:
        context = {"given": given, "problems": problems, "holders": holders, "languages": writing.languages()}
        return render(request, "desk/customer/new.html", context, status=422)
    wanted = [IdentifierIn(kind, value) for kind, value in said]
    number = actions.begin(given["name"], wanted, request.user.name, given["language"])
    made = queries.by_ids({number})[number]
    accounts.audit(request.user.email, "customer.written", str(made.public_id))
    return redirect(answered.address(made, "written"))


def _place(text: str) -> tuple[int, int] | None:
    parts = text.split("-")
    if len(parts) != 2 or not all(part.isascii() and part.isdecimal() and len(part) < 19 for part in parts):
        return None
    return int(parts[0]), int(parts[1])


def _address(state: dict) -> str:
    return f"/customers?{urlencode(state)}" if state else "/customers"
