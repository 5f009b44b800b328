"""The golden record: of all that the profiles say, the value to show and where it comes from."""

from typing import Any

from msgspec import Struct

EMPTY = (None, "")


class Value(Struct, frozen=True):
    """A value with the source that said it and when (microseconds UTC); ``by``: who of the staff wrote it."""

    value: object
    source: str
    at: int
    by: str = ""


def word(value: object, at: int, by: str) -> dict[str, Any]:
    """A trait as somebody of the staff writes it; an empty value says that what sources told before is not so."""
    return {"value": None if value in EMPTY else value, "at": at, "by": by}


def traits(profiles: list[tuple[str, dict[str, Any]]]) -> dict[str, Value]:
    """The most recent value of each trait. ``profiles``: (source, traits), oldest profile first.

    A draw goes to the older profile, so that the answer does not depend on the order of the rows. A source that says
    nothing hides nothing; somebody of the staff who empties a trait does.
    """
    best: dict[str, Value] = {}
    for source, known in profiles:
        for name, said in known.items():
            by = said.get("by", "")
            if said["value"] in EMPTY and not by:
                continue
            if name not in best or said["at"] > best[name].at:
                best[name] = Value(said["value"], source, said["at"], by)
    return {name: value for name, value in best.items() if value.value not in EMPTY}


def display_name(known: dict[str, Value]) -> str:
    """The name to show: the whole name, else first and last name."""
    if "name" in known:
        return str(known["name"].value)
    parts = (str(known[part].value) for part in ("first_name", "last_name") if part in known)
    return " ".join(parts)
