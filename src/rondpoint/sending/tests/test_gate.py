"""The gate: its order, its reasons, and the record it leaves."""

import pytest

from rondpoint.consent import actions as consent
from rondpoint.lib import clock
from rondpoint.lib.db import write
from rondpoint.sending import actions, gate, queries
from rondpoint.sending.models import Decision, Dispatch
from rondpoint.sending.rules import steps
from rondpoint.sending.tests.fakes import NOW, FakeChannel, fake, make_connection, make_person, wish
from rondpoint.sending.types import Fail

pytestmark = [pytest.mark.django_db, pytest.mark.data]
__all__ = ["fake"]


@pytest.fixture
def connection(fake):
    return make_connection()


@pytest.fixture
def person(fake):
    return make_person()


def test_what_passes_gets_a_decision_and_a_dispatch(connection, person):
    [verdict] = actions.submit([wish(connection, person, "one|two", to=" Ada@Example.com")], NOW)
    assert (verdict.verdict, verdict.step, verdict.segments) == ("send", "", 2)
    dispatch = Dispatch.objects.get(id=verdict.dispatch_id)
    assert (dispatch.state, dispatch.address, dispatch.due) == ("queued", "ada@example.com", NOW)
    decision = Decision.objects.get(id=verdict.decision_id)
    assert decision.dispatch_id == dispatch.id
    assert [note["step"] for note in decision.steps] == [name for name, _ in gate.STEPS]
    assert {note["result"] for note in decision.steps} == {"pass"}
    assert actions.verdict_of(dispatch.id) == verdict


def test_the_same_key_is_one_wish(connection, person):
    [first] = actions.submit([wish(connection, person, key="k")], NOW)
    again = actions.submit([wish(connection, person, "other", key="k")] * 2, NOW + 1)
    assert again == [first, first]
    assert Dispatch.objects.count() == Decision.objects.count() == 1


def test_a_key_twice_in_one_batch_and_a_refusal_are_one_wish_too(connection, person):
    one, two = actions.submit(
        [wish(connection, person, key="a"), wish(connection, person, "2", key="a")], NOW
    )
    assert one == two
    [refused] = actions.submit([wish(connection, person, "x" * 101, key="b")], NOW)
    [repeated] = actions.submit([wish(connection, person, "short", key="b")], NOW)
    assert refused.verdict == "refuse"
    assert repeated == refused


@pytest.mark.parametrize(
    ("changes", "step", "reason"),
    [
        ({"profile_id": 10**9}, "alive", "gone"),
        ({"connection_id": 10**9}, "alive", "no_connection"),
        ({"channel": "other"}, "alive", "no_connection"),
        ({"kind": "phone"}, "reachable", "bad_address"),
        ({"to": "nobody"}, "reachable", "bad_address"),
    ],
)
def test_refusals_name_their_step_and_reason(connection, person, changes, step, reason):
    changes = {"profile_id": person, **changes}
    [verdict] = actions.submit([wish(connection, **changes)], NOW)
    assert (verdict.verdict, verdict.step, verdict.reason) == ("refuse", step, reason)
    assert verdict.dispatch_id is None
    assert not Dispatch.objects.exists()
    assert Decision.objects.get().steps[-1] == {"step": step, "result": "refuse", "reason": reason}


def test_the_first_failure_is_the_reason(connection, person):
    with write():
        consent.suppress("email", "ada@example.com", "stop", NOW - 1)
    [verdict] = actions.submit([wish(connection, person, "x" * 101)], NOW)
    assert (verdict.step, verdict.reason) == ("suppression", "stop")


def test_a_paused_connection_sends_nothing(person, fake):
    [verdict] = actions.submit([wish(make_connection(active=False), person)], NOW)
    assert (verdict.step, verdict.reason) == ("alive", "inactive")


def test_limits_are_the_channels_own(connection, person):
    [verdict] = actions.submit([wish(connection, person, "x" * 101)], NOW)
    assert (verdict.step, verdict.reason, verdict.detail) == ("limits", "too_long", "at most 100")


def test_the_window_closes(connection, person, fake):
    fake.manifest = FakeChannel(window=clock.HOUR).manifest
    late = wish(connection, person, last_inbound=NOW - clock.HOUR - 1)
    in_time = wish(connection, person, last_inbound=NOW - clock.HOUR)
    shut, open_ = actions.submit([late, in_time], NOW)
    assert (shut.step, shut.reason) == ("window", "window_closed")
    assert open_.verdict == "send"


def test_suppression_knows_the_address_in_any_spelling_and_its_channel(connection, person):
    with write():
        consent.suppress("email", "ada@example.com", "bounce", NOW - 1, channel="fake")
        consent.suppress("email", "eve@example.com", "bounce", NOW - 1, channel="other")
    here, elsewhere = actions.submit(
        [wish(connection, person, to="ADA@example.com"), wish(connection, person, to="eve@example.com")], NOW
    )
    assert (here.step, here.reason) == ("suppression", "bounce")
    assert elsewhere.verdict == "send"


