"""A table of MySQL or MariaDB is kept up to date as one of PostgreSQL is."""

import contextlib
import json
from datetime import datetime

import pymysql
import pytest

from rondpoint.customers import actions as customers
from rondpoint.customers.models import Customer
from rondpoint.customers.types import Evidence, IdentifierIn
from rondpoint.hub import databases
from rondpoint.hub.destinations import actions
from rondpoint.hub.destinations.tests.test_destinations import ODD, added, ran
from rondpoint.lib import clock

pytestmark = [pytest.mark.django_db, pytest.mark.peer, pytest.mark.usefixtures("children_here", "inside")]
LONG = "é" * 70_000  # a MySQL TEXT ends at 64 kB


@contextlib.contextmanager
def reader(server):
    """A colleague over there, in one transaction."""
    line = pymysql.connect(
        host="127.0.0.1", port=server.port, user="rondpoint", password="shop-window", database="shop",
        charset="utf8mb4", autocommit=False,
    )  # fmt: skip
    with line, line.cursor() as cursor:

        def asked(statement):
            cursor.execute(statement)
            return list(cursor.fetchall())

        yield asked


@pytest.fixture
def shop(mariadb):
    mariadb.run("SET GLOBAL default_storage_engine = MyISAM; DROP DATABASE IF EXISTS crm; CREATE DATABASE crm")
    return mariadb


def person(name, traits):
    said = [IdentifierIn("email", f"{name}@example.com", Evidence.VERIFIED)]
    return customers.create_or_find(name, said, traits, "staff")


def test_customers_are_a_table_with_types(people, shop):
    person("Zoe", {"note": LONG, "city": "Zoë 😀", "points": 3})
    row = ran(added(shop.url, table="crm.known"))
    assert (row.error, row.rows) == ("", 4)
    names = "rondpoint_id, email, phone, points, vip, zip, odd"
    [awa] = shop.run(f"SELECT {names} FROM crm.known WHERE phone IS NOT NULL")
    assert awa[:-1] == (
        str(Customer.objects.get(id=people).public_id), "awa@example.com;awa@example.org", "+33199001234", 12.5, 1,
        "01000",
    )  # fmt: skip
    assert json.loads(awa[-1]) == {"x": [1]}
    assert shop.run("SELECT note, city FROM crm.known WHERE points = 3") == [(LONG, "Zoë 😀")]
    types = dict(
        shop.run("SELECT column_name, column_type FROM information_schema.columns WHERE table_schema = 'crm'")
    )
    assert (types["points"], types["vip"], types["note"]) == ("double", "tinyint(1)", "longtext")
    assert shop.run("SHOW INDEX FROM crm.known")[0][4] == "rondpoint_id"
    assert shop.run("SELECT engine FROM information_schema.tables WHERE table_name = 'known'") == [("InnoDB",)]


def test_times_are_written_in_utc(people, shop):
    assert ran(added(shop.url, table="crm.facts", what="events", types=["Page Viewed"])).error == ""
    assert shop.run("SELECT occurred_at FROM crm.facts ORDER BY 1") == [(datetime(2026, 2, 3, 2, 40),)]


def test_readers_see_all_or_nothing_and_types_may_change(people, shop, monkeypatch):
    monkeypatch.setattr(databases, "LOCK_SECONDS", 1)
    shop.run("CREATE VIEW crm.seen AS SELECT 1 AS rondpoint_id; CREATE TABLE crm.orders (id int)")
    with pytest.raises(actions.Invalid, match="is a view"):
        added(shop.url, table="crm.seen")
    with pytest.raises(actions.Invalid, match="was not made here"):
        added(shop.url, table="crm.orders")
    with pytest.raises(actions.Invalid, match="no schema 'planet'"):
        added(shop.url, table="planet.known")
    row = ran(added(shop.url, table="crm.known"))
    assert row.error == ""
    with reader(shop) as asked:
        assert asked("SELECT count(*), max(points) FROM crm.known") == [(3, 12.5)]
        person("Zoe", {"points": 1})
        assert ran(row, 2 * clock.HOUR).error == ""
        assert asked("SELECT count(*) FROM crm.known") == [(3,)]
    assert shop.run("SELECT count(*) FROM crm.known") == [(4,)]
    person("Lea", {"points": "many", "vip": "sometimes", ODD: 7})
    with reader(shop) as asked:
        asked("SELECT 1 FROM crm.known")
        assert "Lock wait timeout" in ran(row, 4 * clock.HOUR).error, "nobody waits behind us for long"
    assert shop.run("SELECT count(*) FROM crm.known") == [(4,)]
    assert ran(row, 6 * clock.HOUR).error == ""
    assert ran(row, 8 * clock.HOUR).error == "", "what became text stays so"
    found = dict(shop.run("SELECT email, points FROM crm.known WHERE email <> ''"))
    assert found == {"awa@example.com;awa@example.org": "12.5", "Zoe@example.com": "1", "Lea@example.com": "many"}
    assert shop.run('SELECT max(`50% (off) "x" _y`) FROM crm.known') == [(7.0,)]


def test_what_ends_on_its_way_leaves_what_was_there(people, shop, monkeypatch):
    row = ran(added(shop.url, table="crm.known"))

    def broken(*_given):
        yield [["x"] * 3]
        raise ValueError("the rows ended")

    monkeypatch.setattr("rondpoint.hub.exports.people.rows", broken)
    monkeypatch.setattr("rondpoint.hub.exports.people.columns", lambda _segment: ["rondpoint_id", "email", "phone"])
    assert ran(row, 2 * clock.HOUR).error == "the rows ended"
    assert shop.run("SELECT count(*) FROM crm.known") == [(3,)]
