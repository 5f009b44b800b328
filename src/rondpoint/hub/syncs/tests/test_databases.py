"""A table of another system's database is read again and again from where it ended, and never changed."""

import contextlib
import sqlite3
from datetime import UTC, date, datetime
from decimal import Decimal

import msgspec
import psycopg
import pytest

from rondpoint.customers.models import Customer, Identifier
from rondpoint.hub import databases as reached
from rondpoint.hub.imports import actions as imports
from rondpoint.hub.imports import working
from rondpoint.hub.models import Import, RefusedRow, Sync
from rondpoint.hub.syncs import actions, databases, rules
from rondpoint.lib import clock

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("children_here")]
BY = "ada@example.com"


@pytest.fixture
def shop(tmp_path, inside):
    """The database of a shop, as an address and a way to write to it."""
    path = tmp_path / "shop.sqlite3"

    def run(statement, *given):
        with contextlib.closing(sqlite3.connect(path)) as database, database:
            return database.execute(statement, given).fetchall()

    run("CREATE TABLE clients (no TEXT, mail TEXT, tel TEXT, ville TEXT, points REAL, modifie INTEGER)")
    for number in range(3):
        said = (f"C{number}", f"n{number}@example.com", None, "Lyon", 1.5, number)
        run("INSERT INTO clients VALUES (?,?,?,?,?,?)", *said)
    run.url = f"sqlite:///{path}"
    return run


def worked():
    while working.work("test"):
        pass


def added(url, query="clients", growing="modifie", **more):
    said = {"kind": "customers", "name": "Shop", "minutes": 60, "origin": "shop", "country": "FR", "by": BY, **more}
    return actions.add_database(url=url, query=query, growing=growing, **said)


MAPPING = ["id", "email", "phone", "city", "number:points", ""]


def test_a_table_is_looked_into_mapped_and_read_from_where_it_ended(brand, shop):
    row = added(shop.url)
    assert row.header == ["no", "mail", "tel", "ville", "points", "modifie"] and row.samples[0][1] == "n0@example.com"
    assert (row.mapping[1], row.mapping[2], row.mapping[3], row.active) == ("email", "phone", "city", False)
    assert "shop.sqlite3" not in row.address, "it is sealed"
    now = clock.now() + clock.MINUTE
    assert actions.run_due(now) == 0, "nobody said what the columns mean"
    actions.choose(row, MAPPING, BY)
    assert row.samples == [], "what was shown of its rows is needed no more"
    assert actions.run_due(now) == 1
    worked()
    first = Import.objects.get()
    assert (first.state, first.new, first.sync) == ("done", 3, row), first.error
    assert Customer.objects.count() == 3
    assert actions.run_due(now + clock.HOUR) == 1
    worked()
    assert Import.objects.count() == 2, "the last row stands where it ended, and is read again"
    assert Import.objects.last().known == 1
    assert actions.run_due(now + 2 * clock.HOUR) == 1
    assert Import.objects.count() == 2, "nothing differs"
    shop("INSERT INTO clients VALUES ('C9', 'n9@example.com', '01 99 00 00 42', 'Nantes', 2, 9)")
    shop("UPDATE clients SET ville = 'Paris', modifie = 10 WHERE no = 'C0'")
    assert actions.run_due(now + 3 * clock.HOUR) == 1
    worked()
    last = Import.objects.order_by("-id").first()
    assert (last.new, last.changed, last.known) == (1, 1, 1)
    assert Identifier.objects.filter(value="+33199000042").exists()


def test_what_an_import_did_not_bring_in_is_read_again(brand, shop):
    row = added(shop.url)
    actions.choose(row, MAPPING, BY)
    now = clock.now() + clock.MINUTE
    actions.run_due(now)
    imports.cancel(Import.objects.get(), BY)
    assert actions.run_due(now + clock.HOUR) == 1
    worked()
    assert Import.objects.order_by("-id").first().new == 3
    shop("DROP TABLE clients")
    actions.run_due(now + 2 * clock.HOUR)
    row.refresh_from_db()
    assert "no such table" in row.error
    shop("CREATE TABLE clients (no TEXT, mail TEXT, tel TEXT, ville TEXT, points REAL, modifie INTEGER)")
    shop("INSERT INTO clients VALUES ('C7', 'n7@example.com', NULL, '', 1, 7)")
    actions.run_due(now + 3 * clock.HOUR)
    worked()
    row.refresh_from_db()
    assert row.error == "" and row.reached == {"kind": "number", "value": "2"}
    assert Import.objects.order_by("-id").first().new == 1


