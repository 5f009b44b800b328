"""Whoever was erased stays erased when an older backup is put back, here or elsewhere; and who came back stays."""

import json

import pytest

WORD = "kanarik8r"
HEAD, LUC = "email,phone,name,city\n", "luc@example.org,,Luc Bernard,Paris\n"
ROWS = f"{HEAD}{WORD}@example.com,+33199007732,{WORD} Person,Lyon\n{LUC}"


def known(home) -> list[str]:
    return sorted(name for (name,) in home.query("SELECT name FROM customers_customer WHERE merged_into_id IS NULL"))


def bytes_of(home) -> list[str]:
    return [
        path.name for path in home.path.rglob("*")
        if path.is_file() and (WORD.encode() in path.read_bytes() or b"33199007732" in path.read_bytes())
    ]  # fmt: skip


@pytest.fixture(scope="module")
def told(on_sqlite, tmp_path_factory):
    """A house that knew two people, a backup of then, and one who was erased since."""
    folder = tmp_path_factory.mktemp("forgotten")
    (folder / "people.csv").write_text(ROWS)
    home = on_sqlite()
    home.run("import", "customers", folder / "people.csv")
    home.run("backup", folder / "before")
    query = f"SELECT public_id FROM customers_customer WHERE name = '{WORD} Person'"
    ((public_id,),) = home.query(query)
    receipt = json.loads(home.run("erase", "customer", public_id))
    assert (receipt["state"], receipt["removed"]["profiles"]) == ("done", 1)
    return home, folder, public_id


def test_the_command_forgets_and_prints_a_receipt(told):
    home, _folder, public_id = told
    assert known(home) == ["Luc Bernard"]
    assert bytes_of(home) == []
    assert "no customer" in home.attempt("erase", "customer", public_id).stderr


def test_an_older_backup_in_its_place_forgets_her_again(told):
    home, folder, _ = told
    assert "1 customers who were erased" in home.run("restore", folder / "before", "--replace")
    assert known(home) == ["Luc Bernard"]
    assert bytes_of(home) == []


def test_on_another_machine_the_ledger_is_brought(told, on_sqlite):
    home, folder, _ = told
    other = on_sqlite()
    said = other.run("restore", folder / "before", "--ledger", home.path / "erasures.jsonl")
    assert "1 customers who were erased" in said
    assert known(other) == ["Luc Bernard"]
    assert bytes_of(other) == []
    without = on_sqlite()
    without.run("restore", folder / "before")
    assert len(known(without)) == 2


def test_on_postgresql_too(told, on_postgresql):
    home, folder, _ = told
    other = on_postgresql()
    said = other.run("restore", folder / "before", "--ledger", home.path / "erasures.jsonl")
    assert "1 customers who were erased" in said
    assert known(other) == ["Luc Bernard"]
    assert WORD not in str(other.rows())
    assert bytes_of(other) == []


def test_a_database_that_cannot_be_read_leaves_the_ledger_beside_it(told):
    home, folder, _ = told
    for name in ("rondpoint.sqlite3", "rondpoint.sqlite3-wal", "rondpoint.sqlite3-shm"):
        (home.path / name).unlink(missing_ok=True)
    home.run("restore", folder / "before", "--replace")
    assert known(home) == ["Luc Bernard"]


def test_who_came_back_after_it_stays(told):
    home, folder, _ = told
    home.run("import", "customers", folder / "people.csv")
    assert known(home) == sorted(["Luc Bernard", f"{WORD} Person"])
    home.run("backup", folder / "after")
    home.run("restore", folder / "after", "--replace")
    assert known(home) == sorted(["Luc Bernard", f"{WORD} Person"])


def test_a_foreign_or_damaged_ledger_is_refused_and_nothing_changes(told, on_sqlite):
    home, folder, _ = told
    other = on_sqlite()
    other.run("migrate")
    (folder / "people2.csv").write_text("email,name\nb@example.net,B Person\n")
    other.run("import", "customers", folder / "people2.csv")
    ((public_id,),) = other.query("SELECT public_id FROM customers_customer")
    other.run("erase", "customer", public_id)
    before = known(home)
    foreign = home.attempt("restore", folder / "before", "--replace", "--ledger", other.path / "erasures.jsonl")
    assert foreign.returncode != 0 and "another house" in foreign.stderr
    (folder / "bad").write_text("nonsense\n")
    damaged = home.attempt("restore", folder / "before", "--replace", "--ledger", folder / "bad")
    assert damaged.returncode != 0 and "no ledger" in damaged.stderr
    assert known(home) == before
