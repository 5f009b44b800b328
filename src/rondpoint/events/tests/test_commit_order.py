"""A reader of facts misses none, in whatever order they commit."""

import contextlib
import threading
import time

import pytest
from django.db import connection

from rondpoint.events import actions, queries
from rondpoint.events.types import Fact, Position
from rondpoint.lib.db import write


def record(key):
    actions.record([Fact(None, "test", 1, "test", key)])


def read_until(position, number, seconds=20):
    """Reads on until ``number`` facts came: other databases of the same server may hold the horizon back a while."""
    end, seen = time.monotonic() + seconds, []
    while len(seen) < number and time.monotonic() < end:
        facts, position = queries.after(position, limit=7)
        seen += facts
    return seen + queries.after(position)[0]


@contextlib.contextmanager
def slow_writer():
    """A fact is recorded first and committed at the end of the block; on SQLite, which has one writer, at its start."""
    recorded, finish = threading.Event(), threading.Event()

    def slow():
        try:
            with write():
                record("slow")
                recorded.set()
                if connection.vendor == "postgresql":
                    assert finish.wait(10)
        finally:
            connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    assert recorded.wait(10)
    if connection.vendor == "sqlite":
        thread.join()
    try:
        yield
    finally:
        finish.set()
        thread.join()


@pytest.mark.django_db(transaction=True)
@pytest.mark.data
def test_a_fact_that_commits_late_is_read_after_one_with_a_higher_id():
    """On PostgreSQL the slow writer takes the lower id and commits last: a cursor by id alone would lose its fact."""
    with slow_writer():
        with write():
            record("quick")
        seen, position = queries.after(Position())
    seen += read_until(position, 2 - len(seen))
    assert sorted(fact.message_id for fact in seen) == ["quick", "slow"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.data
def test_whom_facts_are_about_is_known_before_followers_see_them():
    """An older transaction holds followers back; who compares them with all facts has to know whom that concerns."""
    with slow_writer():
        with write():
            actions.record([Fact(7, "test", 1, "test", "quick")])
        followed = queries.named_after(Position(), 10)[0]
        assert (7, "test") in followed or connection.vendor == "postgresql"
        if connection.vendor == "postgresql":
            assert followed == []
        assert queries.whose_after(Position()) == {7}


@pytest.mark.django_db(transaction=True)
@pytest.mark.data
def test_a_reader_beside_many_writers_sees_each_fact_once():
    def writer(number):
        try:
            for count in range(15):
                with write():
                    record(f"{number}:{count}")
        finally:
            connection.close()

    threads = [threading.Thread(target=writer, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    seen, position = [], Position()
    while any(thread.is_alive() for thread in threads):
        facts, position = queries.after(position, limit=7)
        seen += [fact.message_id for fact in facts]
    seen += [fact.message_id for fact in read_until(position, 90 - len(seen))]
    assert len(seen) == 90
    assert len(set(seen)) == 90


@pytest.mark.django_db
@pytest.mark.data
def test_a_fact_told_twice_is_one():
    with write():
        record("once")
        record("once")
    from rondpoint.events.models import Event

    assert Event.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.data
@pytest.mark.sqlite
def test_who_follows_finds_the_place_without_reading_all_that_is_before_it():
    """Each follower asks every second: with ten million facts before its place it would do nothing else."""
    if connection.vendor == "sqlite":
        assert "(rowid>?)" in queries._behind(Position(0, 5))[:10].explain()
