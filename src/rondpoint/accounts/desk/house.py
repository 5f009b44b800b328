"""The rules of the house, and colleagues who lost their second factor."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from rondpoint.accounts import actions, queries, signed_in
from rondpoint.accounts.decorators import require
from rondpoint.accounts.factors import actions as factors
from rondpoint.accounts.factors import queries as held
from rondpoint.accounts.models import User
from rondpoint.accounts.rules import house


@require_http_methods(["GET", "POST"])
@require("administer")
def rules(request: HttpRequest) -> HttpResponse:
    """Who has to prove a second factor."""
    chosen, error = queries.setting("second_factor"), ""
    if request.method == "POST":
        chosen = request.POST.get("second_factor", "")
        if chosen not in house.SECOND_FACTOR:
            error = _("There is no such choice.")
        elif chosen != "nobody" and not held.has_any(request.user):
            error = _("Set up a factor of your own first, so that you do not shut yourself out.")
        else:
            if chosen != queries.setting("second_factor"):
                actions.set_setting(request.user.email, "second_factor", chosen)
            return redirect("house")
    names = {"nobody": _("Nobody"), "administrators": _("Administrators"), "everybody": _("Everybody")}
    context = {"chosen": chosen, "choices": names.items(), "without": held.without(), "error": error}
    return render(request, "accounts/house.html", context, status=422 if error else 200)


@require_POST
@require("administer")
def reset(request: HttpRequest, number: int) -> HttpResponse:
    """Takes away the factors of somebody whose telephone is lost, and signs her out everywhere."""
    user = get_object_or_404(User, pk=number)
    if user == request.user:
        return redirect("factors")  # her own go one by one, after a fresh proof
    factors.remove_all(request.user.email, user)
    signed_in.end(request.user, user)
    return redirect("person", number)
