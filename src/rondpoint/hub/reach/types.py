"""Words of a look at whom a message would reach."""

from msgspec import Struct

EXAMPLES = 5  # people shown for a reason


class Cause(Struct):
    """One outcome on one channel. ``examples``: numbers of customers, the lowest first; ``due``: of what is put off
    when the first of them leaves, microseconds UTC."""

    verdict: str
    step: str
    reason: str
    count: int = 0
    due: int = 0
    examples: list[int] = []


class Way(Struct):
    """One channel and its causes, the most frequent first. ``connected``: the house can write on it."""

    channel: str
    connected: bool = True
    causes: list[Cause] = []

    def count(self, *verdicts: str) -> int:
        """How many have one of these verdicts."""
        return sum(cause.count for cause in self.causes if cause.verdict in verdicts)


class Reach(Struct):
    """``people``: all who were looked at; ``reached``: who would get it now or later on a channel at least;
    ``several``: of them on more than one."""

    people: int = 0
    reached: int = 0
    several: int = 0
    ways: list[Way] = []


def joined(parts: list[Reach]) -> Reach:
    """What several found who each looked at some of the people, with the same channels. Pure."""
    whole = Reach(ways=[Way(way.channel, way.connected) for way in parts[0].ways])
    for part in parts:
        whole.people += part.people
        whole.reached += part.reached
        whole.several += part.several
        for mine, theirs in zip(whole.ways, part.ways, strict=True):
            mine.causes = _added(mine.causes, theirs.causes)
    return whole


def _added(mine: list[Cause], theirs: list[Cause]) -> list[Cause]:
    found = {(cause.verdict, cause.step, cause.reason): cause for cause in mine}
    for cause in theirs:
        key = (cause.verdict, cause.step, cause.reason)
        if key not in found:
            found[key] = Cause(*key)
        known = found[key]
        known.count += cause.count
        known.due = min(filter(None, (known.due, cause.due)), default=0)
        known.examples = sorted([*known.examples, *cause.examples])[:EXAMPLES]
    return sorted(found.values(), key=lambda cause: (-cause.count, cause.verdict, cause.reason))
