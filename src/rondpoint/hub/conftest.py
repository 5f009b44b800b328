"""Imports, worked off at once; people of whom much is known; other systems' databases."""

import shutil
import tempfile
from pathlib import Path

import msgspec
import pytest
from django.test import Client
from tests.peers.mariadb import MariaDB
from tests.peers.postgres import Postgres

from rondpoint.accounts import actions as accounts
from rondpoint.accounts.models import User
from rondpoint.accounts.types import Role
from rondpoint.customers import actions as customers
from rondpoint.customers.types import Evidence, IdentifierIn, Said
from rondpoint.events import actions as events
from rondpoint.events.types import Fact
from rondpoint.files import actions as store
from rondpoint.hub.imports import actions, working
from rondpoint.lib import clock
from rondpoint.lib.db import write

AT = 1_770_000_000_000_000


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


@pytest.fixture
def people(brand):
    """Awa, of whom two sources speak and much is known; Luc, who has no address but a number; a visitor."""
    with write():
        found = customers.hear(
            [
                Said(
                    "track:1", "user:u1", AT,
                    {"first_name": "Awa", "last_name": "Diallo", "points": 12.5, "vip": True, "zip": "01000",
                     "tags": ["a", "b"], "note": "=1+1", "city": "Lyon", "odd": {"x": [1]},
                     "signed_up_at": "once"},
                    (
                        IdentifierIn("account", "u1", Evidence.PROVIDER),
                        IdentifierIn("account", "C1", Evidence.PROVIDER, "crm"),
                        IdentifierIn("email", "awa@example.com", Evidence.PROVIDER),
                        IdentifierIn("email", "awa@example.org", Evidence.PROVIDER),
                        IdentifierIn("phone", "+33199001234", Evidence.PROVIDER),
                    ),
                ),
                Said("import:crm", "id:C2", AT, {"name": "Luc"},
                     (IdentifierIn("account", "C2", Evidence.PROVIDER, "crm"),)),
                Said("track:1", "anon:a", AT, {}, (IdentifierIn("anonymous", "a", Evidence.CLAIMED),)),
            ]
        )  # fmt: skip
        awa = found["track:1", "user:u1"]
        facts = [
            Fact(awa.id, "order.completed", AT, "shop", "o1", "shop", properties={"number": "MH-1", "total": 20}),
            Fact(awa.id, "Page Viewed", AT + clock.DAY, "track:1", "p1", "web", properties={"path": "/a"}),
        ]
        events.record(facts)
    return awa.owner


@pytest.fixture
def inside(settings):
    """The house may reach what lies inside, and files of this machine."""
    settings.ENVIRONMENT = msgspec.structs.replace(settings.ENVIRONMENT, allow_private=True)


@pytest.fixture(scope="module")
def postgres():
    """A server of another system."""
    folder = Path(tempfile.mkdtemp(prefix="rondpoint-other-"))  # a path short enough for its socket
    server = Postgres(folder).start()
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def mariadb():
    """One of another make."""
    folder = Path(tempfile.mkdtemp(prefix="rondpoint-other-"))
    server = MariaDB(folder)
    try:
        yield server.start()
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
