"""How surely two records are one person: the weights of Fellegi and Sunter (1969), as Splink trains them. Pure."""

import math
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from rondpoint.customers.matching.rules import levels
from rondpoint.customers.matching.rules.reading import Record

RAREST = 2e-6
"""Share of the records below which a name is not counted as rarer still."""
LEAST = 1e-6  # of a probability that was never observed
NAMES = ("first_name", "last_name")


class Degree(Struct, frozen=True):
    """``m``: how often records of one person agree in this degree; ``u``: how often those of two people do."""

    m: float
    u: float

    @property
    def weight(self) -> float:
        """Bits by which the degree makes it likelier that two records are one person."""
        return math.log2(self.m / self.u)


class Weights(Struct, frozen=True):
    """A trained model. ``prior``: how often two records drawn at random are one person; ``degrees``: by comparison and
    degree."""

    prior: float
    degrees: dict[str, dict[str, Degree]]


class Agreement(Struct, frozen=True):
    """What one comparison said: its degree, and what it weighs in bits."""

    comparison: str
    degree: str
    weight: float


class Score(Struct, frozen=True):
    """``weight``: bits in all, with what was likely before; ``agreements``: of which they come."""

    weight: float
    agreements: tuple[Agreement, ...]

    @property
    def probability(self) -> float:
        """0 to 1."""
        return probability(self.weight)


def namesakes(found: Score) -> bool:
    """Whether nothing but their names speaks for two records: likely enough to be suggested, whatever the weight of a
    rare name, and too little to be joined without asking."""
    return not any(each.weight > 0 and each.comparison not in NAMES for each in found.agreements)


def probability(weight: float) -> float:
    """The probability of so many bits in favour."""
    if weight >= 0:
        return 1.0 / (1.0 + math.exp2(-weight))
    return math.exp2(weight) / (1.0 + math.exp2(weight))


def bits(chance: float) -> float:
    """The bits of a probability between 0 and 1."""
    return math.log2(chance / (1.0 - chance))


def score(left: Record, right: Record, weights: Weights, shares: Mapping[tuple[str, str], float]) -> Score:
    """Scores two records. ``shares``: by field and name the share of the records that have it, of all that are more
    frequent than :data:`RAREST`."""
    said = []
    for comparison, name in levels.vector(left, right).items():
        if not name:
            continue
        weight = weights.degrees[comparison][name].weight
        level = levels.level(comparison, name)
        if level is not None and level.common:
            share = shares.get((level.common, getattr(left, level.common)), RAREST)
            weight += math.log2(weights.degrees[comparison][name].u) - math.log2(max(share, RAREST))
        said.append(Agreement(comparison, name, weight))
    return Score(bits(weights.prior) + sum(each.weight for each in said), tuple(said))


def read(told: Mapping[str, Any]) -> Weights:
    """Weights as they are stored: ``{"prior": …, "degrees": {comparison: {degree: {"m": …, "u": …}}}}``. Degrees that a
    model of an earlier version does not know weigh nothing."""
    held: dict[str, dict[str, Degree]] = {}
    for comparison in levels.COMPARISONS:
        known = told["degrees"].get(comparison.name, {})
        held[comparison.name] = {
            name: Degree(known[name]["m"], known[name]["u"]) if name in known else Degree(LEAST, LEAST)
            for name in (*(level.name for level in comparison.levels), levels.ELSE)
        }
    return Weights(told["prior"], held)


def write(weights: Weights) -> dict[str, Any]:
    """The form that :func:`read` takes."""
    return {
        "prior": weights.prior,
        "degrees": {
            comparison: {name: {"m": degree.m, "u": degree.u} for name, degree in known.items()}
            for comparison, known in weights.degrees.items()
        },
    }


def among(weights: Weights, learned_of: int, records: int) -> Weights:
    """The weights for another number of records. As many of the others are the same person as before; that one drawn
    at random is one of them is rarer the more there are."""
    if learned_of < 2 or records < 2:
        return weights
    prior = weights.prior * (learned_of - 1) / (records - 1)
    return Weights(min(max(prior, 1e-12), 0.5), weights.degrees)
