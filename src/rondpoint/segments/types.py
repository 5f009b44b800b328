"""Words of the segments room: a definition is a tree of conditions on one customer."""

from enum import StrEnum

from msgspec import Struct

DAY = 86_400_000_000
"""Microseconds."""
HOUR = 3_600_000_000


class Op(StrEnum):
    """How a value is compared. Text is compared to the letter; ``exists`` asks whether there is a value at all.
    ``before`` and ``after`` compare days, as they are written at the beginning of a text (ISO 8601)."""

    IS = "is"
    IS_NOT = "is_not"  # there is a value, and it is another
    IN = "in"
    CONTAINS = "contains"
    STARTS_WITH = "starts_with"
    GT = "gt"
    GTE = "gte"
    LT = "lt"
    LTE = "lte"
    AFTER = "after"
    BEFORE = "before"
    EXISTS = "exists"


Value = str | float | bool | tuple[str | float | bool, ...]


class Test(Struct, frozen=True):
    """One comparison."""

    op: Op
    value: Value


ANY = "[]"
"""In a path: of the list to which the names before lead any element. There is at most one."""


class Where(Struct, frozen=True):
    """What holds of a property of a fact; ``path``: the names that lead to it. All ``tests`` must hold; where the path
    leads through a list, of the same element."""

    path: tuple[str, ...]
    tests: tuple[Test, ...]


class All(Struct, frozen=True):
    parts: "tuple[Condition, ...]"


class AnyOf(Struct, frozen=True):
    parts: "tuple[Condition, ...]"


class Not(Struct, frozen=True):
    part: "Condition"


class Trait(Struct, frozen=True):
    """A trait of the golden record."""

    name: str
    tests: tuple[Test, ...]


class Event(Struct, frozen=True):
    """Facts of a type: how many, how much, the first or the last of them, in a window that ends now.

    ``count`` and ``sum`` hold over the facts that pass ``where`` and the window; without either and without ``first``
    and ``last`` there must be one.
    """

    name: str
    where: tuple[Where, ...] = ()
    within_days: float | None = None
    older_than_days: float | None = None
    count: tuple[Test, ...] = ()
    sum: Where | None = None
    first: Where | None = None
    last: Where | None = None


class Step(Struct, frozen=True):
    """One step of a sequence; ``within_hours``: at most so long after the step before it."""

    name: str
    where: tuple[Where, ...] = ()
    within_hours: float | None = None


class Sequence(Struct, frozen=True):
    """Facts that came one after the other, each later than the one before."""

    steps: tuple[Step, ...]
    within_days: float | None = None


class InSegment(Struct, frozen=True):
    """Belongs to another segment, named by its public id."""

    segment: str


class Company(Struct, frozen=True):
    """Belongs to a company: to one named by its public id, to one with a trait of which ``tests`` hold, or, without
    either, to any."""

    id: str = ""
    trait: str = ""
    tests: tuple[Test, ...] = ()


class Consent(Struct, frozen=True):
    """Agreed to being written to for a purpose, on a channel or on any."""

    purpose: str
    channel: str = ""


class Reachable(Struct, frozen=True):
    """Has an address for a channel that may be written to."""

    channel: str


class Share(Struct, frozen=True):
    """A part of all customers drawn by lot; the same ``seed`` always draws the same ones."""

    percent: float
    seed: str = ""


Condition = All | AnyOf | Not | Trait | Event | Sequence | InSegment | Company | Consent | Reachable | Share


class BadDefinition(ValueError):
    """A definition cannot be read. ``place``: where in it, as ``all[1].count``; ``reason``: what to mend."""

    def __init__(self, place: str, reason: str):
        super().__init__(f"{place}: {reason}" if place else reason)
        self.place, self.reason = place, reason
