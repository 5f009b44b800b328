"""One's own factors: the list, an app, passkeys, recovery codes. Whoever changes them has just proved who she is."""

import functools
import io
import uuid
from collections.abc import Callable

import segno
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from rondpoint.accounts import limits
from rondpoint.accounts.decorators import require
from rondpoint.accounts.factors import actions, entering, passkeys, queries, totp
from rondpoint.accounts.models import Factor
from rondpoint.accounts.queries import default_brand
from rondpoint.accounts.views import authenticate
from rondpoint.lib import clock, signing
from rondpoint.lib.db import write

FRESH = 10 * clock.MINUTE
NEW = "new_totp"


def proved(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Only for a session in which she proved who she is within ten minutes."""

    @functools.wraps(view)
    def guarded(request: HttpRequest, *arguments, **named) -> HttpResponse:
        if clock.now() - request.session.get("proved", 0) > FRESH:
            if request.headers.get("X-Requested-With") == "fetch":
                return JsonResponse({"next": "/settings/factors/proof"}, status=403)
            return redirect("proof")
        return view(request, *arguments, **named)

    return guarded


@require_GET
@require("read")
def factors(request: HttpRequest) -> HttpResponse:
    """What she has."""
    return _list(request)


@require_http_methods(["GET", "POST"])
@require("read")
def proof(request: HttpRequest) -> HttpResponse:
    """Her password once more, and a code when she has factors; or a passkey of hers, which proves as much."""
    user, error = request.user, ""
    kinds = {row.kind for row in queries.listed(user)}
    codes = queries.TOTP in kinds or bool(queries.codes_left(user))
    password = user.has_usable_password() and (codes or not kinds)
    if request.method == "POST" and password:
        sender = request.META.get("REMOTE_ADDR", "")
        if not limits.take(user.email, sender, limits.FACTOR):
            error = _("Too many tries. Wait five minutes, then try again.")
        elif authenticate(user.email, request.POST.get("password", "")) is None:
            error = _("This is not your password.")
        elif codes and not entering.prove(user, request.POST.get("code", "")):
            error = _("This code is not right, or was used already.")
        else:
            limits.give_back(user.email, sender, limits.FACTOR)
            _note_proof(request)
            return redirect("factors")
    context = {"error": error, "codes": codes, "password": password}
    context["passkey"] = queries.PASSKEY in kinds and passkeys.possible()
    return render(request, "accounts/proof.html", context, status=422 if error else 200)


@require_POST
@require("read")
def proof_options(request: HttpRequest) -> HttpResponse:
    """What the browser is asked to prove herself by: one of her passkeys."""
    asked, state = passkeys.begin_sign_in(queries.passkeys(request.user))
    entering.keep(request, state)
    return JsonResponse(asked)


@require_POST
@require("read")
def proof_passkey(request: HttpRequest) -> HttpResponse:
    """The browser's answer to :func:`proof_options`."""
    user, sender = request.user, request.META.get("REMOTE_ADDR", "")
    state = entering.kept(request)
    if state is None:
        return entering.refusal(_("That took too long. Try again."))
    if not limits.take(user.email, sender, limits.FACTOR):
        return entering.refusal(_("Too many tries. Wait five minutes, then try again."), 429)
    try:
        actions.use_passkey(state, entering.answer(request), user)
    except passkeys.Refused as error:
        return entering.refusal(_("This passkey was not accepted."), log=str(error), user=user)
    limits.give_back(user.email, sender, limits.FACTOR)
    _note_proof(request)
    return JsonResponse({"next": "/settings/factors"})


@require_http_methods(["GET", "POST"])
@require("read")
@proved
def totp_app(request: HttpRequest) -> HttpResponse:
    """An authenticator app: the QR code of a new secret, which counts once a code of it was typed."""
    held = request.session.get(NEW)
    if request.method == "POST" and "code" not in request.POST:
        with write():
            request.session[NEW] = signing.seal(settings.SECRET_KEY, {"secret": totp.new_secret()})
            request.session.save()
        return redirect("totp_app")
    if not held:
        return redirect("factors")
    secret = signing.unseal(settings.SECRET_KEY, held)["secret"]
    error = ""
    if request.method == "POST":
        typed = "".join(request.POST["code"].split())
        step = totp.matching_step(secret, typed, clock.now(), 0)
        if step is not None:
            with write():
                actions.add_totp(request.user, secret, request.POST.get("label", "") or _("Authenticator app"), step)
                request.session.pop(NEW)
                request.session.save()
            return _added(request)
        error = _("This code is not right. Look at the clock of your telephone: it has to be on time.")
    return render(request, "accounts/totp.html", _shown(request, secret, error), status=422 if error else 200)


@require_POST
@require("read")
@proved
def passkey_options(request: HttpRequest) -> HttpResponse:
    """What the browser is asked to make."""
    if not passkeys.possible():
        return entering.refusal(_("This house has no domain, and a passkey belongs to one."))
    user = request.user
    asked, state = passkeys.begin_registration(user.pk, user.email, user.name, queries.passkeys(user))
    entering.keep(request, state)
    return JsonResponse(asked)


@require_POST
@require("read")
@proved
def passkey(request: HttpRequest) -> HttpResponse:
    """The passkey that the browser made."""
    state = entering.kept(request)
    if state is None:
        return entering.refusal(_("That took too long. Try again."))
    label = request.POST.get("label", "") or _("Passkey")
    try:
        actions.add_passkey(request.user, passkeys.finish_registration(state, entering.answer(request)), label)
    except passkeys.Refused as error:
        return entering.refusal(_("This passkey was not accepted."), log=str(error), user=request.user)
    return JsonResponse({"next": "/settings/factors"})


@require_POST
@require("read")
@proved
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """Ten new recovery codes, shown once."""
    if not queries.has_any(request.user):
        return redirect("factors")
    return _codes(request)


@require_POST
@require("read")
def label(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Another name for a factor."""
    actions.rename(_own(request, public_id), request.POST.get("label", ""))
    return redirect("factors")


@require_POST
@require("read")
def removal(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Takes a factor away."""
    return _remove(request, _own(request, public_id))


@proved
def _remove(request: HttpRequest, row: Factor) -> HttpResponse:
    try:
        actions.remove(row)
    except actions.Last:
        return _list(request, _("The house asks for a second factor: add another one before you take the last away."))
    return redirect("factors")


def _note_proof(request: HttpRequest) -> None:
    with write():
        request.session["proved"] = clock.now()
        request.session.save()


def _own(request: HttpRequest, public_id: uuid.UUID) -> Factor:
    return get_object_or_404(Factor, user=request.user, public_id=public_id)


def _added(request: HttpRequest) -> HttpResponse:
    return redirect("factors") if queries.codes_left(request.user) else _codes(request)


def _codes(request: HttpRequest) -> HttpResponse:
    answer = render(request, "accounts/recovery.html", {"codes": actions.new_recovery(request.user)})
    answer["Cache-Control"] = "no-store"
    return answer


def _list(request: HttpRequest, error: str = "") -> HttpResponse:
    user = request.user
    context = {
        "rows": queries.listed(user),
        "left": queries.codes_left(user),
        "required": queries.required(user),
        "possible": passkeys.possible(),
        "error": error,
    }
    return render(request, "accounts/factors.html", context, status=422 if error else 200)


def _shown(request: HttpRequest, secret: str, error: str) -> dict:
    brand = default_brand()
    issuer = brand.name if brand else "Rondpoint"
    out = io.BytesIO()
    code = segno.make(totp.address(secret, request.user.email, issuer), error="m")
    code.save(out, kind="svg", scale=4, border=2, xmldecl=False, svgns=True)
    groups = [secret[place : place + 4] for place in range(0, len(secret), 4)]
    # The picture is drawn by segno out of modules; no text of anybody stands in it.
    return {"qr": mark_safe(out.getvalue().decode()), "groups": groups, "error": error}
