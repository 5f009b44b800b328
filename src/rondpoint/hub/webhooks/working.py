"""Telling: facts are followed in commit order and told to each endpoint that wants them, again until it answers.

One worker at a time does, under a lease. An endpoint has a few requests on their way at once and no more, so that one
that hangs keeps nobody else waiting. What was on its way when a worker died is told again, under the same id.
"""

import asyncio
import json
import time
from collections import Counter
from typing import Any

import httpx
from django.db import close_old_connections
from msgspec import Struct

from rondpoint.accounts import actions as accounts
from rondpoint.customers import queries as customers
from rondpoint.events import following
from rondpoint.events.models import Event
from rondpoint.hub import shown
from rondpoint.hub.models import Endpoint, Told
from rondpoint.hub.webhooks import rules
from rondpoint.hub.webhooks.actions import READER, TEST, secret_of
from rondpoint.jobs import leases, wake
from rondpoint.lib import bulk, clock
from rondpoint.lib.db import GroupWriter, lock_row
from rondpoint.lib.http import request_capped
from rondpoint.lib.text import storable

LANE_SECONDS = 15.0
SLOTS = 4  # requests to one endpoint at once
SECONDS = 15.0  # that an answer may take
ANSWER = 2000  # bytes of it that are kept
LARGEST = 100_000  # bytes of it that are read
TRIES = 10  # that are remembered
IDLE = 1.0  # seconds between two looks


class Sending(Struct, frozen=True):
    """A request to make. ``body``: none where the fact is there no more."""

    id: int
    endpoint: int
    public_id: str
    url: str
    secret: str
    body: bytes | None


class Outcome(Struct, frozen=True):
    """What became of a request. ``status``: of the answer, 0 without one."""

    id: int
    endpoint: int
    at: int
    ms: int
    status: int
    answer: str = ""
    error: str = ""


async def run(stop: asyncio.Event, http: httpx.AsyncClient, listener: wake.Listener, holder: str) -> None:
    """Follows facts and tells them until ``stop``."""
    flying: dict[int, int] = {}  # what is on its way, with its endpoint
    tasks: set[asyncio.Task[None]] = set()
    writer = GroupWriter(record, name="webhooks")
    try:
        with listener.subscription({"events", READER}) as wakes:
            while not stop.is_set():
                found = await asyncio.to_thread(_look, holder, dict(flying))
                for sending in found:
                    flying[sending.id] = sending.endpoint
                    task = asyncio.create_task(_tell(sending, http, writer, flying))
                    tasks.add(task)
                    task.add_done_callback(tasks.discard)
                if not found:
                    await wake.drain(wakes, IDLE)
        if tasks:
            await asyncio.wait(tasks, timeout=SECONDS)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.to_thread(writer.close)
        await asyncio.to_thread(_release, holder)


def collect() -> int:
    """Notes what has to be told to whom; how many facts there were. None is followed while no endpoint is on."""
    endpoints = list(Endpoint.objects.filter(active=True))
    if not endpoints:
        return 0

    def take(facts: list[Event]) -> None:
        bulk.insert(
            [
                Told(endpoint_id=row.id, event_id=fact.id, type=fact.type)
                for fact in facts
                for row in endpoints
                if fact.received >= row.since and (not row.types or fact.type in row.types)
            ]
        )

    return following.follow(READER, take)


def due(flying: dict[int, int]) -> list[Sending]:
    """What is to be told now, a few to each endpoint, without what is on its way."""
    busy, now = Counter(flying.values()), clock.now()
    rows: list[Told] = []
    for endpoint in Endpoint.objects.filter(active=True).order_by("id"):
        free = SLOTS - busy[endpoint.id]
        if free > 0:
            waiting = Told.objects.filter(endpoint=endpoint, state="waiting", due__lte=now).exclude(id__in=flying)
            rows += list(waiting.select_related("endpoint").order_by("due", "id")[:free])
    tests = Told.objects.filter(endpoint__active=False, type=TEST, state="waiting", due__lte=now).exclude(id__in=flying)
    rows += list(tests.select_related("endpoint")[:SLOTS])
    bodies = _bodies(rows)
    return [
        Sending(row.id, row.endpoint_id, str(row.public_id), row.endpoint.url, secret_of(row.endpoint), bodies[row.id])
        for row in rows
    ]


