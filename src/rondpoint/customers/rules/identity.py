"""When a shared identifier joins two profiles by itself, and when it only suggests that it might."""

from typing import Literal

from rondpoint.customers.types import Evidence

MAX_COMPONENT = 500
"""Profiles in one customer; beyond that something is wrong (a shared address) and a person has to look."""

LIMITS = {"account": 1, "email": 5, "phone": 5}
"""How many identifiers of a kind (and scope) one customer may hold before a link waits for a person."""

# Kinds that many people share by their nature never link; they only help a person decide.
WEAK_KINDS = frozenset({"name", "anonymous", "chat"})


def verdict(
    kind: str, left: Evidence, left_natural: bool, right: Evidence, right_natural: bool
) -> Literal["open", "suggest", "nothing"]:
    """What two profiles that hold the same identifier are to each other.

    A link opens by itself when one side proved the identifier (signed or verified) and the other *owns* it: a provider
    vouched for it, or the profile is whoever writes from that address. A mere claim on either side is never enough,
    else a visitor could type somebody's address and wait for her to prove it.
    """
    if kind in WEAK_KINDS:
        return "nothing"
    strong = max(left, right) >= Evidence.SIGNED
    owned = (left >= Evidence.PROVIDER or left_natural) and (right >= Evidence.PROVIDER or right_natural)
    return "open" if strong and owned else "suggest"


def within_limits(identifiers: list[tuple[str, str, str]], profiles: int) -> bool:
    """Whether a customer of these identifiers (kind, scope, value) and so many profiles is still one person."""
    return profiles <= MAX_COMPONENT and not too_many(identifiers)


def too_many(identifiers: list[tuple[str, str, str]]) -> dict[str, int]:
    """By kind how many different identifiers (kind, scope, value) there are, where that is more than one person has."""
    held: dict[tuple[str, str], set[str]] = {}
    for kind, scope, value in identifiers:
        held.setdefault((kind, scope), set()).add(value)
    return {kind: len(values) for (kind, _), values in held.items() if len(values) > LIMITS.get(kind, len(values))}
