"""Reading customers: who holds an address, what is known, and what a device may see."""

import uuid
from collections.abc import Collection, Iterable
from typing import Any

from django.db.models import F, Q, QuerySet
from msgspec import Struct

from rondpoint.customers import finding, records, speaking
from rondpoint.customers.addressing import Addressees, addressees, best_addresses
from rondpoint.customers.companies import queries as companies
from rondpoint.customers.explaining import Explained, evidence, explained, explanations
from rondpoint.customers.explaining import names as source_names
from rondpoint.customers.forgetting import forgotten
from rondpoint.customers.heard import Heard, heard
from rondpoint.customers.models import CannotLink, Customer, Identifier, Link, Profile
from rondpoint.customers.records import Golden, Record, Suggestion, golden, kept_apart, links, record, suggestions
from rondpoint.customers.rules import golden as rules
from rondpoint.customers.rules import graph, identity
from rondpoint.customers.rules.golden import Value
from rondpoint.customers.types import BY_HAND, Evidence, LinkKind
from rondpoint.lib import addresses, bulk
from rondpoint.lib.prepared import prepared

__all__ = [
    "Addressees",
    "Explained",
    "Golden",
    "Record",
    "Suggestion",
    "Value",
    "addressees",
    "best_addresses",
    "companies",
    "evidence",
    "explained",
    "explanations",
    "forgotten",
    "golden",
    "Heard",
    "heard",
    "kept_apart",
    "links",
    "record",
    "source_names",
    "suggestions",
]

REVIEWED_AT_ONCE = 200  # suggestions that are read together


# An address as one compares it: kind, normalised value, scope.
Held = tuple[str, str, str]


def holders(kind: str, value: str, scope: str = "") -> list[Identifier]:
    """Who holds an address: profiles for whom a provider or better vouches, or who are whoever writes from it."""
    return holders_of({(kind, value, scope)}).get((kind, value, scope), [])


def holders_of(wanted: Collection[Held]) -> dict[Held, list[Identifier]]:
    """Who holds each of many addresses, the oldest profile first; an address nobody holds is left out."""
    values: dict[str, set[str]] = {}
    for kind, value, _ in wanted:
        values.setdefault(kind, set()).add(value)
    # One kind after the other: together each value would be looked up under every kind.
    alike = [row for kind, some in values.items() for row in bulk.fetch(Identifier, kind={kind}, value=some)]
    holding = [row for row in alike if row.evidence >= Evidence.PROVIDER or row.natural]
    profiles = {row.id: row for row in bulk.fetch(Profile, id={row.profile_id for row in holding})}
    found: dict[Held, list[Identifier]] = {}
    for row in sorted(holding, key=lambda row: row.profile_id):
        row.profile = profiles[row.profile_id]
        found.setdefault((row.kind, row.value, row.scope), []).append(row)
    return {held: found[held] for held in wanted if held in found}


def resolve(public_id: str | uuid.UUID) -> Customer | None:
    """The living customer behind a public id, also behind one that was merged away."""
    try:
        wanted = uuid.UUID(str(public_id))
    except ValueError:
        return None
    for customer in _public(wanted):
        return customer.merged_into or customer
    return None


@prepared
def _public(public_id: uuid.UUID, /) -> "QuerySet[Customer, Customer]":
    return Customer.objects.filter(public_id=public_id).select_related("merged_into")


def founder(public_id: str) -> Customer | None:
    """The customer of a public id as it was made, also one that was merged away: its number is that of its profile."""
    try:
        return Customer.objects.filter(public_id=uuid.UUID(public_id)).first()
    except ValueError:
        return None


def of_profile(profile_id: int) -> Customer:
    """The customer a profile belongs to now."""
    return Customer.objects.get(profiles__id=profile_id)


def find(
    identifier: str | None = None, q: str | None = None, limit: int = 50, after: tuple[int, int] | None = None
) -> list[Customer]:
    """Customers by ``kind:value``, or as typed (``customers.finding``); most recently seen first.

    ``after``: (last_seen, id) of the last one of the page before.
    """
    found = Customer.objects.filter(merged_into=None)
    if identifier:
        kind, _, value = identifier.partition(":")
        try:
            value = addresses.normalise(kind, value)
        except addresses.BadAddress:
            return []
        found = found.filter(profiles__identifiers__kind=kind, profiles__identifiers__value=value).distinct()
    if q and q.strip():
        found = found.filter(id__in=finding.customer_ids(q))
    if after is not None:
        seen, row = after
        found = found.filter(Q(last_seen__lt=seen) | Q(last_seen=seen, id__lt=row))
    return list(found.order_by("-last_seen", "-id")[:limit])