async def send(sending: Sending, http: httpx.AsyncClient) -> Outcome:
    """Makes one request. Whatever goes wrong is the outcome."""
    now, began = clock.now(), time.monotonic()
    if sending.body is None:
        return Outcome(sending.id, sending.endpoint, now, 0, 0, error="gone")
    headers = rules.headers(sending.secret, sending.public_id, now, sending.body)
    status, answer, error = 0, "", ""
    try:
        async with asyncio.timeout(SECONDS):
            said = await request_capped(http, "POST", sending.url, LARGEST, content=sending.body, headers=headers)
        status, answer = said.status_code, said.content[:ANSWER].decode("utf-8", "replace")
    except TimeoutError:
        error = f"no answer within {SECONDS:.0f} s"
    except (httpx.HTTPError, httpx.InvalidURL) as problem:
        error = str(problem)[:300] or type(problem).__name__
    ms = int((time.monotonic() - began) * 1000)
    return Outcome(sending.id, sending.endpoint, now, ms, status, storable(answer), storable(error))


def record(outcomes: list[Outcome]) -> list[None]:
    """Writes down what became of requests, inside ``write()``."""
    rows = {row.id: row for row in bulk.fetch(Told, id={each.id for each in outcomes})}
    endpoints = {
        row.id: row for row in lock_row(Endpoint.objects.filter(id__in={each.endpoint for each in outcomes}))
    }
    for each in outcomes:
        row, endpoint = rows.get(each.id), endpoints.get(each.endpoint)
        if row is None or endpoint is None:
            continue  # it was removed meanwhile
        row.attempts, row.status = row.attempts + 1, each.status
        tried = {"at": each.at, "status": each.status, "ms": each.ms, "answer": each.answer, "error": each.error}
        row.tries = [tried, *row.tries][:TRIES]
        if 200 <= each.status < 300:
            row.state, row.ended, endpoint.failing = "delivered", each.at, None
            continue
        again = rules.next_due(row.attempts, row.created, each.at)
        if again is None or row.type == TEST or each.error == "gone":
            row.state, row.ended = "failed", each.at
        else:
            row.due = again
        if row.type != TEST and each.error != "gone":
            _failed(endpoint, each)
    bulk.update(list(rows.values()), ["attempts", "status", "tries", "state", "ended", "due"])
    bulk.update(list(endpoints.values()), ["failing", "active", "disabled"])
    return [None] * len(outcomes)


def _failed(endpoint: Endpoint, each: Outcome) -> None:
    """An endpoint where nothing arrives for three days is switched off, and one that says that it is gone (410)."""
    endpoint.failing = endpoint.failing or each.at
    if endpoint.active and (each.status == 410 or each.at - endpoint.failing >= rules.GIVEN_UP):
        endpoint.active, endpoint.disabled = False, each.at
        told = {"url": endpoint.url, "status": each.status, "error": each.error}
        accounts.audit("worker", "webhook.disabled", f"webhook:{endpoint.public_id}", told)


async def _tell(sending: Sending, http: httpx.AsyncClient, writer: GroupWriter, flying: dict[int, int]) -> None:
    try:
        await writer.put(await send(sending, http))
    finally:
        flying.pop(sending.id, None)
        wake.send_now(READER)


def _look(holder: str, flying: dict[int, int]) -> list[Sending]:
    close_old_connections()
    if not Endpoint.objects.exists() or leases.acquire(READER, holder, LANE_SECONDS) is None:
        return []
    collect()
    return due(flying)


def _release(holder: str) -> None:
    close_old_connections()
    leases.release(READER, holder)


def _bodies(rows: list[Told]) -> dict[int, bytes | None]:
    facts = bulk.fetch(Event, id={row.event_id for row in rows if row.event_id is not None})
    owners = customers.customers_of({fact.profile_id for fact in facts if fact.profile_id is not None})
    people = customers.by_ids(set(owners.values()))
    said: dict[int, bytes] = {}
    for fact, outside in zip(facts, shown.facts(facts), strict=True):
        owner = people.get(owners.get(fact.profile_id or 0, 0))
        data = {
            "id": outside["id"],
            "customer": str(owner.public_id) if owner else None,
            "channel": fact.channel,
            "source": fact.source,
            "properties": outside["data"],
        }
        said[fact.id] = _body(fact.type, outside["occurred_at"], data)
    test = {"note": "This is a test: nothing happened."}
    return {
        row.id: _body(TEST, clock.iso(row.created), test) if row.event_id is None else said.get(row.event_id)
        for row in rows
    }


def _body(type_: str, at: str | None, data: dict[str, Any]) -> bytes:
    said = {"type": type_, "timestamp": at, "data": data}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def body(row: Told) -> str:
    """What is told, for people to read; "" where the fact is there no more."""
    made = _bodies([row])[row.id]
    return json.dumps(json.loads(made), ensure_ascii=False, indent=2) if made else ""
