"""The worker: works off deliveries, sends dispatches, holds the long-lived lines of channels."""

import asyncio
import contextlib
import logging
import signal
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from django.conf import settings
from django.db import close_old_connections
from django.db import connections as db_connections

from rondpoint.channels import connections, deliveries, pipeline, registry
from rondpoint.channels.contract import ConnectionInfo
from rondpoint.channels.email import lmtp
from rondpoint.demo import flag
from rondpoint.demo import services as demo
from rondpoint.hub.exports import actions as exports
from rondpoint.hub.imports import working as imports
from rondpoint.hub.rights import working as rights
from rondpoint.hub.webhooks import working as webhooks
from rondpoint.jobs import children, leases, periodic, processes, wake
from rondpoint.jobs.pressing import rest
from rondpoint.lib import db
from rondpoint.lib.http import guarded_client
from rondpoint.segments import working as segments
from rondpoint.sending import worker as sending
from rondpoint.tracking import working as tracking

log = logging.getLogger("rondpoint.worker")
LEASE_SECONDS = 15.0
# What works on a thread of its own, by what wakes it: what sources tell, who is in which segment, data in and out.
LANES = {"tracking": tracking, "segments": segments, "imports": imports, "exports": exports, "rights": rights}
PATIENT = {"segments", "imports", "exports", "rights"}


