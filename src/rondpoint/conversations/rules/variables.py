"""Variables in answers: ``{{ customer.first_name }}``. A closed list; anything else is an error before sending."""

import re

from msgspec import Struct

NAMES = (
    "customer.name",
    "customer.first_name",
    "customer.email",
    "customer.phone",
    "agent.name",
    "agent.first_name",
    "brand.name",
    "conversation.subject",
    "today",
)
_TITLES = frozenset({"m", "mr", "mrs", "ms", "mme", "mlle", "madame", "monsieur", "dr", "miss"})
_HOLE = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)


class Filled(Struct, frozen=True):
    """A text with its variables filled in; what could not be filled stands as it was written."""

    text: str
    unknown: tuple[str, ...] = ()  # no such variable
    missing: tuple[str, ...] = ()  # the variable exists, its value is not known


def fill(text: str, values: dict[str, str]) -> Filled:
    """Puts values into the holes of a text. Values are never read for holes of their own."""
    unknown: list[str] = []
    missing: list[str] = []

    def value(match: re.Match) -> str:
        name = match.group(1).strip()
        if name not in NAMES:
            unknown.append(name)
            return match.group()
        if not values.get(name):
            missing.append(name)
            return match.group()
        return values[name]

    filled = _HOLE.sub(value, text)
    return Filled(filled, tuple(dict.fromkeys(unknown)), tuple(dict.fromkeys(missing)))


def holes(text: str) -> list[str]:
    """The variables a text names, known or not."""
    return [match.group(1).strip() for match in _HOLE.finditer(text)]


def first_name(name: str) -> str:
    """The first word of a name that is a name: no title, no address."""
    words = [word for word in name.split() if word.rstrip(".").casefold() not in _TITLES]
    return words[0] if words and "@" not in words[0] and any(char.isalpha() for char in words[0]) else ""
