"""Who is asking."""

from rondpoint.accounts.actions import key_digest
from rondpoint.accounts.models import ApiKey, Brand, Setting
from rondpoint.accounts.rules import house


def api_key(token: str) -> ApiKey | None:
    """The living key behind a token ``rp_…``."""
    if not token.startswith("rp_") or len(token) > 100:
        return None
    return ApiKey.objects.filter(digest=key_digest(token), revoked=None).first()


def default_brand() -> Brand | None:
    """The first brand: the face of connections that name none."""
    return Brand.objects.order_by("id").first()


def setting(name: str) -> house.Value:
    """A choice of the house, or what holds until somebody chooses. Raises KeyError for a name nobody declared."""
    kept = Setting.objects.filter(name=name).values_list("value", flat=True).first()
    return house.DEFAULTS[name] if kept is None else kept
