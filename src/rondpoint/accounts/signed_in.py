"""Where somebody is signed in. A session holds its device, address and beginning; staff are few enough to open each."""

import hashlib

from django.contrib.auth import SESSION_KEY, login
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.utils import timezone
from msgspec import Struct

from rondpoint.accounts.actions import audit
from rondpoint.accounts.models import User
from rondpoint.lib import clock
from rondpoint.lib.db import write

BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)  # fmt: skip
PENDING, PENDING_LASTS = "pending", 5 * clock.MINUTE


class SignedIn(Struct, frozen=True):
    """A session as people see it; ``began`` and ``seen`` in microseconds UTC; ``handle`` names it without opening it;
    ``by`` says what was proved."""

    handle: str
    device: str
    address: str
    began: int | None
    here: bool
    seen: int | None = None
    by: str = ""


def begin(request: HttpRequest, user: User, by: str) -> None:
    """Signs her in under a new session key, and notes where and how: ``by`` names what was proved, as ``"password"``
    or ``"password+totp"``."""
    with write():
        request.session.pop(PENDING, None)
        login(request, user, backend="django.contrib.auth.backends.ModelBackend")
        request.session["device"] = device(request.META.get("HTTP_USER_AGENT", ""))
        request.session["address"] = request.META.get("REMOTE_ADDR", "")
        request.session["began"] = request.session["proved"] = clock.now()
        request.session["by"] = by
        request.session.save()
        audit(user.email, "sign_in", user.email, {"by": by})


def wait_for_factor(request: HttpRequest, user: User, target: str) -> None:
    """Her password was right; until she proves a second factor the session opens nothing."""
    with write():
        request.session.cycle_key()
        request.session[PENDING] = {
            "user": user.pk,
            "next": target,
            "until": clock.now() + PENDING_LASTS,
            "password": user.get_session_auth_hash(),
        }
        request.session.save()


def pending(request: HttpRequest) -> tuple[User, str] | None:
    """Who still has to prove a second factor, and where she wants to go; None when that took too long, or when her
    account or password changed meanwhile."""
    held = request.session.get(PENDING)
    if not held or held["until"] < clock.now():
        return None
    user = User.objects.filter(pk=held["user"], is_active=True).first()
    if user is None or user.get_session_auth_hash() != held["password"]:
        return None
    return user, held["next"]


def device(agent: str) -> str:
    """``"Firefox, Linux"`` out of a User-Agent; "" when neither is known."""
    found = (next((name for sign, name in known if sign in agent), "") for known in (BROWSERS, SYSTEMS))
    return ", ".join(filter(None, found))


def sessions(user: User, current: str | None = None) -> list[SignedIn]:
    """Her living sessions, the newest first."""
    found = [
        SignedIn(
            _handle(key),
            held.get("device", ""),
            held.get("address", ""),
            held.get("began"),
            key == current,
            held.get("seen"),
            held.get("by", ""),
        )
        for key, held in _of(user)
    ]
    return sorted(found, key=lambda session: (session.here, session.began or 0), reverse=True)


def end(by: User, user: User, handle: str = "", but: str | None = None) -> int:
    """Ends the session called ``handle``, or without one all of hers except the key ``but``; how many ended."""
    wanted = [key for key, _held in _of(user) if key != but and handle in ("", _handle(key))]
    with write():
        ended, _rows = Session.objects.filter(session_key__in=wanted).delete()
        if ended:
            audit(by.email, "session.ended", user.email, {"sessions": ended})
    return ended


def _of(user: User) -> list[tuple[str, dict]]:
    rows = Session.objects.filter(expire_date__gt=timezone.now())
    held = ((row.session_key, row.get_decoded()) for row in rows)
    return [(key, data) for key, data in held if data.get(SESSION_KEY) == str(user.pk)]


def _handle(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:16]
