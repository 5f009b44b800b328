"""Companies and those who tell of them."""

import pytest

from rondpoint.customers import hearsay, naming, speaking
from rondpoint.customers.actions import companies as actions
from rondpoint.customers.actions import hear
from rondpoint.customers.companies.models import Company
from rondpoint.customers.queries import companies as queries
from rondpoint.customers.types import Evidence, IdentifierIn, Said
from rondpoint.lib.db import write


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    """No test sees what this process remembered before it."""
    monkeypatch.setattr(naming, "_seen", set())
    monkeypatch.setattr(hearsay, "_followers", [actions.follow_words])
    monkeypatch.setattr(speaking, "FRESH", -1.0)


def somebody(key, source="track:1", evidence=Evidence.PROVIDER, email=""):
    """A profile that a source knows."""
    kind = "email" if email else "anonymous" if key.startswith("anon:") else "account"
    held = (IdentifierIn(kind, email or key, evidence),)
    with write():
        return hear([Said(source, key, 1, {}, held)])[source, key]


def told(key, at=10, source="track:1", evidence=Evidence.PROVIDER, profile=None, scope="brand:1", **traits) -> int:
    """A source tells of a company; its number."""
    said = actions.Told(source, key, at, evidence, traits, scope, profile.id if profile else 0)
    with write():
        return actions.hear([said], at)[source, key].owner


def company(number) -> Company:
    return Company.objects.get(id=number)


def members(number) -> list[int]:
    return [customer.id for customer, _ in queries.members(number)]


def known(number) -> dict:
    return {name: value.value for name, value in queries.known([number])[number].traits.items()}
