"""What staff type about a customer, checked: names, languages, traits and addresses."""

from babel import Locale, UnknownLocaleError
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from msgspec import Struct

from rondpoint.conversations.desk.customer.pane import TRAITS
from rondpoint.customers.rules.writing import (
    ADDRESSES,
    LONGEST_NAME,
    LONGEST_TRAIT,
    LONGEST_VALUE,
    MOST_TRAITS,
    RESERVED,
    is_language,
)
from rondpoint.lib import addresses

# Two letters are enough to choose a language by; those most often met come first, and any other can be typed.
COMMON = ("fr", "en", "de", "es", "it", "nl", "pt", "ar", "pl", "ro", "tr", "uk", "zh")


class Typed(Struct, frozen=True):
    """What is to be written: traits (empty takes one away) and addresses to add, as (kind, value)."""

    traits: dict[str, str]
    addresses: list[tuple[str, str]]


def languages() -> list[tuple[str, str]]:
    """(code, name in the reader's language), as they are offered."""
    return [(code, language(code)) for code in COMMON]


def language(code: str) -> str:
    """A language's name in the reader's language; its code when nobody knows it."""
    try:
        named = Locale.parse(code[:2]).get_display_name((get_language() or "en")[:2])
    except (UnknownLocaleError, ValueError):
        return code
    return named[:1].upper() + named[1:] if named else code


def checked_new(given: dict[str, str]) -> tuple[list[tuple[str, str]], dict[str, str]]:
    """The addresses of a new customer, and what is wrong: {field: sentence}."""
    found, problems = _addresses(given)
    if len(given["name"]) > LONGEST_NAME:
        problems["name"] = _("At most %(n)s characters.") % {"n": LONGEST_NAME}
    if not given["name"] and not given["email"] and not given["phone"]:
        problems["name"] = _("Give a name, an e-mail address or a phone number.")
    if given["language"] and not is_language(given["language"]):
        problems["language"] = _("Choose a language of the list.")
    return found, problems


def checked(given: dict[str, str], shown: list[tuple[str, str]], new: tuple[str, str]) -> tuple[Typed, dict[str, str]]:
    """What an edit writes, and what is wrong with it.

    ``given``: name, language, email, phone; ``shown``: (trait, value) of the fields that stood on the page; ``new``: a
    trait that is added. Traits are known by their field's place: ``trait-3``.
    """
    found, problems = _addresses(given)
    traits = {"name": given["name"], "language": given["language"].lower()}
    if len(given["name"]) > LONGEST_NAME:
        problems["name"] = _("At most %(n)s characters.") % {"n": LONGEST_NAME}
    if traits["language"] and not is_language(traits["language"]):
        problems["language"] = _("Choose a language of the list.")
    for number, (trait, value) in enumerate(shown):
        if len(value) > LONGEST_VALUE:
            problems[f"trait-{number}"] = _("At most %(n)s characters.") % {"n": LONGEST_VALUE}
        if trait not in RESERVED:
            traits[trait] = value
    title, value = new
    if problem := _new_problem(title, value, {trait for trait, _value in shown}):
        problems["new"] = problem
    elif title:
        traits[slug(title)] = value
    return Typed(traits, found), problems


def slug(title: str) -> str:
    """The trait behind a name as people say it: one we know, else the words as they stand."""
    known = {label().casefold(): name for name, label in TRAITS.items()}
    return known.get(title.casefold(), title)


def _new_problem(title: str, value: str, shown: set[str]) -> str:
    if not title and not value:
        return ""
    if not title:
        return _("Say what this is, as in: shoe size.")
    if not value:
        return _("Write the value, or empty both fields.")
    if len(title) > LONGEST_TRAIT or len(value) > LONGEST_VALUE:
        return _("At most %(n)s characters for the name and %(m)s for the value.") % {
            "n": LONGEST_TRAIT,
            "m": LONGEST_VALUE,
        }
    if slug(title) in shown:
        return _("“%(name)s” stands above already; change it there.") % {"name": title}
    if slug(title) in RESERVED or slug(title) in ADDRESSES:
        return _("“%(name)s” has a field of its own.") % {"name": title}
    if len(shown) >= MOST_TRAITS:
        return _("At most %(n)s things can be known of one customer.") % {"n": MOST_TRAITS}
    return ""


def _addresses(given: dict[str, str]) -> tuple[list[tuple[str, str]], dict[str, str]]:
    sentences = {
        "email": (_("“%(said)s” is not an e-mail address; write it as %(expected)s."), "nom@example.com"),
        "phone": (_("“%(said)s” is not a phone number; write it as %(expected)s."), "+33 1 99 00 12 34"),
    }
    found, problems = [], {}
    for kind, (sentence, expected) in sentences.items():
        text = given.get(kind, "")
        if not text:
            continue
        try:
            found.append((kind, addresses.normalise(kind, text)))
        except addresses.BadAddress:
            problems[kind] = sentence % {"said": text[:60], "expected": expected}
    return found, problems
