"""Two processes that start at once prepare the tables one after the other, on both engines."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from rondpoint.lib import db

pytestmark = [pytest.mark.data, pytest.mark.django_db(transaction=True)]


def test_only_one_prepares_and_the_next_comes_after_a_failure_too():
    connection.ensure_connection()  # the tables are emptied through it afterwards
    inside, entered, leave = [], threading.Event(), threading.Event()

    def first() -> None:
        try:
            with db.exclusive():
                inside.append("first")
                entered.set()
                assert leave.wait(20)
                inside.append("first ends")
                raise ValueError("a migration that fails")
        finally:
            connection.close()

    def second() -> None:
        try:
            with db.exclusive():
                inside.append("second")
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        failing = threads.submit(first)
        assert entered.wait(20)
        waiting = threads.submit(second)
        try:
            with pytest.raises(TimeoutError):
                waiting.result(timeout=0.3)
        finally:
            leave.set()
        with pytest.raises(ValueError, match="a migration that fails"):
            failing.result(timeout=20)
        waiting.result(timeout=20)
    assert inside == ["first", "first ends", "second"]
