"""What a definition looks at: what has to happen for its answer to change. Pure."""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from rondpoint.segments.types import (
    ANY,
    DAY,
    All,
    AnyOf,
    Company,
    Condition,
    Consent,
    Event,
    InSegment,
    Not,
    Op,
    Reachable,
    Sequence,
    Share,
    Test,
    Trait,
    Where,
)


class Column(Struct, frozen=True):
    """A property of facts as one column. ``kind``: ``t`` its text, ``n`` its number, ``m`` its number in whole
    ten-thousandths, ``d`` the day that it begins with, as 20260131, ``e`` whether there is one,
    ``a`` whether ``tests`` hold of any element of the list that the path leads through."""

    path: tuple[str, ...]
    kind: str
    tests: tuple[Test, ...] = ()


def ordered(columns: Iterable[Column]) -> tuple[Column, ...]:
    """Each column once, always in the same order: statements name them by their places."""
    return tuple(sorted(set(columns), key=lambda column: (column.path, column.kind, repr(column.tests))))


class Needs(Struct, frozen=True):
    """``types``: of facts, with how far back each is looked at (``spans``, microseconds; None: to the beginning);
    ``windows``: whether time alone changes the answer; ``seeds``: of shares."""

    types: tuple[str, ...]
    spans: tuple[int | None, ...]
    traits: tuple[str, ...]
    segments: tuple[str, ...]
    columns: tuple[Column, ...]
    seeds: tuple[str, ...]
    companies: tuple[str, ...]  # public ids of those that are named
    windows: bool
    standing: bool  # reachability
    purposes: tuple[str, ...]  # that people agree to
    belonging: bool  # to companies
    channels: bool = False  # those of facts


def of(condition: Condition) -> Needs:
    """What a condition looks at."""
    parts = list(walk(condition))
    wheres = [where for part in parts for where in _wheres(part)]
    columns = {column for where in wheres for column in _columns(where)}
    columns |= {Column(part.sum.path, "m") for part in parts if isinstance(part, Event) and part.sum}
    columns |= {
        Column(named.path, "e")
        for part in parts
        if isinstance(part, Event)
        for named in (part.first, part.last)
        if named and ANY not in named.path
    }
    spans = longest([(name, span) for part in parts for name, span in _spans(part)])
    return Needs(
        types=tuple(sorted(spans)),
        spans=tuple(spans[name] for name in sorted(spans)),
        traits=tuple(sorted({part.name for part in parts if isinstance(part, Trait)})),
        segments=tuple(sorted({part.segment for part in parts if isinstance(part, InSegment)})),
        columns=ordered(columns),
        seeds=tuple(sorted({part.seed for part in parts if isinstance(part, Share)})),
        companies=tuple(sorted({part.id for part in parts if isinstance(part, Company) and part.id})),
        windows=any(windowed(part) for part in parts),
        standing=any(isinstance(part, Reachable) for part in parts),
        purposes=tuple(sorted({part.purpose for part in parts if isinstance(part, Consent)})),
        belonging=any(isinstance(part, Company) for part in parts),
    )


def longest(spans: Iterable[tuple[str, int | None]]) -> dict[str, int | None]:
    """Of each type the longest of its spans."""
    found: dict[str, int | None] = {}
    for name, span in spans:
        other = found.get(name, 0)
        found[name] = None if span is None or other is None else max(span, other)
    return found


def _spans(part: Condition) -> list[tuple[str, int | None]]:
    """The types of facts that a condition looks at, and how far back."""
    if not isinstance(part, Event | Sequence):
        return []
    names = [part.name] if isinstance(part, Event) else [step.name for step in part.steps]
    span = None if part.within_days is None else round(part.within_days * DAY)
    return [(name, span) for name in names]


def walk(condition: Condition) -> Iterator[Condition]:
    """A condition and all in it."""
    yield condition
    if isinstance(condition, All | AnyOf):
        for part in condition.parts:
            yield from walk(part)
    elif isinstance(condition, Not):
        yield from walk(condition.part)


def windowed(condition: Condition) -> bool:
    """Whether time alone changes the answer of this condition."""
    if isinstance(condition, Event):
        return condition.within_days is not None or condition.older_than_days is not None
    if isinstance(condition, Consent):
        return True  # an agreement may have an end
    return isinstance(condition, Sequence) and condition.within_days is not None


def kinds(test: Test) -> set[str]:
    """The kinds of columns that a comparison reads."""
    if test.op is Op.EXISTS:
        return {"e"}
    if test.op in (Op.BEFORE, Op.AFTER):
        return {"d"}
    values = test.value if isinstance(test.value, tuple) else (test.value,)
    return {"n" if isinstance(value, float) else "t" for value in values}


def _columns(where: Where) -> set[Column]:
    if ANY in where.path:
        return {Column(where.path, "a", where.tests)}
    return {Column(where.path, kind) for test in where.tests for kind in kinds(test)}


def _wheres(part: Condition) -> list[Where]:
    if isinstance(part, Sequence):
        return [where for step in part.steps for where in step.where]
    if isinstance(part, Event):
        return [*part.where, *(named for named in (part.first, part.last) if named)]
    return []


def circle(of_segment: str, needed: dict[str, tuple[str, ...]]) -> list[str]:
    """The way by which a segment comes to need itself, or nothing. ``needed``: by segment those it looks at."""
    seen: set[str] = set()

    def follow(at: str, way: list[str]) -> list[str]:
        for other in needed.get(at, ()):
            if other == of_segment:
                return [*way, other]
            if other not in seen:
                seen.add(other)
                if found := follow(other, [*way, other]):
                    return found
        return []

    return follow(of_segment, [of_segment])


def in_order(needed: dict[str, tuple[str, ...]]) -> list[str]:
    """Segments, each after those it looks at."""
    done: list[str] = []

    def put(segment: str) -> None:
        if segment in needed and segment not in done:
            for other in needed[segment]:
                put(other)
            done.append(segment)

    for segment in sorted(needed):
        put(segment)
    return done
