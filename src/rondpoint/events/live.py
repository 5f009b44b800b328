"""The live stream: one reader per process follows the facts and hands them to every open screen.

Facts come in commit order from the database; whispers (typing, viewing) come with the wake-ups and are never stored.
"""

import asyncio
import json
import logging
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from django.db import close_old_connections

from rondpoint.events import queries
from rondpoint.events.models import Event
from rondpoint.events.types import Live, Position
from rondpoint.jobs import wake
from rondpoint.lib import clock, counted, tracing

log = logging.getLogger("rondpoint.events.live")
QUEUE_LIMIT = 1000
REST = 0.01  # seconds between two looks at the facts: what came meanwhile is told together


def whisper(topic: str, type_: str, data: dict[str, Any]) -> None:
    """Tells the open screens of a topic something that is not worth keeping."""
    wake.send_now("whisper", json.dumps({"topic": topic, "type": type_, "data": data}))


_enrichers: dict[str, Callable[[list[Event]], None]] = {}


def enrich(type_: str, enricher: Callable[[list[Event]], None]) -> None:
    """Lets a higher room add what only it knows to the properties of live facts of a type (never to stored ones)."""
    _enrichers[type_] = enricher


_traced: Callable[[list[Event]], dict[int, str]] | None = None


def trace_by(find: Callable[[list[Event]], dict[int, str]]) -> None:
    """Lets a higher room say which delivery or dispatch caused which facts, by the facts' ids. Asked only while
    somebody collects traces."""
    global _traced
    _traced = find


def topics_of(event: Event) -> set[str]:
    """The screens a fact concerns."""
    topics = {"desk"}
    if event.profile_id is not None:
        topics.add(f"profile:{event.profile_id}")
    for profile in event.properties.get("profiles", ()):
        topics.add(f"profile:{profile}")
    conversation = event.properties.get("conversation_id")
    if conversation is not None:
        topics.add(f"conversation:{conversation}")
    return topics


class Ended(Exception):
    """The process stops: the screen shall come back, to the next one."""


class Subscription:
    """One open screen. ``await next(seconds)`` gives the next :class:`Live` or None."""

    def __init__(self, hub: "Hub", topics: set[str]):
        self._hub = hub
        self.topics: set[str] = set()
        self._queue: asyncio.Queue[Live] = asyncio.Queue(QUEUE_LIMIT)
        self.set_topics(topics)

    async def __aenter__(self) -> "Subscription":
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()

    def set_topics(self, topics: set[str]) -> None:
        """Listens to these and no others from now on."""
        for topic in self.topics - topics:
            self._hub.leave(topic, self)
        for topic in topics - self.topics:
            self._hub.join(topic, self)
        self.topics = set(topics)

    async def next(self, timeout: float) -> Live | None:
        """The next news, or None after ``timeout`` seconds. Raises Ended when the process stops."""
        if self._hub.ended:
            raise Ended
        try:
            async with asyncio.timeout(timeout):
                news = await self._queue.get()
        except TimeoutError:
            return None
        if self._hub.ended:
            raise Ended
        return news

    def more(self) -> list[Live]:
        """What else waits already: a screen is told all of it at once."""
        return [self._queue.get_nowait() for _ in range(self._queue.qsize())]

    def offer(self, live: Live) -> None:
        """A screen too slow to read loses its oldest news; it asks the database again anyway."""
        if self._queue.full():
            self._queue.get_nowait()
        self._queue.put_nowait(live)

    def close(self) -> None:
        self.set_topics(set())


class Hub:
    """Follows the facts while anybody watches."""

    def __init__(self) -> None:
        self._subscriptions: dict[str, set[Subscription]] = defaultdict(set)
        self._position: Position | None = None
        self.ended = False

    def end(self) -> None:
        """Lets all screens go, from the event loop: each shall come back by itself, and finds the next process."""
        self.ended = True
        for subscription in {one for topic in self._subscriptions.values() for one in topic}:
            subscription.offer(Live("", ""))

    def subscribe(self, topics: set[str]) -> Subscription:
        return Subscription(self, topics)

    def join(self, topic: str, subscription: Subscription) -> None:
        self._subscriptions[topic].add(subscription)

    def leave(self, topic: str, subscription: Subscription) -> None:
        self._subscriptions[topic].discard(subscription)
        if not self._subscriptions[topic]:
            del self._subscriptions[topic]

    async def run(self, listener: wake.Listener, stop: asyncio.Event) -> None:
        """Follows until ``stop`` is set; survives a database that is away for a while."""
        self.ended = False
        with listener.subscription({"events", "whisper"}) as wakes:
            while not stop.is_set():
                try:
                    if self._position is None:
                        self._position = await asyncio.to_thread(_end)
                    await self._follow()
                except Exception:
                    log.exception("the live stream could not read the facts; trying again")
                    await asyncio.sleep(1)
                began = time.monotonic()
                came = await wake.drain(wakes, 1.0)
                await asyncio.sleep(REST - (time.monotonic() - began))
                for topic, payload in came:
                    if topic == "whisper" and payload:
                        news = json.loads(payload)
                        self._tell(news["topic"], Live(news["topic"], news["type"], news["data"]))

    async def _follow(self) -> None:
        while True:
            facts, position = await asyncio.to_thread(_after, self._position or Position())
            self._position = position
            traces = await asyncio.to_thread(_traced, facts) if _traced and facts and tracing.on() else {}
            for fact in facts:
                counted.fan_out.see(max(0, clock.now() - fact.received) / clock.SECOND)
                data = {**fact.properties, "channel": fact.channel, "profile_id": fact.profile_id}
                trace = traces.get(fact.id, "")
                with tracing.span("live", trace or None):
                    for topic in topics_of(fact):
                        self._tell(topic, Live(topic, fact.type, data, trace=trace))
            if len(facts) < 500:
                return

    def _tell(self, topic: str, live: Live) -> None:
        for subscription in tuple(self._subscriptions.get(topic, ())):
            subscription.offer(live)


def _end() -> Position:
    close_old_connections()
    return queries.end()


def _after(position: Position) -> tuple[list[Event], Position]:
    close_old_connections()
    facts, position = queries.after(position)
    for type_, enricher in _enrichers.items():
        concerned = [fact for fact in facts if fact.type == type_]
        if concerned:
            enricher(concerned)
    return facts, position


_hub: Hub | None = None


def hub() -> Hub:
    """The hub of this process."""
    global _hub
    if _hub is None:
        _hub = Hub()
    return _hub
