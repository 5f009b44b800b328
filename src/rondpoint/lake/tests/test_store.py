"""Whoever reads a table sees whole parts only, whatever dies when; parts stay few and sorted. On disk, in a store."""

import contextlib

import pyarrow as pa
import pytest

from rondpoint.lake import store
from rondpoint.lake.manifest import Manifest
from rondpoint.lib import clock


def rows(*numbers):
    return pa.table({"number": pa.array(numbers, pa.int64())})


def read(table, manifest=None):
    with contextlib.closing(table.connect()) as database:
        if not table.show(database, "numbers", manifest):
            return []
        return [row[0] for row in database.execute("SELECT number FROM numbers ORDER BY 1").fetchall()]


def later(monkeypatch):
    """More than an hour passes."""
    now = clock.now() + store.KEPT + clock.MINUTE
    monkeypatch.setattr(clock, "now", lambda: now)


def test_what_was_added_is_there_with_how_far_it_reaches(table, open_table):
    assert read(table) == [] and table.manifest() == Manifest()
    table.append(rows(3, 1), (0, 2))
    table.append(rows(2), (0, 3), "two")
    for each in (table, open_table()):
        assert read(each) == [1, 2, 3]
        assert (each.manifest().position, each.manifest().mark) == ((0, 3), "two")
        assert each.is_whole()


