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
from rondpoint.customers.types import COMPUTED


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
    golden = queries.golden(customer.id)
    called = _called({row.source for row in rows})
    return {"label": _label(name, golden), "rows": [(row, row.by or called[row.source]) for row in rows]}


def _all(customer: Customer) -> list[dict]:
    golden = queries.golden(customer.id)
    called = _called({value.source for value in golden.traits.values()})
    names = {name for profile in golden.profiles for name in profile.traits} | golden.traits.keys()
    rows = [line | {"known": True, "source": called[COMPUTED]} for line in pane.worked_out(golden)]
    for name in names - golden.computed.keys():
        value = golden.traits.get(name)
        rows.append(
            {
                "name": name,
                "label": _label(name, golden),
                "known": value is not None,
                "value": value and value.value,
                "source": (value.by or called[value.source]) if value else "",
                "at": value.at if value else None,
            }
        )
    return sorted(rows, key=lambda row: _FIRST.get(row["name"], f"3{row['label'].casefold()}"))


_FIRST = {"name": "1", "language": "2"}


def _called(sources: set[str]) -> dict[str, str]:
    """What the sources are called, also the one that nobody is."""
    return {**queries.source_names(sources), COMPUTED: _("worked out of facts")}


def _label(name: str, golden: queries.Golden) -> str:
    if name in golden.computed:
        each = golden.computed[name]
        return f"{each.label} · {each.part}" if each.part else each.label
    return {"name": _("Name"), "language": _("Language")}.get(name) or pane.label(name)
