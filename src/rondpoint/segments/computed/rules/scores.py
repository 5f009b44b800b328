"""Scores: fifths of all customers, and how somebody takes to a channel. Pure."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence

from msgspec import Struct

from rondpoint.segments.computed.rules.signals import POINTS, Sign
from rondpoint.segments.types import DAY

STILL = 3.0
"""Messages that everybody counts as if she had received them and not stirred: one answer alone makes no best friend."""


def borders(values: Sequence[float]) -> list[float]:
    """The largest value of each fifth but the last, by nearest rank."""
    ordered = sorted(values)
    return [ordered[-(-part * len(ordered) // 5) - 1] for part in (1, 2, 3, 4)] if ordered else []


def fifth(value: float, borders: Sequence[float]) -> int:
    """1 to 5: in which fifth a value is; 5 is the largest."""
    return 1 + sum(1 for border in borders if value > border)


def label(recency: int, frequency: int, monetary: int) -> str:
    """What three scores say of her in a word."""
    worth = (frequency + monetary + 1) // 2
    if recency >= 4:
        return "champions" if worth >= 4 else "loyal" if worth == 3 else "new"
    if recency == 3:
        return "loyal" if worth >= 3 else "occasional"
    if worth >= 3:
        return "at risk"
    return "asleep" if recency == 2 else "lost"


LABELS = ("champions", "loyal", "new", "occasional", "at risk", "asleep", "lost")


class Told(Struct, frozen=True):
    """Signs of one kind on a channel in a day (UTC): how many, and the last of them."""

    channel: str
    sign: Sign
    day: int
    count: int
    last: int


class Stand(Struct, frozen=True):
    """How somebody stands to a channel when ``last`` was its last sign: the points she earned, and what she received,
    each worth half as much after each half-life."""

    points: float
    received: float
    last: int
    counted: dict[Sign, int]

    def score(self, now: int, half_life: float) -> int:
        """0 to 100: her points, of those and of what she received without stirring."""
        faded = math.pow(0.5, max(0, now - self.last) // DAY / half_life)
        points, received = self.points * faded, self.received * faded
        return round(100 * points / (points + received + STILL))

    def until(self, now: int, half_life: float) -> int | None:
        """When the score next becomes another one, to the day; never once it is nought."""
        score = self.score(now, half_life)
        if score == 0:
            return None
        low, high = max(0, now - self.last) // DAY, max(0, now - self.last) // DAY + 1
        while self.score(self.last + high * DAY, half_life) == score:
            low, high = high, high * 2
        while high - low > 1:
            middle = (low + high) // 2
            same = self.score(self.last + middle * DAY, half_life) == score
            low, high = (middle, high) if same else (low, middle)
        return self.last + high * DAY


def stands(told: Iterable[Told], half_life: float) -> dict[str, Stand]:
    """How somebody stands to each channel."""
    found: dict[str, list[Told]] = defaultdict(list)
    for each in told:
        found[each.channel].append(each)
    return {channel: _stand(each, half_life) for channel, each in found.items()}


def _stand(told: list[Told], half_life: float) -> Stand:
    last = max(each.last for each in told)
    newest = max(each.day for each in told)
    counted: dict[Sign, int] = dict.fromkeys(Sign, 0)
    points, received = [], []
    for each in told:
        counted[each.sign] += each.count
        weight = each.count * math.pow(0.5, (newest - each.day) // DAY / half_life)
        if each.sign is Sign.RECEIVED:
            received.append(weight)
        else:
            points.append(weight * POINTS[each.sign])
    # fsum: the same to the last bit whatever the order of the rows
    return Stand(math.fsum(points), math.fsum(received), last, counted)


def best(known: dict[str, Stand], half_life: float) -> str:
    """The channel she takes to most, as they stood when she last gave a sign on any; empty without one. A draw goes to
    the channel of the latest sign."""
    moved = {channel: stand for channel, stand in known.items() if stand.points > 0}
    if not moved:
        return ""
    at = max(stand.last for stand in known.values())
    return max(moved, key=lambda channel: (moved[channel].score(at, half_life), moved[channel].last, channel))