def dying(table, monkeypatch, step):
    """The next ``step`` of the place fails as if the process had ended there."""

    def die(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(table.place, step, die)


@pytest.mark.parametrize("step", ["take", "put"])
def test_a_part_that_was_not_finished_does_not_count(table, open_table, monkeypatch, step):
    table.append(rows(1), (0, 1))
    with monkeypatch.context() as dead:
        dying(table, dead, step)
        with pytest.raises(KeyboardInterrupt):
            table.append(rows(2), (0, 2))
    table = open_table()
    assert read(table) == [1] and table.manifest().position == (0, 1)
    table.append(rows(2), (0, 2))
    table.sweep()
    assert read(table) == [1, 2]
    later(monkeypatch)
    table.sweep()
    assert read(table) == [1, 2]
    assert len(table.place.parts()) == 2, "what the dead one left is gone"
    assert len(list(table.place.work.glob("*.parquet"))) in (0, 2), "and nothing waits to be sent"


@pytest.fixture(autouse=True)
def _few_are_many(monkeypatch):
    monkeypatch.setattr(store, "MANY_PARTS", 4)


def many(table):
    table.append(rows(*range(100, 130)), (0, 1))
    for number in range(store.MANY_PARTS):
        table.append(rows(50 - number, number), (0, number + 2))
    return read(table)


def test_many_small_parts_become_one_sorted_part(table, monkeypatch):
    monkeypatch.setattr(store, "LARGE", 20)
    before = many(table)
    assert table.compact()
    assert read(table) == before
    assert [part.rows for part in table.manifest().parts] == [30, 8], "the large one was left alone"
    assert table.manifest().position == (0, store.MANY_PARTS + 1)
    assert not table.compact(), "there is nothing more to do"
    with contextlib.closing(table.connect()) as database:
        table.place.show(database, "small", [table.manifest().parts[1].file])
        found = [row[0] for row in database.execute("SELECT number FROM small").fetchall()]
    assert found == sorted(found) and len(found) == 8


@pytest.mark.parametrize("step", ["take", "put", "remove"])
def test_whatever_dies_while_parts_are_made_one_nothing_is_lost_or_doubled(table, open_table, monkeypatch, step):
    before = many(table)
    with monkeypatch.context() as dead:
        dying(table, dead, step)
        with pytest.raises(KeyboardInterrupt):
            table.compact()
            later(monkeypatch)
            table.sweep()
    table = open_table()
    assert read(table) == before
    table.compact()
    assert read(table) == before and len(table.manifest().parts) == 1
    table.append(rows(7), (0, 99))
    later(monkeypatch)
    table.sweep()
    assert read(table) == sorted([*before, 7]) and len(table.place.parts()) == 2


def test_who_began_to_read_reads_on_for_an_hour(table, monkeypatch):
    before = many(table)
    begun = table.manifest()
    assert table.compact()
    table.append(rows(7), (0, 99))
    table.sweep()
    assert read(table, begun) == before, "parts that were made one are still there"
    later(monkeypatch)
    table.sweep()
    assert len(table.place.parts()) == 2
    with pytest.raises(Exception, match="(?i)no such|no files|not exist"):
        read(table, begun)


def test_rows_are_taken_out_with_the_files_that_held_them(table):
    before = many(table)
    table.compact()
    table.append(rows(3, 200), (0, 99), "mark")
    table.append(pa.table({"number": pa.array([None, 2], pa.int64())}), (0, 100), "mark")
    held = table.place.parts().keys()
    assert table.remove("number", [3, 50, 201]) == 3, "3 was there twice, 50 once"
    assert read(table) == [*sorted([*set(before) - {3, 50}, 2, 200]), None]
    assert table.manifest().position == (0, 100) and table.manifest().mark == "mark"
    assert table.place.parts().keys() == {part.file for part in table.manifest().parts}, "no file holds them any more"
    assert len(table.place.parts().keys() & held) == 1, "the part that held none of them is the same"
    assert table.remove("number", [3, 50]) == 0
    assert table.remove("number", [200]) == 1 and read(table).count(200) == 0, "a part may become empty"


@pytest.mark.parametrize("step", ["take", "put", "remove"])
def test_a_removal_that_was_cut_short_is_done_again(table, open_table, monkeypatch, step):
    table.append(rows(1, 2), (0, 1))
    table.append(rows(2, 3), (0, 2))
    with monkeypatch.context() as dead:
        dying(table, dead, step)
        with pytest.raises(KeyboardInterrupt):
            table.remove("number", [2])
    table = open_table()
    assert read(table) in ([1, 2, 2, 3], [1, 3])
    table.remove("number", [2])
    assert read(table) == [1, 3]
    assert table.place.parts().keys() == {part.file for part in table.manifest().parts}


def test_all_is_written_anew_and_the_old_counts_until_then(table, open_table, monkeypatch):
    table.append(rows(1, 2), (0, 2), "old")
    seen = []

    def portions():
        for number in range(store.MANY_PARTS + 3):
            seen.append(read(open_table()))
            yield rows(number), (0, number), "new"

    assert table.renew(portions()) == store.MANY_PARTS + 3
    assert all(each == [1, 2] for each in seen)
    assert read(table) == list(range(store.MANY_PARTS + 3))
    assert (table.manifest().position, table.manifest().mark) == ((0, store.MANY_PARTS + 2), "new")
    assert len(table.manifest().parts) <= store.MANY_PARTS
    assert table.renew(iter(())) == 0 and read(table) == [] and table.manifest().position == ()


def test_who_was_overtaken_changes_nothing(table, open_table, monkeypatch):
    table.append(rows(1), (0, 1))
    write = table._write

    def slow(given):
        open_table().append(rows(2), (0, 2))  # somebody else, who took the lease over
        return write(given)

    monkeypatch.setattr(table, "_write", slow)
    with pytest.raises(store.Overtaken):
        table.append(rows(2, 3), (0, 3))
    monkeypatch.undo()
    assert read(open_table()) == [1, 2] and open_table().manifest().position == (0, 2)


def test_a_part_that_was_lost_is_noticed(table):
    table.append(rows(1), (0, 1))
    table.place.remove(table.manifest().parts[0].file)
    assert not table.is_whole()
    with pytest.raises(store.Overtaken):
        table.append(rows(2), (0, 2))


def test_it_fetches_nothing_from_the_network(tmp_path):
    with contextlib.closing(store.connect(tmp_path)) as database, pytest.raises(Exception, match="(?i)extension|http"):
        database.execute("SELECT * FROM read_parquet('https://example.com/a.parquet')")
