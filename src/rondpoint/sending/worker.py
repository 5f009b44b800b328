"""Sending what is due: one task for each connection, so that a provider that hangs delays nobody else.

Each try is: take under a lease (short transaction), call the provider outside any transaction with a time
limit, record the outcome (transactions grouped). See ``outbox`` for what is written when.
"""

import asyncio
import contextlib
import logging
import random
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
from django.db import close_old_connections, connections

from rondpoint.channels import actions as channels
from rondpoint.channels import registry
from rondpoint.channels.contract import (
    ConnectionInfo,
    MessageOut,
    OutcomeUnknown,
    Part,
    Refused,
    SendError,
    SendResult,
    Sent,
)
from rondpoint.files import queries as files
from rondpoint.jobs import processes, wake
from rondpoint.lib import clock, counted, fence, logs, tracing
from rondpoint.lib.db import AWAY, GroupWriter
from rondpoint.sending import outbox, receipts
from rondpoint.sending.rules import pauses
from rondpoint.sending.rules.pace import Bucket
from rondpoint.sending.rules.steps import rate_of

log = logging.getLogger("rondpoint.sending.worker")
AT_ONCE = 8  # sends at the same time on one connection
AT_ONCE_IN_SESSION = 1
POLL = 1.0  # seconds between looks when nobody wakes us
SWEEP = 10.0
FAREWELL = 35.0  # seconds that calls under way may take after the stop
PROBLEM = "Sending fails: "
HELD_UP = "the worker was held up for longer than its lease"
CALLS = 64  # threads for channels whose libraries block, over all connections


async def run(
    stop: asyncio.Event,
    http: Any,
    holds: Callable[[int], bool] = lambda _: False,
    listener: wake.Listener | None = None,
) -> None:
    """Sends until ``stop`` is set, then lets the calls under way end.

    ``http``: the guarded client given to channels. ``holds(connection_id)``: does this process hold the
    session of that connection; asked only where a channel has one, on the event loop. Without ``listener``
    work is noticed within a second.
    """
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(CALLS, thread_name_prefix="send"))
    fence.hold(http)
    worker = Worker(http, holds)
    try:
        await worker.run(stop, listener)
    finally:
        await worker.close()


