"""Work that comes round again."""

import asyncio

import pytest

from rondpoint.jobs import periodic

pytestmark = [pytest.mark.django_db, pytest.mark.data]


def test_a_job_runs_on_one_worker_at_a_time():
    ran = []
    job = periodic.Job("count", 1, lambda: ran.append(1))
    assert periodic.once(job, "first")
    assert not periodic.once(job, "second")
    assert periodic.once(job, "first")
    assert len(ran) == 2


def test_a_job_that_fails_runs_again(caplog):
    tries = []

    def job():
        tries.append(1)
        if len(tries) == 1:
            raise OSError("the disk is full")

    broken = periodic.Job("broken", 1, job)
    assert not periodic.once(broken, "first")
    assert "the disk is full" in caplog.text
    assert periodic.once(broken, "first")


def test_jobs_come_round_until_they_are_stopped(monkeypatch):
    monkeypatch.setattr(periodic, "_jobs", {})
    monkeypatch.setattr(periodic, "_in_thread", lambda job, holder: job.run())
    monkeypatch.setattr(periodic.leases, "release", lambda name, holder: given_back.append(name))
    ran, given_back = [], []

    async def scene():
        stop = asyncio.Event()
        periodic.register("often", 0.01, lambda: (ran.append(1), len(ran) == 3 and loop.call_soon_threadsafe(stop.set)))
        loop = asyncio.get_running_loop()
        await asyncio.wait_for(periodic.run(stop, "worker"), 10)

    asyncio.run(scene())
    assert len(ran) >= 3
    assert given_back == ["job:often"]
