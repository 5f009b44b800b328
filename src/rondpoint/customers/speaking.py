"""What the profiles of customers say, of those whose word counts (``rules.standing``), and which word holds."""

import time
from collections.abc import Collection, Iterable

from django.db.models import QuerySet

from rondpoint.customers.models import Identifier, Link, Profile, Rule
from rondpoint.customers.rules import golden, standing
from rondpoint.customers.types import STAFF, Evidence, LinkKind, TraitRule
from rondpoint.lib import bulk
from rondpoint.lib.prepared import prepared

FRESH = 1.0  # seconds that what a process saw of the rules holds
_rules: tuple[float, dict[str, TraitRule]] = (-FRESH, {})


def words(customer_ids: Collection[int]) -> dict[int, list[golden.Word]]:
    """By customer what each of her profiles says, oldest first, without those that are only counted with her."""
    profiles = bulk.fetch(Profile, customer_id=set(customer_ids))
    quiet = silent(customer_ids)
    proof = trusted([row.id for row in profiles]) if TraitRule.TRUSTED in rules().values() else {}
    found: dict[int, list[golden.Word]] = {number: [] for number in customer_ids}
    for row in sorted(profiles, key=lambda each: each.id):
        if row.id not in quiet:
            found[row.owner].append(golden.Word(row.source, row.traits, proof.get(row.id, 0)))
    return found


def silent(customer_ids: Collection[int]) -> set[int]:
    """The profiles of these customers that are only counted with them: their traits and addresses do not count."""
    attributed = set(_attributed(customer_ids))
    if not attributed:
        return set()
    found: dict[int, list[standing.Edge]] = {number: [] for number in attributed}
    for owner, left, right, kind in _edges(attributed):
        found[owner].append((left, right, kind))
    members: dict[int, set[int]] = {number: set() for number in attributed}
    for number, owner in bulk.columns(Profile, "id", "customer_id", customer_id=attributed):
        members[owner].add(number)
    proof = trusted({number for profiles in members.values() for number in profiles})
    quiet: set[int] = set()
    for owner, profiles in members.items():
        quiet |= profiles - standing.speaking(profiles, proof, found[owner])
    return quiet


@prepared
def _attributed(customer_ids: Collection[int], /) -> "QuerySet[Link, int]":
    open_ = Link.objects.filter(left__customer_id__in=customer_ids, opened__isnull=False, closed=None)
    return open_.filter(kind=LinkKind.ATTRIBUTED).values_list("left__customer_id", flat=True)


@prepared
def _edges(customer_ids: Collection[int], /) -> "QuerySet[Link, tuple[int, int, int, str]]":
    open_ = Link.objects.filter(left__customer_id__in=customer_ids, opened__isnull=False, closed=None)
    return open_.values_list("left__customer_id", "left_id", "right_id", "kind")


def trusted(profile_ids: Collection[int]) -> dict[int, int]:
    """The best evidence by which each of these profiles is known, 0 for a mere claim; staff have the most."""
    return trust(bulk.fetch(Profile, id=profile_ids), bulk.fetch(Identifier, profile_id=profile_ids))


def trust(profiles: Iterable[Profile], held: Iterable[Identifier]) -> dict[int, int]:
    """:func:`trusted`, where the profiles and all that they hold are read already."""
    known = {row.id: Evidence.VERIFIED + 1 if row.source == STAFF else 0 for row in profiles}
    for row in held:
        proof = row.evidence if row.evidence >= Evidence.PROVIDER else int(row.natural)
        known[row.profile_id] = max(known[row.profile_id], proof)
    return known


def rules() -> dict[str, TraitRule]:
    """By trait, how its value is chosen, as this process saw it a second ago."""
    global _rules
    if _rules[0] < time.monotonic() - FRESH:
        known = {row.trait: TraitRule(row.rule) for row in Rule.objects.all()}
        _rules = (time.monotonic(), known)
    return _rules[1]
