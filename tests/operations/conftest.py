"""A PostgreSQL with a database for each home that asks for one."""

import hashlib
import shutil
import tempfile
from pathlib import Path

import psycopg
import pytest

from tests.operations.homes import Home
from tests.peers.postgres import Postgres


@pytest.fixture(scope="session")
def server():
    folder = Path(tempfile.mkdtemp(prefix="rondpoint-postgres-"))
    server = Postgres(folder).start()
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def on_postgresql(server, tmp_path_factory):
    """Makes a home on a database of its own."""
    count = iter(range(100))

    def make() -> Home:
        name = f"house_{next(count)}"
        with psycopg.connect(server.url, autocommit=True) as handle:
            handle.execute(f"CREATE DATABASE {name}")
        return Home(tmp_path_factory.mktemp(name), server.url.rpartition("/")[0] + f"/{name}")

    return make


@pytest.fixture(scope="session")
def on_sqlite(tmp_path_factory):
    """Makes a home on SQLite."""
    return lambda: Home(tmp_path_factory.mktemp("house"))


@pytest.fixture
def inside(django_db_blocker):
    """Calls a function in this process as a command does that was started in a home."""

    def call(home, function, *arguments, **options):
        with django_db_blocker.unblock(), home.inside():
            return function(*arguments, **options)

    return call


@pytest.fixture(scope="session")
def small(on_sqlite, tmp_path_factory):
    """A house on its first day with one file, and ``small.backup`` of it; nobody may change it."""
    home = on_sqlite()
    home.run("migrate")
    (home.path / "outbox" / "a.eml").write_bytes(b"out\r\n")
    content = b"the content of a file"
    name = hashlib.sha256(content).hexdigest()
    (home.path / "files" / name[:2]).mkdir()
    (home.path / "files" / name[:2] / name).write_bytes(content)
    home.change(f"INSERT INTO files_storedfile (sha256, size, created) VALUES ('{name}', {len(content)}, 0)")
    home.content = name
    home.backup = tmp_path_factory.mktemp("backups") / "small.backup"
    home.run("backup", home.backup)
    return home


@pytest.fixture
def first_day(small, on_sqlite):
    """A house on its first day, with nothing in it and a secret of its own."""
    home = on_sqlite().copy_of(small)
    home.change("DELETE FROM files_storedfile")
    shutil.rmtree(home.path / "files")
    (home.path / "files").mkdir()
    (home.path / "outbox" / "a.eml").unlink()
    (home.path / "secret").write_text("another secret that is as long as one of its own")
    return home


@pytest.fixture(scope="session")
def full(on_sqlite):
    """A house with rows in every table, and ``full.said`` about it; nobody may change it."""
    home = on_sqlite()
    home.said = home.build()
    return home
