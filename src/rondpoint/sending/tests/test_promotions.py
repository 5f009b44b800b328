"""What spares people promotions, from the request to the moment in which a worker takes it."""

import msgspec
import pytest

from rondpoint.accounts.models import AuditEntry
from rondpoint.channels.contract import OutcomeUnknown, SendError, Sent
from rondpoint.consent import actions as consent
from rondpoint.customers import actions as customers
from rondpoint.customers.queries import of_profile
from rondpoint.lib import clock
from rondpoint.lib.db import write
from rondpoint.sending import actions, house, outbox, queries
from rondpoint.sending.models import Decision, Dispatch
from rondpoint.sending.rules.house import BadRule
from rondpoint.sending.tests.fakes import NOW, fake, make_person, wish  # noqa: F401
from rondpoint.sending.tests.test_agreed import connection, say  # noqa: F401
from rondpoint.sending.types import Cap, HouseRules

pytestmark = [pytest.mark.django_db, pytest.mark.data]
D, H = clock.DAY, clock.HOUR


@pytest.fixture
def ada(connection):  # noqa: F811
    number = make_person()
    say(number)
    return number


@pytest.fixture
def one_a_day(ada):
    house.decide(HouseRules(caps=(Cap(1, D),)), "admin@example.com")


def offer(connection, profile_id, text="Hello", **changes):  # noqa: F811
    return wish(connection, profile_id, text, purpose="offers", **changes)


def ask(*wishes, now=NOW):
    return [(verdict.verdict, verdict.reason) for verdict in actions.submit(list(wishes), now)]


def leave(connection, now, outcome="sent"):  # noqa: F811
    """A worker takes what is due and it ends so; the texts that it took."""
    _, jobs = outbox.take(connection.id, "w", 50, now)
    error = {"sent": None, "unknown": OutcomeUnknown("cut"), "failed": SendError("no", permanent=True)}[outcome]
    sent = (Sent(),) if outcome == "sent" else ()
    with write():
        outbox.record([outbox.Outcome(job.dispatch_id, "w", len(sent), sent, error, now) for job in jobs])
    return [job.message.text for job in jobs]


def test_caps_hold_over_batches_and_answers_are_not_counted(connection, ada, one_a_day):  # noqa: F811
    answers = [wish(connection, ada, "Your answer") for _ in range(3)]
    assert ask(*answers, offer(connection, ada, "One"), offer(connection, ada, "Two")) == [
        *[("send", "")] * 4,
        ("refuse", "capped"),
    ]
    assert ask(offer(connection, ada, "Three"), now=NOW + D - 1) == [("refuse", "capped")]
    assert len(leave(connection, NOW + 1)) == 4
    assert ask(offer(connection, ada, "Four"), now=NOW + D) == [("refuse", "capped")]  # it left a little later
    assert ask(offer(connection, ada, "Five"), now=NOW + D + 1) == [("send", "")]


@pytest.mark.parametrize(("outcome", "free"), [("failed", True), ("unknown", False), ("sent", False)])
def test_what_failed_gives_its_place_back_and_what_is_unknown_keeps_it(connection, ada, one_a_day, outcome, free):  # noqa: F811
    ask(offer(connection, ada, "One"))
    assert leave(connection, NOW, outcome) == ["One"]
    assert ask(offer(connection, ada, "Two"), now=NOW + 1)[0][0] == ("send" if free else "refuse")


def test_what_was_taken_back_gives_its_place_back(connection, ada, one_a_day):  # noqa: F811
    [verdict] = actions.submit([offer(connection, ada, "One")], NOW)
    assert actions.withdraw(verdict.dispatch_id, NOW)
    assert ask(offer(connection, ada, "Two")) == [("send", "")]


def test_her_own_wish_counts_and_whose_record_is_joined_counts_together(connection, ada):  # noqa: F811
    eve = make_person("eve@example.com")
    say(eve)
    consent.prefer(ada, {"per_week:offers": 1}, now=NOW)
    assert ask(offer(connection, eve, "One"), offer(connection, ada, "Two")) == [("send", ""), ("send", "")]
    customers.merge(of_profile(ada).id, of_profile(eve).id, "Inès")
    assert ask(offer(connection, eve, "Three")) == [("refuse", "per_week")]


