"""Times, amounts and numbers as people say them, in both languages."""

from datetime import UTC, datetime

import pytest
from django.utils import timezone, translation

from rondpoint.lib import clock
from rondpoint.ui import times

NOW = int(datetime(2026, 3, 5, 14, 2, tzinfo=UTC).timestamp()) * clock.SECOND  # a Thursday


@pytest.fixture(autouse=True)
def london():
    with timezone.override("UTC"):
        yield


@pytest.mark.parametrize(
    ("language", "before", "said"),
    [
        ("en", 0, "14:02"),
        ("en", clock.DAY, "yesterday 14:02"),
        ("en", -clock.DAY, "tomorrow 14:02"),
        ("en", 2 * clock.DAY, "Tue 3 Mar"),
        ("en", 400 * clock.DAY, "29 Jan 2025"),
        ("fr", 0, "14:02"),
        ("fr", clock.DAY, "hier 14:02"),
        ("fr", 2 * clock.DAY, "mar. 3 mars"),
        ("fr", 400 * clock.DAY, "29 janv. 2025"),
    ],
)
def test_a_time(language, before, said):
    with translation.override(language):
        assert times.said(NOW - before, NOW) == said


def test_what_is_to_come_has_its_time():
    with translation.override("en"):
        assert times.said(NOW + 3 * clock.DAY, NOW) == "Sun 8 Mar, 14:02"


@pytest.mark.parametrize(
    ("language", "seconds", "said"),
    [
        ("en", -60, "1 minute ago"),
        ("en", -7200, "2 hours ago"),
        ("en", 86400, "in 1 day"),
        ("fr", -60, "il y a 1 minute"),
        ("fr", -300, "il y a 5 minutes"),
        ("fr", 7200, "dans 2 heures"),
    ],
)
def test_how_long_ago(language, seconds, said):
    with translation.override(language):
        assert times.ago(NOW + seconds * clock.SECOND, NOW) == said


def test_days():
    with translation.override("en"):
        assert times.day(NOW, NOW) == "Today"
        assert times.day(NOW - 3 * clock.DAY, NOW) == "Monday 2 March"
    with translation.override("fr"):
        assert times.day(NOW - 3 * clock.DAY, NOW) == "Lundi 2 mars"


def test_amounts_and_numbers():
    with translation.override("en"):
        assert times.money("1189.5", "EUR") == "€1,189.50"
        assert times.number(1234567) == "1,234,567"
        assert times.short(1234) == "1.2K"
        assert times.money(3, "???") == "3 ???"
    with translation.override("fr"):
        assert times.money("1189.5", "EUR").replace("\u202f", " ").replace("\xa0", " ") == "1 189,50 €"


def test_countries_have_names():
    with translation.override("fr"):
        assert [times.territory(code) for code in ("DE", "ZZZ", "")] == ["Allemagne", "ZZZ", ""]
    with translation.override("en"):
        assert times.territory("DE") == "Germany"


@pytest.mark.parametrize(
    ("language", "shares", "said"),
    [
        ("en", (0, 0.00004, 0.004, 0.0567, 0.42, 1), ["0%", "0.004%", "0.4%", "5.7%", "42%", "100%"]),
        ("fr", (0.004, 0.42), ["0,4 %", "42 %"]),
    ],
)
def test_a_share_that_is_not_nothing_never_looks_like_it(language, shares, said):
    with translation.override(language):
        assert [times.percent(share).replace("\xa0", " ").replace("\u202f", " ") for share in shares] == said


def test_a_moment_that_was_typed_is_one_of_the_page():
    with timezone.override("Europe/Paris"):
        assert times.typed("2026-12-24T18:30") == times.typed("2026-12-24T17:30+00:00") == 1_798_133_400_000_000
    assert times.typed("") is None
    for wrong in ("soon", "2026-13-01T00:00", "0001-01-01T00:00"):
        with pytest.raises(ValueError), timezone.override("Europe/Paris"):
            times.typed(wrong)
