"""Which of the channels that the gate allows a person gets a message on, and in which order the others follow. Pure.

Her own choice comes first, then what may leave now, then the higher score, in points:

- how she takes to the channel: 0 to 100, as the computed trait *engagement* says; 30 where nothing is known;
- less 4 for each euro cent that the message costs;
- 40 more where she is right now.

Of several messages about one thing the later weigh cost less and insistence more: from the first to the last the cost
fades from all to nothing, and a channel that rings gains up to 40. A message that stands alone escalates nothing.
"""

from collections.abc import Iterable, Sequence

from rondpoint.lib import clock
from rondpoint.sending.types import CENT, Option, Price, Ranked, Stage

UNKNOWN = 30  # as somebody who stirs now and then: a channel never tried is neither shunned nor preferred
PER_CENT = 4
PRESENT = 40
RINGS = 40
SOON = clock.HOUR
"""What leaves within it counts as leaving now."""


def ranked(options: Iterable[Option], stage: Stage, now: int) -> list[Ranked]:
    """All of them in their order, what the gate refuses last. ``now``: microseconds UTC. Of equals the cheaper stands
    first, then the one that was named first."""
    inorder = sorted(options, key=lambda option: _order(option, stage, now))
    return [
        Ranked(option, 0 if option.verdict == "refuse" else place, score(option, stage), _waits(option, now))
        for place, option in enumerate(inorder, 1)
    ]


def score(option: Option, stage: Stage) -> int:
    """The points of a channel."""
    late = lateness(stage)
    points = float(UNKNOWN if option.engagement is None else option.engagement)
    points -= PER_CENT * (option.cost or 0) / CENT * (1 - late)
    points += PRESENT if option.present else 0
    points += RINGS * late if option.rings else 0
    return round(points)


def lateness(stage: Stage) -> float:
    """0 for the first of several and for what is alone, 1 for the last."""
    return (stage.step - 1) / (stage.of - 1) if stage.of > 1 else 0.0


def price(prices: Sequence[Price], channel: str, country: str) -> int | None:
    """What one message costs, in hundredths of a euro cent: by the price that names the country, else by the one for
    all others; None where there is none."""
    of = [each for each in prices if each.channel == channel]
    named = [each.cost for each in of if country in each.countries]
    return next(iter([*named, *(each.cost for each in of if not each.countries)]), None)


def _order(option: Option, stage: Stage, now: int) -> tuple[bool, bool, bool, int, int]:
    refused = option.verdict == "refuse"
    return refused, not option.chosen, _waits(option, now), -score(option, stage), option.cost or 0


def _waits(option: Option, now: int) -> bool:
    return option.verdict == "defer" and option.due > now + SOON
