"""A type that came regularly and stopped is missed; one that never did is not."""

import pytest

from rondpoint.events.rules import silence
from rondpoint.lib import clock

NOW = 1_790_000_000_000_000 // clock.DAY * clock.DAY
HOUR, DAY = clock.HOUR, clock.DAY


def told(moments) -> tuple[dict[str, int], int]:
    gaps, last = {}, 0
    for moment in moments:
        gaps, last = silence.heard(gaps, last, [moment])
    return gaps, last


def daily(days, hours=(8, 12, 17)):
    """Events at some hours of each day, the last day being that before NOW."""
    return [NOW - day * DAY + hour * HOUR for day in range(days, 0, -1) for hour in hours]


def test_one_that_comes_by_day_is_missed_on_the_second_day():
    gaps, last = told(daily(20))
    assert silence.usual(gaps) == 15 * HOUR
    assert not silence.silent(gaps, last, last + 30 * HOUR)
    assert silence.silent(gaps, last, last + 30 * HOUR + 1)


def test_weekends_are_no_silence():
    moments = [moment for moment in daily(60) if (moment // DAY) % 7 < 5]
    gaps, last = told(moments)
    assert silence.usual(gaps) == 2 * DAY + 15 * HOUR
    assert not silence.silent(gaps, last, last + 4 * DAY)
    assert silence.silent(gaps, last, last + 6 * DAY)


def test_one_that_comes_each_minute_is_missed_after_hours_not_minutes():
    gaps, last = told(range(NOW - 9 * DAY, NOW, 10 * clock.MINUTE))
    assert not silence.silent(gaps, last, last + 2 * HOUR)
    assert silence.silent(gaps, last, last + 4 * HOUR)


def test_two_standstills_do_not_make_silence_usual():
    moments = [moment for moment in daily(30) if (NOW - moment) // DAY not in (10, 11, 12, 20, 21)]
    assert silence.usual(told(moments)[0]) == 15 * HOUR


@pytest.mark.parametrize("moments", [[], [NOW], [NOW] * 1000, daily(silence.REGULAR - 1), [NOW - 300 * DAY, NOW]])
def test_what_never_came_regularly_is_not_missed(moments):
    gaps, last = told(moments)
    assert silence.usual(gaps) is None and not silence.silent(gaps, last, NOW + 1000 * DAY)


def test_gaps_are_those_of_the_last_days_on_which_it_came_whatever_the_portions():
    moments = daily(90)
    gaps, last = told(moments)
    assert len(gaps) == silence.REMEMBERED and min(map(int, gaps)) == (NOW - 30 * DAY) // DAY
    assert silence.heard({}, 0, reversed(moments)) == (gaps, last)
