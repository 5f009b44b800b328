"""What is learnt here is written back into the table that is read: these cells of these rows, the newest word on both
sides, and nothing goes to and fro."""

import contextlib
import sqlite3
from datetime import UTC, date, datetime

import psycopg
import pytest

from rondpoint.accounts.models import AuditEntry
from rondpoint.customers import actions as customers
from rondpoint.customers import queries
from rondpoint.customers.models import Customer, Identifier, Profile
from rondpoint.customers.types import Evidence, IdentifierIn, Said
from rondpoint.hub import erasing as hub
from rondpoint.hub.imports import working
from rondpoint.hub.models import Import, Sync
from rondpoint.hub.rights import actions as rights
from rondpoint.hub.syncs import actions, returning
from rondpoint.lib import clock
from rondpoint.lib.db import write

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("children_here", "inside")]
BY = "ada@example.com"
MEANING = {
    "no": "id", "mail": "email", "tel": "phone", "ville": "city", "ne": "birthday", "points": "number:points",
    "vip": "truth:vip", "modifie": "told_at", "code": "text:code", "la %ville": "city",
}  # fmt: skip
OLD = "2025-01-02 10:00:00"


@pytest.fixture
def shop(tmp_path):
    """The database of a shop, as an address and a way to ask it."""
    path = tmp_path / "shop.sqlite3"

    def run(statement, *given):
        with contextlib.closing(sqlite3.connect(path)) as database, database:
            return database.execute(statement, given).fetchall()

    run(
        "CREATE TABLE clients (no INTEGER, mail TEXT, tel TEXT, ville TEXT, ne DATE, points REAL, vip BOOLEAN,"
        " modifie DATETIME, code VARCHAR(5), autre TEXT)"
    )
    for number in range(3):
        row = (number + 1, f"n{number + 1}@example.com", None, "Lyon", None, 1.5, 0, OLD, "a", "theirs")
        run("INSERT INTO clients VALUES (?,?,?,?,?,?,?,?,?,?)", *row)
    run.url, run.path = f"sqlite:///{path}", path
    return run


@pytest.fixture
def clock_of():
    """The time of the worker, an hour later each time it is asked."""
    now = [clock.now()]

    def later():
        now[0] += clock.HOUR
        return now[0]

    return later


def sync(url, columns=("ville",), table="clients", left_out=()):
    row = actions.add_database("customers", "Shop", url, table, "", 60, "shop", "FR", BY)
    actions.choose(row, [MEANING.get(name, "") if name not in left_out else "" for name in row.header], BY)
    returning.choose(row, list(columns), BY)
    return row


def look(row, now):
    """One time round: what is there is read, then what is known is written."""
    actions.run_due(now)
    while working.work("test"):
        pass
    done = returning.run_due(now)
    row.refresh_from_db()
    assert done == 1 and row.error == ""
    return row


def of(number):
    return Identifier.objects.select_related("profile").get(kind="account", scope="shop", value=str(number)).profile


def told(number, **traits):
    customers.edit(of(number).owner, traits, BY)


def counts(row):
    last = Import.objects.filter(sync=row).order_by("-id").first()
    return last.new, last.changed, last.known


def test_what_staff_said_is_written_and_two_rounds_more_change_nothing(brand, shop, clock_of):
    row = look(sync(shop.url, ["ville", "ne", "points", "vip"]), clock_of())
    assert row.written == 0, "nothing is known here that the shop does not say"
    told(2, city="Nantes", birthday="1988-04-12", points=7, vip=True)
    before = shop("SELECT * FROM clients WHERE no <> 2")
    row = look(row, clock_of())
    assert (row.written, row.left, row.unwritten, row.write_error) == (1, 0, [], "")
    [found] = shop("SELECT ville, ne, points, vip, mail, autre, modifie FROM clients WHERE no = 2")
    assert found[:6] == ("Nantes", "1988-04-12", 7.0, 1, "n2@example.com", "theirs") and found[6] > OLD
    assert shop("SELECT * FROM clients WHERE no <> 2") == before
    assert queries.golden(of(2).owner).traits["city"].by == BY, "it is her word still"
    table = shop("SELECT * FROM clients")
    profiles = list(Profile.objects.order_by("id").values_list("traits", flat=True))
    look(row, clock_of())
    assert counts(row) == (0, 0, 3), "what was written comes in again as known"
    assert look(row, clock_of()).written == 0
    assert shop("SELECT * FROM clients") == table
    assert list(Profile.objects.order_by("id").values_list("traits", flat=True)) == profiles
    assert AuditEntry.objects.filter(action="sync.written").count() == 1


