"""Long messages in parts: whatever breaks off between the parts, the whole arrives once."""

import struct

import pytest

from rondpoint.channels import actions, connections, deliveries, pieces, pipeline, quarantine, reading
from rondpoint.channels.contract import Raw
from rondpoint.channels.models import Delivery
from rondpoint.channels.sms import pdu
from rondpoint.conversations.models import Message
from rondpoint.lib import clock
from rondpoint.lib.db import write

pytestmark = [pytest.mark.django_db, pytest.mark.data]
PARTS = (b"Bonjour, ", b"je vous ecris ", b"en trois fois.")


class Died(BaseException):
    """The process ends here, as with SIGKILL: nobody catches this."""


@pytest.fixture
def line(brand):
    from rondpoint.config.house import join_rooms

    join_rooms()
    place = {"host": "127.0.0.1", "port": "9", "system_id": "house", "password": "secret"}
    return actions.add_connection("sms", "Line", {"provider": "smpp", "number": "+33199001000"} | place, brand)


def part(number: int, says: bytes = b"") -> Raw:
    """One part of a long message, as deliver_sm with a header in front of its text. All have the same reference."""
    text = bytes([5, 0, 3, 7, len(PARTS), number]) + (says or PARTS[number - 1])
    addresses = b"\0\x01\x0133199000123\0\x01\x0133199001000\0"
    content = addresses + struct.pack("9B", 0x40, 0, 0, 0, 0, 0, 0, 0, 0) + bytes([len(text)]) + text
    return Raw(pdu.pack(pdu.Pdu(pdu.DELIVER_SM, 0, number, content)), {}, "smpp:", "SMPP", clock.now())


def store(line, *numbers: int) -> None:
    info = connections.info(line)
    with write():
        deliveries.store([deliveries.prepare(info, f"part {number}", part(number)) for number in numbers])


def next_worker() -> None:
    """Another worker, after the leases of the one before ran out and the pauses are over."""
    from rondpoint.jobs.models import Lease

    with write():
        Lease.objects.update(until=0)
        Delivery.objects.filter(state="new").exclude(error="").update(due=1)
    pipeline.work()


def whole() -> list[str]:
    return list(Message.objects.filter(direction="in").values_list("text", flat=True))


def test_parts_wait_for_each_other_in_any_order(line):
    store(line, 3, 1)
    pipeline.work()
    assert whole() == []
    assert set(Delivery.objects.values_list("state", flat=True)) == {"waiting"}
    store(line, 2)
    pipeline.work()
    assert whole() == [b"".join(PARTS).decode()]
    assert set(Delivery.objects.values_list("state", flat=True)) == {"done"}


@pytest.mark.parametrize("place", ["assemble", "apply"])
def test_a_worker_that_dies_over_the_last_part_leaves_it_to_the_next(line, monkeypatch, place):
    store(line, 1, 2)
    pipeline.work()
    store(line, 3)

    def dies(*_):
        raise Died

    with monkeypatch.context() as patch:
        if place == "assemble":
            patch.setattr(type(pipeline.registry.get("sms")), "assemble", dies)
        else:
            patch.setattr(pipeline, "apply", dies)
        with pytest.raises(Died):
            pipeline.work()
    next_worker()
    assert whole() == [b"".join(PARTS).decode()]
    assert set(Delivery.objects.values_list("state", flat=True)) == {"done"}


def test_a_whole_that_cannot_be_read_at_first_is_tried_again(line, monkeypatch):
    store(line, 1, 2, 3)

    def fails(items, connection):
        raise OSError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(reading, "complete", fails)
        pipeline.work()
    assert whole() == []
    assert "the disk is full" in Delivery.objects.exclude(error="").get().error
    next_worker()
    assert whole() == [b"".join(PARTS).decode()]


def test_a_part_that_comes_while_another_is_looked_at_is_seen(line, monkeypatch):
    store(line, 1, 2)
    pipeline.work()
    store(line, 3)
    looked = pieces._whole
    times = []

    def meanwhile(parts, total, connection):
        if not times:
            with write():  # another worker puts the second one back in its place only now
                Delivery.objects.filter(external_id="part 2").update(group=parts[0].group)
        times.append(len(parts))
        return looked(parts, total, connection)

    group = Delivery.objects.get(external_id="part 2").group
    with write():
        Delivery.objects.filter(external_id="part 2").update(group="")
    assert group
    monkeypatch.setattr(pieces, "_whole", meanwhile)
    pipeline.work()
    assert times == [2, 3]
    assert whole() == [b"".join(PARTS).decode()]


def test_a_reference_that_comes_round_again_takes_no_message_for_an_earlier_one(line):
    store(line, 1, 2, 3)
    pipeline.work()
    info = connections.info(line)
    for number in (2, 1, 3):
        with write():
            deliveries.store([deliveries.prepare(info, f"later {number}", part(number, b"encore %d " % number))])
        pipeline.work()
    assert whole() == [b"".join(PARTS).decode(), "encore 1 encore 2 encore 3 "]
    assert set(Delivery.objects.values_list("state", flat=True)) == {"done"}


def test_parts_that_are_sent_again_or_replayed_make_no_second_message(line):
    store(line, 1, 2, 3)
    pipeline.work()
    with write():
        deliveries.store([deliveries.prepare(connections.info(line), "again", part(2))])
    pipeline.work()
    quarantine.replay(Delivery.objects.get(external_id="part 3"), "test")
    pipeline.work()
    quarantine.replay_all("test", every=True)
    pipeline.work()
    assert whole() == [b"".join(PARTS).decode()]
    assert set(Delivery.objects.values_list("state", flat=True)) == {"done"}
