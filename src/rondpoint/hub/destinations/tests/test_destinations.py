"""A table of another system's database says what is known here, now and at each next time, and of nobody else."""

import contextlib
import json
import sqlite3

import psycopg
import pytest

from rondpoint.accounts.models import AuditEntry
from rondpoint.customers import actions as customers
from rondpoint.customers.models import Customer
from rondpoint.customers.types import Evidence, IdentifierIn
from rondpoint.hub import databases
from rondpoint.hub.destinations import actions
from rondpoint.hub.models import Destination
from rondpoint.hub.rights import actions as rights
from rondpoint.jobs import children
from rondpoint.lib import clock
from rondpoint.lib.db import write
from rondpoint.segments.models import Member, Segment

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("children_here", "inside")]
BY = "ada@example.com"
ODD = '50% (off) "x" :y'  # a trait that a source may tell of


@pytest.fixture
def shop(tmp_path):
    """The database of a shop, as an address and a way to ask it."""
    path = tmp_path / "shop.sqlite3"
    path.touch()

    def run(statement):
        with contextlib.closing(sqlite3.connect(path)) as database, database:
            database.row_factory = sqlite3.Row
            return [dict(row) for row in database.execute(statement)]

    run.url = f"sqlite:///{path}"
    return run


def added(url, **more):
    said = {"name": "Shop", "what": "customers", "table": "known", "minutes": 60, "by": BY, **more}
    return actions.add(url=url, **said)


def ran(row, later=clock.MINUTE):
    assert actions.run_due(clock.now() + later) == 1
    row.refresh_from_db()
    return row


def test_customers_are_a_table_with_types(people, shop):
    row = ran(added(shop.url))
    assert (row.error, row.rows) == ("", 3)
    [awa] = shop("SELECT * FROM known WHERE email IS NOT NULL")
    assert awa["rondpoint_id"] == str(Customer.objects.get(id=people).public_id)
    assert awa["email"] == "awa@example.com;awa@example.org" and awa["phone"] == "+33199001234"
    assert (awa["points"], awa["vip"], awa["zip"], awa["note"]) == (12.5, 1, "01000", "=1+1")
    assert json.loads(awa["odd"]) == {"x": [1]} and awa["account_crm"] == "C1"


def test_it_is_written_anew_each_time_and_who_was_forgotten_is_gone(people, shop):
    row = ran(added(shop.url, minutes=5))
    assert actions.run_due() == 0, "not before its time"
    number, _ = customers.create_or_find(
        "Eve", [IdentifierIn("email", "eve@example.com", Evidence.VERIFIED)], {"Points": 3, "size": 41, ODD: 7}, "staff"
    )
    rights.erase(Customer.objects.get(id=people), BY)
    row.refresh_from_db()
    assert row.due <= clock.now(), "it does not wait for its next time"
    assert ran(row).error == ""
    found = shop("SELECT * FROM known ORDER BY size")
    assert [each["email"] for each in found if each["email"]] == ["eve@example.com"]
    assert found[-1]['50% (off) "x" _y'] == 7.0
    assert (found[-1]["size"], found[-1]["Points_2"], found[-1]["points"]) == (41.0, 3.0, None)
    assert "awa@example" not in str(found)
    assert Customer.objects.filter(id=number).exists()


def test_only_the_members_of_a_segment_and_it_ends_with_it(people, shop):
    with write():
        segment = Segment.objects.create(name="VIP", definition={}, state="live")
        Member.objects.create(segment=segment, customer_id=people, since=1)
    row = ran(added(shop.url, segment=segment))
    assert (row.rows, len(shop("SELECT * FROM known"))) == (1, 1)
    with write():
        Segment.objects.update(state="building")
        Member.objects.all().delete()
    assert "is being built" in ran(row, 2 * clock.HOUR).error
    assert len(shop("SELECT * FROM known")) == 1, "it keeps what it had until then"
    with write():
        Segment.objects.update(state="archived", archived=clock.now())
    assert ran(row, 4 * clock.HOUR).rows == 0
    with write():
        segment.delete()
    assert not Destination.objects.exists(), "else everybody would be written"