def test_a_select_is_read_and_rows_that_do_not_hold_are_refused(brand, shop):
    shop("INSERT INTO clients VALUES ('C8', 'nobody', NULL, 'Lyon: 1', 1, 8)")
    row = added(shop.url, "SELECT no, mail, ville || ' 100%' AS \"la ville\" FROM clients WHERE no > 'C1' -- a\n;", "")
    assert row.header == ["no", "mail", "la ville"]
    actions.choose(row, ["id", "email", "city"], BY)
    actions.run_due(clock.now() + clock.MINUTE)
    worked()
    assert Import.objects.get().new == 1
    assert "is not an e-mail address" in RefusedRow.objects.get().reason
    assert RefusedRow.objects.get().cells[2] == "Lyon: 1 100%"


@pytest.mark.parametrize(
    "statement",
    [
        "", "DELETE FROM clients", "clients; DROP TABLE clients", "SELECT 1; DELETE FROM clients",
        "SELECT 1) AS x; DELETE FROM clients; SELECT * FROM (SELECT 1", "SELECT 1) AS x --", "SELECT (1", "SELECT 'a",
        "SELECT /* 1", "SELECT $$;$$", "SELECT E'\\'; DELETE FROM clients; --'", "PRAGMA journal_mode",
        "x" * 30_000 + " ",
        "ATTACH DATABASE 'x' AS y", "WITH x AS (SELECT 1)) DELETE FROM clients", 'SELECT "a', "clients.a.b.c",
        "INSERT INTO clients SELECT 1", "select 1 union select 2;;",
    ],
)  # fmt: skip
def test_only_a_table_or_one_select_is_asked(brand, shop, statement):
    with pytest.raises(rules.BadStatement):
        rules.statement(statement)
    with pytest.raises(actions.Invalid):
        added(shop.url, statement, "")
    assert shop("SELECT count(*) FROM clients") == [(3,)] and not Sync.objects.exists()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("clients", ("table", "clients")),
        (" public.clients ", ("table", "public.clients")),
        ("select 1;", ("select", "select 1")),
        ("SELECT ';--' AS a -- no", ("select", "SELECT ';--' AS a")),
        ("with a as (select 1) select * from a /* ; */", ("select", "with a as (select 1) select * from a")),
        ("SELECT 'it''s' AS \"a;b\"", ("select", "SELECT 'it''s' AS \"a;b\"")),
    ],
)
def test_what_may_be_asked(text, found):
    assert rules.statement(text) == found


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("nonsense", "no address of a database"),
        ("mssql+pyodbc://u:s3cret@db.example.com/x", "known are postgresql, mysql, mariadb, sqlite"),
        ("oracle+cx_oracle://u:s3cret@h/x", "no driver for oracle"),
        ("postgresql://u:s3cret@/x", "names no host"),
        ("postgresql://u:s3cret@/x?host=/var/run", "names 'host'"),
        ("postgresql://u:s3cret@h/x?service=y", "names 'service'"),
        ("postgresql://u:s3cret@nowhere.invalid/x", "is not known"),
        ("postgresql://u:s3cret@127.0.0.1:1/x", "refused"),
        ("mysql://u:s3cret@/x", "names no host"),
        ("mysql://u:s3cret@h/x?unix_socket=/run/mysqld.sock", "names 'unix_socket'"),
        ("mariadb://u:s3cret@h/x?read_default_file=/etc/my.cnf", "names 'read_default_file'"),
        ("mysql+pymysql://u:s3cret@h/x?local_infile=1", "names 'local_infile'"),
        ("mysql://u:s3cret@nowhere.invalid/x", "is not known"),
        ("mysql://u:s3cret@127.0.0.1:1/x", "refused"),
        ("mysql://u:s3cret@127.0.0.1:1/x?sslmode=perhaps", "expected sslmode"),
        ("sqlite:////nowhere/x.sqlite3", "no such file"),
        ("sqlite://", "no such file"),
    ],
)
def test_what_is_no_address_is_told_without_its_password(brand, inside, url, words):
    with pytest.raises(actions.Invalid) as invalid:
        added(url)
    assert words in str(invalid.value) and "s3cret" not in str(invalid.value)
    assert not Sync.objects.exists()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql://u:p@127.0.0.1/x", "not an address on the public internet"),
        ("postgresql://u:p@10.0.0.1/x", "not an address on the public internet"),
        ("postgresql://u:p@[::1]/x", "not an address on the public internet"),
        ("postgresql://u:p@localhost/x", "not an address on the public internet"),
        ("postgresql://u:p@192.0.2.1/x?sslmode=disable", "expected sslmode=require"),
        ("mysql://u:p@127.0.0.1/x", "not an address on the public internet"),
        ("mariadb://u:p@[::1]/x", "not an address on the public internet"),
        ("mysql://u:p@192.0.2.1/x?sslmode=prefer", "expected sslmode=require"),
    ],
)
def test_addresses_inside_are_refused_unless_the_house_allows_them(brand, settings, url, words):
    settings.ENVIRONMENT = msgspec.structs.replace(settings.ENVIRONMENT, allow_private=False)
    with pytest.raises(actions.Invalid, match=words):
        added(url)


