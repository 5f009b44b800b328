"""Text that every database can hold: PostgreSQL stores no NUL, and nobody can encode half a surrogate pair."""

import re
from typing import Any

import msgspec

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(text: str) -> str:
    """The text without NUL, and with U+FFFD for each lone surrogate; the same object where nothing was wrong."""
    if text.isascii():
        return text.replace("\0", "") if "\0" in text else text
    return _UNSTORABLE.sub(lambda match: "" if match[0] == "\0" else "\ufffd", text)


def storable_fields(value: Any) -> Any:
    """A msgspec struct, tuple or text with every text in it made :func:`storable`; anything else as it is."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, tuple):
        return tuple(storable_fields(inner) for inner in value)
    if isinstance(value, msgspec.Struct):
        found = {name: getattr(value, name) for name in value.__struct_fields__}
        kept = {name: storable_fields(inner) for name, inner in found.items()}
        changed = {name: inner for name, inner in kept.items() if inner != found[name]}
        return msgspec.structs.replace(value, **changed) if changed else value
    return value
