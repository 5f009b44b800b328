"""Where a customer belongs: chosen by hand from her page, ended, or said not to be so."""

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from rondpoint.accounts import actions as accounts
from rondpoint.accounts.decorators import require
from rondpoint.conversations.desk.company.views import LONGEST, found
from rondpoint.conversations.desk.customer.views import found as customer_found
from rondpoint.customers.actions import companies as actions
from rondpoint.customers.models import Company, Customer
from rondpoint.customers.queries import companies as queries
from rondpoint.lib.db import write

SHOWN, LONGEST_ROLE = 20, 120


@require_http_methods(["GET", "POST"])
@require("reply")
def choose(request: HttpRequest, public_id: str) -> HttpResponse:
    """Looks for a company and adds the customer to it; one that is not there yet is written down."""
    customer = customer_found(public_id)
    if request.method != "POST":
        return _choice(request, customer, request.GET)
    role = request.POST.get("role", "").strip()
    name = request.POST.get("name", "").strip()
    row = queries.resolve(request.POST.get("company", ""))
    if len(role) > LONGEST_ROLE or (row is None and not 1 <= len(name) <= LONGEST):
        problem = _("A name has 1 to 200 characters, a role at most 120.")
        return _choice(request, customer, request.POST, problem)
    with write():
        if row is None:
            number = actions.begin({"name": name}, request.user.name)
            row = queries.by_ids([number])[number]
            accounts.audit(request.user.email, "company.written", str(row.public_id))
        if actions.add_member(row.id, customer.id, request.user.name, role):
            detail = {"customer": str(customer.public_id), "role": role}
            accounts.audit(request.user.email, "company.member", str(row.public_id), detail)
    return redirect("customer", public_id=customer.public_id)


@require_POST
@require("reply")
def answer(request: HttpRequest, public_id: str, company_id: str) -> HttpResponse:
    """She belongs to a company that was suggested, she does not, or she left. Back to the page it was said on."""
    customer, company = customer_found(public_id), found(company_id)
    said = request.POST.get("answer", "")
    with write():
        if said == "belongs":
            actions.add_member(company.id, customer.id, request.user.name)
        elif said == "not":
            actions.dismiss(company.id, customer.id, request.user.name)
        elif said == "left":
            try:
                actions.end_member(company.id, customer.id, request.user.name)
            except actions.Ended:  # somebody else was faster
                return _back(request, customer, company)
        else:
            raise Http404
        detail = {"customer": str(customer.public_id)}
        kind = {"belongs": "company.member", "not": "company.dismissed", "left": "company.left"}[said]
        accounts.audit(request.user.email, kind, str(company.public_id), detail)
    return _back(request, customer, company)


def _back(request: HttpRequest, customer: Customer, company: Company) -> HttpResponse:
    if request.POST.get("from") == "company":
        return redirect("company", public_id=company.public_id)
    return redirect("customer", public_id=customer.public_id)


def _choice(request: HttpRequest, customer: Customer, said: QueryDict, problem: str = "") -> HttpResponse:
    q = said.get("q", said.get("name", "")).replace("\x00", " ").strip()[:LONGEST]
    context = {
        "customer": customer,
        "q": q,
        "role": said.get("role", "")[:LONGEST],
        "rows": queries.find(q, SHOWN) if q else [],
        "problem": problem,
    }
    return render(request, "desk/company/choose.html", context, status=422 if problem else 200)
