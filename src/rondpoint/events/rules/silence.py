"""When a type of events that came regularly has stopped. Pure; times in microseconds UTC."""

from collections.abc import Iterable, Mapping

from rondpoint.lib import clock

REGULAR = 8  # days on which events came before silence is worth a word
REMEMBERED = 30  # of these days
ODD = 2  # of the longest gaps do not count: a machine stood still, a holiday
MUCH = 2  # times the usual gap
SHORTEST = 3 * clock.HOUR  # that is worth a word


def heard(gaps: Mapping[str, int], last: int, moments: Iterable[int]) -> tuple[dict[str, int], int]:
    """What is known of the gaps after more events came, and when the last did. ``gaps``: by the number of a day on
    which events came the longest gap that ended on it; ``last``: 0 before the first."""
    found = dict(gaps)
    for moment in sorted(moments):
        if last:
            day = str(moment // clock.DAY)
            found[day] = max(found.get(day, 0), moment - last)
        last = max(last, moment)
    for day in sorted(found, key=int)[:-REMEMBERED]:
        del found[day]
    return found, last


def usual(gaps: Mapping[str, int]) -> int | None:
    """How long nothing comes at most, as a rule; None for a type that does not come regularly."""
    if len(gaps) < REGULAR:
        return None
    return sorted(gaps.values(), reverse=True)[ODD]


def silent(gaps: Mapping[str, int], last: int, now: int) -> bool:
    """Whether nothing came for much longer than usual."""
    gap = usual(gaps)
    return gap is not None and now - last > max(MUCH * gap, SHORTEST)
