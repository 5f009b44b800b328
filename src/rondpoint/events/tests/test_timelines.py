"""The newest of what happened, read without the rest."""

import random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from rondpoint.events import actions, queries, timelines
from rondpoint.events.queries import Sort
from rondpoint.events.types import Fact
from rondpoint.lib.db import write

pytestmark = [pytest.mark.django_db, pytest.mark.data]


@pytest.fixture
def facts():
    """Some hundred facts of three people, several at the same moment; as tuples, the newest first."""
    chance, told = random.Random(4), []
    for number in range(300):
        person, type_ = chance.choice((1, 1, 2, 3)), chance.choice(("page.viewed", "order.placed", "message.received"))
        channel = chance.choice(("web", "app")) if type_ == "page.viewed" else ("sms" if "mess" in type_ else "")
        said = {"conversation_id": chance.choice((7, 8))} if type_ == "message.received" else {}
        told.append(Fact(person, type_, chance.randint(1, 60), "test", str(number), channel, None, said))
    with write():
        actions.record(told)
    return told


def newest(facts, whose, fits=lambda fact: True):
    found = [(row.occurred, int(row.message_id)) for row in facts if row.profile_id in whose and fits(row)]
    return [number for _, number in sorted(found, reverse=True)]


def numbers(rows):
    return [int(row.message_id) for row in rows]


@pytest.mark.parametrize("whose", [[1], [2, 3], [3, 1, 2], [1, 99]])
def test_pages_of_several_people_follow_each_other(facts, whose):
    seen, before = [], None
    while page := queries.timeline(whose, before, limit=7):
        seen += numbers(page)
        before = page[-1].occurred, page[-1].id
    assert seen == newest(facts, whose)


def test_facts_are_narrowed_in_one_statement_for_all(facts):
    about = {7}
    shown = queries.timeline([1, 2, 3], limit=1000, hidden=("order.placed",), without=about)
    assert numbers(shown) == newest(
        facts, (1, 2, 3), lambda fact: fact.type != "order.placed" and fact.properties.get("conversation_id") != 7
    )
    orders = queries.timeline([1, 2], limit=5, beginning=("order.",))
    assert numbers(orders) == newest(facts, (1, 2), lambda fact: fact.type == "order.placed")[:5]
    assert numbers(queries.timeline([1], limit=5, channel="app")) == newest(
        facts, (1,), lambda fact: fact.channel == "app"
    )[:5]


def test_the_sorts_of_facts_and_the_newest_of_each(facts):
    found = queries.sorts([1, 2, 99])
    assert sorted(found) == sorted({Sort(row.profile_id, row.type, row.channel) for row in facts if row.profile_id < 3})
    assert queries.sorts([]) == []
    rows = queries.newest(found, 2)
    for who, type_, channel in found:
        mine = [row for row in rows if (row.profile_id, row.type, row.channel) == (who, type_, channel)]
        assert numbers(mine) == newest(
            facts, (who,), lambda fact, kind=(type_, channel): (fact.type, fact.channel) == kind
        )[:2]


def test_what_only_a_hidden_conversation_says_is_not_told(facts):
    with write():
        actions.record([Fact(5, "message.sent", 1, "test", "only", "sms", None, {"conversation_id": 7})])
    sorts = queries.sorts([5])
    assert queries.told(sorts) == {("message.sent", "sms")}
    assert queries.told(sorts, without=[7]) == set()
    assert queries.told(sorts, without=[8]) == {("message.sent", "sms")}


def test_a_customer_of_very_many_profiles_takes_several_statements(facts, monkeypatch):
    monkeypatch.setattr(timelines, "AT_ONCE", 2)
    assert numbers(queries.timeline([1, 2, 3], limit=40)) == newest(facts, (1, 2, 3))[:40]


@pytest.mark.sqlite  # PostgreSQL plans by what the tables hold
def test_no_statement_reads_all_that_there_is_of_somebody(facts):
    with CaptureQueriesContext(connection) as made:
        sorts = queries.sorts([1, 2])
        queries.newest(sorts, 3)
        queries.timeline([1, 2], hidden=("order.placed",))
    assert len(made) == 3
    for query in made:
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {query['sql'].replace('%', '%%')}")
            plan = [row[3] for row in cursor.fetchall()]
        assert not any(step.startswith(("SCAN e", "SCAN events_event")) for step in plan), plan
        # Only rows that are shown are sorted; what stands behind a LIMIT comes in the order of an index.
        assert sum("USE TEMP B-TREE FOR ORDER BY" in step for step in plan) <= 1, plan


def test_the_last_fact_of_some_types_of_each(facts):
    types, now = {"order.placed", facts[0].type}, sorted(row.occurred for row in facts)[len(facts) // 2]
    expected = {}
    for row in facts:
        if row.profile_id in (1, 2) and row.type in types and row.occurred <= now:
            key = row.profile_id, row.type
            expected[key] = max(row.occurred, expected.get(key, 0))
    assert {(whose, kind): at for whose, kind, at in queries.last([1, 2, 99], types, now)} == expected
    assert expected and list(queries.last([], types, now)) == []


def test_the_last_facts_of_many_are_searched_for():
    if connection.vendor == "sqlite":
        with CaptureQueriesContext(connection) as asked:
            list(queries.last(range(100), ["order.placed", "message.received"], 10**18))
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN QUERY PLAN " + asked.captured_queries[0]["sql"])
            plan = " ".join(str(row) for row in cursor.fetchall())
        assert "event_sorts (profile_id=? AND type=?)" in plan, plan
