"""Open screens: what each hears, and how it is let go."""

import asyncio

import pytest

from rondpoint.events import live
from rondpoint.events.types import Live


@pytest.fixture
def hub():
    return live.Hub()


def test_screens_are_let_go_when_the_process_stops(hub):
    async def run():
        async with hub.subscribe({"desk", "profile:7"}) as waiting, hub.subscribe({"desk"}) as later:
            asked = asyncio.create_task(waiting.next(10))
            await asyncio.sleep(0)
            hub.end()
            with pytest.raises(live.Ended):
                await asked
            with pytest.raises(live.Ended):
                await later.next(10)

    asyncio.run(run())
    assert not hub._subscriptions  # who left is not kept


def test_a_screen_too_slow_to_read_loses_its_oldest_news(hub, monkeypatch):
    monkeypatch.setattr(live, "QUEUE_LIMIT", 2)

    async def run():
        async with hub.subscribe({"desk"}) as screen:
            for number in range(3):
                hub._tell("desk", Live("desk", str(number)))
            return [news.type for news in screen.more()]

    assert asyncio.run(run()) == ["1", "2"]


def test_a_screen_that_turns_to_another_topic_no_longer_hears_the_first(hub):
    async def run():
        async with hub.subscribe({"profile:1", "desk"}) as screen:
            screen.set_topics({"profile:2", "desk"})
            for topic in ("profile:1", "profile:2", "desk"):
                hub._tell(topic, Live(topic, "x"))
            return [news.topic for news in screen.more()]

    assert asyncio.run(run()) == ["profile:2", "desk"]
