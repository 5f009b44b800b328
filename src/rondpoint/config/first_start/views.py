"""The pages of the first start. Each step can be left out, and be done again later."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from rondpoint.accounts import actions, queries, signed_in
from rondpoint.accounts.decorators import require
from rondpoint.accounts.models import User
from rondpoint.config.first_start import rules, steps
from rondpoint.lib import signing

LONGEST = 254


@require_http_methods(["GET", "POST"])
def first(request: HttpRequest) -> HttpResponse:
    """Without anybody on the staff: the first account, for whoever has the code that ``rondpoint up`` prints."""
    expected = actions.setup_code()
    if not expected:
        return redirect("setup_step", rules.unfinished(queries.setting("setup")) or "end")
    given = request.POST.get("code") or request.GET.get("code", "")
    context = {"code": given, "problems": {}, "said": {}}
    if not signing.same(given, expected):
        if given:
            context["problems"]["code"] = _("This is not the code that rondpoint up prints.")
        return render(request, "first_start/code.html", context, status=422 if given else 200)
    if request.method == "GET" or "email" not in request.POST:
        return render(request, "first_start/account.html", context)
    said = context["said"] = {name: request.POST.get(name, "").strip()[:LONGEST] for name in ("name", "email")}
    problems = context["problems"]
    if not said["name"]:
        problems["name"] = _("A name is needed.")
    try:
        validate_email(said["email"])
    except ValidationError:
        problems["email"] = _("This is no e-mail address.")
    user = None if problems else _make(said, request, problems)
    if user is None:
        return render(request, "first_start/account.html", context, status=422)
    signed_in.begin(request, user, "setup")
    return redirect("setup_step", rules.STEPS[0])


@require_http_methods(["GET", "POST"])
@require("administer")
def step(request: HttpRequest, name: str) -> HttpResponse:
    """One step: GET shows its form, POST keeps it and tries it; ``leave`` leaves it out."""
    if name == "end":
        return _page(request, "end", {"said": steps.summary()})
    if name not in rules.STEPS:
        raise Http404
    if request.method == "POST" and "leave" in request.POST:
        return _on(request, name, rules.LEFT)
    outcome = steps.HANDLERS[name](request)
    if request.method == "POST" and not outcome.problems and not outcome.trouble and not outcome.stay:
        return _on(request, name, rules.DONE)
    return _page(request, name, {"outcome": outcome}, 422 if outcome.problems else 200)


def _make(said: dict, request: HttpRequest, problems: dict) -> User | None:
    language = (getattr(request, "LANGUAGE_CODE", "") or "en")[:2]
    if language not in dict(settings.LANGUAGES):
        language = "en"
    try:
        return actions.create_first_user(said["email"], said["name"], request.POST.get("password", ""), language)
    except ValidationError as error:
        problems["password"] = " ".join(error.messages)
    except ValueError:
        problems["email"] = _("Somebody made the first account meanwhile. Sign in, or ask her for an invitation.")
    return None


def _on(request: HttpRequest, name: str, how: str) -> HttpResponse:
    progress = dict(queries.setting("setup"))
    if progress.get(name) != rules.DONE:
        progress[name] = how
        actions.set_setting(request.user.email, "setup", progress)
    return redirect("setup_step", rules.following(name) or "end")


def _page(request: HttpRequest, name: str, more: dict, status: int = 200) -> HttpResponse:
    progress = queries.setting("setup")
    titles = steps.titles()
    context = {
        "name": name,
        "title": titles.get(name, ""),
        "steps": [(step, titles[step], progress.get(step, "")) for step in rules.STEPS],
        "number": rules.STEPS.index(name) + 1 if name in rules.STEPS else 0,
        "total": len(rules.STEPS),
        **more,
    }
    return render(request, f"first_start/{name}.html", context, status=status)
