"""What the columns of a file mean, by their names. Pure."""

import hashlib
import json
import re
from collections.abc import Sequence

from rondpoint.customers.rules.words import words
from rondpoint.hub.imports.types import TYPES, Column

LONGEST_NAME = 100
REFUSED = ("line", "reason")  # what a file of refused rows has before the columns of the first one
OURS = "rondpoint_id"  # the column of our own exports that names the customer here
_NUMBER = re.compile(r"-?(0|[1-9]\d*)([.,]\d+)?")


def named(header: Sequence[str]) -> list[str]:
    """A name for each column, each another: nameless ones are counted, repeated ones too."""
    found: list[str] = []
    for number, cell in enumerate(header, 1):
        name = cell.strip()[:200] or f"Column {number}"
        again, base = 2, name
        while name in found:
            name, again = f"{base} ({again})", again + 1
        found.append(name)
    return found


def signature(header: Sequence[str]) -> str:
    """What files with the same columns share, however they are written."""
    return hashlib.sha256(json.dumps([words(name) for name in header]).encode()).hexdigest()


def recognised(
    header: Sequence[str], columns: Sequence[Column], samples: Sequence[Sequence[str]], own: bool
) -> list[str]:
    """The field of each column, "" for what nobody knows; each field once. A name that is a field as it stands
    (``number:points``, as our own exports write it) is that field; with ``own`` an unknown column keeps its name, with
    a type that its first cells fit."""
    known = {
        "".join(name.split()): column.field
        for column in columns
        for name in (column.field.replace("_", " "), *column.names)
    }
    ours = 2 if list(header[:2]) == list(REFUSED) else 0
    fields: list[str] = [""] * ours
    for place, name in enumerate(header[ours:], ours):
        if name == OURS:
            fields.append("")
            continue
        field = name if is_own(name) or name.startswith("account:") else known.get("".join(words(name)), "")
        if not field and own and not name.startswith("Column "):
            field = own_field(name, [row[place] for row in samples if len(row) > place and row[place].strip()])
        fields.append("" if field in fields else field)
    return fields


def is_own(field: str) -> bool:
    """Is this a field under a name of its own: ``text:city``?"""
    kind, colon, name = field.partition(":")
    return bool(colon) and kind in TYPES and 0 < len(name) <= LONGEST_NAME


def own_name(header: str) -> str:
    """The name under which a column nobody knows is kept."""
    return "_".join(words(header))[:LONGEST_NAME]


def own_field(header: str, cells: Sequence[str]) -> str:
    """The field of a column nobody knows; "" where nothing of its name is left."""
    name = own_name(header)
    if not name:
        return ""
    if cells and all(_NUMBER.fullmatch(cell.strip()) for cell in cells):
        return f"number:{name}"
    if cells and all(cell.strip().lower() in ("true", "false", "oui", "non", "yes", "no") for cell in cells):
        return f"truth:{name}"
    return f"text:{name}"
