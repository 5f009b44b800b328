"""Telephone numbers that are written so plainly that the library's data alone says what they are: as most are. To read
one itself takes it twenty times as long."""

import re
from functools import cache

import phonenumbers
from msgspec import Struct
from phonenumbers import PhoneMetadata

_PLAIN = re.compile(r"\+?[0-9](?:[ .-]?[0-9])+")
_GAPS = str.maketrans("", "", " .-")


class _Plan(Struct, frozen=True):
    """How the numbers of a country are made: ``lengths`` without its code, what is dialled before them, and what they
    look like. ``trunk``: what stands before them within the country; none where more than that may stand there."""

    code: str
    lengths: frozenset[int]
    before: re.Pattern[str] | None
    outward: re.Pattern[str] | None
    trunk: re.Pattern[str] | None
    number: re.Pattern[str]


def plain(text: str, country: str) -> str | None:
    """E.164 of a possible number written in digits with single gaps, of which nothing has to be guessed; None for any
    other text: the library says what it is. ``country``: ISO 3166 alpha-2, of numbers written without ``+``."""
    if not _PLAIN.fullmatch(text):
        return None
    digits = text.translate(_GAPS)
    if digits[0] == "+":
        return _with_code(digits)
    plan = _of_country(country)
    return _within(digits, plan) if plan is not None else None


def _with_code(number: str) -> str | None:
    """``+33199001234``, where nothing stands between the country's code and what it precedes."""
    if number[1] == "0":
        return None
    plan = _of_code(number[1:2]) or _of_code(number[1:3]) or _of_code(number[1:4])
    if plan is None:
        return None
    rest = number[1 + len(plan.code) :]
    if len(rest) not in plan.lengths or rest[0] == "0" or (plan.before is not None and plan.before.match(rest)):
        return None
    return number


def _within(digits: str, plan: _Plan) -> str | None:
    """``0199001234``, which begins with what is dialled within the country and with nothing else."""
    if plan.trunk is None or digits.startswith(plan.code) or (plan.outward and plan.outward.match(digits)):
        return None
    trunk = plan.trunk.match(digits)
    rest = digits[trunk.end() :] if trunk else "0"
    if rest[:1] == "0" or len(rest) not in plan.lengths or not plan.number.fullmatch(rest):
        return None
    return f"+{plan.code}{rest}"


@cache
def _of_country(country: str) -> _Plan | None:
    """Of the country that gives the plan of its code; None for others and unknown ones."""
    code = phonenumbers.country_code_for_region(country)
    return _of_code(str(code)) if code and phonenumbers.region_code_for_country_code(code) == country else None


@cache
def _of_code(code: str) -> _Plan | None:
    region = phonenumbers.region_code_for_country_code(int(code))
    data = PhoneMetadata.metadata_for_region_or_calling_code(int(code), region)
    numbers = data.general_desc if data is not None else None
    if data is None or numbers is None or not numbers.possible_length:
        return None
    before = _pattern(data.national_prefix_for_parsing)
    simple = before is not None and not before.groups and not data.national_prefix_transform_rule
    return _Plan(
        code,
        frozenset(numbers.possible_length),
        before,
        _pattern(data.international_prefix),
        before if simple else None,
        re.compile(numbers.national_number_pattern or "(?!)"),
    )


def _pattern(said: str | None) -> re.Pattern[str] | None:
    return re.compile(said) if said else None
