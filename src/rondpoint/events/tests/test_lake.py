"""The facts in the lake: all of them once, in portions, and never those of another database."""

import contextlib
import threading

import pytest

from rondpoint.events import lake
from rondpoint.events.actions import record
from rondpoint.events.models import Event
from rondpoint.events.tests.settling import settle
from rondpoint.events.types import Fact
from rondpoint.lake import store
from rondpoint.lib.db import write

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.data]


def happen(*names, profile_id=1):
    with write():
        record([Fact(profile_id, "seen", 5, "shop", name, properties={"number": name, "é": None}) for name in names])
    settle()


def kept(folder):
    facts = lake.table(folder)
    with contextlib.closing(facts.connect()) as database:
        if not facts.show(database, "facts"):
            return []
        return [row[0] for row in database.execute(
            "SELECT json_extract_string(properties, '$.number') FROM facts ORDER BY id"
        ).fetchall()]  # fmt: skip


def test_each_fact_comes_into_the_lake_once(tmp_path, monkeypatch):
    monkeypatch.setattr(lake, "PORTION", 2)
    assert lake.keep_up(tmp_path) == 0
    happen("a", "b", "c")
    assert lake.keep_up(tmp_path) == 3
    assert lake.keep_up(tmp_path) == 0
    happen("d")
    assert lake.keep_up(tmp_path) == 1
    assert kept(tmp_path) == ["a", "b", "c", "d"]


def test_a_lake_of_another_database_is_not_taken_for_ours(tmp_path):
    happen("a", "b")
    lake.keep_up(tmp_path)
    with write():
        Event.objects.all().delete()  # an older backup was restored
    happen("other")
    assert not lake.ours(lake.table(tmp_path).manifest())
    lake.keep_up(tmp_path)
    assert kept(tmp_path) == ["other"]


def test_what_was_not_yet_committed_comes_later(tmp_path):
    happen("a")
    with contextlib.suppress(RuntimeError), write():
        record([Fact(1, "seen", 5, "shop", "undone")])
        raise RuntimeError
    happen("b")
    lake.keep_up(tmp_path)
    assert kept(tmp_path) == ["a", "b"]


def test_a_lake_that_lost_a_part_is_written_anew(tmp_path):
    happen("a", "b")
    lake.keep_up(tmp_path)
    next((tmp_path / "facts").glob("*.parquet")).unlink()
    assert not lake.table(tmp_path).is_whole()
    happen("c")
    assert lake.keep_up(tmp_path) == 3
    assert kept(tmp_path) == ["a", "b", "c"]


def test_it_is_written_anew_when_asked(tmp_path, monkeypatch):
    monkeypatch.setattr(lake, "PORTION", 2)
    happen("a", "b", "c")
    lake.keep_up(tmp_path)
    happen("d")
    assert lake.write_anew(tmp_path) == 4
    assert kept(tmp_path) == ["a", "b", "c", "d"]
    assert lake.keep_up(tmp_path) == 0 and lake.is_well(tmp_path)


def test_one_process_at_a_time_writes(tmp_path):
    happen("a")
    with lake._alone(tmp_path), pytest.raises(lake.Busy):
        lake.keep_up(tmp_path)
    assert lake.keep_up(tmp_path) == 1


@pytest.mark.parametrize("last", [1, 2])
def test_facts_about_somebody_are_taken_out(tmp_path, last):
    happen("a", "b", profile_id=2)
    happen("c")
    happen("d", profile_id=last)
    lake.keep_up(tmp_path)
    with write():
        Event.objects.filter(profile_id=2).delete()
    assert lake.forget(tmp_path, [2, 77]) == (2 if last == 1 else 3)
    assert kept(tmp_path) == (["c", "d"] if last == 1 else ["c"])
    assert lake.ours(lake.table(tmp_path).manifest()), "it need not be written anew"
    happen("e")
    assert lake.keep_up(tmp_path) == 1
    assert kept(tmp_path)[-1] == "e" and "a" not in kept(tmp_path)
    with write():
        Event.objects.all().delete()
    lake.forget(tmp_path, [1])
    assert kept(tmp_path) == [] and not list((tmp_path / "facts").glob("*.parquet"))
    happen("f")
    lake.keep_up(tmp_path)
    assert kept(tmp_path) == ["f"]


def test_forgetting_does_not_make_a_lake_of_others_ours(tmp_path):
    happen("a", "b", "c")
    lake.keep_up(tmp_path)
    with write():
        Event.objects.filter(message_id__in=("b", "c")).delete()
        Event.objects.filter(message_id="a").update(message_id="other")
    lake.forget(tmp_path, [77])
    assert not lake.ours(lake.table(tmp_path).manifest())
    lake.keep_up(tmp_path)
    assert kept(tmp_path) == ["a"], "of the one that is left"


def test_many_appends_are_compacted_while_others_read(tmp_path, monkeypatch):
    """Scans that go on all the time see a whole beginning of the facts, each once."""
    monkeypatch.setattr(store, "MANY_PARTS", 3)
    monkeypatch.setattr(lake, "PORTION", 5)
    seen, stop = [], threading.Event()

    def scan():
        while not stop.is_set():
            seen.append(kept(tmp_path))

    scans = threading.Thread(target=scan)
    scans.start()
    try:
        for number in range(40):
            happen(str(number))
            lake.keep_up(tmp_path)
    finally:
        stop.set()
        scans.join()
    told = [str(number) for number in range(40)]
    assert kept(tmp_path) == told
    assert len(seen) > 3 and all(each == told[: len(each)] for each in seen)
    assert len(lake.table(tmp_path).manifest().parts) <= 3
