"""Filters of the inbox: a closed list, read from texts and from JSON."""

import pytest

from rondpoint.conversations.rules.filters import BadFilter, Filters, parse, sort_of


def test_texts_of_a_query_string():
    read = parse({"state": "open,waiting", "assignee": "me", "waiting_over_minutes": "30", "text": " lampe "})
    assert read == Filters(state=("open", "waiting"), assignee="me", waiting_over_minutes=30, text="lampe")


def test_values_of_json():
    read = parse({"channel": ["sms", "chat"], "unread": True, "waiting_over_minutes": 60, "team": 7})
    assert read == Filters(channel=("sms", "chat"), unread="yes", waiting_over_minutes=60, team="7")


def test_what_is_said_is_read_again():
    filters = Filters(state=("open",), channel=("sms",), priority=("urgent", "high"), waiting_over_minutes=5, text="é")
    assert parse(filters.said()) == filters


def test_empty_ones_narrow_nothing():
    assert not parse({"state": "", "team": None, "channel": []})
    assert parse({"unread": "no"})


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"colour": "red"}, "colour"),
        ({"state": "lost"}, "state"),
        ({"assignee": "Inès"}, "assignee"),
        ({"assignee": "0"}, "assignee"),
        ({"team": "me"}, "team"),
        ({"priority": "high,huge"}, "priority"),
        ({"channel": "SMS'; --"}, "channel"),
        ({"brand": "../etc"}, "brand"),
        ({"unread": "perhaps"}, "unread"),
        ({"mentioned": "no"}, "mentioned"),
        ({"waiting_over_minutes": "-5"}, "waiting_over_minutes"),
        ({"waiting_over_minutes": "²"}, "waiting_over_minutes"),
        ({"waiting_over_minutes": "100001"}, "waiting_over_minutes"),
        ({"text": "a\x00b"}, "text"),
        ({"text": {"$ne": 1}}, "text"),
    ],
)
def test_a_mistake_is_named(given, named):
    with pytest.raises(BadFilter) as caught:
        parse(given)
    assert [name for name, _reason in caught.value.problems] == [named]


def test_every_mistake_is_told():
    with pytest.raises(BadFilter) as caught:
        parse({"state": "lost", "unread": "perhaps"})
    assert len(caught.value.problems) == 2


def test_what_narrows_further_wins():
    view = Filters(state=("open",), assignee="me")
    assert view.narrowed(Filters(state=("closed",), channel=("sms",))) == Filters(("closed",), "me", channel=("sms",))


def test_a_text_is_cut():
    assert len(parse({"text": "x" * 500}).text) == 80


@pytest.mark.parametrize(("text", "order"), [("oldest", "oldest"), ("", "newest"), ("; drop", "newest")])
def test_orders(text, order):
    assert sort_of(text) == order
