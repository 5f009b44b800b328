"""The screens of connections."""

import pytest
from django.test import Client

from rondpoint.accounts.actions import create_user
from rondpoint.accounts.models import AuditEntry
from rondpoint.accounts.types import Role
from rondpoint.channels import actions
from rondpoint.channels.models import Connection, Delivery
from rondpoint.lib.db import write

pytestmark = [pytest.mark.django_db, pytest.mark.data]


@pytest.fixture
def desk(brand):
    user = create_user("ada@example.com", "Ada", "roundabout-of-the-north-9", Role.ADMINISTRATOR)
    client = Client()
    with write():
        client.force_login(user)
    return client


@pytest.fixture
def chat(brand):
    return actions.add_connection("chat", "Site", {"origins": "https://www.example.com"})


def test_a_connection_nobody_used_is_removed(desk, chat):
    assert desk.post(f"/connections/{chat.public_id}/removal")["Location"] == "/connections"
    assert not Connection.objects.exists()
    assert AuditEntry.objects.get(action="connection.removed").target == "chat Site"


def test_a_connection_that_was_used_stays_and_says_why(desk, chat):
    with write():
        Delivery.objects.create(connection=chat, external_id="1", body=b"", received=1)
    answer = desk.post(f"/connections/{chat.public_id}/removal")
    assert answer.status_code == 422
    assert "callout bad" in answer.content.decode()
    assert Connection.objects.exists()