def test_without_a_time_in_the_rows_nothing_goes_to_and_fro_either(brand, shop, clock_of):
    row = look(sync(shop.url, left_out=["modifie"]), clock_of())
    told(1, city="Nantes")
    assert look(row, clock_of()).written == 1
    assert shop("SELECT ville, modifie FROM clients WHERE no = 1") == [("Nantes", OLD)]
    assert (look(row, clock_of()).written, look(row, clock_of()).written) == (0, 0)
    shop("UPDATE clients SET ville = 'Brest' WHERE no = 1")
    assert look(row, clock_of()).written == 0
    assert queries.golden(of(1).owner).traits["city"].value == "Brest"
    assert shop("SELECT ville FROM clients WHERE no = 1") == [("Brest",)]


@pytest.mark.parametrize("change", ["ville = 'Brest'", "ville = NULL", "modifie = '2099-01-01 00:00:00'"])
def test_a_row_that_changed_meanwhile_is_left(brand, shop, clock_of, change):
    row = look(sync(shop.url), clock_of())
    told(1, city="Nantes")
    told(2, city="Nantes")
    now = clock_of()
    actions.run_due(now)
    while working.work("test"):
        pass
    shop(f"UPDATE clients SET {change} WHERE no = 1")
    there = shop("SELECT ville, modifie FROM clients WHERE no = 1")
    returning.run_due(now)
    row.refresh_from_db()
    assert (row.written, row.left) == (1, 1)
    assert shop("SELECT ville, modifie FROM clients WHERE no = 1") == there
    assert shop("SELECT ville FROM clients WHERE no = 2") == [("Nantes",)]


def test_an_older_word_of_another_source_is_not_written(brand, shop, clock_of):
    row = look(sync(shop.url), clock_of())
    told(1, city="Nantes")
    shop("UPDATE clients SET ville = 'Brest', modifie = ? WHERE no = 1",
         clock.to_datetime(clock.now() + clock.SECOND).isoformat(" "))  # fmt: skip
    with write():
        Profile.objects.filter(source="staff").update(
            traits={"city": {"value": "Nantes", "at": clock.now() - clock.DAY, "by": BY}}
        )
    assert look(row, clock_of()).written == 0
    assert shop("SELECT ville FROM clients WHERE no = 1") == [("Brest",)]


def test_rows_that_do_not_fit_or_are_not_there_are_told_and_the_others_go_on(brand, shop, clock_of):
    row = look(sync(shop.url, ["ville", "code", "points"]), clock_of())
    told(1, code="much too long")
    told(2, city="Nantes")
    told(3, points="many")
    shop("INSERT INTO clients (no, mail, ville, modifie) VALUES (4, 'n4@example.com', 'Lyon', ?)", OLD)
    row = look(row, clock_of())
    assert row.written == 1 and dict(row.unwritten) == {
        "1": "code: at most 5 characters", "3": "points: 'many' is no number",
    }  # fmt: skip
    told(4, city="Nantes")
    shop("DELETE FROM clients WHERE no = 4")
    row = look(row, clock_of())
    assert dict(row.unwritten)["4"] == "there is no row with this number, or more than one"
    assert shop("SELECT count(*) FROM clients") == [(3,)], "no row is added"


def test_a_chosen_column_that_is_gone_is_told(brand, shop, clock_of):
    row = look(sync(shop.url, ["ville", "code"]), clock_of())
    told(1, city="Nantes")
    row.refresh_from_db()
    actions.run_due(now := clock_of())
    while working.work("test"):
        pass
    shop("ALTER TABLE clients DROP COLUMN code")
    returning.run_due(now)
    row.refresh_from_db()
    assert row.write_error.startswith("there is no column 'code'")
    assert shop("SELECT ville FROM clients WHERE no = 1") == [("Lyon",)]


def test_addresses_are_written_only_where_they_are_chosen_and_somebody_vouches_for_them(brand, shop, clock_of):
    row = look(sync(shop.url), clock_of())
    known = [IdentifierIn("email", "n1@example.com", Evidence.VERIFIED),
             IdentifierIn("phone", "+33199000042", Evidence.VERIFIED)]  # fmt: skip
    with write():
        customers.hear([Said("centre", "n1", clock.now(), {}, tuple(known))])
        centre = Profile.objects.get(source="centre")
        if centre.owner != of(1).owner:
            customers.merge(of(1).owner, centre.owner, BY)
    customers.add_address(of(2).owner, "phone", "+33199000043", BY)
    assert look(row, clock_of()).written == 0
    returning.choose(row, ["tel"], BY)
    assert look(row, clock_of()).written == 1
    assert shop("SELECT tel, mail FROM clients ORDER BY no") == [
        ("+33199000042", "n1@example.com"), (None, "n2@example.com"), (None, "n3@example.com"),
    ]  # fmt: skip
    assert (look(row, clock_of()).written, counts(row)) == (0, (0, 0, 3))
    assert Customer.objects.filter(merged_into=None).count() == 3


