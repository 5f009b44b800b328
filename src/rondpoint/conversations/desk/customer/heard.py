"""How the value of each trait came about: every word said of it, by whom and when, and why one of them holds."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from rondpoint.accounts.decorators import require
from rondpoint.conversations.desk.customer import pane
from rondpoint.conversations.desk.customer.views import found
from rondpoint.customers import queries
from rondpoint.customers.models import Customer


@require_GET
@require("read")
def traits(request: HttpRequest, public_id: str) -> HttpResponse:
    """All traits of a customer, or with ``name`` all that was said of one."""
    customer, name = found(public_id), request.GET.get("name", "")
    context = {"customer": customer, "may_write": request.user.may("reply")}
    if name:
        return render(request, "desk/customer/heard.html", context | _one(customer, name))
    return render(request, "desk/customer/known.html", context | {"rows": _all(customer)})


def _one(customer: Customer, name: str) -> dict:
    rows = queries.heard(customer.id, name)
    if not rows:
        raise Http404
    called = queries.source_names({row.source for row in rows})
    return {"label": _label(name), "rows": [(row, row.by or called[row.source]) for row in rows]}


def _all(customer: Customer) -> list[dict]:
    golden = queries.golden(customer.id)
    called = queries.source_names({value.source for value in golden.traits.values()})
    names = {name for profile in golden.profiles for name in profile.traits} | golden.traits.keys()
    rows = []
    for name in sorted(names, key=lambda name: (name not in _FIRST, _label(name).casefold())):
        value = golden.traits.get(name)
        source = (value.by or called[value.source]) if value else ""
        rows.append({"name": name, "label": _label(name), "value": value, "source": source})
    return rows


_FIRST = ("name", "language")


def _label(name: str) -> str:
    return {"name": _("Name"), "language": _("Language")}.get(name) or pane.label(name)
