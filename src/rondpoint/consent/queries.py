"""May this address be written to at all? May this person, for this purpose?"""

from collections.abc import Collection

from django.db import connection

from rondpoint.consent import purposes
from rondpoint.consent.links import centre_url, read_centre, read_confirmation
from rondpoint.consent.models import Agreed, ConsentEntry, HashKey, Preference, Suppression
from rondpoint.consent.rules import asking, preferring
from rondpoint.consent.types import NEEDS_NOBODY, Address, Asked, Key, Preferences, Row, Shut, Standing
from rondpoint.customers import queries as customers
from rondpoint.customers.models import Profile
from rondpoint.lib import bulk, ids, signing
from rondpoint.lib.db import write

__all__ = [
    "address_hash",
    "centre_url",
    "ledger",
    "preferences",
    "read_centre",
    "read_confirmation",
    "standing",
    "suppressed",
    "suppressions",
]
_known_key = ""


def address_hash(kind: str, address: str) -> str:
    """The HMAC under which an address is suppressed; its key never changes while the installation lives."""
    return _hash(_key(), kind, address)


def _hash(key: str, kind: str, address: str) -> str:
    return signing.digest(key, "suppression", f"{kind}:{address}")


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


def suppressions(addresses: list[tuple[str, str]]) -> dict[tuple[str, str], list[Suppression]]:
    """Suppressions in force, by (kind, address): one query for a whole batch."""
    key = _key()
    by_hash = {_hash(key, kind, address): (kind, address) for kind, address in addresses}
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


def standing(asked: Collection[Asked], now: int) -> list[Standing]:
    """The answer to each question, in order: six statements for any number. A person nobody knows is a no.

    ``now``: microseconds UTC; what ended before it holds no more.
    """
    known = purposes.terms()
    owners = customers.customers_of({each.profile_id for each in asked if each.profile_id is not None})
    people = [
        each.customer_id if each.customer_id is not None else owners.get(each.profile_id or 0, 0) for each in asked
    ]
    rows: dict[int, dict[Key, Row]] = {}
    for row in bulk.fetch(Agreed, customer_id=set(people) - {0}):
        rows.setdefault(row.customer_id, {})[_key_of(row)] = _row_of(row)
    addresses = {(each.address_kind, each.address) for each in asked if each.address}
    unasked = {
        (each.address_kind, each.address)
        for each in asked
        if each.address and each.purpose in known and known[each.purpose].basis not in NEEDS_NOBODY
    }
    others = _refused_at(unasked)
    shut = suppressions(sorted(addresses)) if addresses else {}
    return [
        Standing(False, "unknown_person")
        if not person
        else asking.answer(
            each,
            known.get(each.purpose),
            rows.get(person, {}),
            others.get((each.address_kind, each.address), {}),
            [Shut(row.channel, row.scope, row.reason) for row in shut.get((each.address_kind, each.address), ())],
            now,
        )
        for each, person in zip(asked, people, strict=True)
    ]


def preferences(customer_ids: Collection[int]) -> dict[int, Preferences]:
    """How these customers want to be written to: of all their profiles the newest word on each thing."""
    owners = dict(Profile.objects.filter(customer_id__in=customer_ids).values_list("id", "customer_id"))
    said: dict[int, list[preferring.Said]] = {}
    for row in bulk.fetch(Preference, profile_id=owners):
        said.setdefault(owners[row.profile_id], []).append(row.said)
    return {number: preferring.merged(said.get(number, ())) for number in customer_ids}


def ledger(profile_ids: Collection[int], limit: int = 100, before: int | None = None) -> list[ConsentEntry]:
    """What these profiles said, the newest first. ``before``: the number of the last one of the page before."""
    rows = ConsentEntry.objects.filter(profile_id__in=profile_ids)
    if before is not None:
        rows = rows.filter(id__lt=before)
    return list(rows.order_by("-id")[:limit])


def _refused_at(addresses: Collection[Address]) -> dict[Address, dict[Key, Row]]:
    """Refusals of whichever customer at these addresses."""
    found: dict[Address, dict[Key, Row]] = {}
    for row in bulk.fetch(Agreed, address={value for _, value in addresses}):
        if not row.allowed and (row.address_kind, row.address) in addresses:
            kept = found.setdefault((row.address_kind, row.address), {})
            key = _key_of(row)
            if key not in kept or kept[key].reason == "pending" or (kept[key].entry_id or 0) < row.entry_id:
                kept[key] = _row_of(row)
    return found


def _key_of(row: Agreed) -> Key:
    return row.purpose, row.channel, row.address_kind, row.address


def _row_of(row: Agreed) -> Row:
    return Row(row.allowed, row.reason, row.until, row.entry_id)
