"""Deliveries of a connection are worked off in their order, by one worker at a time, each with all it causes."""

import pytest

from rondpoint.channels import actions, connections, deliveries, handlers, pipeline, quarantine
from rondpoint.channels.contract import MessageIn
from rondpoint.channels.models import Delivery
from rondpoint.channels.tests.test_pipeline import TOKEN, store, twilio
from rondpoint.conversations.models import Message
from rondpoint.jobs import leases
from rondpoint.lib import clock
from rondpoint.lib.db import write

pytestmark = [pytest.mark.django_db, pytest.mark.data]


@pytest.fixture
def number(brand):
    from rondpoint.config.house import join_rooms

    join_rooms()
    values = {"provider": "twilio", "number": "+33199001000", "auth_token": TOKEN, "account_sid": "AC1"}
    return actions.add_connection("sms", "SMS", values, brand)


@pytest.fixture
def lanes():
    made = pipeline.Lanes("sms")
    yield made
    made.close()


def come(number, *texts):
    store(number, *((f"SM-{text}", twilio(number, f"SM-{text}", text)) for text in texts))


def texts():
    return list(Message.objects.order_by("id").values_list("text", flat=True))


def leave_behind(how_many):
    """What a worker that was killed leaves: its first deliveries leased, nothing applied."""
    with write():
        for row in Delivery.objects.order_by("id")[:how_many]:
            Delivery.objects.filter(id=row.id).update(state="leased", due=clock.now() + clock.HOUR)


def test_what_a_dead_worker_had_in_hand_comes_before_what_came_later(number, lanes):
    come(number, "one", "two")
    leave_behind(2)
    come(number, "three")
    while lanes.work():
        pass
    assert texts() == ["one", "two", "three"]


def test_a_lane_is_held_by_one_worker(number, lanes):
    come(number, "one")
    other = pipeline.Lanes("sms")
    assert other.work() == 1
    come(number, "two")
    assert lanes.work() == 0
    other.close()
    assert lanes.work() == 1
    assert texts() == ["one", "two"]


def test_a_delivery_that_kills_its_worker_is_set_aside_after_five_of_them(number, lanes):
    come(number, "deadly", "good")
    for _ in range(pipeline.MAX_ATTEMPTS):
        leave_behind(1)  # whoever took it died of it
        pipeline.Lanes("sms")._take(connections.active("sms")[0], 10)
        with write():
            leases.Lease.objects.all().update(until=0)
    while lanes.work():
        pass
    assert texts() == ["good"]
    [row] = quarantine.listing()
    assert row.external_id == "SM-deadly"
    assert "the worker died" in row.error


def test_whose_lease_was_taken_over_writes_nothing(number, lanes):
    come(number, "one")
    [job] = lanes._take(connections.active("sms")[0], 10)
    job.read = pipeline._read(job)
    leave_behind(1)
    pipeline.apply([job])
    assert texts() == []
    assert Delivery.objects.get().state == "leased"


def test_one_that_cannot_be_applied_fails_alone(number, lanes, monkeypatch):
    come(number, "one", "bad", "two")
    take = handlers._handlers[MessageIn]

    def choke(arrivals):
        if any(arrival.item.text == "bad" for arrival in arrivals):
            raise LookupError("cannot take this")
        return take(arrivals)

    monkeypatch.setitem(handlers._handlers, MessageIn, choke)
    lanes.work()
    assert texts() == ["one", "two"]
    row = Delivery.objects.get(state="new")
    assert (row.external_id, row.attempts) == ("SM-bad", 1)
    assert "cannot take this" in row.error


def test_what_was_not_begun_when_the_worker_stops_goes_back(number):
    come(number, *map(str, range(30)))
    stopping = pipeline.Lanes("sms", lambda: Message.objects.exists())
    stopping.work()
    stopping.close()
    done = Delivery.objects.filter(state="done").count()
    assert 0 < done < 30
    assert Delivery.objects.filter(state="new").count() == 30 - done
    pipeline.work()
    assert texts() == [str(number) for number in range(30)]


def test_a_chat_message_is_kept_and_settled_at_once(number):
    info = connections.info(number)
    incoming = [deliveries.prepare(info, f"x{place}", twilio(number, f"x{place}", "x")) for place in range(3)]
    with write():
        ids = deliveries.keep([*incoming, incoming[0]])
        deliveries.settle({ids[info.id, "x1"]: ["message"]})
    assert len(ids) == 3
    assert Delivery.objects.get(state="done").external_id == "x1"
