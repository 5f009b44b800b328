"""Somebody at the desk, and conversations for her."""

import pytest

from rondpoint.accounts import actions as accounts
from rondpoint.accounts.models import Team
from rondpoint.accounts.types import Role
from rondpoint.conversations.tests.conftest import house  # noqa: F401
from rondpoint.lib.db import write

PASSWORD = "roundabout-of-the-north-9"


@pytest.fixture
def staff(brand):
    """Makes a member of staff: ``staff("Inès", teams=…)``."""

    def make(name="Inès", role=Role.AGENT, teams=()):
        user = accounts.create_user(f"{name.lower()}@example.com".replace("è", "e"), name, PASSWORD, role)
        with write():
            user.teams.set(teams)
        return user

    return make


@pytest.fixture
def team(db):
    """Makes a team."""

    def make(name):
        with write():
            return Team.objects.create(name=name)

    return make


@pytest.fixture
def desk(client):
    """The desk as somebody sees it: ``desk(user)`` gives a client that is signed in."""

    def sit_down(user):
        with write():
            client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return sit_down