def test_whoever_was_forgotten_is_not_written(brand, shop, clock_of):
    row = look(sync(shop.url), clock_of())
    told(1, city="Nantes")
    subject = customers.subject_of(queries.profile_ids(of(1).owner), clock.now())
    rights.erase(Customer.objects.get(id=of(1).owner), BY)
    assert look(row, clock_of()).written == 0
    assert shop("SELECT ville FROM clients WHERE no = 1") == [("Lyon",)]
    for failed, hers in (["1", "too long"], True), (["9", "n1@example.com is taken"], True), (["2", "too long"], False):
        row.unwritten = [failed]
        with write():
            row.save(update_fields=["unwritten"])
            hub._without_unwritten(subject, [row] if hub._unwritten(subject, row) else [])
        row.refresh_from_db()
        assert row.unwritten == ([] if hers else [failed])


def test_off_by_default_and_never_who_a_row_is_about(brand, shop, clock_of):
    row = sync(shop.url, [])
    assert returning.columns(row) == ["mail", "tel", "ville", "ne", "points", "vip", "code"]
    for name in ("no", "modifie", "autre", "nothing"):
        with pytest.raises(actions.Invalid, match="is none of"):
            returning.choose(row, [name], BY)
    select = actions.add_database("customers", "S", shop.url, "SELECT * FROM clients", "", 60, "shop", "FR", BY)
    actions.choose(select, [MEANING.get(name, "") for name in select.header], BY)
    with pytest.raises(actions.Invalid, match="only a table"):
        returning.choose(select, ["ville"], BY)
    actions.run_due(now := clock_of())
    while working.work("test"):
        pass
    assert returning.run_due(now) == 0


def test_screen(desk, shop, clock_of):
    row = look(sync(shop.url), clock_of())
    place = f"/syncs/{row.public_id}"
    told(1, city="Nantes")
    assert "Write back what is learnt here" in desk.get(place).content.decode()
    page = desk.post(f"{place}/write-back", {"columns": ["ville", "code"], "try": "1"}).content.decode()
    assert "Rows that would be written: 1;" in page and "Nantes" in page
    assert shop("SELECT ville FROM clients WHERE no = 1") == [("Lyon",)], "nothing was written"
    assert Sync.objects.get().write_back == ["ville"]
    assert desk.post(f"{place}/write-back", {"columns": ["no"]}).status_code == 422
    desk.post(f"{place}/write-back", {"columns": ["ville", "code"]})
    assert Sync.objects.get().write_back == ["ville", "code"]
    told(2, code="much too long")
    look(row, clock_of())
    page = desk.get(place).content.decode()
    assert "Rows written: 1;" in page and "code: at most 5 characters" in page
    desk.post(f"{place}/write-back")
    assert Sync.objects.get().write_back == []
    assert AuditEntry.objects.filter(action="sync.write_back").count() == 3


def test_by_the_api(api, shop, clock_of):
    row = look(sync(shop.url), clock_of())
    place = f"/api/v1/syncs/{row.public_id}"

    def sent(verb, path, body):
        return getattr(api, verb)(f"{place}{path}", body, content_type="application/json")

    assert sent("patch", "", {"write_back": ["no"]}).json()["errors"][0]["field"] == "write_back"
    changed = sent("patch", "", {"write_back": ["code", "ville"]}).json()
    assert (changed["write_back"]["columns"], changed["state"]) == (["ville", "code"], "active")
    told(1, city="Nantes")
    told(2, code="much too long")
    tried = sent("post", "/write-back/try", {}).json()
    assert (tried["rows"], tried["left"], tried["whole"]) == (1, 0, True)
    assert tried["failed"] == [{"number": "2", "reason": "code: at most 5 characters"}]
    assert tried["examples"][0] == {
        "number": "1", "changes": [{"column": "ville", "before": "Lyon", "after": "Nantes"}],
    }  # fmt: skip
    assert sent("post", "/write-back/try", {"write_back": ["mail"]}).json()["rows"] == 0
    assert sent("post", "/write-back/try", {"write_back": ["no"]}).status_code == 422
    look(row, clock_of())
    found = api.get(place).json()["write_back"]
    assert (found["written"], found["failed"]) == (1, [{"number": "2", "reason": "code: at most 5 characters"}])
    assert sent("patch", "", {"active": False}).json()["state"] == "off"


