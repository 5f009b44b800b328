"""What a form of another site says that came without any script: a message, and what its fields claim of who sent it.
Pure."""

import re
from collections.abc import Iterable

from msgspec import Struct

MOST_TEXT, MOST_FIELDS = 20_000, 100
# By the names of fields: the same that the page snippet looks for.
_NAMED = {
    "email": (re.compile(r"mail|courriel", re.IGNORECASE), re.compile("@")),
    "phone": (re.compile(r"\btel|phone|mobile|portable", re.IGNORECASE), re.compile(r"(\d\D*){6}")),
    "name": (re.compile(r"(full.?name|name|nom)", re.IGNORECASE), re.compile(".")),
}
_SECRET = re.compile(r"passw|mot.?de.?passe", re.IGNORECASE)


class Form(Struct, frozen=True):
    """A form as it is taken. ``claims``: by ``name``, ``email`` and ``phone`` what was typed; ``then``: where the
    browser wishes to go."""

    text: str
    claims: dict[str, str]
    then: str


class Unfit(ValueError):
    """It cannot be taken as a message; the reason is a word."""


def read(fields: Iterable[tuple[str, str]]) -> Form:
    """A form out of its fields in their order. Names that begin with ``_`` are for us: ``_title`` stands above the
    message, ``_next`` is the page to go to. Raises Unfit."""
    ours: dict[str, str] = {}
    lines: list[str] = []
    claims: dict[str, str] = {}
    for name, value in list(fields)[:MOST_FIELDS]:
        value = value.strip()
        if name.startswith("_"):
            ours.setdefault(name, value)
        elif name and value and not _SECRET.search(name):
            lines.append(f"{name} : {value}")
            for kind, (named, looks) in _NAMED.items():
                found = named.fullmatch(name) if kind == "name" else named.search(name)
                if found and looks.search(value) and len(value) <= 254:
                    claims.setdefault(kind, value)
    if not lines:
        raise Unfit("empty")
    text = "\n".join([*filter(None, [ours.get("_title", "")]), *lines])
    if len(text) > MOST_TEXT:
        raise Unfit("long")
    return Form(text, claims, ours.get("_next", ""))


def leads_back(then: str, origin: str) -> bool:
    """Whether an address is a page of the site that sent the form: nobody is led anywhere else by us. ``origin``: as
    browsers tell it, which may be nothing, or ``null``."""
    return "://" in origin and re.fullmatch(re.escape(origin) + r"(?:[/?#][!-~]*)?", then, re.IGNORECASE) is not None
