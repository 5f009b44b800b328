"""The list of canned answers, and the page on which one is written."""

import uuid

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from rondpoint.accounts.decorators import require
from rondpoint.accounts.models import Team, User
from rondpoint.conversations.actions import answers as actions
from rondpoint.conversations.models import CannedAnswer
from rondpoint.conversations.queries.answers import usable
from rondpoint.conversations.rules.variables import NAMES


@require_GET
@require("reply")
def answers(request: HttpRequest) -> HttpResponse:
    """All answers somebody may use."""
    return render(request, "desk/answers/list.html", {"answers": list(usable(request.user))})


@require_http_methods(["GET", "POST"])
@require("reply")
def answer(request: HttpRequest, public_id: str = "") -> HttpResponse:
    """Writes a new answer, or changes one."""
    row = _found(request.user, public_id) if public_id else None
    if request.method == "GET":
        said = {"shortcut": row.shortcut, "title": row.title, "team": row.team_id or ""} if row else {}
        return _form(request, row, said, row.texts if row else {})
    said = {name: request.POST.get(name, "").strip() for name in ("shortcut", "title", "team")}
    texts = {code: request.POST.get(f"text-{code}", "") for code, _name in settings.LANGUAGES}
    texts = {**(row.texts if row else {}), **texts}
    team = _teams(request.user).filter(id=int(said["team"])).first() if said["team"].isdigit() else None
    try:
        actions.keep(row, said["shortcut"], said["title"], texts, team)
    except actions.BadAnswer as error:
        return _form(request, row, said, texts, error)
    return redirect("answers")


@require_POST
@require("reply")
def removal(request: HttpRequest, public_id: str) -> HttpResponse:
    """Removes one."""
    actions.remove(_found(request.user, public_id))
    return redirect("answers")


def _form(
    request: HttpRequest,
    row: CannedAnswer | None,
    said: dict,
    texts: dict[str, str],
    error: actions.BadAnswer | None = None,
) -> HttpResponse:
    context = {
        "answer": row,
        "said": said,
        "texts": [(code, name, texts.get(code, "")) for code, name in settings.LANGUAGES],
        "teams": list(_teams(request.user)),
        "variables": NAMES,
        "error": error,
    }
    return render(request, "desk/answers/answer.html", context, status=422 if error else 200)


def _teams(user: User):
    rows = Team.objects.order_by("name")
    return rows if user.may("operate") else rows.filter(members=user)


def _found(user: User, public_id: str) -> CannedAnswer:
    try:
        row = usable(user).filter(public_id=uuid.UUID(public_id)).first()
    except ValueError:
        row = None
    if row is None:
        raise Http404
    return row