def test_files_of_this_machine_are_read_only_where_allowed_and_never_our_own(brand, shop, settings):
    own = settings.RONDPOINT_HOME / "own.sqlite3"
    own.parent.mkdir(parents=True, exist_ok=True)
    own.touch()
    with pytest.raises(actions.Invalid, match="belongs to Rondpoint"):
        added(f"sqlite:///{own}")
    own.unlink()
    settings.ENVIRONMENT = msgspec.structs.replace(settings.ENVIRONMENT, allow_private=False)
    with pytest.raises(actions.Invalid, match="RONDPOINT_ALLOW_PRIVATE"):
        added(shop.url)


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, ""), (True, "true"), (b"x", ""), (3.0, "3"), (2.5, "2.5"), (Decimal("1.50"), "1.50"), ("a", "a"),
        (datetime(2026, 3, 4, 14, 5, tzinfo=UTC), "2026-03-04T14:05:00+00:00"), (date(2026, 3, 4), "2026-03-04"),
        (["a", "b"], "a;b"), (10**20, "1" + "0" * 20), ({"a": [1, "é"]}, '{"a": [1, "é"]}'), ([1, 2], "[1, 2]"),
    ],
)  # fmt: skip
def test_values_become_cells(value, cell):
    assert rules.cell(value) == cell


@pytest.mark.parametrize(
    "value", [7, Decimal("7.5"), date(2026, 3, 4), datetime(2026, 3, 4, 14, 5), datetime(2026, 3, 4, tzinfo=UTC), "k"]
)
def test_a_growing_value_is_read_again_from_there_and_a_time_from_a_little_before(value):
    again = rules.since(rules.kept(value))
    assert again == (value - rules.OVERLAP if isinstance(value, datetime) else value)
    assert rules.kept(True) is None and rules.kept(None) is None


