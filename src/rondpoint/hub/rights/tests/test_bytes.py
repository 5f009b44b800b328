"""After an erasure no byte of her is left, in no file of the home and in no table; what is another's stays."""

import json
import shutil
import zlib
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from rondpoint.channels.models import Delivery
from rondpoint.consent import queries as consent
from rondpoint.customers import finding
from rondpoint.customers.models import Customer
from rondpoint.events import lake
from rondpoint.events.models import Event
from rondpoint.hub.models import Erasure
from rondpoint.hub.rights import actions, queries, working
from rondpoint.hub.rights.tests.canary import EMAIL, PHONE, WORD, found_in_files, found_in_tables
from rondpoint.lib import db
from rondpoint.segments.models import Segment
from rondpoint.tracking.models import Batch

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.data, pytest.mark.usefixtures("children_here")]


def facts_in_lake() -> list[str]:
    table = lake.table(str(settings.ENVIRONMENT.lake))
    with table.connect() as database:
        if not table.show(database, "facts"):
            return []
        return [row[0] for row in database.execute("SELECT properties FROM facts").fetchall()]


def test_not_a_byte_is_left(canary):
    lake.write_anew(str(settings.ENVIRONMENT.lake))
    assert any(WORD in told for told in facts_in_lake())
    assert found_in_tables()
    assert found_in_files()
    row = working.whole(actions.erase(canary.customer, "ada@example.com"), "test")
    assert (row.state, row.waits, row.work) == ("done", "", "")
    assert found_in_tables() == []
    assert [told for told in facts_in_lake() if WORD in told] == []
    if connection.vendor == "sqlite":
        db.checkpoint(Path(connection.settings_dict["NAME"]))
    assert found_in_files() == []


def test_nor_when_each_portion_is_a_turn_of_its_own(canary):
    row = actions.erase(canary.customer, "ada@example.com")
    for _ in range(200):
        if row.state == "working":
            working.turn(row, 0.0)
    assert row.state == "done"
    assert found_in_tables() == []
    if connection.vendor == "sqlite":
        db.checkpoint(Path(connection.settings_dict["NAME"]))
    assert found_in_files() == []


def test_what_is_another_s_stays(canary):
    others = Event.objects.filter(profile_id=canary.other.id).count()
    lake.write_anew(str(settings.ENVIRONMENT.lake))
    working.whole(actions.erase(canary.customer, "ada@example.com"), "test")
    assert Event.objects.filter(profile_id=canary.other.id).count() == others
    assert any("/b" in told for told in facts_in_lake())
    assert [row.name for row in finding.find("luc bernard")] == ["Luc Bernard"]
    batch = json.loads(zlib.decompress(bytes(Batch.objects.get(id=canary.batch.id).body)))
    assert [call["userId"] for call in batch["batch"]] == ["somebody"]
    assert Segment.objects.get(id=canary.segment.id).count == 1
    assert (Path(settings.RONDPOINT_HOME) / "outbox" / "two.eml").exists()
    assert consent.suppressed("email", EMAIL, "email", "all") == "stop"
    assert consent.suppressed("phone", PHONE, "sms", "marketing") == "stop"


def test_the_receipt_says_what_was_removed_and_nothing_about_her(canary):
    public_id = str(canary.customer.public_id)
    row = working.whole(actions.erase(canary.customer, "ada@example.com"), "test")
    said = queries.receipt(row)
    assert said["customer"] == public_id
    assert (said["state"], said["by"], said["reason"]) == ("done", "ada@example.com", "asked")
    for kind in (
        "profiles",
        "identifiers",
        "messages",
        "events",
        "deliveries",
        "dispatches",
        "decisions",
        "contents",
        "imports",
        "exports",
        "outbox",
        "consents",
    ):
        assert said["removed"].get(kind, 0) > 0, (kind, said["removed"])
    assert said["kept"]["ledger_hashes"] > 3
    assert said["kept"]["suppressed_addresses"] == 2
    assert WORD not in json.dumps(said)


def test_it_goes_on_where_it_was_cut_short(canary, monkeypatch):
    row = actions.erase(canary.customer, "ada@example.com")
    calls = {"left": 3}
    real = working._portion

    def dies(*arguments):
        if not calls["left"]:
            raise KeyboardInterrupt
        calls["left"] -= 1
        return real(*arguments)

    monkeypatch.setattr(working, "_portion", dies)
    for _ in range(40):
        try:
            calls["left"] = 3
            working.turn(Erasure.objects.get(id=row.id))
        except KeyboardInterrupt:
            continue
        if Erasure.objects.get(id=row.id).state == "done":
            break
    assert Erasure.objects.get(id=row.id).state == "done"
    assert found_in_tables() == []


def test_a_delivery_that_was_under_way_brings_nothing_back(canary):
    from rondpoint.channels import pipeline

    row = actions.erase(canary.customer, "ada@example.com")
    late = canary.deliver(
        f"From: <{EMAIL}>\r\nSubject: late\r\nMessage-ID: <late@example.com>\r\n\r\nlate", row.hidden - 1, "late"
    )
    while pipeline.work():
        pass
    late.refresh_from_db()
    assert (late.state, late.outcome) == ("done", ["its sender was erased after it came"])
    assert [row.name for row in Customer.objects.all()] == ["Luc Bernard"]
    canary.deliver(
        f"From: <{EMAIL}>\r\nSubject: new\r\nMessage-ID: <new@example.com>\r\n\r\nnew", row.hidden + 10, "new"
    )
    while pipeline.work():
        pass
    assert Customer.objects.count() == 2
    assert Delivery.objects.get(external_id="new").state == "done"


def test_erasing_twice_is_told(canary):
    customer = canary.customer
    actions.erase(customer, "ada@example.com")
    with pytest.raises(actions.Invalid):
        actions.erase(customer, "ada@example.com")


@pytest.fixture(autouse=True)
def _own_home():
    """Each test begins without a lake, and without files that others left whose rows are undone."""
    shutil.rmtree(settings.ENVIRONMENT.lake, ignore_errors=True)
    for path in (Path(settings.RONDPOINT_HOME) / "files").rglob("*"):
        if path.is_file() and WORD.encode() in path.read_bytes():
            path.unlink()
