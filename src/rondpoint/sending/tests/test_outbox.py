"""Leases and outcomes: sent once, retried when told so, unknown when nobody can say."""

import threading

import pytest
from django.db import connection as database

from rondpoint.channels.contract import OutcomeUnknown, SendError, Sent
from rondpoint.consent import actions as consent
from rondpoint.consent import queries as suppressed
from rondpoint.events.models import Event
from rondpoint.jobs import leases
from rondpoint.lib import clock
from rondpoint.lib.db import write
from rondpoint.sending import actions, outbox
from rondpoint.sending.models import Dispatch, ExternalId
from rondpoint.sending.rules import pauses
from rondpoint.sending.tests.fakes import NOW, fake, make_connection, make_person, wish

pytestmark = [pytest.mark.django_db, pytest.mark.data]
__all__ = ["fake"]


@pytest.fixture
def connection(fake):
    return make_connection()


def queue(connection, count=1, text="Hello", **changes):
    person = make_person()
    return [
        verdict.dispatch_id
        for verdict in actions.submit([wish(connection, person, text, **changes) for _ in range(count)], NOW)
    ]


def take(connection, holder="w1", now=NOW, limit=10):
    return outbox.take(connection.id, holder, limit, now)[1]


def settle(dispatch_id, error=None, sent=(Sent(),), holder="w1", now=NOW, parts_sent=1):
    with write():
        return outbox.record([outbox.Outcome(dispatch_id, holder, parts_sent, tuple(sent), error, now)])[0]


def state(dispatch_id):
    return Dispatch.objects.get(id=dispatch_id).state


def test_what_is_taken_is_in_flight_and_nobody_elses(connection):
    first, second = queue(connection, 2)
    assert [job.dispatch_id for job in take(connection, limit=1)] == [first]
    assert [job.dispatch_id for job in take(connection, "w2")] == [second]
    assert take(connection, "w3") == []
    row = Dispatch.objects.get(id=first)
    assert (row.in_flight, row.leased_by, row.attempts) == (True, "w1", 1)
    assert outbox.due_connections(NOW) == set()


def test_sent_is_told_with_its_time(connection):
    [number] = queue(connection)
    take(connection)
    assert settle(number, sent=[Sent(("a", "b"))])
    row = Dispatch.objects.get(id=number)
    assert (row.state, row.sent, row.parts_sent, row.in_flight) == ("sent", NOW, 1, False)
    assert set(ExternalId.objects.values_list("value", flat=True)) == {"a", "b"}
    fact = Event.objects.get(type="message.state")
    assert fact.properties == {"dispatch_id": number, "state": "sent", "error": ""}
    assert (fact.profile_id, fact.message_id) == (row.profile_id, f"{number}:sent")


def test_a_channel_that_knows_at_once_is_believed(connection):
    [number] = queue(connection)
    take(connection)
    settle(number, sent=[Sent((), "delivered")])
    row = Dispatch.objects.get(id=number)
    assert (row.state, row.sent, row.delivered) == ("delivered", NOW, NOW)


class Ticks:
    """The clock of the leases, in the hands of the test."""

    def __init__(self, monkeypatch):
        self.now = 1_000 * clock.SECOND
        monkeypatch.setattr(leases, "now", lambda: self.now)

    def go_on(self, seconds):
        self.now += int(seconds * clock.SECOND)


@pytest.fixture
def ticks(monkeypatch):
    return Ticks(monkeypatch)


def test_a_worker_that_dies_during_the_call_leaves_unknown(connection, ticks):
    [number] = queue(connection)
    take(connection)
    ticks.go_on(outbox.CALL_LIMIT + outbox.SPARE)
    assert outbox.reap(NOW) == 0
    ticks.go_on(0.001)
    assert outbox.reap(NOW) == 1
    assert state(number) == "unknown"
    assert take(connection, "w2", NOW + clock.DAY) == []


def test_nobody_waits_for_the_lease_of_a_worker_that_is_gone(connection, monkeypatch):
    [dead], [living] = queue(connection), queue(connection)
    take(connection, "gone", limit=1)
    take(connection, "here", limit=1)
    monkeypatch.setattr(outbox.processes, "gone", lambda holder: holder == "gone")
    assert outbox.reap(NOW) == 1
    assert [state(dead), state(living)] == ["unknown", "queued"]
    assert take(connection, "w2", NOW + clock.DAY) == []


@pytest.mark.parametrize("jump", [-clock.HOUR, clock.HOUR])
def test_a_clock_that_is_set_ends_no_lease(connection, ticks, jump):
    [number] = queue(connection)
    take(connection)
    assert outbox.reap(NOW + jump) == 0
    assert take(connection, "w2", NOW + clock.HOUR) == []
    assert settle(number, now=NOW + jump)
    assert state(number) == "sent"