def test_the_more_important_takes_the_place_of_what_waits(connection, ada, one_a_day):  # noqa: F811
    [waits] = actions.submit([offer(connection, ada, "Low", priority="low", not_before=NOW + H)], NOW)
    assert ask(offer(connection, ada, "Low too", priority="low")) == [("refuse", "capped")]
    [taken] = actions.submit([offer(connection, ada, "High", priority="high")], NOW)
    assert taken.verdict == "send"
    assert Dispatch.objects.get(id=waits.dispatch_id).state == "cancelled"
    last = queries.decisions(dispatch_ids=[waits.dispatch_id])[0]
    assert (last.verdict, last.step, last.reason) == ("refuse", "priority", "displaced")
    assert actions.submit([offer(connection, ada, key=last.idempotency_key)], NOW)[0] == msgspec.structs.replace(waits)
    assert leave(connection, NOW + H) == ["High"]


def test_in_one_batch_the_more_important_comes_first(connection, ada, one_a_day):  # noqa: F811
    batch = [offer(connection, ada, text, priority=text) for text in ("low", "normal", "high")]
    assert ask(*batch) == [("refuse", "capped"), ("refuse", "capped"), ("send", "")]


def test_what_a_worker_has_in_hand_keeps_its_place(connection, ada, one_a_day):  # noqa: F811
    ask(offer(connection, ada, "Low", priority="low"))
    assert len(outbox.take(connection.id, "w", 1, NOW)[1]) == 1
    assert ask(offer(connection, ada, "High", priority="high")) == [("refuse", "capped")]
    assert Dispatch.objects.get().state == "queued"


def test_a_preview_displaces_nothing(connection, ada, one_a_day):  # noqa: F811
    ask(offer(connection, ada, "Low", priority="low", not_before=NOW + H))
    assert queries.preview(offer(connection, ada, "High", priority="high"), NOW).reason == "capped"
    assert Dispatch.objects.get().state == "queued"


def test_quiet_hours_put_off_with_the_same_key_and_the_place_under_the_cap(connection, ada, one_a_day):  # noqa: F811
    consent.prefer(ada, {"quiet": [8 * 60, 10 * 60], "timezone": "Europe/Paris"}, now=NOW)  # it is 9:00 there
    [verdict] = actions.submit([offer(connection, ada, key="k")], NOW)
    assert (verdict.verdict, verdict.reason, verdict.due) == ("defer", "quiet_hours", NOW + H)
    assert actions.submit([offer(connection, ada, key="k")], NOW + 5) == [verdict]
    assert ask(offer(connection, ada, "Two"), now=NOW + H) == [("refuse", "capped")]
    assert leave(connection, NOW + H - 1) == []
    assert leave(connection, NOW + H) == ["Hello"]


def test_hours_are_looked_at_again_when_a_worker_takes_it(connection, ada):  # noqa: F811
    """It should have left before her quiet hours, and the worker came late."""
    consent.prefer(ada, {"quiet": [9 * 60 + 30, 11 * 60], "timezone": "Europe/Paris"}, now=NOW)
    [verdict] = actions.submit([offer(connection, ada)], NOW)
    late = NOW + 31 * clock.MINUTE
    assert verdict.verdict == "send" and leave(connection, late) == []
    row = Dispatch.objects.get()
    assert (row.state, row.due, row.attempts) == ("queued", NOW + 2 * H, 0)
    last, first = queries.decisions(dispatch_ids=[row.id])
    assert (last.verdict, last.step, last.reason, first.verdict) == ("defer", "hours", "quiet_hours", "send")
    assert [note["step"] for note in last.steps] == [
        "alive", "suppression", "consent", "relevant", "tact", "hold_out", "window", "preferences", "hours"
    ]  # fmt: skip
    assert leave(connection, NOW + 2 * H) == ["Hello"]


@pytest.mark.parametrize(
    ("meanwhile", "error"),
    [
        ("held out", "hold_out: hold_out"),
        ("another channel", "preferences: prefers_sms"),
        ("a pause", "preferences: paused"),
        ("fewer", "caps: per_week"),
        ("withdrawn", "consent: withdrawn"),
    ],
)
def test_what_was_put_off_passes_the_whole_gate_again(connection, ada, meanwhile, error):  # noqa: F811
    consent.prefer(ada, {"quiet": [8 * 60, 10 * 60], "timezone": "Europe/Paris"}, now=NOW)
    ask(offer(connection, ada))
    match meanwhile:
        case "held out":
            house.decide(HouseRules(hold_out=100), "admin@example.com")
        case "another channel":
            consent.prefer(ada, {"channel:offers": "sms"}, now=NOW + 1)
        case "a pause":
            consent.prefer(ada, {"paused_until": NOW + 9 * D}, now=NOW + 1)
        case "fewer":
            consent.prefer(ada, {"per_week:": 0}, now=NOW + 1)
        case "withdrawn":
            say(ada, "withdrawn", NOW + 1)
    assert leave(connection, NOW + H) == []
    row = Dispatch.objects.get()
    assert (row.state, row.error) == ("failed", error)
    assert queries.decisions(dispatch_ids=[row.id])[0].verdict == "refuse"


