"""Signing in with a password, and out."""

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.hashers import make_password, verify_password
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from rondpoint.accounts import limits, signed_in
from rondpoint.accounts.factors import passkeys
from rondpoint.accounts.factors import queries as factors
from rondpoint.accounts.models import User
from rondpoint.accounts.queries import default_brand
from rondpoint.accounts.sso import queries as sso
from rondpoint.accounts.types import Role
from rondpoint.lib.db import write


@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """E-mail and password. Five failures in five minutes close the door for that address and that sender."""
    target = wanted(request)
    if request.user.is_authenticated:
        return redirect(target)
    if request.method != "POST":
        return sign_in_page(request, target)
    email = request.POST.get("email", "").strip().lower()[:254]
    sender = request.META.get("REMOTE_ADDR", "")
    if not limits.take(email, sender):
        error = _("Too many tries. Wait five minutes, then try again.")
        return sign_in_page(request, target, 429, email=email, error=error)
    user = authenticate(email, request.POST.get("password", ""))
    if user is None:
        return sign_in_page(request, target, 422, email=email, error=_("E-mail or password is not right."))
    limits.give_back(email, sender)
    if by_provider_only(user):
        error = _("Passwords are switched off here. Use the button below.")
        return sign_in_page(request, target, 403, email=email, error=error)
    if factors.has_any(user):
        signed_in.wait_for_factor(request, user, target)
        return redirect("sign_in_factor")
    signed_in.begin(request, user, "password")
    return redirect(target)


def sign_in_page(
    request: HttpRequest, target: str, status: int = 200, email: str = "", error: str = ""
) -> HttpResponse:
    """The page with all ways in; ``target``: where to go then."""
    context = {
        "next": target,
        "email": email,
        "error": error,
        "nobody": not User.objects.exists(),
        "passkeys": passkeys.possible(),
        "sign_on": sso.label(),
        "page_house": default_brand(),
    }
    return render(request, "accounts/sign_in.html", context, status=status)


def wanted(request: HttpRequest) -> str:
    """Where somebody wants to go, never to another site."""
    target = request.POST.get("next") or request.GET.get("next") or settings.LOGIN_REDIRECT_URL
    return target if url_has_allowed_host_and_scheme(target, allowed_hosts=None) else settings.LOGIN_REDIRECT_URL


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Ends the session everywhere it is known."""
    with write():
        logout(request)
    return redirect(settings.LOGIN_URL)


def by_provider_only(user: User) -> bool:
    """Whether only the identity provider lets her in."""
    # Administrators keep their password: somebody has to get in when the provider is down.
    provider = sso.provider()
    return provider is not None and provider.passwords_off and user.role != Role.ADMINISTRATOR


def authenticate(email: str, password: str) -> User | None:
    """The member of staff of an e-mail and password. The slow hash is made outside the turnstile, and also for an
    e-mail that nobody has, so that time tells nothing."""
    user = User.objects.filter(email=email, is_active=True).first()
    if user is None:
        make_password(password)
        return None
    right, stale = verify_password(password, user.password)
    if not right:
        return None
    if stale:
        user.set_password(password)
        with write():
            user.save(update_fields=["password"])
    return user
