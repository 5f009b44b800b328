"""Plain telephone numbers are read as libphonenumber reads them."""

import random

import phonenumbers
import pytest

from rondpoint.lib import phones


def told(text: str, country: str) -> str | None:
    """What the library says, asked each time."""
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    return phonenumbers.format_number(number, 0) if phonenumbers.is_possible_number(number) else None


def written(chance: random.Random, country: str) -> str:
    """A number as somebody of a country may write it, right or wrong."""
    code = str(phonenumbers.country_code_for_region(country) or chance.randint(1, 999))
    data = phonenumbers.PhoneMetadata.metadata_for_region(country, None)
    length = chance.choice([*data.general_desc.possible_length, chance.randint(2, 15)]) if data else 9
    before = chance.choice([f"+{code}", f"+{code}", "+", "", "", "0", "00", "1", "8", f"00{code}", code, f"+{code}0"])
    digits = "".join(chance.choices("0123456789", k=max(1, length)))
    gap = chance.choice(["", "", "", " ", ".", "-", "  ", "/"])
    return before + (gap.join(digits[at : at + 2] for at in range(0, len(digits), 2)) if gap else digits)


def test_random_numbers_of_every_country():
    chance = random.Random(7)
    countries = [*sorted(phonenumbers.SUPPORTED_REGIONS), "ZZ", "fr", ""]
    plain = 0
    for country in countries:
        for _ in range(300):
            text = written(chance, country)
            found = phones.plain(text, country)
            plain += found is not None
            assert found is None or found == told(text, country), (text, country)
    assert plain > len(countries) * 20  # else nothing was proved


def test_examples_of_every_country_in_each_way_of_writing():
    for country in sorted(phonenumbers.SUPPORTED_REGIONS):
        for kind in (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE):
            example = phonenumbers.example_number_for_type(country, kind)
            if example is None:
                continue
            for form in range(3):
                text = phonenumbers.format_number(example, form)
                assert phones.plain(text, country) in (None, told(text, country)), (text, country)


FRENCH = ["+33199001234", "+33 1 99 00 12 34", "01 99 00 12 34", "01.99.00.12.34", "0199001234"]
GUESSED = ["+330199001234", "0033199001234", "+33 (0)1 99 00 12 34", "+٣٣199001234", "1-800-FLOWERS"]


@pytest.mark.parametrize("text", FRENCH)
def test_what_the_french_write_is_plain(text):
    assert phones.plain(text, "FR") == "+33199001234"


@pytest.mark.parametrize("text", GUESSED)
def test_what_needs_a_guess_is_left_to_the_library(text):
    assert phones.plain(text, "FR") is None
