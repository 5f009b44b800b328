"""The write discipline."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import OperationalError, connection

from rondpoint.jobs import leases
from rondpoint.jobs.models import Cursor
from rondpoint.lib.db import GroupWriter, write


@pytest.mark.django_db(transaction=True)
def test_a_write_outside_write_fails_on_sqlite():
    if connection.vendor != "sqlite":
        Cursor.objects.create(name="free")
        return
    with pytest.raises(OperationalError, match="readonly"):
        Cursor.objects.create(name="forgotten")
    assert not Cursor.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.data
def test_writers_queue_and_lose_no_update():
    with write():
        Cursor.objects.create(name="count")

    def add(_):
        try:
            with write():
                row = Cursor.objects.select_for_update().get(name="count")
                row.row += 1
                row.save()
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(add, range(80)))
    assert Cursor.objects.get(name="count").row == 80


@pytest.mark.django_db(transaction=True)
@pytest.mark.data
def test_a_group_is_one_commit_and_a_bad_item_fails_alone():
    gate, groups = threading.Event(), []

    def apply(items):
        gate.wait(10)
        groups.append(len(items))
        for item in items:
            if item == "bad":
                raise ValueError("bad")
            Cursor.objects.create(name=item)
        return items

    writer = GroupWriter(apply)
    futures = {name: writer.submit(name) for name in ["first", *(f"item {n}" for n in range(20)), "bad"]}
    gate.set()
    for name, future in futures.items():
        if name == "bad":
            with pytest.raises(ValueError, match="bad"):
                future.result(10)
        else:
            assert future.result(10) == name
    writer.close()
    assert Cursor.objects.count() == 21
    assert max(groups) > 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.data
def test_a_lease_has_one_holder_and_a_new_one_a_higher_fence():
    first = leases.acquire("line", "a", 60)
    assert leases.acquire("line", "b", 60) is None
    assert leases.acquire("line", "a", 60) == first
    leases.release("line", "a")
    assert leases.acquire("line", "b", 60) == first + 1
    assert not leases.renew("line", "a", 60)
