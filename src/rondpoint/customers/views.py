"""The screen of traits: by which rule the value of each is chosen."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from rondpoint.accounts import actions as accounts
from rondpoint.accounts.decorators import require
from rondpoint.customers import traits
from rondpoint.customers.types import TraitRule


@require_http_methods(["GET", "POST"])
@require("administer")
def listing(request: HttpRequest) -> HttpResponse:
    """All traits with their rules, and who chose what; a form changes one."""
    problem = ""
    if request.method == "POST":
        trait, wanted = request.POST.get("trait", ""), request.POST.get("rule", "")
        try:
            chosen = TraitRule(wanted)
            assert request.user.is_authenticated
            if traits.rule(trait, chosen, request.user.email):
                accounts.audit(request.user.email, "trait.ruled", trait[:200], {"rule": chosen})
            return redirect("traits")
        except ValueError:
            problem = _("There is no such trait or rule. Choose one of those below.")
    said = _said()
    changes = [(row, said.get(row.rule, row.rule)) for row in traits.changes()]
    context = {"rows": traits.every(), "rules": list(said.items()), "changes": changes, "problem": problem}
    return render(request, "customers/traits.html", context, status=422 if problem else 200)


def _said() -> dict[str, str]:
    return {
        TraitRule.RECENT: _("the newest word"),
        TraitRule.TRUSTED: _("the word of the source that proves best who it speaks of"),
        TraitRule.FREQUENT: _("what most sources say"),
    }
