"""Caps: how many promotions one person gets within some time, and which one keeps its place. Pure."""

from collections.abc import Iterable, Sequence

from rondpoint.sending.types import Cap, Use


def full(cap: Cap, uses: Iterable[Use], at: int) -> bool:
    """Whether one more at this moment would be too many: whether any span of the cap's length that holds the moment
    would then hold more than ``cap.most``."""
    return cap.most <= 0 or fullest(cap, uses, at) >= cap.most


def fullest(cap: Cap, uses: Iterable[Use], at: int) -> int:
    """How many a cap counts in the fullest span of its length that holds the moment."""
    near = sorted(use.at for use in uses if counts(cap, use) and abs(use.at - at) < cap.within)
    return max(
        len([each for each in near if first <= each < first + cap.within])
        for first in {*(each for each in near if each <= at), at}
    )


def counts(cap: Cap, use: Use) -> bool:
    """Whether a cap counts it."""
    return cap.purpose in ("", use.purpose) and cap.channel in ("", use.channel)


def displaced(caps: Sequence[Cap], uses: Sequence[Use], at: int, priority: int) -> tuple[int, ...] | None:
    """The dispatches that give way so that one of this priority has its place: those that wait with a lower one, the
    least important first, and of the same the one that leaves last. Empty: there is room; None: they do not suffice."""
    left = list(uses)
    gone: list[int] = []
    weaker = sorted((use for use in uses if use.yields and use.priority < priority), key=lambda u: (u.priority, -u.at))
    while any(full(cap, left, at) for cap in caps):
        over = [cap for cap in caps if full(cap, left, at)]
        next_ = next(
            (use for use in weaker if use in left and any(_helps(cap, use, at) for cap in over)), None
        )
        if next_ is None:
            return None
        left.remove(next_)
        gone.append(next_.dispatch_id)
    return tuple(gone)


def _helps(cap: Cap, use: Use, at: int) -> bool:
    return counts(cap, use) and abs(use.at - at) < cap.within