TYPED = {"city": "Nantes", "birthday": "1988-04-12", "points": 7.25, "vip": True}


@pytest.mark.peer
def test_postgresql(brand, postgres, clock_of):
    url = postgres.url.replace("rondpoint@", "rondpoint:x@")
    with psycopg.connect(postgres.url, autocommit=True) as server:
        server.execute("CREATE SCHEMA crm")
        try:
            server.execute(
                'CREATE TABLE crm."les clients" (no int PRIMARY KEY, mail text, ville varchar(8), ne date,'
                " points numeric(8, 2), vip boolean, modifie timestamptz)"
            )
            server.execute('CREATE VIEW crm.clients AS SELECT * FROM crm."les clients"')
            server.execute(
                'INSERT INTO crm."les clients" SELECT n, \'n\' || n || \'@example.com\', \'Lyon\', NULL, 1, false, %s'
                " FROM generate_series(1, 3) AS n", [datetime(2025, 1, 2, tzinfo=UTC)],
            )  # fmt: skip
            row = look(sync(url, ["ville", "ne", "points", "vip"], "crm.clients"), clock_of())
            told(1, **TYPED)
            told(2, city="a town too long")
            row = look(row, clock_of())
            assert (row.written, row.write_error) == (1, "") and row.unwritten[0][0] == "2"
            found = server.execute("SELECT ville, ne, points, vip FROM crm.clients WHERE no = 1").fetchone()
            assert found[:2] == ("Nantes", date(1988, 4, 12)) and (float(found[2]), found[3]) == (7.25, True)
            look(row, clock_of())
            assert counts(row) == (0, 0, 3) and look(row, clock_of()).written == 0
            told(3, city="Brest")
            server.execute("CREATE ROLE reader LOGIN")
            server.execute("GRANT USAGE ON SCHEMA crm TO reader")
            server.execute("GRANT SELECT ON ALL TABLES IN SCHEMA crm TO reader")
            readers = sync(url.replace("rondpoint:x@", "reader:x@"), ["ville"], "crm.clients")
            tried = returning.trial(readers, ["ville"])
            assert (tried["rows"], tried["failed"]) == (1, [["2", "ville: at most 8 characters"]])
            with write():
                Sync.objects.filter(id=row.id).delete()
            readers = look(readers, clock_of())
            assert readers.written == 0 and "permission denied" in dict(readers.unwritten)["3"]
        finally:
            server.execute("DROP SCHEMA crm CASCADE")
            server.execute("DROP ROLE IF EXISTS reader")


@pytest.mark.peer
def test_mariadb(brand, mariadb, clock_of):
    mariadb.run(
        "CREATE TABLE shop.written (no int PRIMARY KEY, mail varchar(99), `la %ville` varchar(8), ne date,"
        " points decimal(8, 2), vip tinyint(1), modifie timestamp NULL);"
        " INSERT INTO shop.written SELECT seq, concat('n', seq, '@example.com'), 'Lyon', NULL, 1, 0,"
        " '2025-01-02 10:00:00' FROM seq_1_to_3; SET GLOBAL sql_mode = ''"
    )
    row = look(sync(mariadb.url, ["la %ville", "ne", "points", "vip"], "written"), clock_of())
    told(1, **TYPED)
    told(2, city="a town too long")
    row = look(row, clock_of())
    assert (row.written, row.write_error) == (1, "") and row.unwritten[0][0] == "2"
    found = mariadb.run("SELECT `la %ville`, ne, points, vip FROM shop.written WHERE no = 1")[0]
    assert found[:2] == ("Nantes", date(1988, 4, 12)) and (float(found[2]), found[3]) == (7.25, 1)
    look(row, clock_of())
    assert counts(row) == (0, 0, 3) and look(row, clock_of()).written == 0
    told(3, city="Brest")
    mariadb.run("CREATE USER reader@'127.0.0.1' IDENTIFIED BY 'x'; GRANT SELECT ON shop.* TO reader@'127.0.0.1'")
    readers = sync(mariadb.url.replace("rondpoint:shop-window", "reader:x"), ["la %ville"], "written")
    with write():
        Sync.objects.filter(id=row.id).delete()
    readers = look(readers, clock_of())
    assert readers.written == 0 and "denied" in dict(readers.unwritten)["3"]
