"""Tries of a password, counted before it is looked at, so that tries at the same moment cannot pass together."""

from rondpoint.accounts.models import AuditEntry, Brand
from rondpoint.lib import clock
from rondpoint.lib.db import write

TRIES, WINDOW = 5, 5 * clock.MINUTE
ACTION = "sign_in_failed"


def take(email: str, sender: str) -> bool:
    """Counts a try for the account and for where it came from; False when five failed within five minutes.

    The try stands as a failure until :func:`give_back`: counting and writing it are one transaction, one at a time.
    """
    scopes = _scopes(email, sender)
    with write():
        # PostgreSQL runs transactions side by side; this row, which every house has, makes them wait for each other.
        list(Brand.objects.select_for_update(no_key=True).order_by("id").values_list("id")[:1])
        recent = AuditEntry.objects.filter(action=ACTION, at__gt=clock.now() - WINDOW)
        if any(recent.filter(target=scope).count() >= TRIES for scope in scopes):
            return False
        AuditEntry.objects.bulk_create(
            AuditEntry(actor=email[:200] or "?", action=ACTION, target=scope) for scope in scopes
        )
    return True


def give_back(email: str, sender: str) -> None:
    """The password was right: the try just counted was no failure."""
    with write():
        for scope in _scopes(email, sender):
            last = AuditEntry.objects.filter(action=ACTION, actor=email[:200] or "?", target=scope).order_by("-id")
            AuditEntry.objects.filter(id__in=list(last.values_list("id", flat=True)[:1])).delete()


def _scopes(email: str, sender: str) -> list[str]:
    return [f"sign-in:{email}"[:200], f"sign-in from:{sender}"[:200]]
