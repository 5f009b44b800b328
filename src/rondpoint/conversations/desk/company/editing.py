"""Changing by hand what is known of a company."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from rondpoint.accounts import actions as accounts
from rondpoint.accounts.decorators import require
from rondpoint.conversations.desk.company import pane
from rondpoint.conversations.desk.company.views import found
from rondpoint.conversations.desk.customer.writing import LONGEST_TRAIT, LONGEST_VALUE, MOST_TRAITS
from rondpoint.customers.actions import companies as actions
from rondpoint.customers.models import Company
from rondpoint.customers.queries import companies as queries
from rondpoint.customers.rules import company_domains as domains
from rondpoint.lib.db import write

LONGEST_NAME = 200
RESERVED = ("name", "domains", "domain")


@require_http_methods(["GET", "POST"])
@require("reply")
def edit(request: HttpRequest, public_id: str) -> HttpResponse:
    """Name, domains and traits on one page; what was typed is kept when something is wrong with it."""
    row = found(public_id)
    record = queries.known([row.id])[row.id]
    known = {name: pane.text(value.value) for name, value in record.traits.items() if name not in RESERVED}
    if request.method != "POST":
        return _form(request, row, row.name, "\n".join(record.domains), known, ("", ""), {})
    name, typed = request.POST.get("name", "").strip(), request.POST.get("domains", "")
    given = dict(zip(request.POST.getlist("trait"), request.POST.getlist("value"), strict=False))
    shown = {trait: given.get(trait, value).strip() for trait, value in known.items()}
    new = request.POST.get("new", "").strip(), request.POST.get("new_value", "").strip()
    named, problems = _domains(typed)
    if not 1 <= len(name) <= LONGEST_NAME:
        problems["name"] = _("A name has 1 to 200 characters.")
    if any(len(value) > LONGEST_VALUE for value in shown.values()):
        problems["traits"] = _("At most %(n)s characters.") % {"n": LONGEST_VALUE}
    if problem := _new_problem(*new, known):
        problems["new"] = problem
    if problems:
        return _form(request, row, name, typed, shown, new, problems)
    changed: dict[str, object] = {trait: value for trait, value in shown.items() if value != known[trait]}
    if name != row.name:
        changed["name"] = name
    if named != record.domains:
        changed["domains"] = named or ""
    if new[0]:
        changed[new[0]] = new[1]
    with write():
        if names := actions.edit(row.id, changed, request.user.name):
            accounts.audit(request.user.email, "company.edited", str(row.public_id), {"traits": sorted(names)})
    return redirect("company", public_id=row.public_id)


def _domains(typed: str) -> tuple[list[str], dict[str, str]]:
    found_ = []
    for text in typed.split():
        try:
            found_.append(domains.normalise(text))
        except domains.BadDomain:
            said = text.lower().rpartition("@")[2]
            if said in domains.PUBLIC:
                sentence = _("Everybody may have an address at %(domain)s: it names no company.")
            else:
                sentence = _("“%(domain)s” is no domain; write it as example.com.")
            return [], {"domains": sentence % {"domain": said[:80]}}
    return list(dict.fromkeys(found_))[: domains.MOST], {}


def _new_problem(name: str, value: str, known: dict[str, str]) -> str:
    if not name and not value:
        return ""
    if not name or not value:
        return _("Write both what it is and its value, or neither.")
    if name in known or name.lower() in RESERVED:
        return _("“%(name)s” stands above already; change it there.") % {"name": name}
    if len(name) > LONGEST_TRAIT or len(value) > LONGEST_VALUE or len(known) >= MOST_TRAITS:
        return _("At most %(n)s characters for the name and %(m)s for the value.") % {
            "n": LONGEST_TRAIT,
            "m": LONGEST_VALUE,
        }
    return ""


def _form(
    request: HttpRequest, row: Company, name: str, typed: str, shown: dict[str, str], new: tuple[str, str],
    problems: dict[str, str],
) -> HttpResponse:  # fmt: skip
    context = {
        "company": row,
        "name": name,
        "domains": typed,
        "fields": [(trait, pane.label(trait), value) for trait, value in shown.items()],
        "new": new[0],
        "new_value": new[1],
        "problems": problems,
    }
    return render(request, "desk/company/edit.html", context, status=422 if problems else 200)
