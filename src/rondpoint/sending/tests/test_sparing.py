"""What spares people promotions, rule by rule, without a database."""

import pytest

from rondpoint.channels.contract import Address, MessageOut
from rondpoint.consent.types import Preferences
from rondpoint.lib import clock
from rondpoint.sending.rules import content, counting, house, sparing
from rondpoint.sending.tests.fakes import NOW
from rondpoint.sending.types import Candidate, Cap, HouseRules, Price, Request, Use, When

PARIS = When(("Europe/Paris",))  # NOW is 9:00 on a Friday in Paris
H, D = clock.HOUR, clock.DAY


def candidate(purpose="offers", channel="email", now=NOW, text="Hello", wish=None, **known):
    message = MessageOut(id="1", to=Address("email", "a@example.com"), text=text)
    request = Request(1, channel, 1, message.to, purpose, message, "k", **(wish or {}))
    told = {"house": HouseRules(), "preferences": Preferences(), "when": PARIS, "customer_id": 1, **known}
    return Candidate(request=request, now=now, **told)


def use(number, hours=0, priority=0, yields=False, purpose="offers", channel="email", digest=None):
    return Use(number, NOW + hours * H, purpose, channel, priority, digest, yields)


SPARING = ("hold_out", "caps", "preferences", "hours")


@pytest.mark.parametrize("step", SPARING)
def test_what_answers_her_is_asked_none_of_it(step):
    wanted = Preferences(paused_until=NOW + D, channels={"service": "sms"}, per_week={"": 0}, do_not_call=True)
    answer = candidate("service", house=HouseRules(hold_out=100), preferences=wanted)
    assert getattr(sparing, step)(answer) is None
    assert getattr(sparing, step)(Candidate(request=answer.request, now=NOW)) is None


@pytest.mark.parametrize("step", SPARING)
def test_closed_when_nobody_asked(step):
    assert getattr(sparing, step)(Candidate(request=candidate().request, now=NOW)).reason == "not_asked"


@pytest.mark.parametrize(
    ("wish", "reason"),
    [
        ({"not_after": NOW}, "expired"),
        ({"not_after": NOW + 1}, ""),
        ({"not_after": NOW + 5, "not_before": NOW + 5}, "expired"),
        ({"not_after": NOW + 6, "not_before": NOW + 5}, ""),
        ({}, ""),
    ],
)
@pytest.mark.parametrize("purpose", ["offers", "service"])
def test_what_is_over_is_not_told_any_more(wish, reason, purpose):
    fail = sparing.relevant(candidate(purpose, wish=wish))
    assert (fail.reason if fail else "") == reason


def test_the_held_out_are_as_many_as_was_said_and_always_the_same():
    held = {percent: {n for n in range(20_000) if sparing.lot(n) < percent * 10_000} for percent in (0, 5, 10, 100)}
    assert not held[0] and len(held[100]) == 20_000
    assert held[5] < held[10] and 900 <= len(held[5]) <= 1100 and 1850 <= len(held[10]) <= 2150
    assert [sparing.lot(n) for n in (1, 2, 1_000_000)] == [212_006, 223_877, 375_532], "who is held out stays so"
    one = next(iter(held[5]))
    assert sparing.hold_out(candidate(customer_id=one, house=HouseRules(hold_out=5))).reason == "hold_out"
    assert sparing.hold_out(candidate(customer_id=one, house=HouseRules(hold_out=0))) is None


@pytest.mark.parametrize(
    ("said", "wish", "reason"),
    [
        ({"channels": {"offers": "print"}}, {}, "prefers_print"),
        ({"channels": {"offers": "email"}}, {}, ""),
        ({"channels": {"newsletter": "print"}}, {}, ""),
        ({"paused_until": NOW + D}, {}, "paused"),  # without an end it would come with all others on the same day
        ({"paused_until": NOW + D}, {"not_after": NOW + D}, "paused"),
        ({"paused_until": NOW + D}, {"not_after": NOW + D + 1}, ""),  # put off, by the hours
        ({"paused_until": NOW}, {}, ""),
        ({"do_not_call": True}, {}, ""),
    ],
)
def test_it_is_as_she_wants_it(said, wish, reason):
    fail = sparing.preferences(candidate(preferences=Preferences(**said), wish=wish))
    assert (fail.reason if fail else "") == reason


