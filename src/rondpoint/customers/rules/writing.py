"""What may be written of a customer by hand, on a screen and over the API. Pure."""

import re
from collections.abc import Collection, Mapping

LONGEST_NAME, LONGEST_VALUE, LONGEST_TRAIT = 200, 500, 64  # letters
MOST_TRAITS = 100  # of one customer
LARGEST = 2**53  # of whole numbers: beyond it not every program reads the same one
RESERVED = ("name", "language")
"""Traits that have a field of their own."""
ADDRESSES = ("email", "phone")
"""What nobody begins as a trait: an address is an identifier."""
_LANGUAGE = re.compile(r"[a-z]{2,3}")


def is_language(code: str) -> bool:
    """Whether this is a language as it is kept: two or three small letters."""
    return _LANGUAGE.fullmatch(code) is not None


def wrong(said: Mapping[str, object], known: Collection[str]) -> dict[str, str]:
    """What is wrong with traits as somebody writes them, by trait; empty values take one away. ``known``: the traits
    that the customer has."""
    problems: dict[str, str] = {}
    new = [name for name in said if name not in known and name not in RESERVED]
    for name, value in said.items():
        if problem := _value_problem(name, value):
            problems[name] = problem
        elif name in new and (not name.strip() or len(name) > LONGEST_TRAIT):
            problems[name] = f"a trait has a name of 1 to {LONGEST_TRAIT} characters"
        elif name in new and name in ADDRESSES:
            problems[name] = "an address is an identifier of the customer, no trait"
    if new and len({*known, *new} - {*RESERVED}) > MOST_TRAITS:
        problems.setdefault(new[-1], f"at most {MOST_TRAITS} traits of one customer can be written")
    return problems


def _value_problem(name: str, value: object) -> str:
    if name in RESERVED and not isinstance(value, str):
        return "expected text"
    if name == "language" and value and not is_language(str(value)):
        return "expected a language of two or three small letters, as in fr"
    longest = LONGEST_NAME if name == "name" else LONGEST_VALUE
    if isinstance(value, str):
        return f"at most {longest} characters" if len(value) > longest else ""
    if isinstance(value, int) and not -LARGEST <= value <= LARGEST:
        return f"whole numbers reach from -{LARGEST} to {LARGEST}"
    return "" if value is None or isinstance(value, bool | int | float) else "expected text, a number, true or false"
