"""May this address be written to at all?"""

from django.conf import settings

from rondpoint.consent.models import Suppression
from rondpoint.lib import signing


def address_hash(kind: str, address: str) -> str:
    """The HMAC under which an address is suppressed; its key never changes while the installation lives."""
    return signing.digest(settings.SECRET_KEY, "suppression", f"{kind}:{address}")


def suppressions(addresses: list[tuple[str, str]]) -> dict[tuple[str, str], list[Suppression]]:
    """Suppressions in force, by (kind, address): one query for a whole batch."""
    by_hash = {address_hash(kind, address): (kind, address) for kind, address in addresses}
    found: dict[tuple[str, str], list[Suppression]] = {}
    for row in Suppression.objects.filter(address_hash__in=list(by_hash), released=None):
        found.setdefault(by_hash[row.address_hash], []).append(row)
    return found


def suppressed(address_kind: str, address: str, channel: str, scope: str = "all") -> str:
    """The reason this address gets nothing on this channel, or an empty string.

    ``scope``: ``all`` asks about any message, ``marketing`` also counts suppressions for promotions only.
    """
    for row in suppressions([(address_kind, address)]).get((address_kind, address), ()):
        if row.channel in ("", channel) and (row.scope == "all" or scope == "marketing"):
            return row.reason
    return ""
