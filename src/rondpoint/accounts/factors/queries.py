"""Reading somebody's second factors."""

import contextlib

from django.conf import settings

from rondpoint.accounts.factors.passkeys import Passkey
from rondpoint.accounts.models import Factor, RecoveryCode, User
from rondpoint.accounts.queries import setting
from rondpoint.accounts.rules import house
from rondpoint.accounts.types import Role
from rondpoint.lib import signing

TOTP, PASSKEY = "totp", "passkey"


def has_any(user: User) -> bool:
    """Whether she proves more than a password."""
    return Factor.objects.filter(user=user).exists()


def listed(user: User) -> list[Factor]:
    """Her factors, the oldest first."""
    return list(Factor.objects.filter(user=user).order_by("id"))


def passkeys(user: User) -> list[Passkey]:
    """Her passkeys, opened; without those that a change of the installation's secret has lost."""
    found = []
    for row in Factor.objects.filter(user=user, kind=PASSKEY).order_by("id"):
        with contextlib.suppress(signing.BadToken):
            found.append(opened(row))
    return found


def opened(row: Factor) -> Passkey:
    """The passkey that a row seals. Raises BadToken when the installation's secret has changed."""
    return Passkey(**signing.unseal(settings.SECRET_KEY, row.sealed))


def codes_left(user: User) -> int:
    """How many recovery codes still open the door."""
    return RecoveryCode.objects.filter(user=user, used=None).count()


def required(user: User) -> bool:
    """Whether the house asks her for a second factor."""
    return house.must_prove(str(setting("second_factor")), user.role == Role.ADMINISTRATOR)


def without() -> dict[str, int]:
    """How many active colleagues have no factor: {"administrators", "everybody"}."""
    rows = User.objects.filter(is_active=True, factors=None)
    return {"administrators": rows.filter(role=Role.ADMINISTRATOR).count(), "everybody": rows.count()}
