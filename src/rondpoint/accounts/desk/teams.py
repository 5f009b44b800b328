"""Teams and who belongs to them."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from rondpoint.accounts.actions import audit
from rondpoint.accounts.decorators import require
from rondpoint.accounts.models import Team, User
from rondpoint.lib.db import write


@require_GET
@require("administer")
def teams(request: HttpRequest) -> HttpResponse:
    """All teams."""
    return render(request, "accounts/teams.html", {"rows": Team.objects.prefetch_related("members").order_by("name")})


@require_http_methods(["GET", "POST"])
@require("administer")
def team(request: HttpRequest, number: int | None = None) -> HttpResponse:
    """A new team (no ``number``), or the name and members of one."""
    row = get_object_or_404(Team, id=number) if number else None
    name = row.name if row else ""
    members = list(row.members.values_list("id", flat=True)) if row else []
    problem = ""
    if request.method == "POST":
        name = request.POST.get("name", "").strip()[:120]
        members = [int(n) for n in request.POST.getlist("members") if n.isdecimal()]
        problem = _keep(request.user, row, name, members)
        if not problem:
            return redirect("teams")
    staff = User.objects.filter(is_active=True).order_by("name")
    context = {"team": row, "name": name, "members": members, "staff": staff, "problem": problem}
    return render(request, "accounts/team.html", context, status=422 if problem else 200)


def _keep(by: User, row: Team | None, name: str, members: list[int]) -> str:
    if not name:
        return _("A name is needed.")
    with write():
        if Team.objects.filter(name=name).exclude(id=row.id if row else None).exists():
            return _("There is a team of this name already.")
        row = row or Team()
        row.name = name
        row.save()
        row.members.set(User.objects.filter(id__in=members))
        audit(by.email, "team.changed", name, {"members": len(members)})
    return ""
