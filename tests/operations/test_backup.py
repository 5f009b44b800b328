"""A house comes back as it was: every row, every file, what one finds and how one signs in, on either engine."""

import json
import re
import tarfile

import httpx
import pytest
from django.apps import apps

PASSWORD = "rondpoint-demo"


@pytest.fixture(scope="module")
def backup(full, tmp_path_factory):
    file = tmp_path_factory.mktemp("backups") / "full.backup"
    said = full.run("backup", file)
    rows = sum(len(table) for table in full.rows().values())
    assert f" {rows:,} rows " in said and " 4 files," in said, said
    return file


@pytest.fixture(scope="module")
def on_lite(on_sqlite, backup):
    home = on_sqlite()
    home.run("restore", backup, "--moved")
    return home


@pytest.fixture(scope="module")
def on_postgres(on_postgresql, backup):
    home = on_postgresql()
    home.run("restore", backup, "--moved")
    return home


def without_nul(value):
    """A value as PostgreSQL can keep it: no NUL, no half of a surrogate pair."""
    if isinstance(value, str):
        return value.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {name: without_nul(held) for name, held in value.items()}
    if isinstance(value, list):
        return [without_nul(held) for held in value]
    return value


def differences(old: dict, new: dict) -> list[str]:
    assert old.keys() == new.keys()
    found = []
    for name in old:
        if old[name].keys() != new[name].keys():
            found.append(f"{name}: other keys")
        found += [f"{name} {key}" for key, row in old[name].items() if new[name].get(key, row) != row]
    return found


def test_the_house_of_the_tests_has_rows_in_every_table(full):
    assert [name for name, rows in full.rows().items() if not rows] == []


def test_every_table_of_the_database_is_a_model_or_derived(full):
    """What is neither would be lost without a word."""
    tables = dict(full.query("SELECT name, sql FROM sqlite_master WHERE type = 'table'"))
    models = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
    # An index of words over what is kept elsewhere, with the tables that SQLite keeps for it.
    indexes = [name for name, sql in tables.items() if re.search("VIRTUAL.*(content='[^']|fts5vocab)", sql or "")]
    kept = {name for name in tables if not any(name == each or name.startswith(f"{each}_") for each in indexes)}
    assert len(indexes) >= 3
    assert kept - models == {"django_migrations", "sqlite_sequence"}


def test_sqlite_to_sqlite(full, on_lite):
    home = on_lite
    assert differences(full.rows(), home.rows()) == []
    same_besides_rows(full, home)
    numbers = "SELECT name, seq FROM sqlite_sequence WHERE name <> 'django_migrations' ORDER BY name"
    assert home.query(numbers) == full.query(numbers)
    for index in ("conversations_message_words", "conversations_note_words", "customers_findable_index"):
        home.change(f"INSERT INTO {index}({index}, rank) VALUES ('integrity-check', 1)")


def test_sqlite_to_postgresql(full, on_postgres):
    expected = {
        name: {key: without_nul(row) for key, row in rows.items()} for name, rows in full.rows().items()
    }
    assert differences(expected, on_postgres.rows()) == []
    same_besides_rows(full, on_postgres)
    stale = "SELECT count(*) FROM conversations_message m WHERE search IS DISTINCT FROM conversations_words(m)"
    assert on_postgres.query(stale) == [(0,)]


def test_postgresql_gives_the_numbers_that_would_have_come(on_postgres):
    (last,) = on_postgres.query("SELECT max(id) FROM events_event")[0]
    columns = "(type, channel, source, message_id, occurred, received, properties)"
    statement = f"INSERT INTO events_event {columns} VALUES ('t', '', 's', 'n', 0, 0, '{{}}')"
    on_postgres.change(statement)
    assert on_postgres.query("SELECT id FROM events_event WHERE message_id = 'n'") == [(last + 1,)]
    on_postgres.change("DELETE FROM events_event WHERE message_id = 'n'")


