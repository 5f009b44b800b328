"""Where many customers are written to is where each of them is, by what is known of her alone."""

import random

import pytest

from rondpoint.customers import queries as customers
from rondpoint.customers.addressing import TOLD
from rondpoint.customers.models import Customer, Identifier, Link, Profile
from rondpoint.customers.types import Evidence, LinkKind
from rondpoint.lib.db import write

pytestmark = [pytest.mark.django_db, pytest.mark.data]
KINDS = ("email", "phone")


def made(chance: random.Random) -> int:
    """Somebody with one to three profiles, some of them only counted with her."""
    profiles = [Profile.objects.create(source="s", key=str(chance.random()), traits=said(chance))]
    customer = Customer.objects.create(id=profiles[0].id)
    Profile.objects.filter(id=customer.id).update(customer=customer)
    for _ in range(chance.choice([0, 0, 1, 2])):
        more = Profile.objects.create(source="t", key=str(chance.random()), customer=customer, traits=said(chance))
        kind = chance.choice([LinkKind.ATTRIBUTED] * 4 + [LinkKind.MANUAL])
        Link.objects.create(left=profiles[0], right=more, kind=kind, rule="x", opened=1)
        profiles.append(more)
    for profile in profiles:
        for kind in (*KINDS, "account"):
            for number in range(chance.choice([0, 0, 1, 2])):
                Identifier.objects.create(
                    profile=profile, kind=kind, value=f"{kind}{number}-{chance.random()}",
                    evidence=chance.choice([Evidence.CLAIMED, Evidence.PROVIDER, Evidence.SIGNED]),
                    natural=chance.random() < 0.3, created=chance.randint(1, 3),
                )  # fmt: skip
    return customer.id


def said(chance: random.Random) -> dict:
    words = {"country": ["FR", "CA", None, "", 7], "region": ["QC", ""], "name": ["Awa"]}
    return {
        name: {"value": chance.choice(values), "at": chance.randint(1, 3)}
        for name, values in words.items()
        if chance.random() < 0.5
    }


def test_each_is_written_to_where_she_is_alone():
    chance = random.Random(5)
    with write():
        numbers = [made(chance) for _ in range(300)]
    found = customers.addressees(numbers, KINDS)
    traits, quiet = customers.known_traits(numbers), 0
    for number in numbers:
        held = customers.by_kind(customers.held_by([number]).get(number, []))
        for kind in KINDS:
            best = found.held[kind].get(number)
            assert best == ((held[kind][0].value, held[kind][0].profile_id) if kind in held else None)
        assert customers.best_addresses(number, KINDS) == {
            kind: found.held[kind][number] for kind in KINDS if number in found.held[kind]
        }
        known = {name: traits[number][name].value for name in TOLD if name in traits[number]}
        assert found.told.get(number, {}) == known
        quiet += len(customers.profile_ids(number)) > 1 and bool(customers.speaking.silent([number]))
    assert quiet > 20, "some were only counted with somebody"
    assert set(found.owners.values()) == set(numbers)


def test_only_those_who_were_asked_for():
    chance = random.Random(6)
    with write():
        numbers = [made(chance) for _ in range(20)]
    found = customers.addressees(numbers[::2], KINDS)
    assert set(found.owners.values()) == set(numbers[::2])
    assert not customers.addressees([10**12], KINDS).owners and not customers.addressees([], KINDS).owners
