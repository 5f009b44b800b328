"""Colleagues: the list, the form, the link of an invitation."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from rondpoint.accounts import signed_in, staff
from rondpoint.accounts.decorators import require
from rondpoint.accounts.factors import queries as factors
from rondpoint.accounts.models import Brand, Team, User
from rondpoint.accounts.types import Role


def role_names() -> dict[str, str]:
    """What each role is called on screen."""
    return {
        Role.ADMINISTRATOR: _("Administrator"),
        Role.SUPERVISOR: _("Supervisor"),
        Role.AGENT: _("Agent"),
        Role.READ_ONLY: _("Read only"),
    }


@require_GET
@require("administer")
def people(request: HttpRequest) -> HttpResponse:
    """Everybody who works here."""
    names = role_names()
    rows = User.objects.prefetch_related("teams").order_by("-is_active", "name")
    return render(request, "accounts/people.html", {"rows": [(row, names[row.role]) for row in rows]})


@require_http_methods(["GET", "POST"])
@require("administer")
def person(request: HttpRequest, number: int | None = None) -> HttpResponse:
    """Invites somebody (no ``number``), or changes her."""
    user = get_object_or_404(User, pk=number) if number else None
    if request.method == "GET":
        return _form(request, user, _stored(user))
    said = {name: request.POST.get(name, "") for name in ("email", "name", "role")}
    said |= {name: [int(n) for n in request.POST.getlist(name) if n.isdecimal()] for name in ("teams", "brands")}
    try:
        if user:
            staff.change(request.user, user, said["name"], said["role"], said["teams"], said["brands"])
            return redirect("people")
        user = staff.invite(request.user, **said)
    except staff.Refused as error:
        return _form(request, user, said, error)
    return _form(request, user, said, link=staff.invitation(request.user, user))


@require_POST
@require("administer")
def activity(request: HttpRequest, number: int) -> HttpResponse:
    """Sends somebody away, or takes her back."""
    user = get_object_or_404(User, pk=number)
    try:
        staff.set_active(request.user, user, not user.is_active)
    except staff.Refused as error:
        return _form(request, user, _stored(user), error)
    return redirect("people")


@require_POST
@require("administer")
def link(request: HttpRequest, number: int) -> HttpResponse:
    """A new link with which she chooses a password."""
    user = get_object_or_404(User, pk=number, is_active=True)
    return _form(request, user, _stored(user), link=staff.invitation(request.user, user))


def _stored(user: User | None) -> dict:
    if user is None:
        return {"role": Role.AGENT, "teams": [], "brands": []}
    teams, brands = (list(rows.values_list("id", flat=True)) for rows in (user.teams, user.brands))
    return {"email": user.email, "name": user.name, "role": user.role, "teams": teams, "brands": brands}


def _form(
    request: HttpRequest, user: User | None, said: dict, error: staff.Refused | None = None, link: str = ""
) -> HttpResponse:
    context = {
        "person": user,
        "said": said,
        "roles": role_names().items(),
        "teams": Team.objects.order_by("name"),
        "brands": Brand.objects.order_by("name"),
        "error": error,
        "link": link,
        "factors": factors.listed(user) if user else [],
        "sessions": signed_in.sessions(user, request.session.session_key) if user else [],
    }
    return render(request, "accounts/person.html", context, status=422 if error else 200)
