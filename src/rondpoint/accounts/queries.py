"""Who is asking."""

from rondpoint.accounts.actions import key_digest
from rondpoint.accounts.models import ApiKey, Brand


def api_key(token: str) -> ApiKey | None:
    """The living key behind a token ``rp_…``."""
    if not token.startswith("rp_") or len(token) > 100:
        return None
    return ApiKey.objects.filter(digest=key_digest(token), revoked=None).first()


def default_brand() -> Brand | None:
    """The first brand: the face of connections that name none."""
    return Brand.objects.order_by("id").first()
