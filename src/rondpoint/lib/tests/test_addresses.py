"""Addresses as they are compared, shown and hidden."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from rondpoint.lib import addresses, clock


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        ("email", " mailto:Ada@Example.COM", "ada@example.com"),
        ("email", "ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("phone", "01 99 00 12 34", "+33199001234"),
        ("loyalty", " C-17 ", "C-17"),
    ],
)
def test_an_address_has_one_form(kind, typed, kept):
    assert addresses.normalise(kind, typed) == kept


@pytest.mark.parametrize(
    ("kind", "typed", "reason"),
    [
        ("email", "NULL", "identifies nobody"),
        ("loyalty", "x" * 321, "at most 320 characters"),
        ("email", "ada.example.com", "it has no @"),
        ("email", "ada@" + "é" * 80 + ".example", "its domain cannot exist"),
        ("email", "ada@nowhere", "expected name@example.com"),
        ("phone", "call me", "is not a phone number"),
        ("phone", "12", "is not a possible phone number"),
    ],
)
def test_what_is_no_address_is_refused_with_its_reason(kind, typed, reason):
    with pytest.raises(addresses.BadAddress, match=reason):
        addresses.normalise(kind, typed)


def test_a_number_is_shown_in_groups_and_anything_else_as_it_is():
    assert addresses.show_phone("+33199001234") == "+33 1 99 00 12 34"
    assert addresses.show_phone("Hirondelle") == "Hirondelle"


def test_a_masked_address_keeps_what_its_owner_recognises():
    assert addresses.mask("email", "ada@example.com") == "a•••@example.com"
    assert addresses.mask("phone", "+33199001234") == "••• 34"


def test_a_moment_without_a_zone_is_read_as_utc():
    noon = datetime(2026, 6, 1, 12, 0, 0, 250_000, tzinfo=UTC)
    paris = noon.astimezone(timezone(timedelta(hours=2)))
    assert clock.from_datetime(noon.replace(tzinfo=None)) == clock.from_datetime(noon) == clock.from_datetime(paris)
    assert clock.to_datetime(clock.from_datetime(noon)) == noon
    assert clock.iso(clock.from_datetime(noon)) == "2026-06-01T12:00:00.250Z"
    assert clock.iso(None) is None
