"""The first moment at which somebody may be written to, by the clock on her wall: over midnight, holidays, and days of
23 and 25 hours. Compared with an oracle that looks at each minute."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from rondpoint.consent.queries import rules_on
from rondpoint.consent.rules.law import Hours
from rondpoint.lib import clock
from rondpoint.sending.rules import hours
from rondpoint.sending.types import When

PARIS = "Europe/Paris"


def at(text, zone=PARIS, fold=0):
    return clock.from_datetime(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold))


def quiet(start, end, *zones):
    minutes = [int(text[:2]) * 60 + int(text[3:]) for text in (start, end)]
    return When(zones or (PARIS,), (minutes[0], minutes[1]))


def calls(country="FR", day="2026-12-01", zone=PARIS):
    found = rules_on(country, "", "voice", datetime.fromisoformat(day).date())
    return When((zone,), None, tuple(rule.hours for rule in found if rule.hours))


@pytest.mark.parametrize(
    ("when", "now", "then"),
    [
        (quiet("21:00", "08:00"), "2026-12-01 20:59", "2026-12-01 20:59"),
        (quiet("21:00", "08:00"), "2026-12-01 21:00", "2026-12-02 08:00"),
        (quiet("21:00", "08:00"), "2026-12-02 07:59:59", "2026-12-02 08:00"),
        (quiet("12:00", "14:00"), "2026-12-01 13:00", "2026-12-01 14:00"),
        (quiet("21:00", "08:00"), "2027-03-27 23:00", "2027-03-28 08:00"),  # nine hours less one
        (quiet("21:00", "08:00"), "2026-10-24 23:00", "2026-10-25 08:00"),  # and one more
        (quiet("01:00", "02:30"), "2027-03-28 01:30", "2027-03-28 03:00"),  # 2:30 is skipped: quiet until it is
        (calls(), "2026-12-01 13:30", "2026-12-01 14:00"),
        (calls(), "2026-12-04 20:00", "2026-12-07 10:00"),  # Friday evening: Monday
        (calls(), "2026-12-24 20:00", "2026-12-28 10:00"),  # Christmas is a Friday
        (calls("CA", zone="America/Montreal"), "2026-12-05 18:30", "2026-12-06 10:00"),
    ],
)
def test_the_first_moment(when, now, then):
    zone = when.zones[0]
    assert hours.first(when, at(now, zone)) == at(then, zone)


def test_an_hour_that_comes_twice():
    nap = quiet("02:15", "02:45")
    first, second = at("2026-10-25 02:20"), at("2026-10-25 02:20", fold=1)
    assert second - first == clock.HOUR
    assert hours.first(nap, first) == at("2026-10-25 02:45")
    assert hours.first(nap, second) == at("2026-10-25 02:45", fold=1)


def test_where_only_the_country_is_known_it_is_right_from_coast_to_coast():
    day = rules_on("US", "", "sms", datetime(2026, 12, 1).date())
    when = When(("America/New_York", "Pacific/Honolulu"), None, tuple(rule.hours for rule in day if rule.hours))
    assert hours.first(when, at("2026-12-01 08:30", "America/New_York")) == at("2026-12-01 08:00", "Pacific/Honolulu")


def test_what_never_opens_says_so():
    shut = When((PARIS,), None, ((Hours((1,), ((time(9), time(9)),)),),))
    assert hours.first(shut, at("2026-12-01 08:00")) is None


ZONES = ("Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu")  # half-hour changes too
DAYS = ("2027-03-13", "2027-03-27", "2026-10-24", "2027-04-03", "2026-10-31", "2026-06-01")  # clocks are changed soon
CHANGES = [datetime.fromisoformat(day).replace(tzinfo=UTC) for day in DAYS]
MINUTES = some.integers(0, 1439)


@settings(max_examples=60, deadline=None)
@given(some.sampled_from(ZONES), some.sampled_from(CHANGES), some.integers(0, 3000), MINUTES, MINUTES, some.booleans())
def test_no_minute_before_it_is_allowed(zone, day, later, start, end, lawful):
    law = ((Hours((1, 2, 3, 4, 5, 6), ((time(10), time(13)), (time(14), time(20)))),),) if lawful else ()
    when = When((zone,), (start, end) if start != end else None, law)
    now = clock.from_datetime(day) + later * clock.MINUTE
    moments = range(now, now + 4 * clock.DAY, clock.MINUTE)
    oracle = next((moment for moment in moments if hours.is_allowed(when, moment)), None)
    found = hours.first(when, now)
    if oracle is not None:
        assert found == oracle
    else:
        assert found is None or found >= moments[-1]