def test_screens(desk, shop):
    said = {
        "reads": "database", "kind": "customers", "name": "Shop", "url": shop.url, "query": "clients",
        "growing": "nothing", "minutes": "60", "origin": "shop", "country": "FR",
    }  # fmt: skip
    answer = desk.post("/syncs", said)
    assert answer.status_code == 422 and "there is no column" in answer.content.decode()
    assert shop.url not in answer.content.decode(), "an address is typed again"
    desk.post("/syncs", {**said, "growing": "modifie"})
    row = Sync.objects.get()
    place = f"/syncs/{row.public_id}"
    page = desk.get(place).content.decode()
    assert "n0@example.com" in page and "Say what the columns mean" in page and "waits for you" in page
    desk.post(f"{place}/activity")
    assert not Sync.objects.get().active, "not before somebody said what the columns mean"
    wrong = desk.post(f"{place}/mapping", {"c0": "email", "c1": "email"})
    assert wrong.status_code == 422 and "two columns are" in wrong.content.decode()
    desk.post(f"{place}/mapping", {f"c{number}": field for number, field in enumerate(MAPPING)})
    desk.post(f"{place}/run")
    assert actions.run_due() == 1
    worked()
    page = desk.get(place).content.decode()
    assert "done" in page and "modifie" in page and "n0@example.com" not in page
    desk.post(f"{place}/run", {"whole": "1"})
    assert Sync.objects.get().reached is None
    assert "database" in desk.get("/syncs").content.decode()


def test_by_the_api(api, shop):
    said = {"kind": "customers", "name": "Shop", "url": shop.url, "query": "clients", "origin": "shop"}

    def post(**more):
        return api.post("/api/v1/syncs", {**said, **more}, content_type="application/json")

    assert post(query="DROP TABLE clients").status_code == 422
    assert post(map={"planet": "email"}).json()["errors"][0]["field"] == "map"
    assert post(map={"no": "planet"}).status_code == 422 and not Sync.objects.exists()
    waits = post()
    assert (waits.status_code, waits.json()["state"]) == (201, "waits")
    for verb, path, body in (("patch", "", {"active": True}), ("post", "/run", {})):
        refused = getattr(api, verb)(f"/api/v1/syncs/{waits.json()['id']}{path}", body, content_type="application/json")
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "active")
    assert api.delete(f"/api/v1/syncs/{waits.json()['id']}").status_code == 204
    found = post(map={"no": "id", "mail": "email"}, growing="modifie").json()
    assert found["state"] == "active" and found["columns"]["no"] == "id" and shop.url not in str(found)
    place = f"/api/v1/syncs/{found['id']}"
    assert api.post(f"{place}/run", {}, content_type="application/json").status_code == 202
    actions.run_due(clock.now() + clock.MINUTE)
    worked()
    assert api.get(place).json()["ran_at"] and Customer.objects.count() == 3
    assert [each["id"] for each in api.get("/api/v1/syncs").json()["items"]] == [found["id"]]
    assert api.patch(place, {"active": False}, content_type="application/json").json()["state"] == "off"
    assert api.post(f"{place}/run", {}, content_type="application/json").status_code == 422
    assert api.patch(place, {"active": True}, content_type="application/json").json()["due_at"]
    assert api.get("/api/v1/syncs/none").status_code == 404
    file = api.post("/api/v1/syncs", {"kind": "customers", "name": "f", "url": "https://example.com/a.csv",
                                      "origin": "crm"}, content_type="application/json")  # fmt: skip
    assert (file.status_code, file.json()["reads"]) == (201, "file")


def test_a_table_is_checked_before_it_is_read(desk, shop):
    shop("INSERT INTO clients VALUES ('C8', 'nobody', NULL, 'Lyon', 1, 8)")
    row = added(shop.url)
    place = f"/syncs/{row.public_id}"
    desk.post(f"{place}/check")
    assert actions.run_due() == 0, "nobody said what the columns mean"
    assert "Check first" in desk.get(place).content.decode()
    desk.post(f"{place}/mapping", {f"c{number}": field for number, field in enumerate(MAPPING)} | {"check": "1"})
    assert actions.run_due() == 1
    worked()
    found = Import.objects.get()
    assert (found.state, found.found["new"], found.found["refused"]) == ("checked", 3, 1)
    assert not Customer.objects.exists()
    row.refresh_from_db()
    assert (row.active, row.chosen, row.checks, row.ran, row.reached) == (False, True, False, None, None)
    page = desk.get(place).content.decode()
    assert "What a look would bring in" in page and "Say what the columns mean" not in page
    desk.post(f"{place}/activity")
    now = clock.now() + clock.MINUTE
    assert actions.run_due(now) == 1
    worked()
    assert Customer.objects.count() == 3
    actions.check(row)
    assert actions.run_due() == 1
    worked()
    assert actions.checked(row).found["known"] == 3
    shop("INSERT INTO clients VALUES ('C9', 'n9@example.com', NULL, 'Nantes', 2, 9)")
    assert actions.run_due(now + 2 * clock.HOUR) == 1
    worked()
    row.refresh_from_db()
    assert row.reached == {"kind": "number", "value": "8"}, "what a check saw was not brought in"
    assert Customer.objects.count() == 4
    shop("DELETE FROM clients")
    actions.check(row)
    actions.run_due()
    row.refresh_from_db()
    assert row.error == "there are no rows to look at"