class Worker:
    """The state of one sending process."""

    def __init__(self, http: Any, holds: Callable[[int], bool], call_limit: float = outbox.CALL_LIMIT):
        self.holder = processes.name(uuid.uuid4().hex[:8])
        self.http = http
        self.holds = holds
        self.call_limit = call_limit
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="outbox")
        self._rendering = ThreadPoolExecutor(2, thread_name_prefix="render")
        self._outcomes = GroupWriter(outbox.record, name="outcomes")
        self._roads: dict[int, Road] = {}

    async def database(self, function: Callable, *arguments: Any) -> Any:
        """Runs a short database function on a thread of our own, which no hanging provider can take."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, _fresh, function, *arguments)

    async def render(self, info: ConnectionInfo, message: MessageOut) -> list[Part] | SendError:
        """The parts of a message, made on a thread of our own too: it reads files."""
        return await asyncio.get_running_loop().run_in_executor(self._rendering, _render, info, message)

    async def record(self, outcome: outbox.Outcome) -> None:
        """Writes an outcome down; its transaction is shared with the others that wait.

        While the database is away it is kept and tried again: who knows what became of a message must not forget it.
        """
        while True:
            try:
                await self._outcomes.put(outcome)
                return
            except AWAY:
                log.warning("the outcome of dispatch %s waits for the database", outcome.dispatch_id)
                await asyncio.sleep(POLL)

    async def run(self, stop: asyncio.Event, listener: wake.Listener | None) -> None:
        """Keeps a task for every connection that has something due."""
        swept = 0.0
        try:
            with listener.subscription({"dispatches"}) if listener else contextlib.nullcontext() as wakes:
                while not stop.is_set():
                    try:
                        if time.monotonic() - swept >= SWEEP:
                            swept = time.monotonic()
                            await self.database(outbox.reap, clock.now())
                            await self.database(receipts.sweep, clock.now())
                        unsure = {number for number, road in self._roads.items() if road.unsure}
                        for connection_id in unsure | await self.database(outbox.due_connections, clock.now()):
                            self._road(connection_id).call()
                    except Exception:
                        log.exception("looking for due dispatches failed; trying again")
                    await _pause(stop, wakes)
        finally:
            await asyncio.gather(*(road.finish(FAREWELL) for road in self._roads.values()))

    def _road(self, connection_id: int) -> "Road":
        if connection_id not in self._roads:
            self._roads[connection_id] = Road(self, connection_id)
        return self._roads[connection_id]

    async def close(self) -> None:
        """Writes what is still to be written and gives the threads back."""
        await self.database(self._outcomes.close)
        await self.database(connections.close_all)
        self._thread.shutdown(wait=False)
        self._rendering.shutdown(wait=False)


class Road:
    """One connection's sends: a task while there is something to do, its pace and its troubles."""

    def __init__(self, worker: Worker, connection_id: int):
        self._worker = worker
        self._id = connection_id
        self._task: asyncio.Task | None = None
        self._news = asyncio.Event()
        self._sends: set[asyncio.Task] = set()
        self._in_hand: set[int] = set()  # dispatches taken whose outcome is not written
        self.unsure = False  # a taking broke off, perhaps after its commit
        self._bucket: Bucket | None = None
        self._failures = 0
        self._rests_until = 0.0
        self._asked_until = 0.0  # what the provider's Retry-After holds back in this process; others read the rest
        self._troubled = True  # a problem noted by an earlier process is cleared by the first success
        self._stopping = False

    def call(self) -> None:
        """There is something due."""
        self._news.set()
        if (self._task is None or self._task.done()) and not self._resting():
            self._task = asyncio.create_task(self._serve())

    async def finish(self, seconds: float) -> None:
        """Takes nothing new and waits for the calls under way; what is cut off is recorded as unknown."""
        self._stopping = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._sends:
            _, late = await asyncio.wait(self._sends, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _serve(self) -> None:
        try:
            while not self._stopping and not self._resting():
                self._news.clear()
                taken = await self._take()
                if not taken and not self._sends:
                    return
                if not taken:
                    await self._something()
        except Exception:
            self.unsure = True
            log.exception("connection %s: taking dispatches failed; trying again", self._id)
            self._rests_until = time.monotonic() + POLL

    def _resting(self) -> bool:
        return time.monotonic() < max(self._rests_until, self._asked_until)

    async def _take(self) -> int:
        info = await self._worker.database(outbox.connection, self._id)
        at_once = AT_ONCE
        if registry.get(info.kind).has_session(info):
            at_once = AT_ONCE_IN_SESSION if self._worker.holds(self._id) else 0
        room = self._paced(info, at_once - len(self._sends))
        if room <= 0:
            return 0
        if self.unsure:
            in_hand = frozenset(self._in_hand)
            await self._worker.database(outbox.give_back, self._id, self._worker.holder, in_hand)
            self.unsure = False
        began = fence.age()
        # Shielded: when a stop cuts this wait, the leases are written all the same and the sends must go.
        taking = asyncio.ensure_future(
            self._worker.database(outbox.take, self._id, self._worker.holder, room, clock.now())
        )
        try:
            info, jobs = await asyncio.shield(taking)
        except asyncio.CancelledError:
            info, jobs = await taking
            self._start(info, jobs, began)
            raise
        self._start(info, jobs, began)
        return len(jobs)

    def _start(self, info: ConnectionInfo, jobs: list[outbox.Job], began: float) -> None:
        if self._bucket is not None:
            self._bucket.take(len(jobs))
        for job in jobs:
            self._in_hand.add(job.dispatch_id)
            task = asyncio.create_task(self._send(info, job, began + job.seconds))
            self._sends.add(task)
            task.add_done_callback(self._sends.discard)

    def _paced(self, info: ConnectionInfo, room: int) -> int:
        per_second = rate_of(info, registry.get(info.kind).manifest.rate_per_second)
        if per_second is None:
            self._bucket = None
            return room
        if self._bucket is None or self._bucket.per_second != per_second:
            self._bucket = Bucket(per_second, time.monotonic())
        return min(room, self._bucket.there(time.monotonic()))

    async def _something(self) -> None:
        """Waits for a send that ends, for news, or for the next place in the pace."""
        news = asyncio.ensure_future(self._news.wait())
        seconds = self._bucket.wait(time.monotonic()) if self._bucket else POLL
        try:
            await asyncio.wait(
                {news, *self._sends}, timeout=seconds or POLL, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            news.cancel()

    async def _send(self, info: ConnectionInfo, job: outbox.Job, lease_ends: float) -> None:
        name = job.idempotency_key
        with logs.bound(dispatch=name, connection=info.public_id), tracing.span("dispatch", name, channel=info.kind):
            await self._try(info, job, lease_ends)

    async def _try(self, info: ConnectionInfo, job: outbox.Job, lease_ends: float) -> None:
        done = job.first_part
        sent: list[Sent] = []
        error: SendError | OutcomeUnknown | None = None
        cut: asyncio.CancelledError | None = None
        held: SendError | None = None
        try:
            parts = await self._prepare(info, job)
            if isinstance(parts, SendError):
                error = parts
            else:
                for part in parts[job.first_part :]:
                    held = self._held_back(lease_ends)
                    with fence.until(lease_ends):
                        result = held or await self._call(info, part, f"{job.idempotency_key}:{part.index}")
                    if not isinstance(result, Sent):
                        error = result
                        self._heed(error)
                        break
                    sent.append(result)
                    done += 1
        except asyncio.CancelledError as cancelled:
            cut, error = cancelled, OutcomeUnknown("the worker stopped during the call")
        outcome = outbox.Outcome(job.dispatch_id, self._worker.holder, done, tuple(sent), error, clock.now())
        try:
            await self._worker.record(outcome)
            self._in_hand.discard(job.dispatch_id)
            if held is None:
                await self._judge(info, error)
        except Exception:  # the lease runs out and the dispatch becomes unknown
            log.exception("dispatch %s: its outcome could not be written", job.dispatch_id)
        if cut is not None:
            raise cut

    def _held_back(self, lease_ends: float) -> SendError | None:
        """Why the provider must not be called now, although the dispatch was taken.

        A process that was stopped for longer than its lease finds the dispatch in other hands: it keeps still.
        """
        if fence.age() + self._worker.call_limit > lease_ends:
            return SendError(HELD_UP)
        wait = self._asked_until - time.monotonic()
        return SendError("the provider asked to wait", retry_after=wait) if wait > 0 else None

    def _heed(self, error: SendError | OutcomeUnknown) -> None:
        asked = error.retry_after if isinstance(error, SendError) else None
        if asked is not None and pauses.is_wait(asked):
            self._asked_until = max(self._asked_until, time.monotonic() + min(asked, 86400.0))

    async def _prepare(self, info: ConnectionInfo, job: outbox.Job) -> list[Part] | SendError:
        try:
            return await self._worker.render(info, job.message)
        except OSError as error:
            return SendError(f"a file cannot be read: {error.strerror or type(error).__name__}")
        except Exception as error:
            log.exception("dispatch %s cannot be rendered", job.dispatch_id)
            return SendError(f"the message cannot be rendered: {type(error).__name__}", permanent=True)

    async def _call(self, info: ConnectionInfo, part: Part, key: str) -> SendResult:
        """One call of the provider. Whatever breaks during it leaves the outcome unknown."""
        began = time.monotonic()
        with tracing.span("provider call", None, channel=info.kind):
            result = await self._answer(info, part, key)
        counted.sends.see(time.monotonic() - began, info.kind, _outcome(result))
        return result

    async def _answer(self, info: ConnectionInfo, part: Part, key: str) -> SendResult:
        channel = registry.get(info.kind)
        try:
            async with asyncio.timeout(self._worker.call_limit):
                result = await channel.send(part, info, self._worker.http, key)
        except fence.TooLate:
            return SendError(HELD_UP)
        except TimeoutError:
            return OutcomeUnknown(f"no answer within {self._worker.call_limit:g} seconds")
        except Exception as error:
            log.exception("connection %s: the channel broke while sending", self._id)
            return OutcomeUnknown(f"the channel broke while sending: {type(error).__name__}")
        if isinstance(result, Sent | SendError | OutcomeUnknown):
            return result
        return OutcomeUnknown("the channel gave no outcome")

    async def _judge(self, info: ConnectionInfo, error: SendError | OutcomeUnknown | None) -> None:
        """Rests a connection that fails again and again, and says so on it."""
        if error is None:
            self._failures, self._rests_until = 0, 0.0
            if self._troubled:
                self._troubled = False
                await self._worker.database(_clear_problem, self._id)
            return
        if isinstance(error, OutcomeUnknown) or error.permanent:
            return
        self._failures += 1
        pause = pauses.connection_break(self._failures, random.random())
        if pause:
            self._rests_until = time.monotonic() + pause
            self._troubled = True
            await self._worker.database(channels.note_problem, self._id, PROBLEM + error.detail)


def _outcome(result: SendResult) -> str:
    if isinstance(result, Sent):
        return "sent"
    if isinstance(result, OutcomeUnknown):
        return "unknown"
    return "refused" if result.permanent else "failed"


async def _pause(stop: asyncio.Event, wakes: asyncio.Queue | None) -> None:
    waits = {asyncio.ensure_future(stop.wait())}
    if wakes is not None:
        waits.add(asyncio.ensure_future(wake.drain(wakes, POLL)))
    try:
        await asyncio.wait(waits, timeout=POLL, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waits:
            task.cancel()


def _fresh(function: Callable, *arguments: Any) -> Any:
    close_old_connections()
    return function(*arguments)


def _clear_problem(connection_id: int) -> None:
    if outbox.problem(connection_id).startswith(PROBLEM):
        channels.note_problem(connection_id, "")


def _render(info: ConnectionInfo, message: MessageOut) -> list[Part] | SendError:
    """The parts to send, with the contents of files. Raises OSError when a file cannot be read."""
    contents = tuple(msgspec.structs.replace(file, content=files.read(file.sha256)) for file in message.files)
    parts = registry.get(info.kind).render(msgspec.structs.replace(message, files=contents), info)
    if isinstance(parts, Refused):
        return SendError(f"{parts.reason}: {parts.detail}".removesuffix(": "), permanent=True)
    return parts