def test_a_clock_that_is_set_back_delays_nothing_for_longer_than_was_meant(connection):
    [at_once] = queue(connection)
    [later] = queue(connection, not_before=NOW + 8 * clock.SECOND)
    back = NOW - clock.HOUR
    assert take(connection, now=back) == []
    outbox.reap(back)
    assert [job.dispatch_id for job in take(connection, now=back + 7 * clock.SECOND)] == [at_once]
    assert [job.dispatch_id for job in take(connection, now=back + 8 * clock.SECOND)] == [later]


def test_who_waits_long_to_write_ends_no_lease_of_meanwhile(connection, ticks, monkeypatch):
    """A worker that was stopped between its look and its turn to write."""
    [dead] = queue(connection)
    take(connection)
    ticks.go_on(outbox.CALL_LIMIT + outbox.SPARE + 0.001)
    [living] = queue(connection)
    real = outbox.write

    def late():
        monkeypatch.setattr(outbox, "write", real)
        ticks.go_on(60)
        take(connection, "w2")
        return real()

    monkeypatch.setattr(outbox, "write", late)
    assert outbox.reap(NOW) == 1
    assert (state(dead), state(living)) == ("unknown", "queued")


def test_a_lease_from_before_the_machine_was_started_again_has_run_out(connection, ticks):
    [number] = queue(connection)
    ticks.go_on(30 * 86400)
    take(connection)
    ticks.now = clock.SECOND
    assert outbox.reap(NOW) == 1
    assert state(number) == "unknown"


def test_the_late_outcome_of_a_lost_lease_still_counts_as_news(connection, ticks):
    one, two, three = queue(connection, 3)
    take(connection)
    ticks.go_on(86400)
    assert outbox.reap(NOW + clock.DAY) == 3
    assert settle(one, sent=[Sent(("late",))], now=NOW + clock.DAY)
    assert not settle(two, SendError("busy"), sent=(), now=NOW + clock.DAY)
    assert settle(three, SendError("no", permanent=True), sent=(), now=NOW + clock.DAY)
    assert [state(number) for number in (one, two, three)] == ["sent", "unknown", "failed"]


def test_another_workers_outcome_does_not_count(connection):
    [number] = queue(connection)
    take(connection)
    assert not settle(number, SendError("no", permanent=True), sent=(), holder="stranger")
    assert state(number) == "queued"


def test_never_before_retry_after(connection, ticks):
    [number] = queue(connection)
    take(connection)
    settle(number, SendError("slow down", retry_after=120), sent=(), parts_sent=0)
    row = Dispatch.objects.get(id=number)
    assert (row.state, row.error, row.in_flight) == ("queued", "slow down", False)
    ticks.go_on(120)
    assert take(connection, now=NOW + 120 * clock.SECOND - 1) == []
    assert [job.dispatch_id for job in take(connection, now=NOW + 122 * clock.SECOND)] == [number]


def test_a_provider_that_asks_to_wait_is_left_alone_by_every_worker(connection, ticks):
    other = make_connection("Other")
    first, second = queue(connection, 2)
    take(connection, limit=1)
    settle(first, SendError("slow down", retry_after=120), sent=(), parts_sent=0)
    later = NOW + clock.HOUR  # the wall clock was set; that shortens nothing
    ticks.go_on(119)
    assert take(connection, "w2", later) == []
    [elsewhere] = queue(other)
    assert [job.dispatch_id for job in take(other, "w2")] == [elsewhere]
    settle(elsewhere, SendError("slow down", retry_after=1), sent=(), parts_sent=0, holder="w2")
    ticks.go_on(1)
    assert [job.dispatch_id for job in take(connection, "w2", later)] == [second, first]


def test_a_shorter_wait_does_not_end_a_longer_one(connection, ticks):
    first, second = queue(connection, 2)
    take(connection)
    settle(first, SendError("slow down", retry_after=120), sent=(), parts_sent=0)
    settle(second, SendError("slow down", retry_after=1), sent=(), parts_sent=0)
    ticks.go_on(60)
    assert take(connection, now=NOW + clock.HOUR) == []


def test_who_asks_to_wait_is_asked_again_until_the_message_is_too_old(connection, ticks):
    [number] = queue(connection)
    now = NOW
    for _ in range(pauses.MAX_ATTEMPTS + 2):
        assert len(take(connection, now=now)) == 1
        settle(number, SendError("slow down", retry_after=60), sent=(), now=now)
        now += 2 * clock.MINUTE
        ticks.go_on(120)
    assert state(number) == "queued"


