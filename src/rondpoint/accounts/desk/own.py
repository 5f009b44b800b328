"""One's own page, and choosing a password by an invitation."""

from django.conf import settings
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.hashers import check_password
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from rondpoint.accounts import actions, limits, signed_in, staff
from rondpoint.accounts.decorators import require
from rondpoint.lib.db import write

THEMES = ("", "light", "dark")
MAX_SIGNATURE = 2000


@require_http_methods(["GET", "POST"])
@require("read")
def me(request: HttpRequest) -> HttpResponse:
    """Name, language, theme and signature."""
    user, problems = request.user, {}
    if request.method == "POST":
        user.name = request.POST.get("name", "").strip()[:120]
        user.signature = request.POST.get("signature", "").strip()
        user.language = request.POST.get("language", "")
        user.theme = request.POST.get("theme", "")
        if not user.name:
            problems["name"] = _("A name is needed.")
        if len(user.signature) > MAX_SIGNATURE:
            problems["signature"] = _("At most %(n)s characters.") % {"n": MAX_SIGNATURE}
        if user.language not in dict(settings.LANGUAGES):
            problems["language"] = _("There is no such language.")
        if user.theme not in THEMES:
            problems["theme"] = _("There is no such theme.")
        if not problems:
            with write():
                user.save(update_fields=["name", "signature", "language", "theme"])
                actions.audit(user.email, "profile.changed", user.email)
            return redirect("me")
    return _page(request, problems)


@require_POST
@require("read")
def password(request: HttpRequest) -> HttpResponse:
    """A new password; every other session ends."""
    user = request.user
    if not limits.take(user.email, request.META.get("REMOTE_ADDR", "")):
        return _page(request, {"old": _("Too many tries. Wait five minutes, then try again.")})
    if not check_password(request.POST.get("old", ""), user.password):
        return _page(request, {"old": _("This is not your password.")})
    limits.give_back(user.email, request.META.get("REMOTE_ADDR", ""))
    try:
        staff.set_password(user, request.POST.get("password", ""), but=request.session.session_key)
    except staff.Refused as error:
        return _page(request, {"password": str(error)})
    with write():
        update_session_auth_hash(request, user)
        request.session.save()
    return redirect("me")


@require_http_methods(["GET", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Whoever was invited chooses a password, once."""
    user = staff.invited(token)
    if user is None:
        return render(request, "accounts/join.html", {"over": True}, status=404)
    if request.method == "GET":
        return render(request, "accounts/join.html", {"person": user})
    try:
        staff.set_password(user, request.POST.get("password", ""))
    except staff.Refused as error:
        return render(request, "accounts/join.html", {"person": user, "error": error}, status=422)
    return redirect("sign_in")


def _page(request: HttpRequest, problems: dict) -> HttpResponse:
    themes = ("", _("as the system")), ("light", _("light")), ("dark", _("dark"))
    context = {"themes": themes, "languages": settings.LANGUAGES, "problems": problems}
    context["sessions"] = signed_in.sessions(request.user, request.session.session_key)
    return render(request, "accounts/me.html", context, status=422 if problems else 200)
