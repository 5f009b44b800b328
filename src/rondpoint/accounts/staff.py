"""Who works here: inviting, changing, sending away."""

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from rondpoint.accounts import signed_in
from rondpoint.accounts.actions import audit
from rondpoint.accounts.models import Brand, Team, User
from rondpoint.accounts.types import Role
from rondpoint.lib import clock, signing
from rondpoint.lib.db import write

INVITATION, INVITATION_LASTS = "invitation", 3 * clock.DAY


class Refused(ValueError):
    """What was asked cannot be done; ``field`` is the part of the form to mend."""

    def __init__(self, field: str, message: str):
        super().__init__(message)
        self.field = field


def invite(by: User, email: str, name: str, role: str, teams: list[int], brands: list[int]) -> User:
    """A member of staff without a password yet; :func:`invitation` makes the link with which she chooses one.

    Raises Refused.
    """
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError as error:
        raise Refused("email", _("This is no e-mail address.")) from error
    user = User(email=email, language=by.language)
    user.set_unusable_password()
    with write():
        if User.objects.filter(email=email).exists():
            raise Refused("email", _("Somebody has an account with this address already."))
        _fill(user, name, role)
        user.save()
        _join(user, teams, brands)
        audit(by.email, "staff.invited", email, {"role": role})
    return user


def change(by: User, user: User, name: str, role: str, teams: list[int], brands: list[int]) -> None:
    """Her name, role, teams and brands. With another role she signs in anew, so that no page and no stream that was
    opened with the old one lives on. Raises Refused, also when nobody would be left to administer."""
    with write():
        before = user.role
        if before == Role.ADMINISTRATOR and role != Role.ADMINISTRATOR:
            _leave_one_administrator(user, "role")
        _fill(user, name, role)
        user.save(update_fields=["name", "role"])
        _join(user, teams, brands)
        audit(by.email, "staff.changed", user.email, {"role": role, "before": before})
    if role != before:
        signed_in.end(by, user)


def set_active(by: User, user: User, active: bool) -> None:
    """Sends her away, and her sessions end; or takes her back. Raises Refused."""
    with write():
        if not active:
            _leave_one_administrator(user, "active")
        user.is_active = active
        user.save(update_fields=["is_active"])
        audit(by.email, "staff.activity", user.email, {"active": active})
    if not active:
        signed_in.end(by, user)


def invitation(by: User, user: User) -> str:
    """A link with which she chooses a password; it lives three days and opens once."""
    payload = {"user": user.pk, "before": _fingerprint(user)}
    token = signing.sign(settings.SECRET_KEY, INVITATION, payload, clock.now() + INVITATION_LASTS)
    audit(by.email, "staff.link", user.email)
    return f"{settings.RONDPOINT_URL}/join/{token}"


def invited(token: str) -> User | None:
    """Whose invitation it is; None when it is forged, over or used."""
    try:
        payload = signing.unsign(settings.SECRET_KEY, INVITATION, token, clock.now())
    except ValueError:
        return None
    user = User.objects.filter(pk=payload["user"], is_active=True).first()
    return user if user and signing.same(_fingerprint(user), payload["before"]) else None


def set_password(user: User, password: str, but: str | None = None) -> None:
    """A new password; every session that began with the one before ends, except the one whose key is ``but``. Raises
    Refused."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Refused("password", " ".join(error.messages)) from error
    before = user.password
    user.set_password(password)  # slow on purpose, so outside the turnstile
    with write():
        if not User.objects.filter(pk=user.pk, password=before).update(password=user.password):
            raise Refused("password", _("The password was changed meanwhile. Ask for a new link."))
        audit(user.email, "password.changed", user.email)
    signed_in.end(user, user, but=but)


def _fill(user: User, name: str, role: str) -> None:
    user.name = name.strip()[:120]
    if not user.name:
        raise Refused("name", _("A name is needed."))
    if role not in set(Role):
        raise Refused("role", _("There is no such role."))
    user.role = role


def _join(user: User, teams: list[int], brands: list[int]) -> None:
    user.teams.set(Team.objects.filter(id__in=teams))
    user.brands.set(Brand.objects.filter(id__in=brands))


def _leave_one_administrator(user: User, field: str) -> None:
    others = User.objects.filter(role=Role.ADMINISTRATOR, is_active=True).exclude(pk=user.pk)
    if user.role == Role.ADMINISTRATOR and not others.exists():
        raise Refused(field, _("Somebody has to administer: name another administrator first."))


def _fingerprint(user: User) -> str:
    return signing.digest(settings.SECRET_KEY, INVITATION, user.password)
