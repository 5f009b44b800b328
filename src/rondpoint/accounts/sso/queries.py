"""The identity provider of the house."""

from django.conf import settings

from rondpoint.accounts.queries import setting
from rondpoint.accounts.sso.rules import Provider
from rondpoint.lib import signing


def provider() -> Provider | None:
    """The provider with its secret opened, or with none when RONDPOINT_SECRET has changed: the way by password has to
    stay open then. None when there is no provider."""
    kept = dict(setting("sign_on"))
    if not kept:
        return None
    try:
        kept["secret"] = signing.unseal(settings.SECRET_KEY, kept["secret"]).get("secret", "")
    except signing.BadToken:
        kept["secret"] = ""
    return Provider(**{**kept, "domains": tuple(kept["domains"])})


def label() -> str:
    """What the button on the sign-in page says; "" without a provider."""
    kept = dict(setting("sign_on"))
    return kept.get("label") or kept.get("issuer", "") if kept else ""


def back_address() -> str:
    """Where the provider sends people back to: registered there."""
    return f"{settings.RONDPOINT_URL}/login/sign-on/back"
