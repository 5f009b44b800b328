"""A house with channels, as the tests of conversations have it, and staff who search."""

import pytest

from rondpoint.accounts.models import Team, User
from rondpoint.conversations.tests.conftest import House, house  # noqa: F401
from rondpoint.lib.db import write


@pytest.fixture
def staff(db):
    """Makes a member of staff: ``staff("agent")``, in teams of these names."""

    def make(role="supervisor", *teams, email=None):
        with write():
            user = User.objects.create(
                email=email or f"{role}@example.com", name=role.title(), role=role, language="en"
            )
            user.teams.set([Team.objects.get_or_create(name=name)[0] for name in teams])
        return user

    return make
