import itertools

import pytest
from tests.peers.object_store import KEYS, ObjectStore

from rondpoint.lake.places import place
from rondpoint.lake.store import Table


@pytest.fixture(scope="session")
def object_store():
    store = ObjectStore()
    yield store
    store.stop()


@pytest.fixture(params=["disk", "store"])
def open_table(request, tmp_path, settings, monkeypatch):
    """Opens a table, as each process does; all it opens are the same one."""
    settings.RONDPOINT_HOME = tmp_path
    lake = tmp_path / "lake"
    if request.param == "store":
        for name, value in KEYS.items():
            monkeypatch.setenv(name, value)
        lake = request.getfixturevalue("object_store").address(f"lake-{next(NUMBERS)}")
    return lambda: Table(place(lake, "numbers"), ("number",))


@pytest.fixture
def table(open_table):
    return open_table()


NUMBERS = itertools.count()
