"""Where people are: the country and its part out of what was told of somebody, else out of a telephone number."""

import functools
from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import phonenumbers
from babel import Locale
from babel.core import get_global
from msgspec import Struct

from rondpoint.consent.rules import regions
from rondpoint.lib import clock

NOWHERE = {"001", "ZZ"}
LANGUAGES = ("en", "fr", "de", "es", "it", "pt", "nl", "pl", "sv", "da")  # of two that name two, the first holds
ARTICLES = frozenset({"the", "la", "le", "les", "l"})
# What countries are called besides their names in CLDR.
CALLED = {
    "AE": ("UAE", "EAU"), "CD": ("RDC", "DRC"), "CI": ("Ivory Coast",), "CZ": ("Czech Republic", "République tchèque"),
    "DE": ("RFA",),
    "GB": (
        "UK", "Great Britain", "Grande-Bretagne", "England", "Angleterre", "Scotland", "Écosse", "Wales",
        "Pays de Galles", "Northern Ireland", "Irlande du Nord",
    ),
    "GF": ("Guyane",), "GR": ("EL",), "KR": ("Corea", "Korea", "Corée"), "MK": ("Macedonia", "Macédoine"),
    "NL": ("Holland", "Hollande"), "RE": ("Réunion", "Île de la Réunion"), "RU": ("Russian Federation",),
    "TR": ("Turkey", "Turquie"), "VN": ("Viet Nam",),
    "US": (
        "USA", "United States of America", "États-Unis d’Amérique", "EUA", "EEUU", "EE UU", "E.-U.", "America",
        "Amérique",
    ),
    "FR": ("France métropolitaine",),
}  # fmt: skip
AHEAD = 17 * clock.DAY  # a little further than anything looks for an hour that is right
NANP, AREA = "1", 3  # numbers of North America: three digits name the area
PADDING = "2345678901234"
REGIONS = ("region", "province", "state")
"""The traits that name a part of a country, the one that is believed first."""


class Place(Struct, frozen=True):
    """Where somebody is. ``country``: ISO 3166-1 in capitals; ``region``: a code where it is known, else as told."""

    country: str
    region: str = ""


def place_of(told: Mapping[str, object], fallback: str, phone: str = "") -> Place:
    """Where she is by her traits (``country``; ``region``, ``province`` or ``state``), else by a telephone number,
    else where the house is."""
    country = country_of(told.get("country"), fallback, phone)
    return Place(country, regions.region(country, [told.get(name) for name in REGIONS]))


def country_of(told: object, fallback: str, phone: str = "") -> str:
    """The country a person said she is in, by its code or any of its names, as two capitals; else that of a telephone
    number (E.164), else that of the house."""
    return _named(told) or country_of_phone(phone) or fallback.upper()


def countries() -> frozenset[str]:
    """The codes of all countries there are."""
    return frozenset(_names().values())


@functools.lru_cache(maxsize=10_000)
def _code(text: str) -> str:
    name, known = regions.folded(text), _names()
    if name in known:
        return known[name]
    first, _, rest = name.partition(" ")
    return known.get(rest, "") if first in ARTICLES else ""


def _named(told: object) -> str:
    return _code(told[:100]) if isinstance(told, str) else ""


@functools.cache
def _names() -> dict[str, str]:
    """The code of each country by its names, folded."""
    codes = get_global("territory_zones").keys() - NOWHERE
    found = {code.casefold(): code for code in codes}
    for alias, meant in get_global("territory_aliases").items():
        if len(meant) == 1 and meant[0] in codes and alias.isalpha():  # three letters; and codes that were replaced
            found.setdefault(alias.casefold(), meant[0])
    for code, called in CALLED.items():
        found |= {regions.folded(name): code for name in called}
    for language in LANGUAGES:
        territories = Locale(language).territories
        for code in sorted(codes & territories.keys()):
            found.setdefault(regions.folded(territories[code]), code)
    return found


def country_of_phone(number: str) -> str:
    """The country of a telephone number in E.164; empty for none, and for numbers of no country."""
    begins = number[:4]
    if begins in _alone:  # asked for millions: the code of a country has three digits at most
        return _alone[begins]
    if not number.startswith("+"):
        return ""
    code = next((number[1:end] for end in (2, 3, 4) if number[1:end] in _countries()), "")
    main, alone = _countries().get(code, ("", False))
    if alone and len(begins) == 4:
        _alone[begins] = main
    if alone or not code:
        return main
    within = number[1 + len(code) :]
    return _region(code, within[: AREA if code == NANP else 6], len(within)) or main


_alone: dict[str, str] = {}


@functools.cache
def _countries() -> dict[str, tuple[str, bool]]:
    """By the code that a number begins with: its country, the greatest of several, and whether it is the only one."""
    return {
        str(code): ("" if countries[0] == "001" else countries[0], len(countries) == 1)
        for code, countries in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items()
    }


@functools.lru_cache(maxsize=50_000)
def _region(code: str, beginning: str, length: int) -> str:
    """Of countries that share a code, the one in which numbers begin so; numbers kept for fiction too."""
    whole = (beginning + PADDING)[: min(length, 14)]
    try:
        found = phonenumbers.region_code_for_number(phonenumbers.parse(f"+{code}{whole}"))
    except phonenumbers.NumberParseException:
        return ""
    return found or ""


def zones_of(country: str, fallback: str, now: int) -> tuple[str, ...]:
    """Of each group of a country's zones whose clocks show the same today and in two weeks one, from west to east; else
    that of the house. What is allowed in each of them is allowed wherever in the country she is."""
    return _zones(country, now // clock.DAY) or (fallback,)


@functools.lru_cache(maxsize=2000)
def _zones(country: str, day: int) -> tuple[str, ...]:
    moments = [clock.to_datetime(day * clock.DAY + later) for later in (0, AHEAD)]
    found: dict[tuple[float, ...], str] = {}
    for name in sorted(get_global("territory_zones").get(country, ()) if country not in NOWHERE else ()):
        found.setdefault(tuple(_offset(name, moment) for moment in moments), name)
    return tuple(found[offsets] for offsets in sorted(found))


def _offset(name: str, moment: datetime) -> float:
    offset = moment.astimezone(UTC).astimezone(ZoneInfo(name)).utcoffset()
    assert offset is not None
    return offset.total_seconds()
