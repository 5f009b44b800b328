"""Whoever reads a table sees whole parts only, whatever dies when; parts stay few and sorted."""

import contextlib

import pyarrow as pa
import pytest

from rondpoint.lake import store


@pytest.fixture
def table(tmp_path):
    return store.Table(tmp_path / "numbers", ("number",))


def rows(*numbers):
    return pa.table({"number": pa.array(numbers, pa.int64())})


def read(table):
    if not table.relation():
        return []
    with contextlib.closing(store.connect(table.folder)) as database:
        return [row[0] for row in database.execute(f"SELECT number FROM {table.relation()} ORDER BY 1").fetchall()]


def test_what_was_added_is_there_with_how_far_it_reaches(table):
    assert read(table) == [] and table.manifest().position == ()
    table.append(rows(3, 1), (0, 2))
    table.append(rows(2), (0, 3))
    assert read(table) == [1, 2, 3]
    assert table.manifest().position == (0, 3)


@pytest.mark.parametrize("dies", ["_to_disk", "_publish"])
def test_a_part_that_was_not_finished_does_not_count(table, monkeypatch, dies):
    table.append(rows(1), (0, 1))

    def die(*_):
        raise OSError("the disk is full")

    monkeypatch.setattr(*((store, "_to_disk") if dies == "_to_disk" else (store.Table, "_publish")), die)
    with pytest.raises(OSError, match="full"):
        table.append(rows(2), (0, 2))
    monkeypatch.undo()
    assert read(table) == [1] and table.manifest().position == (0, 1)
    table.append(rows(2), (0, 2))
    table.sweep()
    assert read(table) == [1, 2]
    assert len(list(table.folder.glob("*.parquet"))) == 2, "what the dead one left is gone"


def test_many_small_parts_become_one_sorted_part(table, monkeypatch):
    monkeypatch.setattr(store, "LARGE", 20)
    table.append(rows(*range(100, 130)), (0, 1))
    for number in range(store.MANY_PARTS):
        table.append(rows(50 - number, number), (0, number + 2))
    before = read(table)
    assert table.compact()
    assert read(table) == before
    assert [part.rows for part in table.manifest().parts] == [30, 24], "the large one was left alone"
    assert table.manifest().position == (0, store.MANY_PARTS + 1)
    assert not table.compact(), "there is nothing more to do"
    assert len(list(table.folder.glob("*.parquet"))) == 2


def test_it_fetches_nothing_from_the_network(tmp_path):
    with contextlib.closing(store.connect(tmp_path)) as database, pytest.raises(Exception, match="(?i)extension|http"):
        database.execute("SELECT * FROM read_parquet('https://example.com/a.parquet')")