def test_postgresql_to_sqlite(on_postgres, on_sqlite, tmp_path):
    on_postgres.run("backup", tmp_path / "back")
    home = on_sqlite()
    home.run("restore", tmp_path / "back", "--moved")
    assert differences(on_postgres.rows(), home.rows()) == []
    same_besides_rows(on_postgres, home)


def same_besides_rows(old, new):
    assert new.contents() == old.contents() and len(new.contents()) == 4
    for name in ("secret", "demo.json", "outbox/1.2-a.eml"):
        assert (new.path / name).read_bytes() == (old.path / name).read_bytes(), name
    assert (new.path / "secret").stat().st_mode & 0o777 == 0o600
    applied = "SELECT app, name FROM django_migrations ORDER BY app, name"
    assert sorted(new.query(applied)) == sorted(old.query(applied))


@pytest.fixture(scope="module")
def was(full, on_sqlite):
    """What the old house answered."""
    old = on_sqlite().copy_of(full)
    with old.desk():
        return answers(old, full.said["key"])


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_one_works_on_in_it(engine, full, was, on_lite, on_postgres):
    """The API answers the same, words and people are found, a password opens the desk."""
    home = on_lite if engine == "sqlite" else on_postgres
    with home.desk():
        after = answers(home, full.said["key"])
        for path, answer in was.items():
            assert after[path] == answer, path
        assert was["search"] and was["people"]
        assert signs_in(home, "samir@example.com", PASSWORD)
        assert not signs_in(home, "samir@example.com", "another password")


def answers(home, key: str) -> dict:
    api = httpx.Client(base_url=f"{home.url}/api/v1", headers={"Authorization": f"Bearer {key}"}, timeout=30)
    said = {}
    for path in ("/customers?q=ma&limit=100", "/conversations?limit=100", "/connections", "/quarantine"):
        said[path] = api.get(path)
    first = said["/conversations?limit=100"].json()["items"][0]["id"]
    for path in (f"/conversations/{first}", f"/conversations/{first}/messages"):
        said[path] = api.get(path)
    for path, answer in said.items():
        assert answer.status_code == 200, (path, answer.text)
    said = {path: without_nul(answer.json()) for path, answer in said.items()}
    with httpx.Client(base_url=home.url, timeout=30) as browser:
        sign_in(browser, "samir@example.com", PASSWORD)
        page = browser.get("/search?q=commande")
        assert page.status_code == 200, page.headers
        said["search"] = re.findall(r'class="find" href="(/conversations/[^"]+)"', page.text)
        page = browser.get("/customers?q=ma")
        said["people"] = re.findall(r'href="(/customers/[^"]+)"', page.text)
    return said


def sign_in(browser: httpx.Client, email: str, password: str) -> httpx.Response:
    page = browser.get("/login")
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text).group(1)
    form = {"csrfmiddlewaretoken": token, "username": email, "email": email, "password": password}
    return browser.post("/login", data=form, headers={"Origin": "http://127.0.0.1:8000"})


def signs_in(home, email: str, password: str) -> bool:
    with httpx.Client(base_url=home.url, timeout=30) as browser:
        return sign_in(browser, email, password).status_code == 302


def test_the_file_is_one_any_tar_reads_and_nobody_else_may(full, backup):
    assert backup.stat().st_mode & 0o777 == 0o600
    with tarfile.open(backup) as tar:
        names = tar.getnames()
        manifest = json.load(tar.extractfile("manifest.json"))
        assert tar.extractfile("home/secret").read() == (full.path / "secret").read_bytes()
    assert names[0] == "rondpoint-backup.json" and names[-2:] == ["manifest.json", "seal"]
    assert {f"files/{sha256}" for sha256 in full.said["files"].values()} <= set(names)
    assert manifest["head"]["engine"] == "sqlite" and manifest["files"]["count"] == 4
    assert {table["name"]: table["rows"] for table in manifest["tables"]} == {
        name: len(rows) for name, rows in full.rows().items()
    }
