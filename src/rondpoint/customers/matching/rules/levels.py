"""What is compared of two records, and in which degrees they agree: each degree once for DuckDB and once for Python.

The first degree that holds is the one. The two forms say the same of every pair; ``test_levels`` compares them.
"""

from collections.abc import Callable
from functools import cache

from msgspec import Struct

from rondpoint.customers.matching.rules.near import alike, slip
from rondpoint.customers.matching.rules.reading import Record

NEAR = 0.88
ELSE = "different"
Holds = Callable[[Record, Record], bool]


class Level(Struct, frozen=True):
    """A degree of agreement. ``sql``: of the columns ``…_l`` and ``…_r``, where an unknown field is NULL; ``common``:
    the field whose rarity counts."""

    name: str
    sql: str
    holds: Holds
    common: str = ""


class Comparison(Struct, frozen=True):
    """What is compared. ``unknown``: when nothing can be said, which weighs nothing."""

    name: str
    unknown_sql: str
    unknown: Holds
    levels: tuple[Level, ...]


def _missing(*fields: str) -> str:
    return " OR ".join(f"{field}_{side} IS NULL" for field in fields for side in "lr")


def _same(*fields: str) -> str:
    return " AND ".join(f"{field}_l = {field}_r" for field in fields)


_SLIP = "damerau_levenshtein({0}_l, {0}_r) <= 1"
_NEAR = "jaro_winkler_similarity({0}_l, {0}_r) >= {1}"
_CROSSED = "first_l = last_r AND first_r = last_l"


def _crossed(a: Record, b: Record) -> bool:
    return a.first == b.last and b.first == a.last and bool(a.first and a.last)


def _initial(a: Record, b: Record) -> bool:
    return (len(a.first) <= 2 and b.initials.startswith(a.first)) or (
        len(b.first) <= 2 and a.initials.startswith(b.first)
    )


def _inside(a: Record, b: Record) -> bool:
    short, long = sorted((a.last, b.last), key=len)
    return len(short) >= 4 and (long.startswith(short) or long.endswith(short))


def _known(*fields: str) -> Holds:
    return lambda a, b: any(not getattr(a, field) or not getattr(b, field) for field in fields)


def _equal(*fields: str) -> Holds:
    """All these fields are known and the same."""
    return lambda a, b: all(getattr(a, field) and getattr(a, field) == getattr(b, field) for field in fields)


def _one_slip(field: str) -> Holds:
    return lambda a, b: bool(getattr(a, field) and getattr(b, field)) and slip(getattr(a, field), getattr(b, field))


def _close(field: str, least: float) -> Holds:
    return lambda a, b: alike(getattr(a, field), getattr(b, field)) >= least


COMPARISONS: tuple[Comparison, ...] = (
    Comparison(
        "first_name",
        _missing("first"),
        _known("first"),
        (
            Level("same", _same("first"), _equal("first"), "first"),
            Level("short_form", _same("given"), _equal("given")),
            Level("crossed", _CROSSED, _crossed),
            Level(
                "initial",
                "(length(first_l) <= 2 AND starts_with(initials_r, first_l)) OR "
                "(length(first_r) <= 2 AND starts_with(initials_l, first_r))",
                _initial,
            ),
            Level("part", _same("part"), _equal("part")),
            Level("slip", _SLIP.format("first"), _one_slip("first")),
            Level("near", _NEAR.format("first", NEAR), _close("first", NEAR)),
        ),
    ),
    Comparison(
        "last_name",
        # Crossed names were weighed with the first name already.
        f"{_missing('last')} OR ({_CROSSED})",
        lambda a, b: not a.last or not b.last or _crossed(a, b),
        (
            Level("same", _same("last"), _equal("last"), "last"),
            Level("sound", _same("sound"), _equal("sound")),
            Level("slip", _SLIP.format("last"), _one_slip("last")),
            Level(
                "inside",
                "least(length(last_l), length(last_r)) >= 4 AND (starts_with(last_l, last_r) OR "
                "starts_with(last_r, last_l) OR ends_with(last_l, last_r) OR ends_with(last_r, last_l))",
                _inside,
            ),
            Level("near", _NEAR.format("last", NEAR), _close("last", NEAR)),
        ),
    ),
    Comparison(
        "birth_date",
        _missing("born"),
        _known("born"),
        (
            Level("same", _same("born"), _equal("born")),
            Level(
                "day_and_month",
                "year_l = year_r AND substr(born_l, 5, 2) = substr(born_r, 7, 2) AND "
                "substr(born_l, 7, 2) = substr(born_r, 5, 2)",
                lambda a, b: a.year == b.year and a.born[4:6] == b.born[6:8] and a.born[6:8] == b.born[4:6],
            ),
            Level("slip", _SLIP.format("born"), _one_slip("born")),
            Level("same_year", _same("year"), _equal("year")),
        ),
    ),
    Comparison(
        "email",
        _missing("mail"),
        _known("mail"),
        (
            Level("same", _same("mail"), _equal("mail")),
            Level("same_box", _same("box"), _equal("box")),
            Level("slip", _SLIP.format("mail"), _one_slip("mail")),
        ),
    ),
    Comparison(
        "phone",
        _missing("phone"),
        _known("phone"),
        (
            Level("same", _same("phone"), _equal("phone")),
            Level("slip", _SLIP.format("phone"), _one_slip("phone")),
        ),
    ),
    Comparison(
        "address",
        _missing("postcode"),
        _known("postcode"),
        (
            Level("same", _same("street", "house", "postcode"), _equal("street", "house", "postcode")),
            Level(
                "near_street",
                f"{_same('house', 'postcode')} AND {_NEAR.format('street', NEAR)}",
                lambda a, b: _equal("house", "postcode")(a, b) and _close("street", NEAR)(a, b),
            ),
            Level("same_street", _same("street", "postcode"), _equal("street", "postcode")),
            Level("other_postcode", _same("street", "house"), _equal("street", "house")),
            Level("same_postcode", _same("postcode"), _equal("postcode")),
            Level("same_area", _same("area"), _equal("area")),
        ),
    ),
)
COMMON = ("first", "last")
"""The fields whose rarity counts."""


def vector(left: Record, right: Record) -> dict[str, str]:
    """By comparison the degree in which two records agree, :data:`ELSE` or, where nothing can be said, empty."""
    found = {}
    for comparison in COMPARISONS:
        if comparison.unknown(left, right):
            found[comparison.name] = ""
            continue
        found[comparison.name] = next((level.name for level in comparison.levels if level.holds(left, right)), ELSE)
    return found


@cache
def level(comparison: str, name: str) -> Level | None:
    """A degree by its names; None for :data:`ELSE`."""
    held = next(each for each in COMPARISONS if each.name == comparison)
    return next((each for each in held.levels if each.name == name), None)