def test_facts_of_some_days_and_types_and_consents(people, shop):
    ran(added(shop.url, what="events", table="facts", types=["Page Viewed"]))
    [fact] = shop("SELECT * FROM facts")
    assert (fact["type"], fact["email"], json.loads(fact["properties"])) == (
        "Page Viewed", "awa@example.com", {"path": "/a"},
    )  # fmt: skip
    assert fact["occurred_at"].startswith("2026-02-03")
    actions.remove(Destination.objects.get(), BY)
    ran(added(shop.url, what="events", table="facts", days=1))
    assert shop("SELECT * FROM facts") == []
    actions.remove(Destination.objects.get(), BY)
    assert ran(added(shop.url, what="consents", table="words")).rows == 0
    assert shop("SELECT action FROM words") == []


def test_a_table_of_somebody_else_is_left_alone(people, shop):
    shop("CREATE TABLE orders (id INTEGER)")
    shop("INSERT INTO orders VALUES (7)")
    with pytest.raises(actions.Invalid, match="was not made here"):
        added(shop.url, table="orders")
    row = added(shop.url)
    shop("CREATE TABLE known (id INTEGER)")
    ran(row)
    assert "was not made here" in row.error and row.ran is None
    assert shop("SELECT * FROM orders") == [{"id": 7}] and shop("SELECT * FROM known") == []


def test_what_cannot_be_written_says_why_and_keeps_what_was_there(people, shop, monkeypatch):
    row = ran(added(shop.url))
    wrote, before = row.ran, shop("SELECT * FROM known")
    assert len(before) == 3

    def broken(*_given):
        yield [["x"] * 3]
        raise ValueError("the rows ended")

    with monkeypatch.context() as patch:
        patch.setattr("rondpoint.hub.exports.people.rows", broken)
        patch.setattr("rondpoint.hub.exports.people.columns", lambda _segment: ["rondpoint_id", "email", "phone"])
        ran(row, 2 * clock.HOUR)
    assert (row.error, row.ran, row.rows) == ("the rows ended", wrote, 3)
    assert shop("SELECT * FROM known") == before, "it was one transaction"

    def ended(*_given, **_more):
        raise children.Ended("its process stops")

    with monkeypatch.context() as patch:
        patch.setattr(children, "run", ended)
        ran(row, 4 * clock.HOUR)
    assert row.due <= clock.now() + 4 * clock.HOUR, "the next start writes it"
    assert ran(row, 5 * clock.HOUR).error == ""


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"name": ""}, "name"), ({"what": "planets"}, "what"), ({"minutes": 1}, "minutes"), ({"days": -1}, "days"),
        ({"table": "a b"}, "table"), ({"table": "a;drop"}, "table"), ({"table": "a.b.c"}, "table"),
        ({"table": ""}, "table"),
        ({"table": "nowhere.known"}, "url"), ({"url": "mysql://u:s3cret@127.0.0.1:1/x"}, "url"),
        ({"url": "mssql://u:s3cret@h/x"}, "url"),
        ({"url": "postgresql://u:s3cret@127.0.0.1:1/x"}, "url"), ({"url": "sqlite:////nowhere/x"}, "url"),
    ],
)  # fmt: skip
def test_what_does_not_hold_is_told_without_its_password(people, shop, more, field):
    with pytest.raises(actions.Invalid) as invalid:
        added(**{"url": shop.url, **more})
    assert invalid.value.field == field and "s3cret" not in str(invalid.value)
    assert not Destination.objects.exists()


