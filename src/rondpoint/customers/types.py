"""Words of the customers room."""

from collections.abc import Callable, Collection
from enum import IntEnum, StrEnum
from typing import Any

from msgspec import Struct

STAFF = "staff"
"""The source of what staff write by hand."""
COMPUTED = "computed"
"""The source of what is worked out of facts."""
BY_HAND = "by_hand"
"""The rule of the link that keeps what staff write with the customer it is about."""


class Evidence(IntEnum):
    """How surely a profile holds an identifier.

    ``claimed``: somebody wrote it. ``provider``: the channel's provider vouches (signed webhook, SMPP, DMARC pass,
    the owner's import). ``signed``: a token signed by the company's own site or key. ``verified``: a code sent to the
    address came back.
    """

    CLAIMED = 1
    PROVIDER = 2
    SIGNED = 3
    VERIFIED = 4


class LinkKind(StrEnum):
    """``deterministic`` gives rights; ``attributed`` only counts facts; ``manual`` is a person's word."""

    DETERMINISTIC = "deterministic"
    PROBABLE = "probable"
    MANUAL = "manual"
    ATTRIBUTED = "attributed"


class TraitRule(StrEnum):
    """Which of several words on a trait holds: the most recent, that of the source that proves best who it speaks of,
    or the one that most sources say."""

    RECENT = "recent"
    TRUSTED = "trusted"
    FREQUENT = "frequent"


class IdentifierIn(Struct, frozen=True):
    """An identifier as it arrives, already normalised."""

    kind: str
    value: str
    evidence: Evidence = Evidence.CLAIMED
    scope: str = ""


class Sender(Struct, frozen=True):
    """Who something came from, as its channel tells it. ``source``: who knows profiles under this address; ``at``:
    microseconds UTC."""

    kind: str
    value: str
    evidence: Evidence
    source: str
    at: int
    name: str = ""
    language: str = ""
    scope: str = ""


class Landing(Struct, frozen=True):
    """Where something from an address belongs."""

    profile_id: int
    customer_id: int
    created: bool  # the profile was made for it
    proven: bool  # the sender's evidence is provider or better
    name: str = ""  # what the customer is called


class Same(Struct, frozen=True):
    """Whom somebody whom a source speaks of for the first time is one person with, because both hold an identifier and
    ``by``, who brought the words, says that this is enough."""

    profile_id: int
    kind: str
    value: str
    by: str


class Said(Struct, frozen=True):
    """What a source tells of somebody it knows under a key. ``at``: microseconds UTC; identifiers are normalised."""

    source: str
    key: str
    at: int
    traits: dict[str, Any] = {}
    identifiers: tuple[IdentifierIn, ...] = ()
    same: Same | None = None


class Computed(Struct, frozen=True):
    """A trait that is worked out of facts: its value, what it is called, what it means in a sentence, and since when
    it holds (microseconds UTC).

    ``said``: as people read it, empty where a neighbour says it already; ``part``: which of several values of one
    definition it is; ``why``: the address of the page that shows how it came about.
    """

    value: Any
    said: str
    label: str
    meaning: str
    at: int
    part: str = ""
    why: str = ""


class ComputedReader(Struct, frozen=True):
    """``values(customer id)``: her values by name; ``names(some)``: which of these names are those of such traits."""

    values: Callable[[int], dict[str, Computed]]
    names: Callable[[Collection[str]], set[str]]


Traced = tuple[str, ...]
"""What can be forgotten: ("profile", source, key), ("address", kind, value, scope) or ("told", the name under which
something is taken once)."""
