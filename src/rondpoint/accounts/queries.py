"""Who is asking."""

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone

from rondpoint.accounts.actions import UPLOAD, key_digest
from rondpoint.accounts.models import ApiKey, Brand, Setting, User
from rondpoint.accounts.rules import house
from rondpoint.lib import clock, signing
from rondpoint.lib.prepared import prepared


def api_key(token: str) -> ApiKey | None:
    """The living key behind a token ``rp_…``."""
    if not token.startswith("rp_") or len(token) > 100:
        return None
    return ApiKey.objects.filter(digest=key_digest(token), revoked=None).first()


def holder(session_key: str) -> User | None:
    """Who is signed in by a session now; None once it ended, her password changed or she was sent away. For what has
    no request of Django's: each stream and upload asks anew."""
    row = Session.objects.filter(session_key=session_key, expire_date__gt=timezone.now()).first()
    held = row.get_decoded() if row else {}
    if SESSION_KEY not in held:
        return None
    user = User.objects.filter(pk=held[SESSION_KEY], is_active=True).first()
    if user is None or not signing.same(str(held.get(HASH_SESSION_KEY, "")), user.get_session_auth_hash()):
        return None
    return user


def ticket_holder(token: str) -> User | None:
    """Who may upload with a ticket, while she is signed in; None for one that holds no more, or never did."""
    try:
        said = signing.unsign(settings.SECRET_KEY, UPLOAD, token, clock.now())
    except (signing.BadToken, ValueError):
        return None
    user = holder(signing.unseal(settings.SECRET_KEY, said["session"])["key"])
    return user if user is not None and user.pk == said["user"] else None


def default_brand() -> Brand | None:
    """The first brand: the face of connections that name none."""
    return next(iter(_first_brand()), None)


def accounts_of(brand_id: int | None) -> str:
    """The scope of a brand's account numbers: each brand's are its own, those of the first have none."""
    first = default_brand()
    return "" if brand_id is None or first is None or brand_id == first.id else f"brand:{brand_id}"


def setting(name: str) -> house.Value:
    """A choice of the house, or what holds until somebody chooses. Raises KeyError for a name nobody declared."""
    kept = _setting(name)
    return house.DEFAULTS[name] if not kept or kept[0] is None else kept[0]


@prepared
def _first_brand() -> QuerySet[Brand, Brand]:
    return Brand.objects.order_by("id")[:1]


@prepared
def _setting(name: str, /) -> QuerySet[Setting, house.Value]:
    return Setting.objects.filter(name=name).values_list("value", flat=True)
