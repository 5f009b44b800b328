"""Whose turn it is to write, and who waits for a group of which he is part."""

import asyncio
import os
import threading

import pytest
from django.db import connection, transaction

from rondpoint.jobs.models import Cursor
from rondpoint.lib import db
from rondpoint.lib.db import GroupWriter, exclusive, unguarded, write

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.data]


def names() -> set[str]:
    return set(Cursor.objects.values_list("name", flat=True))


def test_who_prepares_the_tables_is_alone_and_may_write():
    """Two processes that start together migrate one after the other."""
    order, inside = [], threading.Event()

    def second() -> None:
        inside.wait(10)
        try:
            with exclusive():
                order.append("second")
        finally:
            connection.close()

    other = threading.Thread(target=second)
    other.start()
    with exclusive():
        inside.set()
        other.join(0.2)
        with write():
            Cursor.objects.create(name="made")
        order.append("first")
    other.join(10)
    assert order == ["first", "second"]
    assert names() == {"made"}


def test_a_write_inside_a_write_belongs_to_the_outer_one():
    with pytest.raises(LookupError), write():
        with write():
            Cursor.objects.create(name="inner")
        raise LookupError
    assert names() == set()


def test_the_inner_write_alone_is_undone_when_it_fails_alone():
    with write():
        Cursor.objects.create(name="outer")
        with pytest.raises(LookupError), write():
            Cursor.objects.create(name="inner")
            raise LookupError
    assert names() == {"outer"}


def test_after_a_failed_write_nobody_writes_past_the_turnstile():
    with pytest.raises(LookupError), write():
        raise LookupError
    with write():
        Cursor.objects.create(name="next")
    assert names() == {"next"}
    if connection.vendor == "sqlite":
        assert connection.cursor().execute("PRAGMA query_only").fetchone() == (1,)


def test_migrations_write_by_their_own_paths_and_then_the_guard_is_back():
    with unguarded(), transaction.atomic():
        Cursor.objects.create(name="migrated")
    assert names() == {"migrated"}
    if connection.vendor == "sqlite":
        assert connection.cursor().execute("PRAGMA query_only").fetchone() == (1,)


def test_a_row_is_locked_where_the_engine_can():
    with write():
        Cursor.objects.create(name="row")
        assert db.lock_row(Cursor.objects.all()).get().name == "row"
        assert [row.name for row in db.skip_locked(Cursor.objects.all())] == ["row"]


def test_rows_that_another_takes_are_left_to_him():
    with write():
        Cursor.objects.create(name="row")
    if not connection.features.has_select_for_update_skip_locked:
        return  # one writer at a time: nobody else can be taking any
    found: list[int] = []

    def other() -> None:
        try:
            with write():
                found.append(len(db.skip_locked(Cursor.objects.all())))
        finally:
            connection.close()

    with write():
        assert len(db.skip_locked(Cursor.objects.all())) == 1
        thread = threading.Thread(target=other)
        thread.start()
        thread.join(10)
    assert found == [0]


def test_a_group_takes_no_more_than_its_limit_and_the_end_waits_for_all():
    gate, groups = threading.Event(), []

    def apply(items):
        gate.wait(10)
        groups.append(len(items))
        return items

    connection.ensure_connection()  # pytest empties the database by it
    writer = GroupWriter(apply, limit=4)
    futures = [writer.submit(number) for number in range(9)]
    closing = threading.Thread(target=writer.close)
    closing.start()
    gate.set()
    closing.join(10)
    assert [future.result(0) for future in futures] == list(range(9))
    assert max(groups) <= 4


def test_who_no_longer_waits_does_not_stop_the_answers_of_the_others():
    gate = threading.Event()

    def apply(items):
        gate.wait(10)
        return items

    connection.ensure_connection()
    writer = GroupWriter(apply)

    async def run() -> str:
        waiting = [asyncio.create_task(writer.put(name)) for name in ("gone", "here")]
        await asyncio.sleep(0)
        waiting[0].cancel()
        gate.set()
        async with asyncio.timeout(10):
            return await waiting[1]

    assert asyncio.run(run()) == "here"
    writer.close()


def test_a_loop_that_has_ended_takes_nobody_with_it():
    gate = threading.Event()

    def apply(items):
        gate.wait(10)
        return items

    connection.ensure_connection()
    writer = GroupWriter(apply)

    async def leave() -> None:
        task = asyncio.create_task(writer.put("from a loop that ends"))
        await asyncio.sleep(0)
        task.cancel()

    asyncio.run(leave())
    after = writer.submit("after it")
    gate.set()
    assert after.result(10) == "after it"
    writer.close()


def test_a_failure_reaches_who_awaits_it():
    def apply(items):
        raise ValueError("too large")

    connection.ensure_connection()
    writer = GroupWriter(apply)
    with pytest.raises(ValueError, match="too large"):
        asyncio.run(asyncio.wait_for(writer.put("x"), 10))
    writer.close()


@pytest.mark.sqlite  # PostgreSQL knows no turns
def test_who_gives_the_turn_back_knows_whether_another_process_waits_for_it():
    with write():
        queue = db._lock(f"{db._turnstile_path}.next")  # as one does who is the first of those who wait
    assert db.wanted()
    os.close(queue)
    with write():
        pass
    assert not db.wanted()


@pytest.mark.sqlite  # PostgreSQL knows no turns
def test_what_can_wait_gives_way_to_who_writes():
    writing, over, order = threading.Event(), threading.Event(), []

    def writer() -> None:
        try:
            with write():
                writing.set()
                over.wait(10)
                order.append("written")
        finally:
            connection.close()

    other = threading.Thread(target=writer)
    other.start()
    assert writing.wait(10)
    db.give_way(0.01)
    assert order == []  # for a moment only, whatever the other does
    patient = threading.Thread(target=lambda: (db.give_way(10), order.append("computed")))
    patient.start()
    over.set()
    patient.join(10)
    other.join(10)
    assert order == ["written", "computed"]
    with write():
        db.give_way(10)  # who has the turn waits for nobody