def test_ten_tries_are_enough(connection):
    [number] = queue(connection)
    now = NOW
    for _ in range(pauses.MAX_ATTEMPTS):
        assert state(number) == "queued"
        assert len(take(connection, now=now)) == 1
        settle(number, SendError("busy"), sent=(), now=now)
        now += 2 * clock.HOUR
    row = Dispatch.objects.get(id=number)
    assert (row.state, row.error, row.attempts) == ("failed", "busy", 10)


def test_permanent_fails_at_once_and_a_dead_address_is_suppressed_on_this_channel(connection):
    one, two = queue(connection, 2)
    take(connection)
    settle(one, SendError("refused", permanent=True), sent=())
    assert suppressed.suppressed("email", "ada@example.com", "fake") == ""
    settle(two, SendError("no such user", permanent=True, dead_address=True), sent=())
    assert [state(one), state(two)] == ["failed", "failed"]
    assert suppressed.suppressed("email", "ada@example.com", "fake") == "bounce"
    assert suppressed.suppressed("email", "ada@example.com", "voice") == ""


def test_unknown_is_never_sent_again(connection):
    [number] = queue(connection)
    take(connection)
    settle(number, OutcomeUnknown("line cut"), sent=())
    assert state(number) == "unknown"
    assert take(connection, now=NOW + clock.DAY) == []


def test_a_retry_goes_on_from_the_next_unsent_part(connection):
    [number] = queue(connection, text="a|b|c")
    take(connection)
    settle(number, SendError("busy"), sent=[Sent(("p1",))], parts_sent=1)
    [job] = take(connection, now=NOW + clock.HOUR)
    assert job.first_part == 1
    settle(number, sent=[Sent(("p2",)), Sent(("p3",))], parts_sent=3, now=NOW + clock.HOUR)
    assert state(number) == "sent"
    assert ExternalId.objects.count() == 3


def test_a_stop_after_the_gate_is_heard_before_the_call(connection):
    [number] = queue(connection)
    with write():
        consent.suppress("email", "ada@example.com", "stop", NOW + 1)
    assert take(connection, now=NOW + 2) == []
    row = Dispatch.objects.get(id=number)
    assert (row.state, row.error) == ("failed", "suppressed: stop")


def test_the_confirmation_of_an_opt_out_still_leaves(connection):
    with write():
        consent.suppress("email", "ada@example.com", "stop", NOW - 1)
    [number] = queue(connection, purpose="opt_out_confirmation")
    assert [job.dispatch_id for job in take(connection)] == [number]


def test_after_three_days_it_has_lost_its_sense(connection):
    [number] = queue(connection)
    assert take(connection, now=NOW + outbox.LIFE + 1) == []
    assert Dispatch.objects.get(id=number).error == "expired"
    [other] = queue(connection)
    assert outbox.reap(NOW + outbox.LIFE) == 0
    assert outbox.reap(NOW + outbox.LIFE + 1) == 1
    assert state(other) == "failed"


def test_marks_of_the_chat_only_move_forward(connection):
    one, two = queue(connection, 2)
    with write():
        assert actions.mark([one, two], "read", NOW + 5) == [one, two]
        assert actions.mark([one, two], "delivered", NOW + 9) == []
    row = Dispatch.objects.get(id=one)
    assert (row.state, row.sent, row.delivered, row.read) == ("read", NOW + 5, NOW + 5, NOW + 5)
    assert take(connection) == []


@pytest.mark.sqlite  # PostgreSQL chooses by statistics
def test_work_is_found_through_the_partial_index(connection):
    sql, parameters = (
        outbox.waiting().filter(connection_id=1, due__lte=NOW).order_by("due").query.sql_with_params()
    )
    with database.cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN " + sql, parameters)
        assert "dispatch_work" in str(cursor.fetchall())


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_take_the_same(fake):
    connection = make_connection()
    numbers = queue(connection, 60)
    taken: list[int] = []
    start = threading.Barrier(4)

    def work(holder):
        start.wait()
        try:
            while jobs := take(connection, holder, limit=3):
                taken.extend(job.dispatch_id for job in jobs)
        finally:
            database.close()

    threads = [threading.Thread(target=work, args=(f"w{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == numbers


@pytest.mark.django_db(transaction=True)
def test_the_same_key_from_many_sides_at_once_is_one_dispatch(fake):
    connection, person = make_connection(), make_person()
    start = threading.Barrier(4)
    verdicts = []

    def ask(number):
        start.wait()
        try:
            verdicts.extend(actions.submit([wish(connection, person, f"{number}", key="one wish")], NOW))
        finally:
            database.close()

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(verdicts) == 4
    assert len({verdict.decision_id for verdict in verdicts}) == 1
    assert Dispatch.objects.count() == 1
