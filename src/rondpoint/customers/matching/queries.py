"""Reading how likeness stands: what to expect of a threshold, what waits, what was learned and done."""

from django.db.models import F
from msgspec import Struct

from rondpoint.customers.matching import suggesting, weighing
from rondpoint.customers.matching.models import MatchRun, Trained
from rondpoint.customers.matching.rules import expecting, levels, scoring, timing
from rondpoint.customers.matching.rules.expecting import Expected
from rondpoint.customers.matching.words import RULE
from rondpoint.customers.models import Link
from rondpoint.lib import clock

RUNS = 20


class Band(Struct, frozen=True):
    """How many suggestions of a likeness wait. ``least`` and ``below``: probabilities."""

    least: float
    below: float
    waiting: int


class Learned(Struct, frozen=True):
    """One degree of agreement as it was learned; probabilities and bits."""

    comparison: str
    degree: str
    m: float
    u: float
    bits: float


def expected() -> list[Expected]:
    """For each threshold its precision and recall, by the last full comparison and by the answers so far."""
    last = MatchRun.objects.filter(state="done").order_by("-asked", "-id").first()
    return expecting.expected(last.spread if last else {}, answers())


def answers() -> list[tuple[float, bool]]:
    """What became of suggestions and links by likeness that are no longer open questions: their likeness, and whether
    the two are one person. A suggestion is answered by yes when its two are one customer now, by whatever link."""
    rows = Link.objects.filter(rule=RULE)
    one = rows.filter(opened=None, left__customer_id=F("right__customer_id"))
    two = rows.filter(opened=None, closed__isnull=False, evidence__has_key="dismissed_by")
    undone = rows.filter(opened__isnull=False, closed__isnull=False).exclude(
        left__customer_id=F("right__customer_id")
    )
    said = ((found.values_list("score", flat=True), yes) for found, yes in ((one, True), (two, False), (undone, False)))
    return [(score, yes) for scores, yes in said for score in scores if score is not None]


def bands() -> list[Band]:
    """The suggestions that wait, by likeness, the surest first."""
    rows = Link.objects.filter(rule=RULE, suggested__isnull=False, opened=None, closed=None)
    scores = list(rows.exclude(left__customer_id=F("right__customer_id")).values_list("score", flat=True))
    edges = [*expecting.THRESHOLDS, 1.0 + 1e-9]
    found = [
        Band(least, min(below, 1.0), sum(least <= (score or 0) < below for score in scores))
        for least, below in zip(edges, edges[1:], strict=False)
    ]
    return found[::-1]


def last_trained() -> Trained | None:
    """The weights of this installation's own, if there are any."""
    return Trained.objects.order_by("-at", "-id").first()


def runs(limit: int = RUNS) -> list[MatchRun]:
    """The last comparisons of all records, the newest first."""
    return list(MatchRun.objects.order_by("-asked", "-id")[:limit])


def coming(now: int | None = None) -> int | None:
    """When all records are compared next by themselves; None where that is off or left to people."""
    choice = weighing.choice()
    return timing.coming(choice.often, choice.day, now or clock.now()) if choice.on else None


def learned() -> list[Learned]:
    """The weights that hold, degree by degree."""
    weights: scoring.Weights = weighing.held().weights
    return [
        Learned(comparison.name, name, degree.m, degree.u, degree.weight)
        for comparison in levels.COMPARISONS
        for name, degree in weights.degrees[comparison.name].items()
    ]


def waiting() -> int:
    """How many suggestions by likeness wait."""
    return suggesting.waiting()
