"""Somebody of whom every room holds something, with a word in it by which it is found again."""

import pytest

from rondpoint.hub.rights.tests.canary import Canary


@pytest.fixture
def canary(brand, monkeypatch):
    """:class:`Canary` in a house whose rooms are joined; erasures are worked off without waiting."""
    from rondpoint.config.house import join_rooms
    from rondpoint.hub.rights import working

    join_rooms()
    monkeypatch.setattr(working, "SETTLED", 0)
    return Canary(brand)
