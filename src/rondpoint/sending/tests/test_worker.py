"""The worker: it sends what is due, keeps the pace, and one provider's troubles are nobody else's."""

import asyncio
import contextlib
import time

import pytest
from django.db import OperationalError
from django.db import connections as databases

from rondpoint.channels.contract import SendError
from rondpoint.channels.models import Connection
from rondpoint.jobs import wake
from rondpoint.lib import clock, fence
from rondpoint.lib.db import write
from rondpoint.lib.http import guarded_client
from rondpoint.sending import actions, outbox, worker
from rondpoint.sending.models import Dispatch
from rondpoint.sending.tests.fakes import FakeChannel, fake, make_connection, make_person, wish

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.data]
__all__ = ["fake"]


def queue(connection, *texts):
    person = make_person()
    with write():
        return [v.dispatch_id for v in actions.submit([wish(connection, person, text) for text in texts])]


def rows(*where, **filters):
    return list(Dispatch.objects.filter(*where, **filters).order_by("id"))


def run(until, holds=lambda _: False, call_limit=None, seconds=10.0, then=None):
    """Runs a worker until ``until()`` is true, then stops it and waits for its end."""

    def ask(condition):
        try:
            return condition()
        finally:
            databases.close_all()

    async def play():
        stop = asyncio.Event()
        sending = worker.Worker(None, holds, call_limit or outbox.CALL_LIMIT)
        task = asyncio.create_task(sending.run(stop, None))
        try:
            async with asyncio.timeout(seconds):
                while not await asyncio.to_thread(ask, until):
                    await asyncio.sleep(0.01)
            if then is not None:
                then()
        finally:
            stop.set()
            await task
            await sending.close()

    asyncio.run(play())


def all_in(state):
    return lambda: not Dispatch.objects.exclude(state=state).exists()


def test_it_sends_everything_once_with_a_key_per_part(fake):
    connection = make_connection()
    numbers = queue(connection, *(f"message {number}" for number in range(40)), "one|two")
    run(all_in("sent"))
    assert sorted(fake.texts()) == sorted([*(f"message {number}" for number in range(40)), "one", "two"])
    keys = [key for _, _, key in fake.sent]
    assert len(set(keys)) == len(keys)
    assert [row.attempts for row in rows(id__in=numbers)] == [1] * 41
    assert rows(id=numbers[-1])[0].parts_sent == 2


def test_two_workers_send_nothing_twice(fake):
    connection = make_connection()
    queue(connection, *(f"m{number}" for number in range(60)))

    async def both():
        stop = asyncio.Event()
        workers = [worker.Worker(None, lambda _: False) for _ in range(2)]
        tasks = [asyncio.create_task(one.run(stop, None)) for one in workers]
        async with asyncio.timeout(15):
            while len(fake.sent) < 60:
                await asyncio.sleep(0.01)
        stop.set()
        await asyncio.gather(*tasks)
        for one in workers:
            await one.close()

    asyncio.run(both())
    assert sorted(fake.texts()) == sorted(f"m{number}" for number in range(60))
    assert all_in("sent")()


def test_a_provider_that_hangs_delays_nobody_else(fake, monkeypatch):
    monkeypatch.setattr(worker, "FAREWELL", 0.1)
    stuck, well = make_connection("Stuck"), make_connection("Well")
    fake.hang.add(stuck.id)
    hanging = queue(stuck, *(f"s{number}" for number in range(20)))
    queue(well, *(f"w{number}" for number in range(20)))
    run(lambda: not Dispatch.objects.filter(connection=well).exclude(state="sent").exists())
    assert sum(connection_id == stuck.id for connection_id, _, _ in fake.sent) == worker.AT_ONCE
    states = [row.state for row in rows(id__in=hanging)]
    assert states == ["unknown"] * worker.AT_ONCE + ["queued"] * (20 - worker.AT_ONCE)


def test_no_answer_in_time_is_unknown_and_not_sent_again(fake):
    connection = make_connection()
    fake.hang.add(connection.id)
    [number] = queue(connection, "hello")
    run(all_in("unknown"), call_limit=0.05)
    assert rows(id=number)[0].error == "no answer within 0.05 seconds"
    assert fake.texts() == ["hello"]