def test_an_offer_that_is_over_never_leaves(connection, ada):  # noqa: F811
    over = offer(connection, ada, "Over", not_after=NOW + 5)
    assert ask(offer(connection, ada, "Late", not_after=NOW), over) == [("refuse", "expired"), ("send", "")]
    ask(wish(connection, ada, "Your code", not_after=NOW + 5))
    assert leave(connection, NOW + 5) == []
    assert set(Dispatch.objects.values_list("state", "error")) == {("failed", "expired")}


def test_what_is_put_off_for_long_lives_until_it_may_leave(connection, ada):  # noqa: F811
    end = NOW + 20 * D
    consent.prefer(ada, {"paused_until": NOW + 10 * D}, now=NOW)
    assert ask(offer(connection, ada, not_after=end)) == [("defer", "paused")]
    assert outbox.reap(NOW + 9 * D) == 0
    assert leave(connection, NOW + 10 * D) == ["Hello"]
    ask(offer(connection, ada, "Other", not_after=end, not_before=NOW + 11 * D), now=NOW + 10 * D)
    assert outbox.reap(NOW + 11 * D + outbox.LIFE + 1) == 1


def test_the_same_words_are_sent_once(connection, ada):  # noqa: F811
    assert ask(offer(connection, ada, "SALE"), offer(connection, ada, "Sale!")) == [
        ("send", ""), ("refuse", "duplicate")
    ]  # fmt: skip
    assert ask(wish(connection, ada, "Sale"), now=NOW + 1) == [("send", "")]
    assert leave(connection, NOW + 1) == ["SALE", "Sale"]
    assert ask(offer(connection, ada, "sale"), now=NOW + 7 * D) == [("refuse", "duplicate")]
    assert ask(offer(connection, ada, "sale"), now=NOW + 7 * D + 1) == [("send", "")]


def test_many_people_are_asked_about_together(connection, django_assert_max_num_queries):  # noqa: F811
    people = []
    for number in range(60):
        people.append(make_person(f"p{number}@example.com"))
        entry = consent.Entry(people[-1], "granted", str(number), NOW - 9, "offers", "fake", "email",
                              f"p{number}@example.com")  # fmt: skip
        consent.record([entry], NOW)
    house.decide(HouseRules(caps=(Cap(1, D), Cap(2, 7 * D))), "admin@example.com")
    batch = [offer(connection, person, to=f"p{n}@example.com") for n, person in enumerate(people)]
    with django_assert_max_num_queries(40) as few:
        verdicts = actions.submit(batch[:2], NOW)
    with django_assert_max_num_queries(len(few)):
        verdicts += actions.submit(batch[2:], NOW)
    assert {verdict.verdict for verdict in verdicts} == {"send"}
    with django_assert_max_num_queries(30):
        assert len(outbox.take(connection.id, "w", 60, NOW)[1]) == 60


def test_decisions_of_the_house_are_kept_with_who_made_them(connection, ada):  # noqa: F811
    decided = HouseRules(10, 14, {"sms": (1200, 540)}, None, (), (Cap(1, D), Cap(4, 7 * D, "offers", "sms")))
    assert set(house.decide(decided, "admin@example.com")) == {
        "hold_out", "duplicate_days", "quiet", "complaint_priority", "caps"
    }  # fmt: skip
    assert house.rules() == decided
    assert house.decide(decided, "admin@example.com") == []
    entry = AuditEntry.objects.filter(action="sending.decided").get()
    assert entry.actor == "admin@example.com" and "caps" in entry.detail["names"]
    with pytest.raises(BadRule):
        house.decide(HouseRules(hold_out=-1), "admin@example.com")
    assert house.rules() == decided


def test_closed_when_what_the_house_decided_cannot_be_read(connection, ada, monkeypatch):  # noqa: F811
    def broken():
        raise RuntimeError("the rules cannot be read")

    monkeypatch.setattr("rondpoint.sending.knowing.house.rules", broken)
    with pytest.raises(RuntimeError):
        ask(offer(connection, ada))
    assert not Dispatch.objects.exists() and not Decision.objects.exists()
