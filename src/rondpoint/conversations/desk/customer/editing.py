"""Changing by hand what is known of a customer."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from rondpoint.accounts import actions as accounts
from rondpoint.accounts.decorators import require
from rondpoint.conversations.desk.customer import answered, pane, writing
from rondpoint.conversations.desk.customer.views import found
from rondpoint.customers import actions, queries
from rondpoint.customers.models import Customer
from rondpoint.lib.db import write


@require_http_methods(["GET", "POST"])
@require("reply")
def edit(request: HttpRequest, public_id: str) -> HttpResponse:
    """Name, language, traits and addresses on one page; what was typed is kept when something is wrong with it."""
    customer = found(public_id)
    golden = queries.golden(customer.id)
    if request.method != "POST":
        return _form(request, customer, golden, _known(golden))
    given = {name: request.POST.get(name, "").strip() for name in ("name", "language", "email", "phone")}
    names, values = request.POST.getlist("trait"), request.POST.getlist("value")
    shown = [(name[: writing.LONGEST_TRAIT], value.strip()) for name, value in zip(names, values, strict=False)]
    new = request.POST.get("new", "").strip(), request.POST.get("new_value", "").strip()
    typed, problems = writing.checked(given, shown, new)
    if fixed := actions.computed_names(typed.traits):
        problems["new"] = _("“%(name)s” is worked out of facts; nobody writes it by hand.") % {"name": min(fixed)}
    for kind, value in typed.addresses:
        if any(row.kind == kind and row.value == value for row in golden.identifiers):
            problems[kind] = _("This address stands above already.")
    if problems:
        said = {**given, "traits": shown, "new": new[0], "new_value": new[1]}
        return _form(request, customer, golden, said, problems)
    _write(request, customer, golden, typed)
    return redirect(answered.address(customer, "saved"))


@require_POST
@require("reply")
def remove_address(request: HttpRequest, public_id: str) -> HttpResponse:
    """Takes away an address that was written by hand; one that a source told stays."""
    customer = found(public_id)
    kind, value = request.POST.get("kind", ""), request.POST.get("value", "")
    if not actions.remove_address(customer.id, kind, value, request.user.name):
        sentence = _("Only an address that was written by hand can be taken away; there is no such one.")
        golden = queries.golden(customer.id)
        return _form(request, customer, golden, _known(golden), {"address": sentence})
    accounts.audit(request.user.email, "customer.edited", str(customer.public_id), {"removed": kind})
    return redirect("customer-edit", public_id=customer.public_id)


def _write(request: HttpRequest, customer: Customer, golden: queries.Golden, typed: writing.Typed) -> None:
    """Only what differs from what is shown; a value that is no text is compared as the field showed it."""
    before = {name: str(value.value) for name, value in golden.traits.items()}
    before["name"] = golden.name
    changed = {name: value for name, value in typed.traits.items() if before.get(name, "") != value}
    with write():
        names = actions.edit(customer.id, changed, request.user.name)
        for kind, value in typed.addresses:
            actions.add_address(customer.id, kind, value, request.user.name)
        if names or typed.addresses:
            detail = {"traits": sorted(names), "addresses": [kind for kind, _value in typed.addresses]}
            accounts.audit(request.user.email, "customer.edited", str(customer.public_id), detail)


def _known(golden: queries.Golden) -> dict:
    shut = {*writing.RESERVED, *golden.computed}
    traits = [(name, str(value.value)) for name, value in golden.traits.items() if name not in shut]
    return {"name": golden.name, "language": golden.language, "email": "", "phone": "", "traits": traits}


def _form(
    request: HttpRequest, customer: Customer, golden: queries.Golden, said: dict, problems: dict | None = None
) -> HttpResponse:
    problems = problems or {}
    sources = {name: pane.said_by(value) for name, value in golden.traits.items()}
    offered = writing.languages()
    if said["language"] and said["language"] not in dict(offered):
        offered = [(said["language"], writing.language(said["language"])), *offered]
    context = {
        "customer": customer,
        "said": said,
        "problems": problems,
        "fields": [
            {
                "number": number,
                "name": name,
                "label": pane.label(name),
                "value": value,
                "source": sources.get(name, ""),
                "problem": problems.get(f"trait-{number}", ""),
            }
            for number, (name, value) in enumerate(said["traits"])
        ],
        "sources": sources,
        "addresses": pane.addresses(golden.identifiers),
        "languages": offered,
        "offered": [label() for name, label in pane.TRAITS.items() if name not in ("email", "phone", *sources)],
    }
    return render(request, "desk/customer/edit.html", context, status=422 if problems else 200)