def typed(text: str, limit: int = 20) -> list[Customer]:
    """Customers for what somebody typed, the best first."""
    return finding.find(text, limit)


def profile_ids(customer_id: int) -> list[int]:
    """All profiles of a customer, oldest first."""
    return _profile_ids(customer_id)


@prepared
def _profile_ids(customer_id: int, /) -> "QuerySet[Profile, int]":
    return Profile.objects.filter(customer_id=customer_id).order_by("id").values_list("id", flat=True)


def identifiers(customer_id: int) -> list[Identifier]:
    """A customer's identifiers, the best evidence for each, best first."""
    return held_by([customer_id]).get(customer_id, [])


def held_by(customer_ids: Collection[int]) -> dict[int, list[Identifier]]:
    """The identifiers of many customers, of each the best evidence for an address, best first."""
    quiet = speaking.silent(customer_ids)
    held: dict[int, list[Identifier]] = {}
    for row in _held_by(customer_ids):
        if row.profile_id not in quiet:
            held.setdefault(row.customer_id, []).append(row)
    return {number: records.best(rows) for number, rows in held.items()}


@prepared
def _held_by(customer_ids: Collection[int], /) -> "QuerySet[Any, Any]":
    rows = Identifier.objects.filter(profile__customer_id__in=customer_ids)
    return rows.annotate(customer_id=F("profile__customer_id"))


def known_traits(customer_ids: Collection[int]) -> dict[int, dict[str, Value]]:
    """The traits of many golden records."""
    chosen = speaking.rules()
    return {number: rules.traits(said, chosen) for number, said in speaking.words(customer_ids).items()}


class Review(Struct, frozen=True):
    """Two customers of whom somebody has to say whether they are one person. ``too_many``: what together they would
    have more of than one person has, by kind of identifier; then even good evidence did not join them."""

    link: Link
    left: Customer
    right: Customer
    too_many: dict[str, int]


def reviews(limit: int, after: tuple[int, int] | None = None) -> list[Review]:
    """What waits for somebody's answer, the newest first; each pair of customers once. ``after``: (suggested, id) of
    the last one seen."""
    found: dict[tuple[int, int], Review] = {}
    while len(found) < limit:
        rows = _waiting(after)[:REVIEWED_AT_ONCE]
        portion = list(rows)
        for link in portion:
            left, right = link.left.customer, link.right.customer
            pair = (min(link.left.owner, link.right.owner), max(link.left.owner, link.right.owner))
            if left is None or right is None or left.id == right.id or pair in found or _apart(pair):
                continue
            found[pair] = Review(link, left, right, _too_many(pair))
            if len(found) == limit:
                break
        if len(portion) < REVIEWED_AT_ONCE:
            break
        after = (portion[-1].suggested or 0, portion[-1].id)
    return list(found.values())


def review(public_id: str) -> Review | None:
    """One that waits, by the public id of its link."""
    try:
        link = _waiting(None).filter(public_id=uuid.UUID(public_id)).first()
    except ValueError:
        return None
    if link is None or link.left.customer is None or link.right.customer is None:
        return None
    pair = (link.left.owner, link.right.owner)
    if pair[0] == pair[1] or _apart(pair):
        return None
    return Review(link, link.left.customer, link.right.customer, _too_many(pair))


def _waiting(after: tuple[int, int] | None) -> "QuerySet[Link]":
    rows = Link.objects.filter(suggested__isnull=False, opened=None, closed=None)
    if after is not None:
        rows = rows.filter(Q(suggested__lt=after[0]) | Q(suggested=after[0], id__lt=after[1]))
    return rows.select_related("left__customer", "right__customer").order_by("-suggested", "-id")


def _apart(pair: tuple[int, int]) -> bool:
    return bool(_said_apart(*pair))


def _too_many(pair: tuple[int, int]) -> dict[str, int]:
    return identity.too_many(_held_together(pair))


