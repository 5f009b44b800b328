"""Leases run by a clock that nobody sets."""

import time

import pytest
from django.db import Error

from rondpoint.jobs import leases, periodic, wake
from rondpoint.jobs.models import Lease
from rondpoint.lib import clock

pytestmark = [pytest.mark.django_db, pytest.mark.data]


@pytest.fixture
def ticks(monkeypatch):
    moment = [1000 * clock.SECOND]
    monkeypatch.setattr(leases, "now", lambda: moment[0])
    return moment


def test_a_lease_runs_out_when_its_time_has_passed(ticks):
    first = leases.acquire("line", "a", 15)
    ticks[0] += 15 * clock.SECOND
    assert leases.acquire("line", "b", 15) is None
    assert leases.renew("line", "a", 15)
    ticks[0] += 15 * clock.SECOND + 1
    assert not leases.renew("line", "a", 15)
    assert leases.acquire("line", "b", 15) == first + 1
    assert not leases.renew("line", "a", 15)


@pytest.mark.parametrize("jump", [-3600, 3600])
def test_setting_the_clock_changes_no_lease(monkeypatch, jump):
    leases.acquire("line", "a", 15)
    truth = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: truth() + jump * 1_000_000_000)
    assert leases.acquire("line", "b", 15) is None
    assert leases.renew("line", "a", 15)
    leases.release("line", "a")
    assert leases.acquire("line", "b", 15)


def test_a_lease_from_before_the_machine_was_started_again_is_over(ticks):
    first = leases.acquire("line", "a", 15)
    ticks[0] = clock.SECOND
    assert not leases.renew("line", "a", 15)
    assert leases.acquire("line", "b", 15) == first + 1


def test_what_a_process_held_that_is_gone_is_taken_over_at_once(monkeypatch):
    first = leases.acquire("line", "gone", 15)
    assert leases.acquire("line", "b", 15) is None
    monkeypatch.setattr(leases.processes, "gone", lambda holder: holder == "gone")
    assert leases.acquire("line", "b", 15) == first + 1
    assert not leases.renew("line", "gone", 15)
    assert leases.acquire("line", "c", 15) is None


def test_a_rest_is_never_shortened(ticks):
    leases.rest("rest:1", 60)
    leases.rest("rest:1", 1)
    ticks[0] += 59 * clock.SECOND
    assert leases.resting("rest:1")
    assert not leases.resting("rest:2")
    ticks[0] += clock.SECOND
    assert not leases.resting("rest:1")


def test_a_rest_lasts_a_day_at_most_and_not_beyond_a_new_start(ticks):
    leases.rest("rest:1", 10 * 86400)
    assert Lease.objects.get(name="rest:1").until == ticks[0] + clock.DAY
    ticks[0] = clock.SECOND
    assert not leases.resting("rest:1")
    leases.rest("rest:1", 5)
    assert leases.resting("rest:1")


def test_a_job_that_takes_long_stays_with_its_worker(ticks, monkeypatch):
    monkeypatch.setattr(periodic, "close_old_connections", lambda: None)  # the test's transaction is open on it
    job = periodic.Job("long", 1, lambda: None)

    def work():
        ticks[0] += 25 * clock.SECOND
        periodic._keep(job, "first")
        ticks[0] += 25 * clock.SECOND
        assert leases.acquire("job:long", "second", 30) is None

    assert periodic.once(periodic.Job("long", 1, work), "first")


def test_a_wake_up_that_fails_undoes_nothing(monkeypatch):
    class Gone:
        vendor = "postgresql"

        def cursor(self):
            raise Error("the server closed the connection")

    monkeypatch.setattr(wake, "connection", Gone())
    wake.send_now("deliveries")