def test_a_channel_that_breaks_leaves_unknown(fake):
    fake.answers["hello"] = [RuntimeError("half way")]
    queue(make_connection(), "hello")
    run(all_in("unknown"))
    assert fake.texts() == ["hello"]


def test_a_retry_goes_on_with_the_next_part_when_it_is_due(fake):
    fake.answers["two"] = [SendError("busy", retry_after=0.1)]
    [number] = queue(make_connection(), "one|two|three")
    run(all_in("sent"))
    assert fake.texts() == ["one", "two", "two", "three"]
    assert rows(id=number)[0].attempts == 2


def test_nothing_leaves_before_retry_after(fake):
    fake.answers["slow"] = [SendError("slow down", retry_after=3600)]
    connection, other = make_connection(), make_connection("Other")
    [number] = queue(connection, "slow")
    run(lambda: rows(id=number)[0].error == "slow down")
    queue(connection, "next")
    queue(other, "elsewhere")
    run(lambda: rows(connection=other)[0].state == "sent")
    row = rows(id=number)[0]
    assert fake.texts() == ["slow", "elsewhere"]
    assert row.due >= clock.now() + 3500 * clock.SECOND


def test_what_was_taken_waits_too_when_the_provider_asks_for_it(fake):
    fake.answers["one"] = [SendError("slow down", retry_after=0.3)]
    asked = time.monotonic()
    queue(make_connection(), "one", "two|three")
    run(all_in("sent"))
    assert sorted(fake.texts()) == ["one", "one", "three", "two"]
    assert time.monotonic() - asked > 0.3


def test_an_outcome_outlives_a_database_that_is_away(fake, monkeypatch):
    monkeypatch.setattr(worker, "POLL", 0.05)
    [number] = queue(make_connection(), "hello")
    truth, tries = outbox.record, []

    def away(outcomes):
        tries.append(1)
        if len(tries) < 4:
            raise OperationalError("the server closed the connection")
        return truth(outcomes)

    monkeypatch.setattr(outbox, "record", away)
    run(all_in("sent"))
    assert fake.texts() == ["hello"]
    assert rows(id=number)[0].attempts == 1


def test_what_was_taken_without_our_knowing_is_sent_and_not_called_unknown(fake, monkeypatch):
    [number] = queue(make_connection(), "hello")
    truth, tries = outbox.take, []

    def cut(*arguments):
        taken = truth(*arguments)
        tries.append(1)
        if len(tries) == 1:
            raise OperationalError("the server closed the connection")  # after its commit
        return taken

    monkeypatch.setattr(outbox, "take", cut)
    run(all_in("sent"))
    assert fake.texts() == ["hello"]
    assert rows(id=number)[0].attempts == 1


def test_a_worker_that_was_held_up_for_longer_than_its_lease_calls_nobody(fake, monkeypatch):
    age = fence.age()
    ages = iter([age])  # taken now, and when it comes to the call the lease is over
    monkeypatch.setattr(fence, "age", lambda: next(ages, age + outbox.CALL_LIMIT + outbox.SPARE))
    [number] = queue(make_connection(), "late")
    run(lambda: "held up" in rows(id=number)[0].error)
    assert fake.sent == []
    assert rows(id=number)[0].state == "queued"


def test_what_the_channel_refuses_at_the_last_moment_fails(fake, monkeypatch):
    [number] = queue(make_connection(), "hello")
    monkeypatch.setattr(
        fake, "render", lambda message, connection: FakeChannel.render(fake, LONG, connection)
    )
    run(all_in("failed"))
    assert rows(id=number)[0].error == "too_long: at most 100"
    assert fake.sent == []


def test_five_failures_rest_the_connection_and_a_success_clears_its_problem(fake):
    connection = make_connection()
    texts = [f"m{number}" for number in range(5)]
    for text in texts:
        fake.answers[text] = [SendError("provider is down")]
    queue(connection, *texts)
    run(lambda: Connection.objects.get(id=connection.id).problem == "Sending fails: provider is down")
    with write():
        Dispatch.objects.update(due=0)
    run(all_in("sent"))
    assert Connection.objects.get(id=connection.id).problem == ""


