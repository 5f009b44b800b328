"""Work that comes round again: each job runs on one worker at a time, under a lease of its own name."""

import asyncio
import contextlib
import logging
from collections.abc import Callable

from django.db import Error as DatabaseFault
from django.db import close_old_connections
from msgspec import Struct

from rondpoint.jobs import leases

log = logging.getLogger("rondpoint.jobs")


class Job(Struct, frozen=True):
    """``run()`` is called every ``seconds`` and may block; what it raises is logged and the job goes on."""

    name: str
    seconds: float
    run: Callable[[], object]


_jobs: dict[str, Job] = {}


def register(name: str, seconds: float, run: Callable[[], object]) -> None:
    """Adds a job, or replaces the one of that name."""
    _jobs[name] = Job(name, seconds, run)


def every() -> list[Job]:
    """All jobs."""
    return list(_jobs.values())


async def run(stop: asyncio.Event, holder: str) -> None:
    """Runs all jobs until ``stop``. ``holder`` names this worker."""
    await asyncio.gather(stop.wait(), *(_repeat(job, stop, holder) for job in every()))


async def _repeat(job: Job, stop: asyncio.Event, holder: str) -> None:
    while not stop.is_set():
        running = asyncio.create_task(asyncio.to_thread(_in_thread, job, holder))
        while not (await asyncio.wait({running}, timeout=_lease(job) / 3))[0]:
            await asyncio.to_thread(_keep, job, holder)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), job.seconds)
    with contextlib.suppress(DatabaseFault):  # it runs out by itself
        await asyncio.to_thread(leases.release, f"job:{job.name}", holder)


def _in_thread(job: Job, holder: str) -> None:
    close_old_connections()
    once(job, holder)


def _keep(job: Job, holder: str) -> None:
    """A job that takes long stays ours."""
    close_old_connections()
    with contextlib.suppress(DatabaseFault):
        leases.renew(f"job:{job.name}", holder, _lease(job))


def _lease(job: Job) -> float:
    return max(30.0, job.seconds * 3)


def once(job: Job, holder: str) -> bool:
    """Runs a job now if no other worker holds it; whether it ran to its end."""
    try:
        if leases.acquire(f"job:{job.name}", holder, _lease(job)) is None:
            return False
        job.run()
    except Exception:
        log.exception("the job %s failed; it runs again in %s s", job.name, job.seconds)
        return False
    return True
