"""Words of imports."""

from collections.abc import Callable
from typing import Any

from msgspec import Struct

TYPES = ("text", "number", "truth", "date", "json")
"""What a column of one's own holds: a field is then ``number:points``."""

REASONS = 50  # different reasons that are counted
SHOWN = 20  # rows that a dry run shows


class Unfit(ValueError):
    """A row cannot be taken; the message names the field and says what is expected."""


class Column(Struct, frozen=True):
    """A field that rows of a kind may have. ``names``: what columns with this meaning are called, folded."""

    field: str
    meaning: Callable[[], str]
    example: str
    names: tuple[str, ...] = ()


class Context(Struct, frozen=True):
    """What holds for all rows of an import. ``source``: who knows what they say; ``at``: when it began."""

    source: str
    origin: str
    country: str
    at: int
    by: str = ""
    zone: str = "UTC"  # of times that name none


class Outcome(Struct, frozen=True):
    """What becomes of a row: ``new``, ``changed``, ``known`` or ``refused``, then with the reason."""

    state: str
    reason: str = ""


class Judged(Struct, frozen=True):
    """What becomes of each of the records, and what ``apply`` has to do for that."""

    outcomes: list[Outcome]
    plan: Any


class Kind(Struct, frozen=True):
    """What can be brought in.

    ``read(cells, context)``: a record out of a row's cells by field; raises Unfit; pure. ``judge(records, context)``:
    what becomes of them, in a few statements for all, writing nothing. ``apply(plan, context)``: does it, inside the
    same ``write()``. ``record``: the type of a record. ``needs``: of each group of fields at least one column has to be
    there. ``own``: columns nobody knows may be kept under names of their own.
    """

    name: str
    label: Callable[[], str]
    columns: tuple[Column, ...]
    read: Callable[[dict[str, str], Context], Any]
    judge: Callable[[list[Any], Context], Judged]
    apply: Callable[[Any, Context], None]
    show: Callable[[Any], dict[str, Any]]
    record: type
    needs: tuple[tuple[str, ...], ...]
    own: bool = True
