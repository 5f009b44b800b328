"""May this address be written to at all?"""

from collections.abc import Callable, Collection

from django.db import connection
from django.db.models import QuerySet

from rondpoint.consent.models import HashKey, Suppression
from rondpoint.customers.rules import postal
from rondpoint.lib import ids, signing
from rondpoint.lib.db import write
from rondpoint.lib.prepared import prepared

_known_key = ""


def address_hash(kind: str, address: str) -> str:
    """The HMAC under which an address is suppressed; its key never changes while the installation lives."""
    return _hash(_key(), kind, address)


def _hash(key: str, kind: str, address: str) -> str:
    return signing.digest(key, "suppression", f"{kind}:{comparable(kind, address)}")


def comparable(kind: str, address: str) -> str:
    """An address as it is suppressed: letters are refused however the place is spelled."""
    return postal.same(address) if kind == "post" else address


def _key() -> str:
    global _known_key
    if _known_key:
        return _known_key
    value = HashKey.objects.order_by("id").values_list("value", flat=True).first()
    if value is None:
        with write():
            HashKey.objects.get_or_create(id=1, defaults={"value": ids.secret_token(32)})
        value = HashKey.objects.order_by("id").values_list("value", flat=True)[0]
    if not connection.in_atomic_block:  # a transaction that rolls back takes a new key with it
        _known_key = value
    return value


def make_key() -> None:
    """The key is there from the first day on, and so in the first backup: without it what a backup holds could not be
    compared with what was suppressed or erased since."""
    _key()


def forget_key() -> None:
    """The database is another one now, with a key of its own."""
    global _known_key
    _known_key = ""


def hasher() -> Callable[[str], bytes]:
    """:func:`address_hash` for very many addresses, as bytes, each given as ``kind:address`` with the
    :func:`comparable` address."""
    return signing.digester(_key(), "suppression")


# Suppressions in force, by (kind, address).
Suppressions = dict[tuple[str, str], list[Suppression]]


def suppressions(addresses: Collection[tuple[str, str]]) -> Suppressions:
    """Suppressions in force, by (kind, address): one query for a whole batch."""
    key = _key()
    by_hash = {_hash(key, kind, address): (kind, address) for kind, address in addresses}
    found: Suppressions = {}
    for row in _in_force(by_hash):
        found.setdefault(by_hash[row.address_hash], []).append(row)
    return found


def looked_up(addresses: Collection[tuple[str, str]]) -> Suppressions:
    """:func:`suppressions`, with an empty list for each address that may be written to."""
    return {address: [] for address in addresses} | suppressions(addresses)


@prepared
def _in_force(hashes: Collection[str], /) -> QuerySet[Suppression, Suppression]:
    return Suppression.objects.filter(address_hash__in=hashes, released=None)


def suppressed(address_kind: str, address: str, channel: str, scope: str = "all") -> str:
    """The reason this address gets nothing on this channel, or an empty string.

    ``scope``: ``all`` asks about any message, ``marketing`` also counts suppressions for promotions only.
    """
    for row in suppressions([(address_kind, address)]).get((address_kind, address), ()):
        if row.channel in ("", channel) and (row.scope == "all" or scope == "marketing"):
            return row.reason
    return ""
