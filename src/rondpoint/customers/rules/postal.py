"""Where letters reach somebody: one line, written whole or made of its parts; and when two lines are one address."""

from collections.abc import Iterable, Mapping
from typing import Any

from rondpoint.customers.rules.words import words

LONGEST = 320  # letters, as of every address
STREET = ("street", "street_address", "address_line1", "address1", "line1", "rue")
POSTCODE = ("postcode", "postal_code", "postalCode", "zip", "zip_code", "code_postal")
CITY = ("city", "town", "ville", "locality")
COUNTRY = ("country", "country_code", "pays")
# Sources write the country at the end or leave it out: it makes no other address.
COUNTRIES = frozenset({"france", "belgique", "belgium", "suisse", "switzerland", "luxembourg", "canada", "usa"})

Traits = Mapping[str, Mapping[str, Any]]
"""What a profile says: {name: {"value": …, "at": microseconds}}."""


def newest(profiles: Iterable[Traits]) -> str:
    """The postal address of somebody out of what each of her profiles says: the one told last. Empty: none is whole
    enough for a letter."""
    told = [found for said in profiles if (found := written(said))]
    return max(told, key=lambda each: (each[1], each[0]))[0] if told else ""


def written(said: Traits) -> tuple[str, int] | None:
    """The postal address that one profile tells, in one line, and when; None where it tells none.

    A whole ``address`` holds. One that is only the street, since postcode or town stand beside it and not in it, is
    completed by them; so is ``street``, which alone reaches nobody.
    """
    line, at = _text(said, ("address",))
    street, told = (line, at) if line else _text(said, STREET)
    postcode, city, country = (_text(said, names) for names in (POSTCODE, CITY, COUNTRY))
    town = [part for part in (postcode, city) if part[0]]
    if line and all(_within(part, line) for part, _ in town):
        return line[:LONGEST], at
    if not street or not town:
        return None
    parts = [street, " ".join(part for part, _ in town), country[0]]
    return ", ".join(part for part in parts if part)[:LONGEST], max(told, *(when for _, when in town))


def same(address: str) -> str:
    """What is the same for two spellings of one address: without case, accents, signs and spaces, and without the
    country at the end."""
    found = words(address)
    if len(found) > 2 and (found[-1] in COUNTRIES or (len(found[-1]) == 2 and found[-1].isalpha())):
        found = found[:-1]
    return "".join(found)


def _text(said: Traits, names: Iterable[str]) -> tuple[str, int]:
    """What is told under the first of these names, and when."""
    for name in names:
        word = said.get(name)
        value = word["value"] if word else None
        if word and isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip():
            return " ".join(str(value).split()), int(word["at"])
    return "", 0


def _within(part: str, line: str) -> bool:
    return "".join(words(part)) in "".join(words(line))
