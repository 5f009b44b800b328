"""What she types, where it comes from, when she is called back, and colours that can be read."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from rondpoint.conversations.chat.opening import is_open
from rondpoint.conversations.own_page import colours, rules
from rondpoint.lib import addresses, clock

PARIS = ZoneInfo("Europe/Paris")
HOURS = {day: [["09:00", "12:30"], ["14:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}


def at(text):
    return clock.from_datetime(datetime.fromisoformat(text).replace(tzinfo=PARIS))


def slots(now, hours=HOURS):
    return rules.slots(lambda moment: is_open(hours, "Europe/Paris", moment), "Europe/Paris", at(now))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (" Awa@Example.ORG ", ("email", "awa@example.org")),
        ("01 99 00 12 34", ("phone", "+33199001234")),
        ("+33 1 99 00 12 34", ("phone", "+33199001234")),
    ],
)
def test_an_address_is_read_as_typed(text, found):
    assert rules.typed(text, "FR") == found


@pytest.mark.parametrize("text", ["", "awa", "awa@", "12", "a" * 300 + "@example.org", "null"])
def test_what_is_no_address_is_refused(text):
    with pytest.raises(addresses.BadAddress):
        rules.typed(text, "FR")


def test_a_wish_is_kept_as_it_was():
    wanted = rules.Wanted("en", "email", "awa@example.org")
    assert rules.read_wanted(str(wanted)) == wanted


def test_a_code_is_read_with_its_gaps():
    assert rules.code(" 123 456\n") == "123456"
    assert rules.code("no digits") == ""


@pytest.mark.parametrize(
    ("sender", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("", "?"),
        ("unix:", "?"),
    ],
)
def test_limits_count_a_line_and_not_each_of_its_addresses(sender, counted):
    assert rules.network(sender) == counted


def test_the_language_is_the_first_wish_that_the_page_speaks():
    assert rules.language("", "de-DE", "en-GB", "fr") == "en"
    assert rules.language("nl") == "fr"


def test_while_somebody_is_there_she_can_be_called_at_once():
    found = slots("2026-11-23T10:10")  # a Monday
    assert [slot.key for slot in found] == [
        "soon",
        "2026-11-23-morning",
        "2026-11-23-afternoon",
        "2026-11-24-morning",
        "2026-11-24-afternoon",
    ]
    assert found[0].due == at("2026-11-23T11:10")
    assert found[1].due == at("2026-11-23T12:00")
    assert found[2].due == at("2026-11-23T17:00")


def test_nobody_is_promised_a_call_while_it_is_shut():
    found = slots("2026-11-20T18:30")  # a Friday evening
    assert [slot.key for slot in found] == [
        "2026-11-23-morning",
        "2026-11-23-afternoon",
        "2026-11-24-morning",
        "2026-11-24-afternoon",
    ]
    assert slots("2026-11-20T18:30", {"sun": [["19:00", "20:00"]]}) == []


@pytest.mark.parametrize("colour", ["#ffee00", "#0b5cab", "#000000", "#ffffff", "#7f7f7f", "ff0000", "red", ""])
def test_a_brands_colour_can_be_read_by_day_and_by_night(colour):
    found = colours.painted(colour)
    read = {name: colours._read(getattr(found, name)[1:]) for name in ("light", "on_light", "dark", "on_dark")}
    assert colours.contrast(read["light"], colours.LIGHT_PAGE) >= 4.5
    assert colours.contrast(read["dark"], colours.DARK_PAGE) >= 4.5
    assert colours.contrast(read["light"], read["on_light"]) >= 4.5
    assert colours.contrast(read["dark"], read["on_dark"]) >= 4.5


def test_a_colour_that_can_be_read_stays_as_it_is():
    assert colours.painted("#0b5cab").light == "#0b5cab"
