"""Receipts come late, early, twice and out of order; the message only moves forward."""

import uuid

import pytest

from rondpoint.channels.contract import OutcomeUnknown, Receipt, SendError, Sent
from rondpoint.channels.handlers import Arrival
from rondpoint.consent import queries as suppressed
from rondpoint.events.models import Event
from rondpoint.lib.db import write
from rondpoint.sending import actions, outbox, receipts
from rondpoint.sending.models import Dispatch, EarlyReceipt, ExternalId
from rondpoint.sending.tests.fakes import NOW, fake, make_connection, make_person, wish

pytestmark = [pytest.mark.django_db, pytest.mark.data]
__all__ = ["fake"]


@pytest.fixture
def connection(fake):
    return make_connection()


def leave(connection, *results, error=None, text="Hello", message_id=None, parts_sent=None):
    """A dispatch that was tried, with these results of its parts; its id."""
    changes = {"message_id": message_id} if message_id else {}
    [verdict] = actions.submit([wish(connection, make_person(), text, **changes)], NOW)
    outbox.take(connection.id, "w", 10, NOW)
    with write():
        count = len(results) if parts_sent is None else parts_sent
        outbox.record([outbox.Outcome(verdict.dispatch_id, "w", count, tuple(results), error, NOW)])
    return verdict.dispatch_id


def news(connection, external_id, state, at=NOW + 1, **changes):
    receipt = Receipt(f"{external_id}:{state}", at, external_id, state, **changes)
    with write():
        return receipts.apply([(connection.id, receipt)])[0]


def state(dispatch_id):
    return Dispatch.objects.get(id=dispatch_id).state


def test_out_of_order_receipts_leave_the_furthest_state(connection):
    number = leave(connection, Sent(("a",)))
    news(connection, "a", "read", NOW + 3)
    news(connection, "a", "delivered", NOW + 2)
    news(connection, "a", "sent", NOW + 1)
    row = Dispatch.objects.get(id=number)
    assert (row.state, row.read, row.delivered) == ("read", NOW + 3, NOW + 3)
    states = Event.objects.filter(type="message.state").order_by("id").values_list("properties__state", flat=True)
    assert list(states) == ["sent", "read"]


def test_the_handler_takes_one_arrival_and_repeating_it_changes_nothing(connection):
    leave(connection, Sent(("a",)))
    info = outbox.connection(connection.id)
    arrival = Arrival(1, info, Receipt("e", NOW + 1, "a", "delivered"), "1:0", NOW)
    with write():
        assert "is delivered" in receipts.hear(arrival)
        assert "stays delivered" in receipts.hear(arrival)
    assert Event.objects.filter(type="message.state").count() == 2


def test_a_batch_is_applied_in_its_order(connection):
    number = leave(connection, Sent(("a",)))
    batch = [Receipt("1", NOW + 1, "a", "failed", "busy"), Receipt("2", NOW + 2, "a", "delivered")]
    with write():
        receipts.apply([(connection.id, receipt) for receipt in batch])
    row = Dispatch.objects.get(id=number)
    assert (row.state, row.error) == ("delivered", "")


def test_a_message_in_parts_is_delivered_with_its_last_part(connection):
    number = leave(connection, Sent(("a",)), Sent(("b",)), text="1|2")
    news(connection, "b", "delivered")
    assert state(number) == "sent"
    news(connection, "a", "delivered")
    assert state(number) == "delivered"


def test_one_lost_part_fails_the_message(connection):
    number = leave(connection, Sent(("a",)), Sent(("b",)), text="1|2")
    news(connection, "a", "delivered")
    news(connection, "b", "failed", error="phone off")
    row = Dispatch.objects.get(id=number)
    assert (row.state, row.error) == ("failed", "phone off")


def test_a_receipt_between_the_parts_waits_for_the_rest(connection):
    number = leave(connection, Sent(("a",)), error=SendError("busy"), text="1|2")
    news(connection, "a", "delivered")
    assert state(number) == "queued"
    assert ExternalId.objects.get(value="a").state == "delivered"


def test_an_early_receipt_is_applied_when_the_id_is_known(connection):
    assert "not known yet" in news(connection, "a", "delivered")
    number = leave(connection, Sent(("a",)))
    assert state(number) == "delivered"
    assert not EarlyReceipt.objects.exists()


def test_ids_belong_to_their_connection(connection):
    number = leave(connection, Sent(("a",)))
    news(make_connection("Other"), "a", "delivered")
    assert state(number) == "sent"
    assert EarlyReceipt.objects.count() == 1


def test_crossed_receipts_are_swept_up_and_old_ones_forgotten(connection):
    number = leave(connection, Sent(("a",)))
    with write():
        for value in ("a", "nobody's"):
            receipts._wait(connection.id, Receipt("e", NOW, value, "delivered"))
        EarlyReceipt.objects.update(received=NOW)
    receipts.sweep(NOW + receipts.KEPT)
    assert state(number) == "delivered"
    assert list(EarlyReceipt.objects.values_list("value", flat=True)) == ["nobody's"]
    receipts.sweep(NOW + receipts.KEPT + 1)
    assert not EarlyReceipt.objects.exists()


def test_a_permanent_failure_suppresses_our_address_and_not_the_one_it_names(connection):
    leave(connection, Sent(("a",)))
    news(connection, "a", "failed", permanent=True, address="eve@example.com")
    assert suppressed.suppressed("email", "ada@example.com", "fake") == "bounce"
    assert suppressed.suppressed("email", "eve@example.com", "fake") == ""


def test_a_bounce_names_the_message_when_the_outcome_was_unknown(connection):
    message_id = uuid.uuid4()
    number = leave(connection, error=OutcomeUnknown("line cut"), message_id=message_id)
    assert state(number) == "unknown"
    news(connection, f"<{message_id}@shop.example.com>", "delivered")
    assert state(number) == "delivered"


def test_one_known_part_does_not_vouch_for_an_unknown_one(connection):
    number = leave(connection, Sent(("a",)), error=OutcomeUnknown("line cut"), text="1|2")
    news(connection, "a", "delivered")
    assert state(number) == "unknown"
    news(connection, "a", "read")
    assert state(number) == "unknown"


def test_a_message_id_is_not_believed_from_another_connection(connection):
    message_id = uuid.uuid4()
    number = leave(connection, error=OutcomeUnknown("line cut"), message_id=message_id)
    news(make_connection("Other"), str(message_id), "failed", permanent=True)
    assert state(number) == "unknown"
    assert suppressed.suppressed("email", "ada@example.com", "fake") == ""