@pytest.mark.peer
def test_postgresql_readers_see_all_or_nothing_and_types_may_change(people, postgres, monkeypatch):
    monkeypatch.setattr(databases, "LOCK_SECONDS", 1)
    url = postgres.url.replace("rondpoint@", "rondpoint:x@")
    with psycopg.connect(postgres.url, autocommit=True) as server:
        server.execute("CREATE SCHEMA crm")
        server.execute("CREATE VIEW crm.seen AS SELECT 1 AS rondpoint_id")
        with pytest.raises(actions.Invalid, match="is a view"):
            added(url, table="crm.seen")
        row = ran(added(url, table="crm.known"))
        assert row.error == "" and server.execute("SELECT count(*) FROM crm.known").fetchone() == (3,)
        server.execute("CREATE VIEW crm.vips AS SELECT email FROM crm.known WHERE vip")
        assert server.execute("SELECT email FROM crm.vips").fetchone() == ("awa@example.com;awa@example.org",)
        with psycopg.connect(postgres.url) as reader:
            reader.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            assert reader.execute("SELECT max(points) FROM crm.known").fetchone() == (12.5,)
            customers.create_or_find(
                "Zoë\0", [IdentifierIn("email", "zoe@example.com", Evidence.VERIFIED)], {"points": 1}, "staff"
            )
            assert ran(row, 2 * clock.HOUR).error == ""
            assert reader.execute("SELECT count(*) FROM crm.known").fetchone() == (3,)
        assert server.execute("SELECT count(*) FROM crm.known").fetchone() == (4,)
        customers.create_or_find(
            "Lea", [IdentifierIn("email", "lea@example.com", Evidence.VERIFIED)], {"points": "many", ODD: 7}, "staff"
        )
        with psycopg.connect(postgres.url) as reader:
            reader.execute("SELECT 1 FROM crm.known")
            assert "lock timeout" in ran(row, 4 * clock.HOUR).error, "whoever reads does not wait behind us for long"
        assert ran(row, 6 * clock.HOUR).error == ""
        found = dict(server.execute("SELECT email, points FROM crm.known WHERE email <> ''").fetchall())
        assert server.execute('SELECT max("50% (off) ""x"" _y") FROM crm.known').fetchone() == (7,)
        assert found == {"awa@example.com;awa@example.org": "12.5", "zoe@example.com": "1", "lea@example.com": "many"}
        second = added(url, table="crm.facts", what="events")
        actions.run_due(clock.now() + clock.MINUTE)
        second.refresh_from_db()
        assert second.error == ""
        [at] = server.execute("SELECT occurred_at FROM crm.facts WHERE type = 'Page Viewed'").fetchone()
        assert clock.from_datetime(at) == 1_770_000_000_000_000 + clock.DAY


def test_screens(people, desk, shop):
    said = {"name": "Shop", "what": "customers", "url": shop.url, "table": "a b", "minutes": "60"}
    answer = desk.post("/destinations", said)
    assert answer.status_code == 422 and "expected the name of a table" in answer.content.decode()
    assert shop.url not in answer.content.decode(), "an address is typed again"
    assert desk.post("/destinations", {**said, "table": "known", "minutes": "x"}).status_code == 422
    desk.post("/destinations", {**said, "table": "known"})
    row = Destination.objects.get()
    place = f"/destinations/{row.public_id}"
    assert "never yet" in desk.get(place).content.decode()
    ran(row)
    page = desk.get(place).content.decode()
    assert "is up to date" in page and "3 rows in" in page and shop.url not in page
    assert "known" in desk.get("/destinations").content.decode()
    desk.post(f"{place}/activity")
    assert actions.run_due(clock.now() + clock.DAY) == 0
    desk.post(f"{place}/activity")
    desk.post(f"{place}/run")
    assert actions.run_due() == 1
    desk.post(f"{place}/removal")
    assert not Destination.objects.exists() and len(shop("SELECT * FROM known")) == 3
    assert {"destination.added", "destination.activity", "destination.removed"} <= set(
        AuditEntry.objects.values_list("action", flat=True)
    )


def test_by_the_api(people, api, shop):
    def post(**more):
        said = {"name": "Shop", "what": "customers", "url": shop.url, "table": "known", **more}
        return api.post("/api/v1/destinations", said, content_type="application/json")

    assert post(table="x y").json()["errors"][0]["field"] == "table"
    assert post(segment="none").status_code == 422 and not Destination.objects.exists()
    made = post()
    assert made.status_code == 201 and shop.url not in made.content.decode()
    place = f"/api/v1/destinations/{made.json()['id']}"
    assert api.post(f"{place}/run", {}, content_type="application/json").status_code == 202
    assert actions.run_due() == 1
    assert api.get(place).json()["rows"] == 3 and api.get(place).json()["written_at"]
    assert [each["id"] for each in api.get("/api/v1/destinations").json()["items"]] == [made.json()["id"]]
    for off in (True, True):
        assert api.patch(place, {"active": not off}, content_type="application/json").json()["active"] is False
    refused = api.post(f"{place}/run", {}, content_type="application/json")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "active") and actions.run_due() == 0
    assert api.patch(place, {"active": True}, content_type="application/json").json()["due_at"]
    assert actions.run_due() == 1
    assert api.delete(place).status_code == 204 and api.get(place).status_code == 404
