"""The golden record: of all that the profiles say, the value to show and where it comes from."""

from msgspec import Struct


class Value(Struct, frozen=True):
    """A value with the source that said it and when (microseconds UTC)."""

    value: object
    source: str
    at: int


def traits(profiles: list[tuple[str, dict]]) -> dict[str, Value]:
    """The most recent value of each trait. ``profiles``: (source, traits), oldest profile first.

    A draw goes to the older profile, so that the answer does not depend on the order of the rows.
    """
    best: dict[str, Value] = {}
    for source, known in profiles:
        for name, said in known.items():
            if said["value"] in (None, ""):
                continue
            if name not in best or said["at"] > best[name].at:
                best[name] = Value(said["value"], source, said["at"])
    return best


def display_name(known: dict[str, Value]) -> str:
    """The name to show: the whole name, else first and last name."""
    if "name" in known:
        return str(known["name"].value)
    parts = (str(known[part].value) for part in ("first_name", "last_name") if part in known)
    return " ".join(parts)
