"""A backup is of yesterday: what waited to leave then may have left since, and nobody is still signed in."""

import json

import pytest

from rondpoint.config.safekeeping import backup, restore


@pytest.fixture(scope="module")
def file(full, tmp_path_factory, django_db_blocker):
    target = tmp_path_factory.mktemp("backups") / "full"
    with django_db_blocker.unblock(), full.inside():
        backup.make(target)
    return target


def states(home) -> dict[str, str]:
    query = "SELECT idempotency_key, state FROM sending_dispatch WHERE idempotency_key LIKE 'waits%'"
    return dict(home.query(query))


def waiting(home) -> int:
    return home.query("SELECT count(*) FROM sending_dispatch WHERE state = 'queued'")[0][0]


def test_nothing_is_sent_twice_and_everybody_signs_in_again(full, file, first_day, inside):
    assert states(full) == {"waits": "queued", "waits for later": "queued"}
    done = inside(first_day, restore.run, file)
    assert states(first_day) == {"waits": "unknown", "waits for later": "queued"}
    assert done.uncertain == waiting(full) - waiting(first_day) > 0
    facts = first_day.query("SELECT properties FROM events_event WHERE type = 'message.state' ORDER BY id DESC LIMIT 1")
    assert json.loads(facts[0][0])["state"] == "unknown"
    assert full.query("SELECT 1 FROM django_session") and not first_day.query("SELECT 1 FROM django_session")


def test_a_house_that_moved_sends_what_waits(full, file, first_day, inside):
    assert inside(first_day, restore.run, file, moved=True).uncertain == 0
    assert states(first_day) == {"waits": "queued", "waits for later": "queued"}
    assert first_day.query("SELECT 1 FROM django_session")


def test_a_lease_of_the_old_house_keeps_nobody_waiting(full, first_day, inside, tmp_path):
    first_day.change(
        "INSERT INTO jobs_lease (name, holder, fence, until) VALUES ('job:promises', 'gone:1', 7, 9000000000000000000)"
    )
    inside(first_day, backup.make, tmp_path / "file")
    inside(first_day, restore.run, tmp_path / "file", replace=True)
    lease = "SELECT fence, until FROM jobs_lease WHERE name = 'job:promises'"
    assert first_day.query(lease) == [(7, 0)]


def test_facts_of_postgresql_come_in_the_same_order_elsewhere(on_postgresql, first_day, inside, tmp_path):
    """There a fact's place is its transaction; a reader that had read the first and third goes on before the second."""
    home = on_postgresql()
    home.run("migrate")
    for number, transaction in ((1, 50), (2, 70), (3, 60), (4, 80)):
        home.change(
            "INSERT INTO events_event (id, type, channel, source, message_id, occurred, received, properties, "
            f"transaction) VALUES ({number}, 't', '', 's', '{number}', 0, 0, '{{}}', {transaction})"
        )
    for name, place in (("some", (60, 3)), ("all", (80, 4)), ("none", (0, 0))):
        home.change(f"INSERT INTO jobs_cursor (name, transaction, row) VALUES ('{name}', {place[0]}, {place[1]})")
    home.run("backup", tmp_path / "file")
    inside(first_day, restore.run, tmp_path / "file")
    assert first_day.query('SELECT id, "transaction" FROM events_event ORDER BY id') == [(n, 0) for n in (1, 2, 3, 4)]
    places = first_day.query('SELECT name, "transaction", "row" FROM jobs_cursor ORDER BY name')
    assert places == [("all", 0, 4), ("none", 0, 0), ("some", 0, 1)]
