"""Imports, worked off at once."""

import pytest
from django.test import Client

from rondpoint.accounts import actions as accounts
from rondpoint.accounts.models import User
from rondpoint.accounts.types import Role
from rondpoint.files import actions as store
from rondpoint.hub.imports import actions, working
from rondpoint.lib.db import write


@pytest.fixture
def bring(brand):
    """``bring(content, kind="customers", …)``: an import that ran to its end."""

    def run(content, kind="customers", then="run", name="list.csv", **more):
        raw = content if isinstance(content, bytes) else content.encode()
        sha256, size = store.save_stream((raw,))
        row = actions.begin(kind, name, sha256, size, "ada@example.com", then=then, **more)
        working.whole(row, "test")
        row.refresh_from_db()
        return row

    return run


@pytest.fixture
def desk(brand):
    with write():
        admin = User.objects.create(email="ada@example.com", name="Ada", role=Role.ADMINISTRATOR, language="en")
        client = Client()
        client.force_login(admin)
    return client


@pytest.fixture
def api(brand):
    _, text = accounts.create_api_key("test")
    return Client(headers={"Authorization": f"Bearer {text}"})
