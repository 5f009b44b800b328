"""The live stream: each open screen hears what concerns it, and neither a slow screen nor a lost database stops it."""

import asyncio
import contextlib
import gc
import logging

import pytest
from django.db import OperationalError

from rondpoint.events import actions, live, queries
from rondpoint.events.models import Event
from rondpoint.events.types import Fact, Position
from rondpoint.jobs import wake
from rondpoint.lib import tracing
from rondpoint.lib.db import write

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.data]


def record(key, profile_id=None, type_="test", **properties):
    with write():
        actions.record([Fact(profile_id, type_, 1, "test", key, "email", None, properties)])


@contextlib.asynccontextmanager
async def following(hub, ready=True):
    """A hub that follows the facts. ``ready``: only once it stands behind all that there is."""
    listener, stop = wake.Listener(), asyncio.Event()
    listener.start()
    task = asyncio.create_task(hub.run(listener, stop))
    try:
        async with asyncio.timeout(10):
            while ready and hub._position is None:
                await asyncio.sleep(0.01)
        yield
    finally:
        stop.set()
        await task
        listener.stop()
        if listener._thread is not None:  # PostgreSQL: its session ends before the test does
            await asyncio.to_thread(listener._thread.join, 10)


@pytest.fixture(autouse=True)
def _sessions_end():
    """Threads that an event loop lent have sessions of PostgreSQL, which end once they are collected."""
    yield
    gc.collect()


@pytest.fixture
def hub():
    return live.Hub()


def test_a_screen_hears_what_concerns_it_and_nothing_that_was_before(hub):
    record("before", 1)

    async def run():
        async with following(hub), hub.subscribe({"profile:7", "conversation:9"}) as screen:
            await asyncio.to_thread(record, "other", 8)
            await asyncio.to_thread(record, "own", 7, note="hello")
            await asyncio.to_thread(record, "named", None, profiles=[7])
            await asyncio.to_thread(record, "thread", None, conversation_id=9)
            heard = []
            while len(heard) < 3:
                news = await screen.next(10)
                assert news is not None
                heard += [news, *screen.more()]
            assert await screen.next(0.01) is None
            return heard

    heard = asyncio.run(run())
    assert [news.topic for news in heard] == ["profile:7", "profile:7", "conversation:9"]
    assert heard[0].type == "test"
    assert heard[0].data == {"note": "hello", "channel": "email", "profile_id": 7}


def test_a_whisper_reaches_the_screens_of_its_topic_and_is_never_stored(hub):
    async def run():
        async with (
            following(hub),
            hub.subscribe({"conversation:9"}) as screen,
            hub.subscribe({"desk"}) as other,
        ):
            await asyncio.to_thread(live.whisper, "conversation:9", "typing", {"who": "Ada"})
            news = await screen.next(10)
            assert await other.next(0.01) is None
            return news

    news = asyncio.run(run())
    assert news is not None
    assert (news.type, news.data) == ("typing", {"who": "Ada"})
    assert not Event.objects.exists()


def test_a_database_that_is_away_for_a_while_loses_no_fact(hub, monkeypatch, caplog):
    real, fails = live._after, [OperationalError("away")]

    def after(position):
        if fails:
            raise fails.pop()
        return real(position)

    async def run():
        monkeypatch.setattr(live, "_after", after)
        async with hub.subscribe({"profile:7"}) as screen, following(hub):
            await asyncio.to_thread(record, "while away", 7)
            news = await screen.next(20)
            assert await screen.next(0.01) is None
            return news

    with caplog.at_level(logging.ERROR, "rondpoint.events.live"):
        news = asyncio.run(run())
    assert news is not None
    assert news.data["profile_id"] == 7
    assert not fails
    assert Event.objects.count() == 1
    assert "trying again" in caplog.text


def test_more_facts_than_one_look_takes_are_all_told_in_order(hub):
    async def run():
        async with following(hub), hub.subscribe({"profile:7"}) as screen:
            with_all = [Fact(7, "test", 1, "test", str(number), properties={"n": number}) for number in range(620)]
            await asyncio.to_thread(store, with_all)
            heard = []
            while len(heard) < len(with_all):
                news = await screen.next(10)
                assert news is not None
                heard += [news, *screen.more()]
            return [news.data["n"] for news in heard]

    assert asyncio.run(run()) == list(range(620))
    assert Event.objects.count() == 620


def store(facts):
    with write():
        actions.record(facts)


def test_what_only_a_higher_room_knows_is_told_but_not_stored(hub, monkeypatch):
    def add(facts):
        for fact in facts:
            fact.properties["extra"] = "known above"

    monkeypatch.setattr(live, "_enrichers", {})
    live.enrich("special", add)
    monkeypatch.setattr(live, "_traced", None)
    live.trace_by(lambda facts: {fact.id: "00000000-0000-7000-8000-000000000001" for fact in facts})
    monkeypatch.setattr(tracing, "on", lambda: True)

    async def run():
        async with following(hub), hub.subscribe({"profile:7"}) as screen:
            await asyncio.to_thread(record, "1", 7, "special")
            await asyncio.to_thread(record, "2", 7, "plain")
            heard = []
            while len(heard) < 2:
                news = await screen.next(10)
                assert news is not None
                heard += [news, *screen.more()]
            return heard

    special, plain = asyncio.run(run())
    assert special.data["extra"] == "known above"
    assert special.trace == "00000000-0000-7000-8000-000000000001"
    assert "extra" not in plain.data
    assert Event.objects.get(message_id="1").properties == {}


def test_a_timeline_is_narrowed_by_kind_channel_conversation_and_pages():
    record("a", 1, "order.placed")
    record("b", 1, "order.completed")
    record("c", 1, "message", conversation_id=5)
    record("d", 2, "message")

    def seen(**how):
        return [row.message_id for row in queries.timeline([1], **how)]

    assert seen() == ["c", "b", "a"]
    assert seen(beginning=("order.", "page.")) == ["b", "a"]
    assert seen(channel="sms") == []
    assert seen(channel="email", limit=1) == ["c"]
    assert seen(without=[5]) == ["b", "a"]
    assert seen(without=[6]) == ["c", "b", "a"]
    assert seen(hidden=("order.placed",)) == ["c", "b"]
    last = queries.timeline([1], limit=1)[0]
    assert seen(before=(last.occurred, last.id)) == ["b", "a"]
    assert queries.told(queries.sorts([1]), without=[5]) == {("order.placed", "email"), ("order.completed", "email")}


def test_a_reader_begins_behind_all_that_there_is():
    assert queries.end() == Position()
    record("a")
    record("b")
    _, behind = queries.after(Position())
    assert queries.after(behind) == ([], behind)