def test_a_resting_connection_is_left_in_peace(fake):
    connection = make_connection()
    texts = [f"m{number}" for number in range(5)]
    for text in texts:
        fake.answers[text] = [SendError("provider is down")]
    queue(connection, *texts)

    async def play():
        one = worker.Worker(None, lambda _: False)
        road = one._road(connection.id)
        async with asyncio.timeout(10):
            road.call()
            while len(fake.sent) < 5 or not road._rests_until or road._sends:
                await asyncio.sleep(0.01)
            await asyncio.to_thread(_queue_and_close, connection)
            road.call()
            await road.finish(5)
        await one.close()

    asyncio.run(play())
    assert "later" not in fake.texts()


def test_a_session_sends_only_through_its_holder(fake):
    fake.in_session = True
    ours, theirs = make_connection("Ours"), make_connection("Theirs")
    queue(theirs, "theirs 1")
    queue(ours, "ours 1", "ours 2")
    run(
        lambda: not Dispatch.objects.filter(connection=ours).exclude(state="sent").exists(),
        holds=lambda connection_id: connection_id == ours.id,
    )
    assert fake.texts() == ["ours 1", "ours 2"]


def test_a_paused_connection_waits(fake):
    paused, open_ = make_connection("Paused"), make_connection("Open")
    queue(paused, "paused")
    with write():
        Connection.objects.filter(id=paused.id).update(active=False)
    queue(open_, "open")
    run(lambda: "open" in fake.texts())
    assert fake.texts() == ["open"]
    assert outbox.take(paused.id, "w", 5, clock.now())[1] == []


def test_the_rate_is_kept(fake):
    fake.manifest = FakeChannel(rate=10).manifest
    connection = make_connection()
    queue(connection, *(f"m{number}" for number in range(16)))
    with write():
        Dispatch.objects.update(due=0)
    started = clock.now()
    run(all_in("sent"))
    assert clock.now() - started >= 0.55 * clock.SECOND


def test_stopping_lets_a_call_under_way_end(fake):
    """The call began before the stop; its outcome is recorded after it."""
    release = asyncio.Event()
    original = fake.send

    async def slow(part, connection, http, key):
        result = await original(part, connection, http, key)
        await release.wait()
        return result

    fake.send = slow
    queue(make_connection(), "hello")

    def soon():
        asyncio.get_running_loop().call_later(0.1, release.set)

    run(lambda: fake.texts() == ["hello"], then=soon)
    assert all_in("sent")()


def test_run_takes_what_comes_while_it_runs(fake):
    connection = make_connection()

    async def play():
        stop = asyncio.Event()
        task = asyncio.create_task(worker.run(stop, guarded_client()))
        await asyncio.to_thread(_queue_and_close, connection)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(10):
                while not fake.sent:
                    await asyncio.sleep(0.01)
        stop.set()
        await task

    asyncio.run(play())
    assert fake.texts() == ["later"]
    assert all_in("sent")()


@pytest.mark.sqlite  # the moment at which LISTEN begins cannot be seen from here
def test_a_wake_up_spares_the_wait_for_the_next_look(fake, monkeypatch):
    monkeypatch.setattr(worker, "POLL", 60.0)
    connection = make_connection()

    async def play():
        stop = asyncio.Event()
        listener = wake.Listener()
        listener.start()
        sending = worker.Worker(None, lambda _: False)
        looked = asyncio.Event()
        monkeypatch.setattr(worker, "_pause", _announcing(worker._pause, looked))
        task = asyncio.create_task(sending.run(stop, listener))
        async with asyncio.timeout(10):
            await looked.wait()
            await asyncio.to_thread(_queue_and_close, connection)
            while not fake.sent:
                await asyncio.sleep(0.01)
        stop.set()
        await task
        await sending.close()
        listener.stop()

    asyncio.run(play())
    assert fake.texts() == ["later"]


def _announcing(pause, looked):
    """The worker's pause, which says that the first look is over."""

    async def announced(*arguments):
        looked.set()
        await pause(*arguments)

    return announced


def _queue_and_close(connection):
    queue(connection, "later")
    databases.close_all()


LONG = wish(Connection(id=0), 0, "x" * 101).message