@prepared
def _said_apart(one: int, two: int, /) -> "QuerySet[CannotLink, int]":
    said = Q(left__customer_id=one, right__customer_id=two) | Q(left__customer_id=two, right__customer_id=one)
    return CannotLink.objects.filter(said, closed=None).values_list("id", flat=True)[:1]


@prepared
def _held_together(customer_ids: Collection[int], /) -> "QuerySet[Identifier, tuple[str, str, str]]":
    return Identifier.objects.filter(profile__customer_id__in=customer_ids).values_list("kind", "scope", "value")


def holding(kind: str, value: str) -> list[Customer]:
    """Customers of whom any source says that they hold an address, also by a mere claim; who was last seen first."""
    rows = Customer.objects.filter(profiles__identifiers__kind=kind, profiles__identifiers__value=value)
    return list(rows.distinct().order_by("-last_seen", "-id")[:10])


def past_links(customer_id: int) -> list[Link]:
    """Links of this customer's profiles that were open once and are closed, the last closed first. The two ends may be
    one customer again, by another link."""
    rows = Link.objects.filter(Q(left__customer_id=customer_id) | Q(right__customer_id=customer_id))
    rows = rows.filter(opened__isnull=False, closed__isnull=False).exclude(rule=BY_HAND)
    return list(rows.select_related("left__customer", "right__customer").order_by("-closed", "-id")[:50])


def rights(profile_id: int) -> list[int]:
    """The profiles whose history a device with this profile may read: those joined by deterministic links alone.

    A person's word (manual), a guess or a followed link shows facts together on the desk but opens no life to a device.
    """
    customer_id = Profile.objects.values_list("customer_id", flat=True).get(id=profile_id)
    edges = Link.objects.filter(
        left__customer_id=customer_id, kind=LinkKind.DETERMINISTIC, opened__isnull=False, closed=None
    ).values_list("left_id", "right_id")
    return sorted(graph.component(profile_id, edges))


def customers_of(profile_ids: set[int]) -> dict[int, int]:
    """The customer of each profile."""
    return dict(bulk.columns(Profile, "id", "customer_id", id=profile_ids))


def profile(profile_id: int) -> Profile:
    """One profile."""
    return Profile.objects.get(id=profile_id)


def profiles(profile_ids: Collection[int]) -> dict[int, Profile]:
    """Profiles by their ids."""
    return {row.id: row for row in bulk.fetch(Profile, id=profile_ids)}


def profile_of(source: str, key: str) -> Profile | None:
    """The profile that a source knows under a key."""
    return Profile.objects.filter(source=source, key=key).first()


def holdings(profile_ids: list[int], kind: str) -> list[Identifier]:
    """Identifiers of a kind that these profiles hold: best evidence first, then the newest."""
    return _best_first(Identifier.objects.filter(profile_id__in=profile_ids, kind=kind))


def by_kind(held: Iterable[Identifier]) -> dict[str, list[Identifier]]:
    """:func:`holdings` of every kind there is, of all that is ``held``."""
    found: dict[str, list[Identifier]] = {}
    for row in _best_first(held):
        found.setdefault(row.kind, []).append(row)
    return found


def _best_first(rows: Iterable[Identifier]) -> list[Identifier]:
    return sorted(rows, key=lambda row: (-row.evidence, not row.natural, -row.created))


def by_ids(customer_ids: set[int]) -> dict[int, Customer]:
    """Customers by their ids."""
    return {customer.id: customer for customer in bulk.fetch(Customer, id=customer_ids)}


def of_profiles(profile_ids: Collection[int]) -> list[Identifier]:
    """What these profiles hold, best evidence first."""
    return list(Identifier.objects.filter(profile_id__in=profile_ids).order_by("-evidence", "created", "id"))


def sides(link: Link) -> list[list[Identifier]]:
    """What each side would hold if the link were undone, the side of its left end first."""
    customer_id = Profile.objects.values_list("customer_id", flat=True).get(id=link.left_id)
    open_ = Link.objects.filter(left__customer_id=customer_id, opened__isnull=False, closed=None)
    edges = list(open_.order_by("opened", "id").values_list("id", "left_id", "right_id"))
    left, right, _ = graph.cut(profile_ids(customer_id), edges, link.id)
    rows = Identifier.objects.select_related("profile").order_by("kind", "value")
    return [list(rows.filter(profile_id__in=side)) for side in (left, right)]
