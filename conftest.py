"""What every test has: a home of its own, loopback only, and the database's write discipline."""

import os

import hypothesis
import pytest
from tests.home import HOME

# How long an example takes says something of the machine, and nothing of what it proves.
hypothesis.settings.register_profile(
    "house", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("house")


def pytest_collection_modifyitems(config, items):
    """Long proofs are left out unless their variable asks for them."""
    left = [
        item for item in items if (asked := item.get_closest_marker("proof")) and not os.environ.get(asked.args[0])
    ]
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if item not in left]


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Where it is decided whether a change lands, a skipped test proves nothing and fails."""
    report = (yield).get_result()
    if report.skipped and os.environ.get("CI"):
        report.outcome, report.longrepr = "failed", f"skipped: {report.longrepr}"


@pytest.fixture(scope="session")
def django_db_modify_db_settings():
    """Each worker of pytest-xdist has a database of its own."""
    from django.conf import settings

    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    default = settings.DATABASES["default"]
    if default["ENGINE"].endswith("sqlite3"):
        default.setdefault("TEST", {})["NAME"] = os.path.join(HOME, f"test-{worker}.sqlite3")
    else:
        default.setdefault("TEST", {})["NAME"] = f"test_rondpoint_{worker}"


@pytest.fixture(scope="session")
def django_db_setup(request, django_test_environment, django_db_blocker, django_db_modify_db_settings):
    """Makes the test database once. Its tables are made outside the write discipline, all else inside it."""
    from django.db import connection
    from django.test.utils import setup_databases, teardown_databases

    with django_db_blocker.unblock():
        if connection.vendor == "sqlite":
            pragmas = connection.settings_dict["OPTIONS"]["init_command"]
            connection.settings_dict["OPTIONS"]["init_command"] = pragmas.replace("PRAGMA query_only=ON;", "")
        made = setup_databases(verbosity=0, interactive=False)
        if connection.vendor == "sqlite":
            connection.settings_dict["OPTIONS"]["init_command"] = pragmas
            connection.close()
    yield
    with django_db_blocker.unblock():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:  # of threads and children that the server has not seen end
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
        connection.close()
        teardown_databases(made, verbosity=0)


@pytest.fixture(autouse=True)
def _flush_writes(request):
    """A test with real transactions is emptied afterwards; that too is a write."""
    marker = request.node.get_closest_marker("django_db")
    yield
    if marker and marker.kwargs.get("transaction"):
        from django.db import connection

        if connection.vendor == "sqlite":
            connection.ensure_connection()
            connection.connection.execute("PRAGMA query_only=OFF")


@pytest.fixture(autouse=True)
def _own_language():
    """The language of one test's requests is not the next one's."""
    from django.utils import translation

    yield
    translation.deactivate()


@pytest.fixture(autouse=True)
def _own_rules():
    """What a process saw of the rules for traits a second ago was another test's."""
    yield
    from rondpoint.customers import speaking

    speaking._rules = (-speaking.FRESH, {})


@pytest.fixture
def brand(db):
    """A brand."""
    from rondpoint.accounts.models import Brand
    from rondpoint.lib.db import write

    with write():
        return Brand.objects.create(slug="hirondelle", name="Maison Hirondelle")


@pytest.fixture
def children_here(monkeypatch):
    """Children run in the test's own process: they see what it has not committed, and start at once."""
    import importlib

    from rondpoint.jobs import children

    def run(target, payload, seconds, meanwhile=None):
        module, _, name = target.partition(":")
        return getattr(importlib.import_module(module), name)(**payload)

    monkeypatch.setattr(children, "run", run)
