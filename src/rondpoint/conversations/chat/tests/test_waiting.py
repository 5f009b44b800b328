"""Opening hours and the expected wait."""

import pytest

from rondpoint.accounts.models import Brand
from rondpoint.conversations.chat import opening, waiting
from rondpoint.conversations.chat.waiting import Said
from rondpoint.lib import clock
from rondpoint.lib.db import write

MONDAY_9 = 1_795_420_800_000_000  # 2026-11-23 08:00 UTC, nine in Paris
HOURS = {**{day: [["09:00", "12:00"], ["14:00", "18:00"]] for day in opening.DAYS[:5]}, "closed": ["2026-11-24"]}
PARIS = "Europe/Paris"


def at(hours, minutes=0):
    """Microseconds UTC of that time in Paris on Monday, 23 November 2026."""
    return MONDAY_9 + (hours - 9) * clock.HOUR + minutes * clock.MINUTE


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (at(8, 59), False),
        (at(9), True),
        (at(11, 59), True),
        (at(12), False),
        (at(15), True),
        (at(18), False),
        (at(24 + 10), False),  # closed on Tuesday
    ],
)
def test_somebody_is_there_within_the_hours(moment, expected):
    assert opening.is_open(HOURS, PARIS, moment) is expected


@pytest.mark.parametrize(
    ("moment", "expected"),
    [(at(8), at(9)), (at(13), at(14)), (at(19), at(48 + 9)), (at(4 * 24 + 20), at(7 * 24 + 9))],
)
def test_the_next_opening_passes_over_closed_days_and_week_ends(moment, expected):
    assert opening.next_opening(HOURS, PARIS, moment) == expected


def test_hours_follow_the_clock_on_the_wall_through_a_change_of_time():
    friday = MONDAY_9 + 124 * clock.DAY  # 2027-03-27 08:00 UTC; on the 28th the clocks go forward
    expected = "2027-03-29T07:00:00.000Z"
    assert clock.iso(opening.next_opening(HOURS, PARIS, friday + 10 * clock.HOUR)) == expected


def test_no_hours_are_always_and_none_to_come_is_none():
    assert opening.is_open({}, PARIS, at(3))
    assert waiting.availability(Brand(hours={}), at(3)) == {"open": True, "next": None}
    assert opening.next_opening({"closed": []}, PARIS, at(3)) is None
    assert waiting.availability(Brand(hours=HOURS), at(19)) == {"open": False, "next": "2026-11-25T08:00:00.000Z"}


def test_a_first_answer_is_counted_from_the_first_question():
    rows = [
        Said(1, True, 0),
        Said(1, True, 5),
        Said(2, True, 6),
        Said(1, False, 10),
        Said(1, False, 12),
        Said(1, True, 20),
        Said(1, False, 23),
    ]
    assert waiting.first_answers(rows) == [(0, 10), (20, 3)]


def minutes(*waits, age=0):
    return [(at(11) - age, wait * clock.MINUTE) for wait in waits]


def test_the_median_of_open_time_is_told_as_a_round_number():
    now, always = at(11, 30), lambda moment: True
    assert waiting.usual(minutes(1, 4, 300), always, now) == 300
    assert waiting.usual(minutes(1, 4), always, now) is None
    assert waiting.usual(minutes(3, 3, 3), lambda moment: False, now) is None
    older = minutes(12, 12, 12, age=3 * clock.DAY)
    assert waiting.usual([*older, *minutes(1)], always, now) == 900
    assert waiting.usual([*older, *minutes(1, 1, 1)], always, now) == 60
    assert waiting.usual(minutes(9999, 9999, 9999), always, now) is None


@pytest.mark.django_db(transaction=True)
def test_the_visitor_is_told(chat, monkeypatch):
    for number in range(3):
        chat.device().say(f"Question {number}")
        chat.reply("Bonjour")
    monkeypatch.setattr(waiting, "_measured", {})
    config = chat.device().opened["config"]
    assert (config["wait"], config["hours"]) == (60, {"open": True, "next": None})
    with write():
        Brand.objects.update(hours={"closed": [], "mon": [["00:00", "00:01"]]})
    face = chat.device().get(f"config?key={chat.key}").json()
    assert face["hours"]["open"] is False
    assert face["hours"]["next"].endswith("Z")
