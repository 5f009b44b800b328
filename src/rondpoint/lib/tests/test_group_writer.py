"""Who waits for the group commit while the database is away."""

import threading

import pytest
from django.db import OperationalError, connection

from rondpoint.lib.db import GroupWriter

pytestmark = pytest.mark.django_db(transaction=True)


def together(apply, count):
    """The answers to ``count`` items that arrive as one group."""
    gate = threading.Event()
    connection.ensure_connection()  # pytest empties the database by it

    def held(items):
        gate.wait(10)
        return apply(items)

    writer = GroupWriter(held, name="test")
    first = writer.submit("first")
    futures = [writer.submit(number) for number in range(count)]
    gate.set()
    try:
        return [future.exception(10) for future in [first, *futures]]
    finally:
        writer.close()


def test_a_database_that_is_away_is_not_asked_for_each_item():
    calls = []

    def away(items):
        calls.append(len(items))
        raise OperationalError("the disk is full")

    answers = together(away, 50)
    assert all(isinstance(answer, OperationalError) for answer in answers)
    # One group, or two or three where the thread began in between; of each all together, then two alone.
    assert len(calls) <= 9, calls


def test_one_item_that_fails_so_does_not_fail_its_neighbours():
    def apply(items):
        if 7 in items:
            raise OperationalError("this one is too large for an index")
        return items

    answers = together(apply, 20)
    assert [place for place, answer in enumerate(answers) if answer is not None] == [8]