class Worker:
    """One worker process. ``run()`` ends when :attr:`stop` is set, after the work in hand is finished."""

    def __init__(self) -> None:
        self.stop = asyncio.Event()
        self.holder = processes.name()
        self.held: set[int] = set()  # connections whose line this process holds
        self.intake = deliveries.Intake()
        self.listener = wake.Listener()
        self.directory = connections.Directory()

    async def run(self) -> None:
        self.listener.start()
        http = guarded_client(allow_private=settings.ENVIRONMENT.allow_private or flag.is_demo())
        lines = [
            asyncio.create_task(self._always(self._hold_lines, "lines")),
            asyncio.create_task(self._always(self._listen_lmtp, "lmtp")),
        ]
        tasks = [
            *lines,
            *(
                asyncio.create_task(self._always(lambda kind=kind: self._work_off(kind), f"deliveries of {kind}"))
                for kind in registry.kinds()
            ),
            asyncio.create_task(self._always(self._retry, "deliveries that failed")),
            *(
                asyncio.create_task(self._always(lambda name=name: self._alone(name), name)) for name in LANES
            ),
            asyncio.create_task(self._always(lambda: periodic.run(self.stop, self.holder), "periodic jobs")),
            asyncio.create_task(
                self._always(lambda: sending.run(self.stop, http, self.held.__contains__, self.listener), "sending")
            ),
        ]
        tasks.append(
            asyncio.create_task(
                self._always(lambda: webhooks.run(self.stop, http, self.listener, self.holder), "webhooks")
            )
        )
        if flag.is_demo():
            tasks.append(asyncio.create_task(self._always(lambda: demo.serve(self.stop), "demo")))
        await self.stop.wait()
        children.end()
        for task in lines:
            task.cancel()
        await asyncio.wait(tasks, timeout=20)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await http.aclose()
        self.listener.stop()
        await asyncio.to_thread(self.intake.close)

    async def _always(self, job, name: str) -> None:
        """Starts a job again when it fails: one that dies takes nobody with it."""
        while not self.stop.is_set():
            try:
                await job()
            except asyncio.CancelledError:
                raise
            except Exception:
                log.exception("%s stopped; starting again", name)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self.stop.wait(), 1)

    async def _work_off(self, kind: str) -> None:
        """One channel's deliveries, on a thread of their own: those of another channel never wait for them."""
        lanes = pipeline.Lanes(kind, self.stop.is_set)
        thread = ThreadPoolExecutor(1, thread_name_prefix=f"work-{kind}")
        try:
            await self._again(thread, lanes.work, f"deliveries:{kind}")
        finally:
            await asyncio.get_running_loop().run_in_executor(thread, _at_the_end, lanes.close)
            thread.shutdown(wait=False)

    async def _retry(self) -> None:
        """What failed before waits for nobody and nobody waits for it."""
        with ThreadPoolExecutor(1, thread_name_prefix="retry") as thread:
            await self._again(thread, pipeline.retry)

    async def _alone(self, name: str) -> None:
        """Work of one lane, on a thread of its own; ``name`` is also what wakes it."""
        lane, thread = LANES[name], ThreadPoolExecutor(1, thread_name_prefix=name)
        try:
            await self._again(thread, lambda: lane.work(self.holder), name, patient=name in PATIENT)
        finally:
            await asyncio.get_running_loop().run_in_executor(thread, _at_the_end, lambda: lane.close(self.holder))
            thread.shutdown(wait=False)

    async def _again(
        self, thread: ThreadPoolExecutor, work: Callable[[], int], *topics: str, patient: bool = False
    ) -> None:
        """Works as long as there is something, then when woken; ``patient`` work lets what is pressing go first."""
        loop = asyncio.get_running_loop()
        with self.listener.subscription({"deliveries", *topics}) as wakes:
            while not self.stop.is_set():
                began = time.monotonic()
                while await loop.run_in_executor(thread, _work, work):
                    if self.stop.is_set():
                        return
                    await asyncio.sleep(rest(time.monotonic() - began) if patient else 0)
                    began = time.monotonic()
                await wake.drain(wakes, 0.5)

    async def _listen_lmtp(self) -> None:
        """One listener for all mailboxes, on the machine that holds its lease."""
        while not self.stop.is_set():
            if await asyncio.to_thread(_lease, f"lmtp:{socket.gethostname()}", self.holder):
                break
            await asyncio.sleep(1)
        keeping = asyncio.create_task(self._keep(f"lmtp:{socket.gethostname()}"))
        try:
            await lmtp.serve(
                settings.ENVIRONMENT.host, settings.ENVIRONMENT.lmtp_port, self._find_mailbox, self.intake.deliver
            )
        finally:
            keeping.cancel()
            await asyncio.to_thread(leases.release, f"lmtp:{socket.gethostname()}", self.holder)

    async def _find_mailbox(self, address: str) -> ConnectionInfo | None:
        """The mailbox that takes an address, its plus-addresses among them."""
        takes = registry.get("email").takes
        for since in (0.0, time.monotonic()):
            for info in await self.directory.of("email", since):
                if takes(address, info):
                    return info
        return None

    async def _hold_lines(self) -> None:
        """Keeps one session per connection that needs one, across all workers, under a fenced lease."""
        lines: dict[int, tuple[ConnectionInfo, asyncio.Task]] = {}
        try:
            while not self.stop.is_set():
                wanted = {info.id: info for info in await asyncio.to_thread(_lines)}
                for id_, (info, task) in list(lines.items()):
                    if wanted.get(id_) != info or task.done() or not await self._renew(id_):
                        lines.pop(id_)
                        await self._drop(id_, task)
                for id_, info in wanted.items():
                    if id_ not in lines and await asyncio.to_thread(_lease, f"line:{id_}", self.holder):
                        self.held.add(id_)
                        session = registry.get(info.kind).session(info, self.intake.deliver)
                        lines[id_] = (info, asyncio.create_task(session))
                await asyncio.sleep(LEASE_SECONDS / 10)
        finally:
            for id_, (_, task) in lines.items():
                await self._drop(id_, task)

    async def _renew(self, connection_id: int) -> bool:
        return await asyncio.to_thread(_lease, f"line:{connection_id}", self.holder)

    async def _keep(self, name: str) -> None:
        while True:
            await asyncio.sleep(LEASE_SECONDS / 3)
            await asyncio.to_thread(_lease, name, self.holder)

    async def _drop(self, connection_id: int, task: asyncio.Task) -> None:
        self.held.discard(connection_id)
        task.cancel()
        results = await asyncio.gather(task, return_exceptions=True)
        if isinstance(results[0], Exception):
            log.error("the line of connection %s broke: %r", connection_id, results[0])
        await asyncio.to_thread(leases.release, f"line:{connection_id}", self.holder)


def serve() -> None:
    """Runs the worker until SIGTERM or SIGINT."""
    asyncio.run(_serve())


async def _serve() -> None:
    worker = Worker()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, worker.stop.set)
    checkpointer = None
    if not settings.ENVIRONMENT.database_url:
        checkpointer = db.Checkpointer(settings.RONDPOINT_HOME / "rondpoint.sqlite3")
        checkpointer.start()
    await worker.run()
    if checkpointer:
        checkpointer.stop()


def _work(work: Callable[[], int]) -> int:
    """Works on the thread's own connection, which is given up when anything fails on it."""
    try:
        return work()
    except Exception:
        db_connections.close_all()
        raise


def _at_the_end(close: Callable[[], None]) -> None:
    try:
        close()
    finally:
        db_connections.close_all()


def _lease(name: str, holder: str) -> bool:
    close_old_connections()
    return leases.acquire(name, holder, LEASE_SECONDS) is not None


def _lines() -> list[ConnectionInfo]:
    close_old_connections()
    infos = [connections.info(row) for row in connections.active()]
    return [info for info in infos if registry.get(info.kind).has_session(info)]
