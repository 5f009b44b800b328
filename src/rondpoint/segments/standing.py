"""Customers as they stand now, in tables that statements can read: traits of the golden record, and reachability."""

import time
from collections.abc import Collection, Iterable

from rondpoint.channels import registry
from rondpoint.consent import queries as consent
from rondpoint.customers import queries as customers
from rondpoint.customers.actions import note_traits
from rondpoint.customers.models import Customer, Identifier
from rondpoint.customers.rules.golden import comparable
from rondpoint.customers.types import Evidence
from rondpoint.events import following
from rondpoint.events.types import Position
from rondpoint.lib import bulk
from rondpoint.lib.db import write
from rondpoint.segments.models import ComputedTrait, KnownTrait, Reach, Touched

FILLED = "segments: standing"  # how far the customers who were there before are looked at
PORTION = 200
DONE = 1  # in the place of a transaction, which nothing else needs there

# A value as statements see it: its text, or its number.
Seen = tuple[str | None, float | None]


def touch(profile_ids: Iterable[int]) -> None:
    """Customers of these profiles are to be looked at again, inside the ``write()`` that changed them."""
    bulk.add(Touched, ("profile_id",), [(number,) for number in sorted(set(profile_ids))])


def touch_moves(moves: dict[int, int], now: int) -> None:
    """Profiles changed hands: their customers of before are looked at too."""
    touch({*moves, *moves.values()})


def touch_consent(profile_ids: set[int], addresses: set[tuple[str, str]]) -> None:
    """More or less may be written to these people, or to these addresses, whoever holds them."""
    alike = bulk.fetch(Identifier, value={value for _, value in addresses})
    touch(profile_ids | {row.profile_id for row in alike if (row.kind, row.value) in addresses})


def refresh(customer_ids: Collection[int]) -> None:
    """Brings the tables in step for these customers, living or merged away. They are read outside any transaction: who
    changes meanwhile is touched again."""
    wanted = set(customer_ids)
    living = [row.id for row in bulk.fetch(Customer, id=wanted) if row.merged_into_id is None]
    traits, reach = _traits(living), _reach(living)
    with write():
        note_traits({name for _, name in traits})  # of rows that were written past the actions too
        _renew_traits(wanted, traits)
        _renew_reach(wanted, reach)


def fill() -> int:
    """Takes in the customers who were there before anybody asked, a portion at a time; how many it took. Every second
    moment is left to others. At the end it is done for ever: who comes later is touched."""
    place, began = following.place(FILLED), time.monotonic()
    if place.transaction == DONE:
        return 0
    ids = list(Customer.objects.filter(id__gt=place.row).order_by("id").values_list("id", flat=True)[:PORTION])
    refresh(ids)
    with write():
        following.move(FILLED, Position(0, ids[-1]) if ids else Position(DONE, place.row))
    if ids:
        time.sleep(time.monotonic() - began)
    return len(ids)


def begin_anew() -> None:
    """Forgets what was known of customers, inside the ``write()`` that replaced them all; :func:`fill` begins again."""
    for model in (KnownTrait, Reach, Touched):
        model.objects.all()._raw_delete(model.objects.db)
    following.move(FILLED, Position())


def worked_out() -> set[str]:
    """The names of the computed traits: what sources say under them does not count."""
    told = ComputedTrait.objects.filter(archived=None).values_list("names", flat=True)
    return {name for names in told for name in names}


def _traits(living: list[int]) -> dict[tuple[int, str], Seen]:
    computed = worked_out()
    return {
        (number, name[:100]): comparable(held.value)
        for number, known in customers.known_traits(living).items()
        for name, held in known.items()
        if name not in computed
    }


def _reach(living: list[int]) -> set[tuple[int, str]]:
    held = {
        number: [(row.kind, row.value) for row in rows if row.evidence >= Evidence.PROVIDER or row.natural]
        for number, rows in customers.held_by(living).items()
    }
    against = consent.suppressions(sorted({address for addresses in held.values() for address in addresses}))
    writes_to = {kind: registry.get(kind).manifest.address_kind for kind in registry.kinds()}
    return {
        (number, channel)
        for number, addresses in held.items()
        for channel, kind in writes_to.items()
        for address in addresses
        if address[0] == kind
        and not any(row.channel in ("", channel) and row.scope == "all" for row in against.get(address, ()))
    }


def _renew_traits(customer_ids: set[int], now: dict[tuple[int, str], Seen]) -> None:
    known = bulk.fetch(KnownTrait, customer_id=customer_ids)
    before = {(row.customer_id, row.name): row for row in known if row.computed_id is None}
    gone = [row.id for key, row in before.items() if key not in now]
    if gone:
        KnownTrait.objects.filter(id__in=gone).delete()
    changed = []
    for key, (text, number) in now.items():
        row = before.get(key)
        if row is not None and (row.text, row.number) != (text, number):
            row.text, row.number = text, number
            changed.append(row)
    bulk.update(changed, ["text", "number"])
    new = [(key, seen) for key, seen in now.items() if key not in before]
    bulk.insert([KnownTrait(customer_id=key[0], name=key[1], text=seen[0], number=seen[1]) for key, seen in new])


def _renew_reach(customer_ids: set[int], now: set[tuple[int, str]]) -> None:
    before = {(row.customer_id, row.channel): row.id for row in bulk.fetch(Reach, customer_id=customer_ids)}
    gone = [number for key, number in before.items() if key not in now]
    if gone:
        Reach.objects.filter(id__in=gone).delete()
    bulk.insert([Reach(customer_id=number, channel=channel) for number, channel in sorted(now - set(before))])
