"""Opening hours as people type them."""

import pytest

from rondpoint.accounts.rules import hours
from rondpoint.accounts.rules.cells import harmless


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("", []),
        ("9:00-12:30, 14h-18h", [["09:00", "12:30"], ["14:00", "18:00"]]),
        ("09h30 – 17h", [["09:30", "17:00"]]),
        ("0:00-24:00", [["00:00", "23:59"]]),
    ],
)
def test_a_day_is_read(text, spans):
    assert hours.read_day(text) == spans
    assert hours.read_day(hours.write_day(spans)) == spans


@pytest.mark.parametrize("text", ["morning", "12:00-9:00", "9:00-9:00", "25:00-26:00", "9:00-12:00, 11:00-13:00"])
def test_what_is_no_day_is_refused(text):
    with pytest.raises(hours.BadHours):
        hours.read_day(text)


def test_days_off_are_sorted_and_once():
    assert hours.read_closed("2027-01-01, 2026-12-25 2026-12-25") == ["2026-12-25", "2027-01-01"]
    with pytest.raises(hours.BadHours):
        hours.read_closed("2026-02-30")


def test_a_formula_is_made_harmless():
    assert [harmless(text) for text in ("=1+1", "Inès", "")] == ["'=1+1", "Inès", ""]
