"""The facts in the lake: all of them once, in portions, and never those of another database."""

import contextlib

import pytest

from rondpoint.events import lake
from rondpoint.events.actions import record
from rondpoint.events.models import Event
from rondpoint.events.tests.settling import settle
from rondpoint.events.types import Fact
from rondpoint.lake.store import connect
from rondpoint.lib.db import write

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.data]


def happen(*names):
    with write():
        record([Fact(1, "seen", 5, "shop", name, properties={"number": name, "é": None}) for name in names])
    settle()


def kept(folder):
    facts = lake.table(folder)
    if not facts.relation():
        return []
    with contextlib.closing(connect(folder)) as database:
        return [row[0] for row in database.execute(
            f"SELECT json_extract_string(properties, '$.number') FROM {facts.relation()} ORDER BY id"
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
    assert not lake.ours(lake.table(tmp_path))
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
