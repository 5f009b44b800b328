"""Which channel somebody gets a message on: her choice, the hour, how she takes to it, what it costs, where she is."""

import pytest
from msgspec.structs import replace

from rondpoint.lib import clock
from rondpoint.sending.rules.choosing import SOON, lateness, price, ranked, score
from rondpoint.sending.types import Option, Price, Stage

NOW = 1_796_122_800_000_000
ONE = Stage()
MAIL = Option("email", "send", engagement=30, cost=2)
SMS = Option("sms", "send", engagement=45, cost=600, rings=True)
CHAT = Option("chat", "send", cost=0)


def first(*options, stage=ONE):
    return [each.option.channel for each in ranked(options, stage, NOW)]


def test_the_cheaper_comes_first_where_the_dearer_is_not_much_better():
    assert first(SMS, MAIL) == ["email", "sms"]
    assert first(replace(SMS, engagement=80), MAIL) == ["sms", "email"]
    assert first(replace(SMS, cost=None), MAIL) == ["sms", "email"], "without a price nothing is held against it"


def test_her_own_choice_wins_whatever_else_weighs():
    best = replace(MAIL, engagement=100, present=True)
    assert first(best, replace(SMS, chosen=True, engagement=0, cost=100_000)) == ["sms", "email"]
    waits = replace(SMS, chosen=True, verdict="defer", due=NOW + clock.DAY)
    assert first(best, waits) == ["sms", "email"]


def test_the_next_is_the_fall_back_and_what_the_gate_refuses_has_no_place():
    found = ranked([replace(SMS, verdict="refuse", chosen=True), MAIL, CHAT], ONE, NOW)
    assert [(each.option.channel, each.place) for each in found] == [("chat", 1), ("email", 2), ("sms", 0)]


@pytest.mark.parametrize(("later", "order"), [(SOON, ["sms", "email"]), (SOON + 1, ["email", "sms"])])
def test_what_may_leave_now_comes_before_what_waits(later, order):
    fond = replace(SMS, engagement=90, verdict="defer", due=NOW + later)
    assert first(MAIL, fond) == order
    assert [each.waits for each in ranked([fond], ONE, NOW)] == [later > SOON]


def test_where_she_is_right_now_counts():
    assert first(replace(MAIL, engagement=60), CHAT) == ["email", "chat"]
    assert first(replace(MAIL, engagement=60), replace(CHAT, present=True)) == ["chat", "email"]


def test_only_a_later_message_of_several_escalates():
    orders = [first(SMS, replace(MAIL, engagement=60), stage=Stage(step, 3)) for step in (1, 2, 3)]
    assert orders == [["email", "sms"], ["email", "sms"], ["sms", "email"]]
    assert [score(SMS, Stage(step, 3)) for step in (1, 2, 3)] == [45 - 24, 45 - 12 + 20, 45 + 40]
    assert score(SMS, Stage(1, 1)) == score(SMS, Stage(1, 3)), "a message that stands alone is a first one"
    assert [lateness(Stage(step, 5)) for step in (1, 3, 5)] == [0, 0.5, 1]


def test_of_equals_the_cheaper_then_the_first_named():
    same = Option("a", "send", cost=0)
    assert first(replace(same, channel="b", engagement=34, cost=100), same) == ["a", "b"]
    assert first(replace(same, channel="z"), same) == ["z", "a"]


@pytest.mark.parametrize(
    ("channel", "country", "cost"),
    [("sms", "FR", 600), ("sms", "CA", 900), ("sms", "", 900), ("voice", "FR", 1200), ("voice", "CA", None),
     ("x", "", None)],
)  # fmt: skip
def test_the_price_that_names_the_country_holds_else_the_one_for_all_others(channel, country, cost):
    prices = [Price("sms", 900), Price("sms", 600, ("FR", "BE")), Price("voice", 1200, ("FR",))]
    assert price(prices, channel, country) == cost
