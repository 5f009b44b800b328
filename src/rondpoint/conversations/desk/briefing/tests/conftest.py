"""A house, a conversation in it, and colleagues signed in."""

import pytest
from django.test import Client

from rondpoint.accounts.actions import create_user
from rondpoint.accounts.types import Role
from rondpoint.conversations.tests.conftest import house
from rondpoint.lib.db import write

__all__ = ["house"]


@pytest.fixture
def staff(brand):
    def make(name, role=Role.AGENT):
        user = create_user(f"{name.lower()}@example.com", name, "roundabout-of-the-north-9", role)
        client = Client()
        with write():
            client.force_login(user)
        client.user = user
        return client

    return make


@pytest.fixture
def conversation(house):
    house.text("+33199001234", "Bonjour, ma commande n° 10412 est en retard.")
    return house.text("+33199001234", "Pouvez-vous me dire où elle est ?").conversation
