"""Taking back what has not left: of the worker that leases and the person who withdraws, exactly one succeeds."""

import threading

import pytest
from django.db import connection as database

from rondpoint.events.models import Event
from rondpoint.lib import clock
from rondpoint.lib.db import write
from rondpoint.sending import actions, outbox
from rondpoint.sending.models import Dispatch
from rondpoint.sending.tests.fakes import NOW, fake, make_connection, make_person, wish

pytestmark = [pytest.mark.django_db, pytest.mark.data]
__all__ = ["fake"]


@pytest.fixture
def connection(fake):
    return make_connection()


def queue(connection, count=1, **changes):
    person = make_person()
    requests = [wish(connection, person, "Hello", not_before=NOW + 8 * clock.SECOND, **changes) for _ in range(count)]
    return [verdict.dispatch_id for verdict in actions.submit(requests, NOW)]


def test_it_leaves_no_earlier_than_it_should(connection):
    [number] = queue(connection)
    assert outbox.take(connection.id, "w", 5, NOW + clock.SECOND)[1] == []
    assert [job.dispatch_id for job in outbox.take(connection.id, "w", 5, NOW + 8 * clock.SECOND)[1]] == [number]


def test_what_is_withdrawn_never_leaves_and_is_told(connection):
    [number] = queue(connection)
    assert actions.withdraw(number, NOW + 1)
    assert outbox.take(connection.id, "w", 5, NOW + clock.HOUR)[1] == []
    assert Dispatch.objects.get(id=number).state == "cancelled"
    told = Event.objects.get(type="message.state", properties__dispatch_id=number)
    assert told.properties["state"] == "cancelled"
    assert not actions.withdraw(number, NOW + 2)


def test_what_is_in_flight_or_gone_is_not_withdrawn(connection):
    flying, done = queue(connection, 2)
    outbox.take(connection.id, "w", 1, NOW + clock.HOUR)
    assert not actions.withdraw(flying, NOW)
    with write():
        actions.mark([done], "sent", NOW)
    assert not actions.withdraw(done, NOW)
    assert not actions.withdraw(999_999, NOW)


def test_what_has_left_in_part_is_not_withdrawn(connection):
    [number] = queue(connection)
    with write():
        Dispatch.objects.filter(id=number).update(parts_sent=1)
    assert not actions.withdraw(number, NOW)


@pytest.mark.django_db(transaction=True)
def test_worker_and_person_race_and_exactly_one_wins(connection):
    numbers = queue(connection, 12)
    taken, back = [], []
    begin = threading.Barrier(2)

    def work():
        begin.wait()
        for _ in numbers:
            taken.extend(job.dispatch_id for job in outbox.take(connection.id, "w", 1, NOW + clock.HOUR)[1])
        database.close()

    def person():
        begin.wait()
        back.extend(number for number in numbers if actions.withdraw(number, NOW))
        database.close()

    threads = [threading.Thread(target=work), threading.Thread(target=person)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken + back) == numbers
    states = dict(Dispatch.objects.values_list("id", "state"))
    assert all(states[number] == "cancelled" for number in back)
    assert all(states[number] == "queued" for number in taken)
