"""Times keep their microsecond, whatever zone they came in."""

from datetime import UTC, datetime, timedelta, timezone

from rondpoint.lib import clock


def test_a_moment_comes_back_to_the_microsecond():
    for microseconds in (0, 999_999, 1_700_000_000_123_457, -1):
        assert clock.from_datetime(clock.to_datetime(microseconds)) == microseconds


def test_the_same_moment_in_another_zone_is_the_same_number_and_no_zone_is_utc():
    noon = datetime(2026, 3, 1, 12, 0, 0, 5, UTC)
    assert clock.from_datetime(noon.astimezone(timezone(timedelta(hours=5)))) == clock.from_datetime(noon)
    assert clock.from_datetime(noon.replace(tzinfo=None)) == clock.from_datetime(noon)


def test_text_has_milliseconds_and_utc():
    assert clock.iso(1_700_000_000_123_457) == "2023-11-14T22:13:20.123Z"
    assert clock.iso(None) is None


def test_now_is_between_two_looks_at_another_clock():
    before = datetime.now(UTC)
    moment = clock.to_datetime(clock.now())
    assert before <= moment <= datetime.now(UTC)
