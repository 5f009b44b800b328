"""Tries of a password or a second factor, counted before they are looked at, so that tries at the same moment cannot
pass together."""

from rondpoint.accounts.models import AuditEntry, Brand
from rondpoint.lib import clock
from rondpoint.lib.db import write

TRIES, WINDOW = 5, 5 * clock.MINUTE
PASSWORD, FACTOR = "sign_in", "factor"


def take(email: str, sender: str, what: str = PASSWORD) -> bool:
    """Counts a try for the account and for where it came from; False when five failed within five minutes. Without
    an ``email``, as for a passkey that has not said yet whose it is, only for where it came from.

    The try stands as a failure until :func:`give_back`: counting and writing it are one transaction, one at a time.
    Tries of a password and of a factor (``what``) count apart.
    """
    scopes = _scopes(email, sender, what)
    with write():
        # PostgreSQL runs transactions side by side; this row, which every house has, makes them wait for each other.
        list(Brand.objects.select_for_update(no_key=True).order_by("id").values_list("id")[:1])
        recent = AuditEntry.objects.filter(action=f"{what}_failed", at__gt=clock.now() - WINDOW)
        if any(recent.filter(target=scope).count() >= TRIES for scope in scopes):
            return False
        AuditEntry.objects.bulk_create(
            AuditEntry(actor=email[:200] or "?", action=f"{what}_failed", target=scope) for scope in scopes
        )
    return True


def give_back(email: str, sender: str, what: str = PASSWORD) -> None:
    """What was typed was right: the try just counted was no failure."""
    with write():
        for scope in _scopes(email, sender, what):
            same = AuditEntry.objects.filter(action=f"{what}_failed", actor=email[:200] or "?", target=scope)
            AuditEntry.objects.filter(id__in=list(same.order_by("-id").values_list("id", flat=True)[:1])).delete()


def _scopes(email: str, sender: str, what: str) -> list[str]:
    name = "sign-in" if what == PASSWORD else what
    return ([f"{name}:{email}"[:200]] if email else []) + [f"{name} from:{sender}"[:200]]