def test_who_wants_no_calls_gets_none_but_the_code_she_waits_for():
    no_calls = Preferences(do_not_call=True)
    asked = {
        purpose: sparing.preferences(candidate(purpose, "voice", preferences=no_calls))
        for purpose in ("offers", "service", "code")
    }
    assert asked["offers"].reason == asked["service"].reason == "do_not_call"
    assert asked["code"] is None
    unread = Candidate(request=candidate("service", "voice").request, now=NOW)
    assert sparing.preferences(unread).reason == "not_asked"


def test_a_pause_with_an_end_before_the_offers_puts_it_off():
    fail = sparing.hours(candidate(preferences=Preferences(paused_until=NOW + D), wish={"not_after": NOW + 2 * D}))
    assert (fail.reason, fail.until) == ("paused", NOW + D)


def test_quiet_hours_put_off_and_an_offer_that_is_over_by_then_is_refused():
    night = When(("Europe/Paris",), (8 * 60, 10 * 60))
    fail = sparing.hours(candidate(when=night))
    assert (fail.reason, fail.until) == ("quiet_hours", NOW + H)
    assert sparing.hours(candidate(when=night, wish={"not_after": NOW + H})).reason == "expired"
    assert sparing.hours(candidate(when=night, wish={"not_after": NOW + H + 1})).until == NOW + H
    assert sparing.hours(candidate(when=night, wish={"not_before": NOW + H})) is None


WEEK3 = Cap(3, 7 * D)


@pytest.mark.parametrize(
    ("cap", "uses", "over"),
    [
        (Cap(0, D), [], True),
        (Cap(1, D), [], False),
        (Cap(1, D), [-23], True),
        (Cap(1, D), [-24], False),
        (Cap(1, D), [23], True),  # one that waits counts as well
        (Cap(2, D), [-20, 20], False),  # no day holds all three
        (Cap(2, D), [-3, 20], True),
        (WEEK3, [-160, -100], False),
        (WEEK3, [-160, -100, -1], True),
        (WEEK3, [-170, -100, -1], False),
    ],
)
def test_a_cap_counts_any_span_of_its_length(cap, uses, over):
    assert counting.full(cap, [use(n, hours) for n, hours in enumerate(uses, 1)], NOW) is over


def test_caps_count_what_they_name():
    mails = [use(1, -1), use(2, -2)]
    assert not counting.full(Cap(1, D, "newsletter"), mails, NOW)
    assert not counting.full(Cap(1, D, "", "sms"), mails, NOW)
    assert counting.full(Cap(2, D, "offers", "email"), mails, NOW)


def test_the_first_full_cap_is_the_reason():
    caps = (Cap(5, D), Cap(1, 7 * D, "", "", "per_week"), Cap(1, D))
    fail = sparing.caps(candidate(caps=caps, uses=(use(1, -2),)))
    assert (fail.reason, fail.detail) == ("per_week", "at most 1 in 7 days")


def test_a_dispatch_that_is_judged_again_does_not_count_itself():
    again = candidate(caps=(Cap(1, D),), uses=(use(7),), digest=5)
    again.dispatch_id = 7
    assert sparing.caps(again) is None


def judged(*uses, priority="high", caps=(Cap(1, D),)):
    asked = candidate(caps=caps, uses=uses, wish={"priority": priority})
    sparing.priority(asked)
    return asked.displaces, sparing.caps(asked)


def test_what_waits_with_a_lower_priority_gives_way():
    assert judged(use(1, 2, 0, yields=True)) == ((1,), None)
    assert judged(use(1, 2, -1, yields=True), priority="normal") == ((1,), None)


@pytest.mark.parametrize(
    "other",
    [use(1, 2, 1, yields=True), use(1, 2, 0, yields=False), use(1, -2, 0)],
    ids=["as important", "in hand", "gone"],
)
def test_nothing_else_gives_way(other):
    displaced, fail = judged(other)
    assert displaced == () and fail.reason == "capped"


