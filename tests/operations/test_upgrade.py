"""Whoever comes from a released version loses nothing: what it wrote is read, brought forward, and still there."""

import json

import pytest
from django.test import override_settings

from rondpoint.config.safekeeping import archive, backup, check, restore, tables
from rondpoint.config.safekeeping.types import Failure
from tests.operations.homes import Home
from tests.operations.schemas import write
from tests.operations.test_backup import without_nul

BACKUPS = sorted(write.FOLDER.glob("*.backup"))
# What a later version keeps under another name or no more: (table, column) or (table, "*"), each with its reason.
CHANGED: dict[tuple[str, str], str] = {}


def test_every_released_version_left_a_backup():
    assert {path.stem for path in BACKUPS} == set(write.released()) != set()


def test_what_was_released_does_not_change():
    """A migration that somebody has applied already must stay as it is: make a new one."""
    here = write.present()
    changed = [
        f"{name} of {version} {'changed' if name in here else 'is gone'}"
        for version, sums in write.released().items()
        for name, sha256 in sums.items()
        if here.get(name) != sha256
    ]
    assert not changed, "\n".join(changed)


def written(file) -> dict[str, list[dict]]:
    """The rows of a backup by table, each value as the home's rows have it."""
    with file.open("rb") as opened:
        manifest = check.verify(opened)
        found = {table.name: [] for table in manifest.tables}
        by_name = {table.name: table for table in manifest.tables}
        for member in archive.members(opened):
            if member.name.startswith("tables/"):
                table = by_name[member.name.split("/")[1]]
                take = tables.reader(table, "sqlite")
                for line in archive.lines(member):
                    values = zip(table.columns, take(json.loads(line)), strict=True)
                    row = {name: json.loads(v) if kind == "json" and v else v for (name, kind), v in values}
                    found[table.name].append(row)
    return found


def seen(row: dict, columns: list[str]) -> str:
    return json.dumps([without_nul(row[column]) for column in columns], sort_keys=True, default=str)


@pytest.mark.parametrize("file", BACKUPS, ids=lambda path: path.stem)
@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_its_rows_survive(file, engine, on_sqlite, on_postgresql):
    home: Home = on_sqlite() if engine == "sqlite" else on_postgresql()
    home.run("restore", file, "--moved")
    now, lost, count = home.rows(), [], 0
    for name, rows in written(file).items():
        if (name, "*") in CHANGED or not rows:
            continue
        here = list(now.get(name, {}).values())
        there = here[0] if here else {}
        columns = [column for column in rows[0] if column in there and (name, column) not in CHANGED]
        lost += [f"{name}.{c}" for c in rows[0] if c not in columns and (name, c) not in CHANGED]
        held = {seen(row, columns) for row in here}
        lost += [f"{name}: {row}" for row in rows if seen(row, columns) not in held]
        count += len(rows)
    print(f"rows of {file.stem} on {engine}: N={count}, lost={len(lost)}")
    assert not lost, lost[:5]
    assert '"channel": "email"' in home.run("connection", "list")  # their secrets open
    home.run("migrate")


def test_a_backup_is_brought_forward_through_later_migrations(small, first_day, inside, tmp_path):
    """A column that came and one that was named anew, filled out of rows that the older version wrote."""
    first_day.change('INSERT INTO jobs_cursor (name, "transaction", "row") VALUES (\'lake\', 0, 41)')
    inside(first_day, backup.make, tmp_path / "older")
    with override_settings(MIGRATION_MODULES={"jobs": "tests.operations.later"}):
        inside(first_day, restore.run, tmp_path / "older", replace=True)
    assert first_day.query("SELECT note, position FROM jobs_cursor") == [("lake has read 41", 41)]
    applied = "SELECT name FROM django_migrations WHERE app = 'jobs' ORDER BY name"
    assert first_day.query(applied) == [("0001_initial",), ("0002_later",)]


def test_a_database_of_another_version_is_not_backed_up_as_ours(first_day, inside, tmp_path):
    with override_settings(MIGRATION_MODULES={"jobs": "tests.operations.later"}), pytest.raises(Failure, match="older"):
        inside(first_day, backup.make, tmp_path / "file")
    first_day.change("INSERT INTO django_migrations (app, name, applied) VALUES ('jobs', '0002_later', '2026-01-01')")
    with pytest.raises(Failure, match="newer"):
        inside(first_day, backup.make, tmp_path / "file")
    assert not list(tmp_path.iterdir())
