"""Signing in: the second factor after a password, or a passkey alone."""

import json

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from rondpoint.accounts import limits, signed_in
from rondpoint.accounts.factors import actions, passkeys, queries
from rondpoint.accounts.models import User
from rondpoint.accounts.queries import default_brand
from rondpoint.accounts.views import by_provider_only, wanted
from rondpoint.lib import clock
from rondpoint.lib.db import write

STATE, LASTS = "passkey", 5 * clock.MINUTE
MOST = 20_000  # characters of a browser's answer


@require_http_methods(["GET", "POST"])
def factor(request: HttpRequest) -> HttpResponse:
    """After the password: a code of the app, a recovery code, or a passkey (see :func:`passkey`)."""
    waiting = signed_in.pending(request)
    if waiting is None:
        return redirect("sign_in")
    user, target = waiting
    if request.method == "GET":
        return _page(request, user)
    sender = request.META.get("REMOTE_ADDR", "")
    if not limits.take(user.email, sender, limits.FACTOR):
        return _page(request, user, _("Too many tries. Wait five minutes, then try again."), 429)
    by = prove(user, request.POST.get("code", ""))
    if not by:
        return _page(request, user, _("This code is not right, or was used already."), 422)
    limits.give_back(user.email, sender, limits.FACTOR)
    signed_in.begin(request, user, f"password+{by}")
    return redirect(target)


@require_POST
def options(request: HttpRequest) -> HttpResponse:
    """What the browser is asked for a passkey: one of hers after her password, else any it has for this house."""
    waiting = signed_in.pending(request)
    known = queries.passkeys(waiting[0]) if waiting else []
    asked, state = passkeys.begin_sign_in(known)
    keep(request, state)
    return JsonResponse(asked)


@require_POST
def passkey(request: HttpRequest) -> HttpResponse:
    """The browser's answer; where to go then, as ``{"next"}``, or ``{"error"}``."""
    waiting = signed_in.pending(request)
    email, sender = waiting[0].email if waiting else "", request.META.get("REMOTE_ADDR", "")
    state = kept(request)
    if state is None:
        return refusal(_("That took too long. Try again."))
    if not limits.take(email, sender, limits.FACTOR):
        return refusal(_("Too many tries. Wait five minutes, then try again."), 429)
    try:
        user = actions.use_passkey(state, answer(request), waiting[0] if waiting else None)
    except passkeys.Refused as error:
        return refusal(_("This passkey was not accepted."), log=str(error), user=waiting[0] if waiting else None)
    limits.give_back(email, sender, limits.FACTOR)
    if by_provider_only(user):
        return refusal(_("Passkeys are switched off here, as passwords are. Sign in through your company."), 403)
    target = waiting[1] if waiting else wanted(request)
    signed_in.begin(request, user, "password+passkey" if waiting else "passkey")
    return JsonResponse({"next": target})


def prove(user: User, typed: str) -> str:
    """What a typed code proved: "totp", "recovery", or "" for nothing."""
    if actions.use_totp(user, typed):
        return "totp"
    return "recovery" if actions.use_recovery(user, typed) else ""


def keep(request: HttpRequest, state: dict) -> None:
    """Keeps what an answer is checked against, for five minutes and one answer."""
    with write():
        request.session[STATE] = {"state": state, "until": clock.now() + LASTS}
        request.session.save()


def kept(request: HttpRequest) -> dict | None:
    """What :func:`keep` kept, once; None when nothing lives."""
    with write():
        held = request.session.pop(STATE, None)
        request.session.save()
    return held["state"] if held and held["until"] > clock.now() else None


def answer(request: HttpRequest) -> dict:
    """The browser's answer out of the form. Raises Refused."""
    text = request.POST.get("answer", "")
    try:
        said = json.loads(text) if len(text) <= MOST else None
    except ValueError:
        said = None
    if not isinstance(said, dict):
        raise passkeys.Refused("no answer of a browser")
    return said


def refusal(words: str, status: int = 422, log: str = "", user: User | None = None) -> HttpResponse:
    """Says no; the reason stands in the audit log."""
    if log:
        email = user.email if user else "?"
        actions.audit(email, "passkey.refused", email, {"why": log[:300]})
    return JsonResponse({"error": words}, status=status)


def _page(request: HttpRequest, user: User, error: str = "", status: int = 200) -> HttpResponse:
    kinds = {row.kind for row in queries.listed(user)}
    context = {
        "page_house": default_brand(),
        "totp": queries.TOTP in kinds,
        "passkey": queries.PASSKEY in kinds and passkeys.possible(),
    }
    return render(request, "accounts/factor.html", {**context, "error": error}, status=status)
