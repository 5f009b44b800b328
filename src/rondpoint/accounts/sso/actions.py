"""Keeping the provider, and finding the colleague whom it vouches for."""

from django.conf import settings
from msgspec import structs

from rondpoint.accounts.actions import audit, set_setting
from rondpoint.accounts.models import SignOnIdentity, User
from rondpoint.accounts.sso.rules import Person, Provider, Refused
from rondpoint.lib import signing
from rondpoint.lib.db import write


def keep(by: str, provider: Provider) -> None:
    """Makes this the provider of the house; its secret is sealed."""
    kept = structs.asdict(provider)
    kept["secret"] = signing.seal(settings.SECRET_KEY, {"secret": provider.secret})
    set_setting(by, "sign_on", {**kept, "domains": list(provider.domains)})


def remove(by: str) -> None:
    """The house has no provider any more; who came by it keeps her account."""
    set_setting(by, "sign_on", {})


def colleague(provider: Provider, person: Person) -> User:
    """Whose account it is: bound before, else of the same verified e-mail, else new where the house wants it so.

    Raises Refused.
    """
    with write():
        bound = SignOnIdentity.objects.filter(issuer=provider.issuer, subject=person.subject).select_related("user")
        identity = bound.first()
        user = identity.user if identity else User.objects.filter(email=person.email).first()
        if user is None and provider.create:
            user = _new(provider, person)
        if user is None:
            raise Refused("unknown", person.email)
        if not user.is_active:
            raise Refused("closed", person.email)
        if identity is None:
            SignOnIdentity.objects.create(issuer=provider.issuer, subject=person.subject, user=user)
            audit(user.email, "sign_on.bound", user.email, {"issuer": provider.issuer})
    return user


def _new(provider: Provider, person: Person) -> User:
    user = User(email=person.email, name=person.name, role=provider.role)
    user.set_unusable_password()
    user.save()
    audit("sign-on", "staff.made", person.email, {"role": provider.role, "issuer": provider.issuer})
    return user
