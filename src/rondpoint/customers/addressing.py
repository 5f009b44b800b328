"""Where many customers can be written to, and where they live: read for thousands at once."""

import json
import re
from collections.abc import Collection, Sequence
from typing import Any

from msgspec import Struct

from rondpoint.customers import speaking
from rondpoint.customers.models import Identifier, Profile
from rondpoint.customers.rules import golden
from rondpoint.lib import bulk
from rondpoint.lib.spans import near

TOLD = ("country", "region", "province", "state", "business")
_TOLD = re.compile("|".join(f'"{name}"' for name in TOLD))
Held = tuple[str, int]
"""An address, and the profile that holds it."""


class Addressees(Struct):
    """Many customers. ``owners``: by profile the customer; ``held``: by kind and customer the address that is written
    to; ``told``: by customer the traits of ``TOLD``, which say by which law she is written to, of those of whom one is
    known."""

    owners: dict[int, int]
    held: dict[str, dict[int, Held]]
    told: dict[int, dict[str, object]]


def addressees(customer_ids: Sequence[int], kinds: Collection[str]) -> Addressees:
    """These customers, whose numbers ascend: in two statements, and more where some have several profiles or several
    addresses of a kind."""
    wanted, first, several = set(customer_ids), set(), set()
    found = Addressees({}, {kind: {} for kind in kinds}, {})
    for profile, customer, text in bulk.columns(Profile, "id", "customer_id", "traits", customer_id=near(customer_ids)):
        if customer in wanted:
            found.owners[profile] = customer
            if customer in first:
                several.add(customer)
            first.add(customer)
            if _TOLD.search(text):
                found.told[customer] = _told(text)
    quiet: set[int] = set()
    if several:
        for number, words in speaking.words(several).items():
            traits = golden.traits(words, speaking.rules())
            found.told[number] = {name: traits[name].value for name in TOLD if name in traits}
        quiet = speaking.silent(several)
    _hold(found, quiet)
    return found


def best_addresses(customer_id: int, kinds: Collection[str]) -> dict[str, Held]:
    """By kind the address at which one customer is written to, and the profile that holds it."""
    held = addressees([customer_id], kinds).held
    return {kind: at[customer_id] for kind, at in held.items() if at}


def _hold(found: Addressees, quiet: Collection[int]) -> None:
    """Of each kind the one address that there is, or the best of several."""
    owners, held, rivals = found.owners, found.held, set()
    for profile, kind, value in bulk.columns(
        Identifier, "profile_id", "kind", "value", profile_id=near(sorted(owners))
    ):
        at, owner = held.get(kind), owners.get(profile)
        if at is None or owner is None:
            continue
        if owner in at or profile in quiet:
            rivals.add(owner)
        at[owner] = (value, profile)
    if rivals:
        _choose(found, rivals, quiet)


def _choose(found: Addressees, rivals: Collection[int], quiet: Collection[int]) -> None:
    """For whom there are several: the address with the best evidence, then one from which she wrote herself, then the
    newest. What profiles hold that are only counted with her does not count."""
    owners = {profile: owner for profile, owner in found.owners.items() if owner in rivals}
    for at in found.held.values():
        for owner in rivals:
            at.pop(owner, None)
    rows = bulk.fetch(Identifier, profile_id=owners.keys() - quiet, kind=found.held)
    for row in sorted(rows, key=lambda row: (row.evidence, row.natural, row.created, -row.id)):
        found.held[row.kind][owners[row.profile_id]] = (row.value, row.profile_id)


def _told(text: str) -> dict[str, object]:
    """Out of the traits of somebody who has one profile."""
    traits: dict[str, Any] = json.loads(text)
    return {name: value for name in TOLD if name in traits and (value := traits[name]["value"]) not in golden.EMPTY}