def test_the_least_important_gives_way_and_of_them_the_last():
    uses = (use(1, 1, 0, True), use(2, 2, -1, True), use(3, 3, -1, True))
    assert judged(*uses, caps=(Cap(3, D),))[0] == (3,)
    assert judged(*uses, caps=(Cap(2, D),))[0] == (3, 2)


def test_nobody_gives_way_in_vain():
    displaced, fail = judged(use(1, 1, 0, True), use(2, -1), caps=(Cap(1, D),))
    assert displaced == () and fail.reason == "capped"


def test_the_same_words_are_known_again_whatever_they_are_dressed_in():
    def digest(text="", html=""):
        return content.digest(MessageOut(id="1", to=Address("email", "a@example.com"), text=text, html=html))

    plain = digest("Soldes : -20 % jusqu’à dimanche ! https://example.com/r/abc")
    assert plain == digest("SOLDES: -20% jusqu’à  dimanche. https://example.com/r/xyz")
    assert plain == digest(
        "See this mail in a browser", "<style>p{}</style><p>Soldes&nbsp;: <b>-20 %</b> jusqu’à dimanche</p><!-- 7 -->"
    )
    assert plain != digest("Soldes : -30 % jusqu’à dimanche !")
    assert digest("…") is None


@pytest.mark.parametrize(("days", "hours", "again"), [(7, -167, True), (7, -168, False), (0, -1, False), (7, 20, True)])
def test_the_same_words_come_again_only_after_some_days(days, hours, again):
    asked = candidate(house=HouseRules(duplicate_days=days), digest=5, uses=(use(1, hours, digest=5),))
    assert (sparing.duplicate(asked) is not None) is again
    asked.digest = 6
    assert sparing.duplicate(asked) is None


def test_what_the_house_decides_is_kept_and_read_back():
    caps, prices = (Cap(2, 7 * D, "offers"),), (Price("sms", 6, ("FR",)),)
    decided = HouseRules(5, 14, {"sms": (1200, 540)}, None, (3,), caps, prices)
    assert house.read(house.kept(decided), decided.caps) == decided
    fresh = house.read({}, ())
    assert (fresh.hold_out, fresh.duplicate_days, fresh.complaint_priority) == (0, 7, 2)
    assert fresh.quiet["sms"] == house.NIGHT and "email" not in fresh.quiet


@pytest.mark.parametrize(
    ("decided", "field"),
    [
        (HouseRules(hold_out=101), "hold_out"),
        (HouseRules(duplicate_days=-1), "duplicate_days"),
        (HouseRules(quiet={"sms": (60, 60)}), "quiet"),
        (HouseRules(quiet={"sms": (0, 1440)}), "quiet"),
        (HouseRules(quiet={"pigeon": (0, 60)}), "quiet"),
        (HouseRules(complaint_priority=0), "complaint_priority"),
        (HouseRules(complaint_teams=(9,)), "complaint_teams"),
        (HouseRules(caps=(Cap(101, D),)), "caps[0].most"),
        (HouseRules(caps=(Cap(1, 2 * D),)), "caps[0].days"),
        (HouseRules(caps=(Cap(1, D, "no_such"),)), "caps[0].purpose"),
        (HouseRules(caps=(Cap(1, D, "service"),)), "caps[0].purpose"),  # what answers her is not capped
        (HouseRules(caps=(Cap(1, D, "", "pigeon"),)), "caps[0].channel"),
        (HouseRules(caps=(Cap(1, D),) * 51), "caps"),
        (HouseRules(prices=(Price("pigeon", 1),)), "prices[0].channel"),
        (HouseRules(prices=(Price("sms", 100_001),)), "prices[0].cents"),
        (HouseRules(prices=(Price("sms", 1, ("XX",)),)), "prices[0].countries"),
        (HouseRules(prices=(Price("sms", 1, ("FR", "BE")), Price("sms", 2, ("BE",)))), "prices[1].countries"),
        (HouseRules(prices=(Price("sms", 1),) * 101), "prices"),
    ],
)
def test_what_cannot_be_decided_says_where(decided, field):
    with pytest.raises(house.BadRule) as found:
        house.checked(decided, {"offers"}, {"sms", "email"}, {1}, {"FR", "BE"})
    assert found.value.field == field