def test_a_complaint_stops_promotion_only(connection, person):
    with write():
        consent.suppress("email", "ada@example.com", "complaint", NOW - 1, scope="marketing")
    service, promotion = actions.submit(
        [wish(connection, person), wish(connection, person, purpose="newsletter")], NOW
    )
    assert service.verdict == "send"
    assert promotion.reason == "complaint"


def test_an_opt_out_is_confirmed_once_and_again_after_a_new_one(connection, person):
    def confirm(now):
        return actions.submit([wish(connection, person, purpose="opt_out_confirmation")], now)[0].verdict

    with write():
        consent.suppress("email", "ada@example.com", "stop", NOW - 1)
    assert [confirm(NOW), confirm(NOW + 1)] == ["send", "refuse"]
    with write():
        consent.release("email", "ada@example.com", ("stop",), NOW + 2)
        consent.suppress("email", "ada@example.com", "stop", NOW + 3)
    assert [confirm(NOW + 4), confirm(NOW + 5)] == ["send", "refuse"]


def test_a_dead_address_gets_no_confirmation(connection, person):
    with write():
        consent.suppress("email", "ada@example.com", "bounce", NOW - 1)
    [verdict] = actions.submit([wish(connection, person, purpose="opt_out_confirmation")], NOW)
    assert verdict.reason == "bounce"


def test_automatic_messages_to_one_address_are_capped_by_the_hour(connection, person):
    def automatic(now):
        return actions.submit([wish(connection, person, automated=True)], now)[0].reason

    loop = [wish(connection, person, automated=True) for _ in range(steps.AUTOMATED_PER_HOUR + 2)]
    verdicts = [verdict.verdict for verdict in actions.submit(loop, NOW)]
    assert verdicts == ["send"] * steps.AUTOMATED_PER_HOUR + ["refuse"] * 2
    assert automatic(NOW + clock.MINUTE) == "too_many"
    [by_hand] = actions.submit([wish(connection, person)], NOW + clock.MINUTE)
    assert by_hand.verdict == "send"
    assert automatic(NOW + clock.HOUR + 1) == ""


def test_the_providers_rate_defers_and_refuses_nobody(connection, person, fake):
    fake.manifest = FakeChannel(rate=2).manifest
    verdicts = actions.submit([wish(connection, person) for _ in range(5)], NOW)
    assert [verdict.verdict for verdict in verdicts] == ["send", "send", "defer", "defer", "defer"]
    assert verdicts[4].due == NOW + 2 * clock.SECOND
    assert Dispatch.objects.get(id=verdicts[4].dispatch_id).due == verdicts[4].due
    [urgent] = actions.submit([wish(connection, person, priority="high")], NOW)
    assert urgent.verdict == "send"


def test_a_broken_step_closes_the_gate(connection, person, monkeypatch):
    def breaks(candidate):
        raise RuntimeError("boom")

    monkeypatch.setattr(gate, "STEPS", list(gate.STEPS))
    gate.add("broken", breaks, after="window")
    [verdict] = actions.submit([wish(connection, person)], NOW)
    assert (verdict.verdict, verdict.step, verdict.reason) == ("refuse", "broken", "error")


def test_a_step_of_a_higher_room_stands_where_it_was_put(connection, person, monkeypatch):
    monkeypatch.setattr(gate, "STEPS", list(gate.STEPS))
    gate.add("hold_out", lambda candidate: Fail("held_out"), after="suppression")
    [verdict] = actions.submit([wish(connection, person, "x" * 101)], NOW)
    assert (verdict.step, verdict.reason) == ("hold_out", "held_out")
    with pytest.raises(ValueError):
        gate.add("x", lambda candidate: None, after="no such step")


def test_a_preview_writes_nothing(connection, person):
    good = queries.preview(wish(connection, person, "a|b", key=""), NOW)
    bad = queries.preview(wish(connection, person, "x" * 101, key=""), NOW)
    assert (good.verdict, good.segments) == ("send", 2)
    assert (bad.verdict, bad.reason) == ("refuse", "too_long")
    assert not Decision.objects.exists()


def test_a_batch_asks_a_fixed_number_of_questions(connection, person, django_assert_max_num_queries):
    batch = [wish(connection, person, to=f"p{number}@example.com", automated=True) for number in range(200)]
    with django_assert_max_num_queries(25):
        verdicts = actions.submit(batch, NOW)
    assert {verdict.verdict for verdict in verdicts} == {"send"}


def test_decisions_can_be_read_back(connection, person):
    actions.submit([wish(connection, person), wish(connection, person, "x" * 101)], NOW)
    newest, oldest = queries.decisions(profile_ids=[person])
    assert (newest.verdict, oldest.verdict) == ("refuse", "send")
    assert queries.decisions(dispatch_ids=[oldest.dispatch_id]) == [oldest]
    assert queries.decisions(profile_ids=[person], before=newest.id) == [oldest]
    assert queries.depth() == {connection.id: 1}
    assert queries.oldest_due(NOW) == NOW
    assert queries.oldest_due(NOW - 1) is None
