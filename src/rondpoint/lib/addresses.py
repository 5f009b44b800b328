"""Addresses in the one form in which they are compared and stored."""

import re

import phonenumbers

from rondpoint.lib import phones

_LABEL = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_EMAIL = re.compile(rf"[^@\s<>\"(),;:\\\x00-\x1f]+@{_LABEL}(?:\.{_LABEL})+")
BLOCKED_VALUES = frozenset(
    {"", "0", "-1", "null", "none", "undefined", "anonymous", "nil", "n/a", "na", "unknown", "test"}
)


class BadAddress(ValueError):
    """The text is not an address of that kind; the message says what is expected."""


def normalise(kind: str, value: str, country: str = "FR") -> str:
    """The comparable form of an address of ``kind`` (``email``, ``phone``, or any opaque kind).

    ``country``: ISO 3166 alpha-2, used for phone numbers written without ``+``. Raises BadAddress.
    """
    text = value.strip()
    if text.casefold() in BLOCKED_VALUES:
        raise BadAddress(f"{value!r} identifies nobody")
    if kind == "email":
        return normalise_email(text)
    if kind == "phone":
        return normalise_phone(text, country)
    if len(text) > 320:
        raise BadAddress(f"an identifier of kind {kind} has at most 320 characters")
    return text


def normalise_email(text: str) -> str:
    """Lower-cased address with its domain in IDNA. Tags after ``+`` are kept: they may be another person."""
    text = text.strip().removeprefix("mailto:")
    local, at, domain = text.rpartition("@")
    if not at:
        raise BadAddress(f"{text!r} is not an e-mail address: it has no @")
    try:
        domain = domain.encode("idna").decode() if not domain.isascii() else domain
    except UnicodeError as error:
        raise BadAddress(f"{text!r} is not an e-mail address: its domain cannot exist") from error
    address = f"{local}@{domain}".lower()
    if len(address) > 254 or not _EMAIL.fullmatch(address):
        raise BadAddress(f"{text!r} is not an e-mail address; expected name@example.com")
    return address


def normalise_phone(text: str, country: str = "FR") -> str:
    """E.164. Numbers in ranges kept for fiction are accepted: only the length must be possible."""
    plain = phones.plain(text, country)
    if plain is not None:
        return plain
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException as error:
        raise BadAddress(f"{text!r} is not a phone number; expected +33 1 99 00 12 34") from error
    if not phonenumbers.is_possible_number(number):
        raise BadAddress(f"{text!r} is not a possible phone number; expected +33 1 99 00 12 34")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def show_phone(e164: str) -> str:
    """``+33 1 99 00 12 34`` out of ``+33199001234``; unchanged when it is no phone number."""
    try:
        return phonenumbers.format_number(phonenumbers.parse(e164, None), phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    except phonenumbers.NumberParseException:
        return e164


def mask(kind: str, value: str) -> str:
    """An address its owner recognises and a stranger cannot use: ``a•••@example.com``, ``••• 34``."""
    if kind == "email":
        local, _, domain = value.partition("@")
        return f"{local[:1]}•••@{domain}"
    return f"••• {value[-2:]}"
