"""What is no promotion is asked again, too, when a worker takes it: all that may have changed meanwhile."""

import pytest

from rondpoint.accounts.models import Brand
from rondpoint.channels.models import Connection
from rondpoint.consent import actions as consent
from rondpoint.customers.models import Profile
from rondpoint.lib import clock
from rondpoint.lib.db import write
from rondpoint.sending import actions, outbox, rechecking
from rondpoint.sending.models import Decision, Dispatch
from rondpoint.sending.tests.fakes import NOW, FakeChannel, fake, make_connection, make_person, wish  # noqa: F401
from rondpoint.sending.types import OPT_OUT_CONFIRMATION

pytestmark = [pytest.mark.django_db, pytest.mark.data]
H = clock.HOUR


@pytest.fixture
def connection(fake):  # noqa: F811
    return make_connection()


def submitted(connection, ada, **changes):
    [verdict] = actions.submit([wish(connection, ada, **changes)], NOW)
    assert verdict.verdict == "send"
    return Dispatch.objects.get(id=verdict.dispatch_id)


def taken(connection, now=NOW + 1):
    return [job.message.text for job in outbox.take(connection.id, "w", 10, now)[1]]


def give_back():
    with write():
        Dispatch.objects.update(in_flight=False, leased_by="")


def ended(row):
    row.refresh_from_db()
    last = Decision.objects.filter(dispatch=row).latest("id")
    return row.state, row.error, last.verdict, last.step, last.reason


def test_nobody_who_is_gone_is_answered(connection):
    ada, luc = make_person(), make_person("luc@example.com")
    row = submitted(connection, ada)
    submitted(connection, luc, text="To Luc", to="luc@example.com")
    with write():
        Profile.objects.filter(id=ada).delete()
    assert taken(connection) == ["To Luc"]
    assert ended(row) == ("failed", "alive: gone", "refuse", "alive", "gone")


def test_who_wants_no_calls_meanwhile_is_not_called(fake):  # noqa: F811
    with write():
        brand = Brand.objects.create(slug="lumo", name="Lumo")
        connection, ada = Connection.objects.create(kind="voice", name="Voice", brand=brand), make_person()
    row, code = submitted(connection, ada, channel="voice"), {"purpose": "code", "text": "A code"}
    submitted(connection, ada, channel="voice", **code)
    consent.prefer(ada, {"do_not_call": True}, now=NOW)
    assert taken(connection) == ["A code"], "she waits for it"
    assert ended(row) == ("failed", "preferences: do_not_call", "refuse", "preferences", "do_not_call")


def test_an_answer_to_a_closed_window_does_not_leave_unless_she_wrote_since(connection, fake, monkeypatch):  # noqa: F811
    monkeypatch.setattr(rechecking, "_heard", [])
    fake.manifest = FakeChannel(window=H).manifest
    ada = make_person()
    rows = [submitted(connection, ada, last_inbound=NOW - H + 10, text=text) for text in ("One", "Two")]
    assert taken(connection, NOW + 5) == ["One", "Two"]
    give_back()
    written = {}
    rechecking.hear_with(lambda channel, owners: {owners[ada]: written[channel]} if written else {})
    written["fake"] = NOW + 1
    assert taken(connection, NOW + 20) == ["One", "Two"], "she wrote again"
    give_back()
    written.clear()
    assert taken(connection, NOW + 20) == []
    assert ended(rows[0]) == ("failed", "window: window_closed", "refuse", "window", "window_closed")


def test_suppression_is_asked_as_before_and_the_one_confirmation_of_a_stop_leaves(connection):
    ada = make_person()
    row = submitted(connection, ada)
    consent.hear(ada, "fake", "email", "ada@example.com", "stop", "s", "STOP", NOW)
    submitted(connection, ada, text="You are out", purpose=OPT_OUT_CONFIRMATION)
    assert taken(connection) == ["You are out"]
    assert ended(row) == ("failed", "suppressed: stop", "refuse", "suppression", "stop")


def test_what_nothing_speaks_against_leaves_with_no_further_decision(connection):
    submitted(connection, make_person())
    assert taken(connection) == ["Hello"] and Decision.objects.count() == 1
