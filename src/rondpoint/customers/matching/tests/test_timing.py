"""When all records are compared by themselves, and which step of how many a comparison is at."""

from datetime import UTC, datetime

import pytest

from rondpoint.customers.matching.rules import timing


def at(text):
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000


@pytest.mark.parametrize(
    ("often", "day", "last", "now", "due", "coming"),
    [
        # Monday 2 March 2026
        ("daily", "sunday", "2026-03-01T12:00", "2026-03-02T01:59", False, "2026-03-02T02:00"),
        ("daily", "sunday", "2026-03-01T12:00", "2026-03-02T02:00", True, "2026-03-03T02:00"),
        ("daily", "sunday", "2026-03-02T02:00", "2026-03-02T12:00", False, "2026-03-03T02:00"),
        ("weekly", "sunday", "2026-02-27T12:00", "2026-03-01T01:00", False, "2026-03-01T02:00"),
        ("weekly", "sunday", "2026-02-27T12:00", "2026-03-02T12:00", True, "2026-03-08T02:00"),
        ("weekly", "tuesday", "2026-02-27T12:00", "2026-03-02T12:00", False, "2026-03-03T02:00"),
        ("weekly", "tuesday", "2026-02-24T01:00", "2026-03-02T12:00", True, "2026-03-03T02:00"),
        ("monthly", "sunday", "2026-02-15T12:00", "2026-02-28T12:00", False, "2026-03-01T02:00"),
        ("monthly", "sunday", "2026-02-15T12:00", "2026-03-01T01:59", False, "2026-03-01T02:00"),
        ("monthly", "sunday", "2026-02-15T12:00", "2026-03-09T12:00", True, "2026-04-01T02:00"),
        ("never", "sunday", "2020-01-01T12:00", "2026-03-09T12:00", False, None),
    ],
)
def test_its_day_comes(often, day, last, now, due, coming):
    assert timing.due(often, day, at(last), at(now)) is due
    assert timing.coming(often, day, at(now)) == (coming and at(coming))


def test_the_first_one_waits_for_no_day():
    assert timing.due("monthly", "sunday", None, at("2026-03-09T12:00"))
    assert not timing.due("never", "sunday", None, at("2026-03-09T12:00"))


@pytest.mark.parametrize("often", timing.OFTEN[:3])
@pytest.mark.parametrize("now", ["2026-02-28T01:00", "2026-02-28T02:00", "2026-12-31T23:59", "2028-02-29T03:00"])
def test_what_is_told_to_come_is_when_it_is_due(often, now):
    coming = timing.coming(often, "thursday", at(now))
    assert coming > at(now)
    assert not timing.due(often, "thursday", at(now), coming - 1)
    assert timing.due(often, "thursday", at(now), coming)


def test_steps_are_counted_without_learning_where_nothing_is_learned():
    assert timing.place("comparing", True) == (4, 5)
    assert timing.place("comparing", False) == (3, 4)
    assert timing.place("", True) == (0, 5)
