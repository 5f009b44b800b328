"""Promotions go to who agreed, and to nobody from the second in which she withdraws; also in the middle of a send."""

import threading
import time

import msgspec
import pytest
from django.db import connections

from rondpoint.channels.contract import MessageOut
from rondpoint.consent import actions as consent
from rondpoint.consent import purposes
from rondpoint.consent.models import Purpose
from rondpoint.consent.queries import read_centre
from rondpoint.consent.types import Entry, Link
from rondpoint.lib import clock
from rondpoint.lib.db import write
from rondpoint.sending import actions, gate, outbox
from rondpoint.sending.models import Decision, Dispatch
from rondpoint.sending.rules import steps
from rondpoint.sending.tests.fakes import NOW, fake, make_connection, make_person, wish  # noqa: F401
from rondpoint.sending.types import Candidate

pytestmark = [pytest.mark.django_db, pytest.mark.data]
ADA = "ada@example.com"


@pytest.fixture
def connection(fake):  # noqa: F811
    with write():
        purposes.every()
        Purpose.objects.filter(key="offers").update(channels=["fake", "sms"])
    return make_connection()


def say(profile_id, action="granted", at=NOW - 10, source="", **rest):
    named = source or f"{profile_id}:{action}:{at}"
    consent.record([Entry(profile_id, action, named, at, "offers", "fake", "email", ADA, **rest)], at)


def offer(connection, profile_id, **changes):
    return wish(connection, profile_id, purpose="offers", **changes)


def test_without_an_agreement_nothing_is_promoted_and_answers_go(connection):
    ada = make_person()
    [promotion, answer] = actions.submit([offer(connection, ada), wish(connection, ada)], NOW)
    assert (promotion.verdict, promotion.step, promotion.reason) == ("refuse", "consent", "never_agreed")
    assert answer.verdict == "send"
    [unknown] = actions.submit([wish(connection, ada, purpose="no_such_purpose")], NOW)
    assert (unknown.step, unknown.reason) == ("consent", "unknown_purpose")
    steps_taken = [note["step"] for note in Decision.objects.get(id=promotion.decision_id).steps]
    assert steps_taken == ["idempotency", "alive", "suppression", "consent"]


def test_an_agreement_lets_a_promotion_pass_with_the_way_to_end_it(connection):
    ada = make_person()
    say(ada)
    [promotion, answer] = actions.submit([offer(connection, ada, to="ADA@example.com"), wish(connection, ada)], NOW)
    assert promotion.verdict == "send"
    row = Dispatch.objects.get(id=promotion.dispatch_id)
    message = msgspec.msgpack.decode(bytes(row.content), type=MessageOut)
    assert message.purpose == "offers"
    token = message.unsubscribe_url.removeprefix("http://127.0.0.1:8000/u/")
    assert read_centre(token) == Link(ada, "email", ADA, "offers", "fake", str(row.public_id))
    other = Dispatch.objects.get(id=answer.dispatch_id)
    assert msgspec.msgpack.decode(bytes(other.content), type=MessageOut).unsubscribe_url == ""


@pytest.mark.parametrize(
    ("action", "why"),
    [("withdrawn", "consent: withdrawn"), ("objected", "consent: objected"), ("complaint", "suppressed: complaint")],
)
def test_what_waits_does_not_leave_after_a_refusal(connection, action, why):
    ada = make_person()
    say(ada)
    actions.submit([offer(connection, ada), wish(connection, ada, text="Your answer")], NOW)
    say(ada, action, NOW + 1)
    _, jobs = outbox.take(connection.id, "a worker", 10, NOW + 2)
    assert [job.message.text for job in jobs] == ["Your answer"]
    assert Dispatch.objects.get(purpose="offers").error == why


def test_what_waits_does_not_leave_after_its_end(connection):
    ada = make_person()
    say(ada, expires=NOW + 5)
    [verdict] = actions.submit([offer(connection, ada, not_before=NOW + 5)], NOW)
    assert verdict.verdict == "send"
    assert outbox.take(connection.id, "a worker", 10, NOW + 5)[1] == []
    assert Dispatch.objects.get().error == "consent: expired"


def test_closed_when_nobody_asked_or_the_ledger_breaks(connection, monkeypatch):
    ada = make_person()
    say(ada)
    unasked = Candidate(request=offer(connection, ada), now=NOW)
    assert steps.consent(unasked).reason == "not_asked"
    monkeypatch.setattr("rondpoint.sending.loading.consent.standing", broken)
    with pytest.raises(RuntimeError):
        actions.submit([offer(connection, ada)], NOW)
    assert Dispatch.objects.count() == 0
    assert [name for name, _ in gate.STEPS].index("consent") == 3


def broken(*_asked):
    raise RuntimeError("the ledger cannot be read")


@pytest.mark.django_db(transaction=True)
def test_a_withdrawal_in_the_middle_of_a_send_ends_it_at_once(connection):
    """A worker takes one promotion after the other; once the withdrawal is on disk it gets no more."""
    ada = make_person()
    now = clock.now()
    say(ada, at=now - 10)
    actions.submit([offer(connection, ada, text=f"Offer {number}") for number in range(80)], now)
    taken, enough, done = [], threading.Event(), threading.Event()

    def work():
        try:
            while not done.is_set():
                began = time.monotonic()
                _, jobs = outbox.take(connection.id, "a worker", 1, clock.now())
                taken.extend((began, job.dispatch_id) for job in jobs)
                if len(taken) >= 5:
                    enough.set()
                if not jobs:
                    break
        finally:
            connections.close_all()

    worker = threading.Thread(target=work)
    worker.start()
    try:
        assert enough.wait(60)
        say(ada, "withdrawn", clock.now())
        written = time.monotonic()
        worker.join(60)
    finally:
        done.set()
        worker.join(60)
    assert taken and all(began <= written for began, _ in taken)
    left = Dispatch.objects.exclude(id__in=[number for _, number in taken])
    while left.filter(state="queued").exists():  # each look of a worker takes the next one away
        assert outbox.take(connection.id, "a worker", 100, clock.now())[1] == []
    assert left.count() >= 1
    assert set(left.values_list("state", "error")) == {("failed", "consent: withdrawn")}
