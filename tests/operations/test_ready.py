"""Readiness tells the truth: each thing that can be wrong is made wrong, and said; then it is well again."""

import re
import sqlite3
from contextlib import closing

import msgspec
import pytest

from rondpoint.config import health, telemetry, telemetry_gauges
from rondpoint.jobs import leases
from rondpoint.jobs.models import Lease
from rondpoint.lib import clock, db, logs
from rondpoint.lib.db import write
from rondpoint.segments import actions as segments

LINE = re.compile(r'[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? -?[0-9.e+-]+')
pytestmark = [pytest.mark.data, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _fresh(monkeypatch):
    """As just after the start of a process of ``up`` whose worker works."""
    for name, value in {
        "_stopping": False,
        "_probe": None,
        "_probed": (-1000.0, ""),
        "_tables": (-1000.0, ""),
        "_alive": -1000.0,
        "_since": {},
        "PROBE_EVERY": 0.0,
    }.items():
        monkeypatch.setattr(health, name, value)
    logs.configure("web")
    beat()
    yield
    logs.configure("")
    health._thread.submit(lambda: db.connection.close()).result()


def beat() -> None:
    leases.acquire(f"job:{telemetry.HEARTBEAT}", "somebody:1", 30)


def states() -> dict[str, str]:
    return {check.name: check.state for check in health.checks()}


def test_a_healthy_house_is_ready():
    status, said = health.report()
    assert (status, said["ready"], said["problems"]) == (200, True, [])
    names = [check["name"] for check in said["checks"]]
    assert names == ["database", "tables", "worker", "deliveries", "lines", "lake", "disk"]
    assert {check["state"] for check in said["checks"]} == {"ok"}
    assert all(check["since"].endswith("+00:00") for check in said["checks"])


@pytest.mark.sqlite
def test_a_database_that_can_be_read_and_not_written_is_not_ready(monkeypatch):
    monkeypatch.setattr(health, "PROBE_LIMIT", 0.3)
    name = db.connection.settings_dict["NAME"]
    with closing(sqlite3.connect(name)) as other:
        other.execute("BEGIN IMMEDIATE")  # somebody holds the only pen
        assert Lease.objects.exists(), "it can still be read"
        status, said = health.report()
        assert status == 503
        assert "a write has waited" in said["problems"][0]
        other.rollback()
    health._probe.result(timeout=20)
    assert health.report()[0] == 200


def test_since_when_it_is_so(monkeypatch):
    first = {check.name: check.since for check in health.checks()}
    again = {check.name: check.since for check in health.checks()}
    assert first == again
    monkeypatch.setattr(health, "LOW_DISK", 10**18)
    later = {check.name: check for check in health.checks()}
    assert later["disk"].state == "failed"
    assert later["disk"].since > first["disk"]
    assert later["database"].since == first["database"]


def test_a_full_disk_is_not_ready(monkeypatch):
    monkeypatch.setattr(health, "LOW_DISK", 10**18)
    assert states()["disk"] == "failed"
    assert health.report()[0] == 503


def test_old_tables_are_not_ready():
    from django.db.migrations.recorder import MigrationRecorder

    with write():
        row = MigrationRecorder.Migration.objects.filter(app="conversations").latest("id")
        row.delete()
    try:
        assert states()["tables"] == "failed"
    finally:
        with write():
            MigrationRecorder.Migration.objects.create(app=row.app, name=row.name, applied=row.applied)
    assert states()["tables"] == "ok"


@pytest.mark.parametrize(("role", "state", "status"), [("web", "failed", 503), ("edge", "warning", 200)])
def test_a_dead_worker_is_told(role, state, status):
    logs.configure(role)
    with write():  # its lease ran out long ago
        Lease.objects.filter(name=f"job:{telemetry.HEARTBEAT}").update(until=leases.now() - 60 * clock.SECOND)
    assert states()["worker"] == state
    assert health.report()[0] == status
    with write():
        Lease.objects.all().delete()
    assert "no worker has worked yet" in {check.detail for check in health.checks()}
    beat()
    assert states()["worker"] == "ok"


def test_a_worker_that_gave_back_its_lease_has_a_moment_to_be_followed(monkeypatch):
    assert states()["worker"] == "ok"
    leases.release(f"job:{telemetry.HEARTBEAT}", "somebody:1")
    assert states()["worker"] == "ok"
    monkeypatch.setattr(health, "HANDOVER", 0.0)
    assert states()["worker"] == "failed"


def test_deliveries_that_nobody_works_off_are_told(brand):
    from rondpoint.channels.models import Connection, Delivery

    with write():
        sms = Connection.objects.create(kind="sms", name="SMS", brand=brand)
        old = clock.now() - 6 * clock.MINUTE
        row = Delivery.objects.create(connection=sms, external_id="1", received=old, error="")
    assert states()["deliveries"] == "failed"
    with write():
        Delivery.objects.filter(id=row.id).update(received=clock.now())
    assert states()["deliveries"] == "ok"
    with write():  # nobody is meant to work off what a switched-off connection brought
        Delivery.objects.filter(id=row.id).update(received=old)
        Connection.objects.update(active=False)
    assert states()["deliveries"] == "ok"


def test_a_line_that_is_down_is_a_warning_and_names_nobody(brand):
    from rondpoint.channels.models import Connection

    with write():
        Connection.objects.create(kind="email", name="canary", brand=brand, problem="canary@example.com refused")
    status, said = health.report()
    assert status == 200
    assert {check["name"]: check["state"] for check in said["checks"]}["lines"] == "warning"
    assert "canary" not in str(said)


def test_a_lake_that_cannot_be_reached_is_a_warning_until_it_can(monkeypatch, settings, tmp_path):
    lake = tmp_path / "lake"
    settings.ENVIRONMENT = msgspec.structs.replace(settings.ENVIRONMENT, lake=str(lake))
    with pytest.raises(OSError, match="cannot be written"):
        segments.keep_lake()
    status, said = health.report()
    assert (status, said["ready"]) == (200, True), "facts wait in the database: everything goes on"
    check = next(check for check in said["checks"] if check["name"] == "lake")
    assert (check["state"], check["detail"]) == ("warning", "the lake cannot be reached: rondpoint doctor")
    lake.mkdir()
    segments.keep_lake()
    assert states()["lake"] == "ok"


def test_who_stops_is_not_ready_at_once():
    assert health.report()[0] == 200
    health.stop()
    assert health.report()[0] == 503
    assert health.problems() == ["this process is stopping"]
    health.begin()
    assert health.report()[0] == 200


def value(text: str, name: str) -> float:
    return float(next(line for line in text.splitlines() if line.startswith(name + " ")).rpartition(" ")[2])


def test_the_page_is_prometheus_text_and_shows_the_work_that_waits(tmp_path, brand):
    from rondpoint.channels.models import Connection, Delivery

    with write():
        sms = Connection.objects.create(kind="sms", name="SMS", brand=brand)
        for number, state in enumerate(("new", "leased", "quarantined")):
            Delivery.objects.create(
                connection=sms, external_id=str(number), received=clock.now() - 90 * clock.SECOND, state=state
            )
    text = telemetry_gauges.text(tmp_path)
    assert value(text, "rondpoint_deliveries_waiting") == 2
    assert 90 <= value(text, "rondpoint_deliveries_oldest_seconds") < 120
    assert value(text, "rondpoint_deliveries_quarantined") == 1
    assert value(text, 'rondpoint_connections{channel="sms",state="well"}') == 1
    assert value(text, "rondpoint_disk_free_bytes") > 0
    for line in text.splitlines():
        assert line.startswith("# ") or LINE.fullmatch(line), line
