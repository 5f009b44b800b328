"""The doctor finds the commonest mistakes, each made for real on a running house, and nothing on a healthy one."""

import json
import os
import sqlite3
import subprocess
import time
from contextlib import closing

import pytest

from rondpoint.config import doctor
from tests.peers.house import COMMAND, ROOT, House, free_port, wait_for


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    house = House(tmp_path_factory.mktemp("doctor"))
    house.run("user", "create", "anne@example.com", "--admin", stdin="a password that is long\n")
    house.connect("chat", "Chat", origins="https://shop.example.com", secret="a secret of the shop and its widget")
    house.start()
    yield house
    assert house.stop() == 0


def examine(house, **environment) -> dict[str, str]:
    """What the doctor finds: the sentences by name; its exit code says whether there was anything."""
    given = {name: value for name, value in (house.environment | environment).items() if value is not None}
    done = subprocess.run(
        [*COMMAND, "doctor", "--json"], env=given, capture_output=True, text=True, cwd=ROOT, timeout=60
    )
    said = json.loads(done.stdout or done.stderr)
    assert done.returncode == (1 if said["findings"] else 0)
    assert said["well"] is (not said["findings"])
    assert all(one["remedy"] for one in said["findings"])
    return {one["name"]: one["problem"] for one in said["findings"]}


def change(house, statement: str, *values) -> None:
    with closing(sqlite3.connect(house.folder / "home" / "rondpoint.sqlite3", timeout=10)) as handle, handle:
        handle.execute(statement, values)


def test_a_healthy_house_is_well(house):
    assert examine(house) == {}
    assert house.run("doctor") == "Nothing is wrong."


def test_nobody_listens_and_another_program_listens(house):
    port = free_port()
    assert examine(house, RONDPOINT_PORT=str(port))["port"] == f"Nothing listens on port {port}."
    said = examine(house, RONDPOINT_PORT=str(house.lmtp_port))["port"]
    assert "does not answer" in said or "Another program" in said


def test_an_address_without_tls_and_a_proxy_nobody_trusts(house):
    found = examine(house, RONDPOINT_URL="http://desk.example.com")
    assert {"https", "proxy"} <= found.keys()
    well = examine(house, RONDPOINT_URL="https://desk.example.com", RONDPOINT_TRUSTED_PROXIES="127.0.0.1")
    assert well == {}


def test_another_secret(house):
    assert "secret" in examine(house, RONDPOINT_SECRET="another secret, as long as a secret must be")


def test_a_secret_that_others_can_read(house):
    path = house.folder / "home" / "secret"
    path.chmod(0o644)
    try:
        assert str(path) in examine(house)["permissions"]
    finally:
        path.chmod(0o600)


def test_nobody_is_administrator_and_deliveries_are_in_quarantine_and_a_mailbox_refuses(house):
    change(house, "UPDATE accounts_user SET is_active = 0")
    change(
        house,
        "INSERT INTO channels_delivery (public_id, connection_id, external_id, received, meta, body_sha256, state, "
        "attempts, due, \"group\", error, outcome) SELECT '0198f2c47b1e7cc08a3a5b8f0a6c1d22', id, 'x', ?, '{}', '', "
        "'quarantined', 5, 0, '', 'ValueError', '[]' FROM channels_connection LIMIT 1",
        int(time.time() * 1e6),
    )
    change(house, "UPDATE channels_connection SET problem = 'the password is refused'")
    try:
        found = examine(house)
        assert {"administrator", "quarantine", "connection"} <= found.keys()
        assert "the password is refused" in found["connection"]
    finally:
        change(house, "UPDATE accounts_user SET is_active = 1")
        change(house, "DELETE FROM channels_delivery")
        change(house, "UPDATE channels_connection SET problem = ''")


def test_a_clock_that_runs_behind(house):
    path = house.folder / "home" / "outbox"
    ahead = time.time() + 3600
    os.utime(path, (ahead, ahead))
    try:
        assert "clock" in examine(house)
    finally:
        os.utime(path)


def test_old_tables(house):
    with closing(sqlite3.connect(house.folder / "home" / "rondpoint.sqlite3", timeout=10)) as handle, handle:
        [row] = handle.execute(
            "SELECT id, app, name, applied FROM django_migrations WHERE app = 'demo' OR app = 'sending' "
            "ORDER BY id DESC LIMIT 1"
        )
        handle.execute("DELETE FROM django_migrations WHERE id = ?", row[:1])
    try:
        assert examine(house).keys() >= {"tables"}
    finally:
        change(house, "INSERT INTO django_migrations (id, app, name, applied) VALUES (?, ?, ?, ?)", *row)


def test_a_language_model_that_is_not_there(house):
    model = {"RONDPOINT_LLM_URL": f"http://127.0.0.1:{free_port()}/v1", "RONDPOINT_LLM_MODEL": "m"}
    assert "language model" in examine(house, **model)


def test_a_database_that_is_not_there_is_told_without_its_password(house):
    found = examine(house, DATABASE_URL=f"postgresql://rondpoint:canary@127.0.0.1:{free_port()}/x")
    assert list(found) == ["database"]
    assert "canary" not in str(found)


def test_a_provider_that_cannot_reach_this_machine(house):
    change(house, "UPDATE channels_connection SET settings = json_set(settings, '$.provider', 'twilio')")
    try:
        assert "webhooks" in examine(house)
    finally:
        change(house, "UPDATE channels_connection SET settings = json_remove(settings, '$.provider')")


def test_a_house_whose_worker_is_gone(house):
    children = subprocess.run(
        ["ps", "--ppid", str(house.process.pid), "-o", "pid="], capture_output=True, text=True, check=True
    )
    assert len(children.stdout.split()) == 2
    alone = House(house.folder / "alone")
    alone.folder.mkdir()
    alone.run("migrate")
    assert "no worker" in examine(alone)


def test_a_database_on_a_network_file_system(tmp_path):
    mounts = tmp_path / "mounts"
    mounts.write_text("/dev/sda / ext4 rw 0 0\nserver:/x /srv nfs4 rw 0 0\ntmpfs /srv/local tmpfs rw 0 0\n")
    kinds = {path: doctor._file_system(doctor.Path(path), mounts) for path in ("/opt/x", "/srv/x", "/srv/local/x")}
    assert kinds == {"/opt/x": "ext4", "/srv/x": "nfs4", "/srv/local/x": "tmpfs"}
    assert kinds["/srv/x"] in doctor.NETWORK_FILE_SYSTEMS


def test_it_is_well_again(house):
    wait_for(lambda: examine(house) == {}, 30, "a healthy house after all mistakes are mended")
