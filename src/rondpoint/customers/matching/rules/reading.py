"""What a profile says, as it is compared: names, birth date, e-mail, phone and address in one form each. Pure."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import date

from msgspec import Struct

from rondpoint.customers.matching.rules import names
from rondpoint.customers.rules.words import fold

LONGEST = 120  # letters of a field that are read
PHONE_DIGITS = 8  # the last ones: what is dialled within Belgium, and all but the area's first digit in France
OWN = 3  # letters and digits of a user part beside the names, from which on it says something of its own


class Record(Struct, frozen=True):
    """A profile as it is compared; an empty text is unknown. The order of the fields is that of :func:`pack`."""

    first: str = ""
    given: str = ""  # the first name in its full form
    part: str = ""
    initials: str = ""
    last: str = ""
    sound: str = ""
    pair: str = ""  # full first name and last name in the order of the alphabet: the same when they are swapped
    born: str = ""  # YYYYMMDD
    year: str = ""
    mail: str = ""
    box: str = ""  # the user part of the e-mail address, where it says more than the names
    phone: str = ""
    street: str = ""
    house: str = ""  # its number
    postcode: str = ""
    area: str = ""  # département, first three signs in Québec, first two digits elsewhere


FIELDS = tuple(Record.__struct_fields__)
# Which records are compared: those that are alike in all fields of one of these lines.
KEYS: tuple[tuple[str, ...], ...] = (
    ("mail",),
    ("phone",),
    ("sound", "born"),
    ("given", "born"),
    ("pair",),
    ("pair", "area"),
    ("pair", "year"),
    ("box", "part"),
    ("street", "house", "postcode", "part"),
    ("given", "postcode"),
)
FULLEST = 40  # records that share a key and are compared; with more the key says nothing
_APART = "\x1f"


def read(traits: Mapping[str, object], emails: Sequence[str], phones: Sequence[str]) -> Record:
    """The record of a profile. ``traits``: by name, as sources say them (Segment's names are known); ``emails`` and
    ``phones``: what it holds, the surest first."""
    given, family = _said(traits, _FIRST), _said(traits, _LAST)
    if not (given and family):
        found = names.split(_said(traits, _WHOLE) or given or family)
        given, family = given or found[0], family or found[1]
    first, last = names.first(given), names.last(family)
    born = birth(_said(traits, _BORN))
    mail = address(emails[0] if emails else _said(traits, _MAIL))
    phone = digits(phones[0] if phones else _said(traits, _PHONE))
    place = traits.get("address")
    inside = place if isinstance(place, Mapping) else {}
    street, number = street_of(_said(inside, _STREET) or _said(traits, _STREET))
    code, area = postcode(_said(inside, _POSTCODE) or _said(traits, _POSTCODE))
    both = sorted((first.full, names.FULL.get(last.whole, last.whole)))
    pair = " ".join(both) if all(both) else ""
    return Record(
        first.whole, first.full, first.part, first.initials, last.whole, last.sound, pair, born, born[:4], mail,
        own(mail, first, last), phone, street, number, code, area,
    )  # fmt: skip


def pack(record: Record) -> str:
    """A record as one text."""
    return _APART.join(getattr(record, name) for name in FIELDS)


def unpack(text: str) -> Record:
    """The record of a text of :func:`pack`."""
    return Record(*text.split(_APART))


def keys(record: Record) -> list[int | None]:
    """For each line of :data:`KEYS` a number that alike records share; None where a field is unknown. 63 bits."""
    found: list[int | None] = []
    for place, line in enumerate(KEYS):
        said = [getattr(record, name) for name in line]
        if not all(said):
            found.append(None)
            continue
        text = f"{place}{_APART}{_APART.join(said)}".encode()
        found.append(int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big") >> 1)
    return found


def birth(text: str) -> str:
    """A birth date as YYYYMMDD, of ``1980-04-03``, ``03/04/1980``, ``3.4.1980``; empty when it is none."""
    found = re.findall(r"\d+", text[:10])
    if len(found) == 1 and len(found[0]) == 8:
        found = [found[0][:4], found[0][4:6], found[0][6:]]
    if len(found) != 3:
        return ""
    year, month, day = found if len(found[0]) == 4 else (found[2], found[1], found[0])
    if int(month) > 12 >= int(day):
        month, day = day, month
    try:
        known = date(int(year), int(month), int(day))
    except ValueError:
        return ""
    return known.strftime("%Y%m%d") if 1900 <= known.year <= 2100 else ""


def address(text: str) -> str:
    """An e-mail address without dots and what follows a plus in its user part; empty when it is none."""
    user, at, domain = fold(text.strip()).partition("@")
    bare, domain = re.sub(r"[^a-z0-9]", "", user.partition("+")[0]), re.sub(r"[^a-z0-9.-]", "", domain)
    return f"{bare}@{domain}" if at and bare and domain else ""


def own(mail: str, first: names.First, last: names.Last) -> str:
    """The user part of an address where it is somebody's own. One made of the names, as ``marie.martin`` or
    ``mmartin80``, is what every namesake has at some other provider: beside the names it says nothing."""
    user = mail.partition("@")[0]
    rest = user
    for name in sorted({last.whole, first.whole, first.full, first.part} - {""}, key=len, reverse=True):
        rest = rest.replace(name, "", 1)
    rest = rest.removeprefix(first.initials) if first.initials else rest
    return user if len(rest) >= OWN and user not in _SHARED else ""


def digits(text: str) -> str:
    """The last digits of a phone number, which are the same with and without its country."""
    found = "".join(sign for sign in text if sign in "0123456789")
    return found[-PHONE_DIGITS:] if len(found) >= PHONE_DIGITS else ""


def street_of(text: str) -> tuple[str, str]:
    """A street as it is compared, without its kind and small words, and the number of the house (with its bis or
    letter): ``12 bis, bd. St-Michel`` gives ``saintmichel``, ``12b``."""
    words = re.findall(r"[a-z]+|\d+", fold(text.replace("'", " ").replace("\u2019", " ")))
    number = next((word for word in words if word.isdecimal()), "")
    if number:
        place = words.index(number)
        follows = words[place + 1] if place + 1 < len(words) else ""
        words = words[:place] + words[place + 1 :]
        if follows in ("bis", "ter", "a", "b", "c"):
            number += follows[0]
            words.pop(place)
    said = [_STREET_WORDS.get(word, word) for word in words]
    bare = [word for word in said if word and word not in names.PARTICLES - {"saint", "sainte"}]
    return "".join(word for word in bare if not word.isdecimal()), number


def postcode(text: str) -> tuple[str, str]:
    """A postcode without blanks, and the area it begins with. A country in front (``F-75001``) is left out."""
    bare = re.sub(r"[^A-Z0-9]", "", text.upper())
    if re.fullmatch(r"[A-Z]\d[A-Z]\d[A-Z]\d", bare):
        return bare, bare[:3]
    found = re.sub(r"[^0-9]", "", bare)
    return (found, found[:2]) if 4 <= len(found) <= 5 else ("", "")


_FIRST = ("first_name", "firstName", "firstname", "given_name", "prenom", "prénom")
_LAST = ("last_name", "lastName", "lastname", "family_name", "surname", "nom")
_WHOLE = ("name", "full_name", "fullName")
_BORN = ("birth_date", "birthday", "birthdate", "birthDate", "date_of_birth", "dob", "date_naissance")
_MAIL = ("email", "mail", "e-mail", "courriel")
_PHONE = ("phone", "telephone", "mobile", "téléphone")
_STREET = ("street", "street_address", "address_line1", "address1", "line1", "rue", "address")
_POSTCODE = ("postcode", "postal_code", "postalCode", "zip", "zip_code", "code_postal")
_NOBODY = "info contact hello bonjour admin accueil office mail service sales vente noreply"
_SHARED = frozenset(_NOBODY.split())
_KINDS = (
    "rue r boulevard bd bld blvd boul avenue av ave chemin ch che place pl impasse imp allee all route rte quai "
    "square sq passage pass cours crs ruelle straat str strasse laan lei plein weg gasse platz street road rd"
)
# Kinds of streets say little and are written in many ways; what stands for a word of a name is written out.
_STREET_WORDS = {
    **dict.fromkeys(_KINDS.split(), ""),
    "st": "saint", "ste": "sainte", "gal": "general", "gen": "general", "mal": "marechal", "cdt": "commandant",
    "cl": "colonel", "col": "colonel", "pdt": "president", "pres": "president", "dr": "docteur", "prof": "professeur",
    "fg": "faubourg", "fbg": "faubourg", "nd": "notredame",
}  # fmt: skip


def _said(traits: Mapping[str, object], known: Sequence[str]) -> str:
    """What a profile says under the first of these names."""
    for name in known:
        said = traits.get(name)
        if isinstance(said, str) and said.strip():
            return said.strip()[:LONGEST]
        if isinstance(said, int) and not isinstance(said, bool):
            return str(said)
    return ""