def test_a_check_by_the_api(api, shop):
    said = {
        "kind": "customers", "name": "Shop", "url": shop.url, "query": "clients", "origin": "shop", "check": True,
        "map": {"no": "id", "mail": "email"},
    }  # fmt: skip
    made = api.post("/api/v1/syncs", said, content_type="application/json").json()
    assert (made["state"], made["check"]["state"]) == ("off", "waiting")
    place = f"/api/v1/syncs/{made['id']}"
    assert actions.run_due() == 1
    worked()
    found = api.get(place).json()["check"]
    assert (found["state"], found["new"], found["refused"], found["reasons"]) == ("checked", 3, 0, [])
    assert api.get(f"/api/v1/imports/{found['import_id']}").json()["state"] == "checked"
    assert not Customer.objects.exists()
    again = api.post(f"{place}/check", {}, content_type="application/json")
    assert (again.status_code, again.json()["check"]["state"]) == (202, "waiting")
    assert api.patch(place, {"active": True}, content_type="application/json").json()["state"] == "active"
    waits = api.post("/api/v1/syncs", {**said, "map": {}}, content_type="application/json").json()
    refused = api.post(f"/api/v1/syncs/{waits['id']}/check", {}, content_type="application/json")
    assert (waits["state"], waits["check"], refused.status_code) == ("waits", None, 422)


@pytest.mark.peer
def test_postgresql_is_read_in_a_transaction_that_cannot_write(brand, inside, postgres, monkeypatch):
    url = postgres.url.replace("rondpoint@", "rondpoint:x@")
    with psycopg.connect(postgres.url, autocommit=True) as server:
        server.execute("CREATE SCHEMA shop")
        server.execute('CREATE TABLE shop.clients ("No" int, mail text, tags text[], total numeric, seen timestamptz)')
        server.execute(
            "INSERT INTO shop.clients SELECT n, 'n' || n || '@example.com', '{a,b}', n + 0.5,"
            " '2026-03-04 10:00+00'::timestamptz + n * interval '1 day' FROM generate_series(0, 5999) AS n"
        )
        server.execute("CREATE FUNCTION shop.spoil() RETURNS int LANGUAGE sql"
                       " AS 'DELETE FROM shop.clients RETURNING 1'")
        try:
            found = databases.fetch(url, "shop.clients", "seen", None, True)
            assert found["rows"] == 6000 and found["reached"]["kind"] == "time"
            again = databases.fetch(url, "SELECT mail, seen FROM shop.clients", "seen", found["reached"], True)
            assert (again["rows"], again["reached"]) == (1, found["reached"])
            peeked = databases.peek(url, "shop.clients", "", True)
            assert peeked["header"] == ["No", "mail", "tags", "total", "seen"]
            assert peeked["samples"][0][:4] == ["0", "n0@example.com", "a;b", "0.5"]
            for spoiling in ("SELECT shop.spoil()", "WITH x AS (DELETE FROM shop.clients RETURNING 1) SELECT * FROM x"):
                with pytest.raises(ValueError, match="read-only|data-modifying"):
                    databases.fetch(url, spoiling, "", None, True)
            monkeypatch.setattr(reached, "SECONDS", 0.05)
            with pytest.raises(ValueError, match="statement timeout"):
                databases.fetch(url, "SELECT pg_sleep(5)", "", None, True)
            assert server.execute("SELECT count(*) FROM shop.clients").fetchone() == (6000,)
        finally:
            server.execute("DROP SCHEMA shop CASCADE")
