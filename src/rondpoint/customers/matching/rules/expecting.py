"""What a threshold promises: how many of the pairs above it are one person, and how many of all such pairs. Pure."""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from rondpoint.customers.matching.rules.scoring import bits, probability

THRESHOLDS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999)
"""Probabilities that one can choose from."""
LOWEST, HIGHEST = -10, 40  # bits that are counted apart


class Expected(Struct, frozen=True):
    """Of the pairs that a threshold lets through. ``precision`` and ``recall``: by the model's own probabilities, None
    before the first run; ``pairs``: how many there are; ``yes`` and ``no``: what people answered to suggestions of at
    least this likeness."""

    threshold: float
    precision: float | None
    recall: float | None
    pairs: int
    yes: int
    no: int

    @property
    def answered(self) -> float | None:
        """The share of the answers that was yes."""
        return self.yes / (self.yes + self.no) if self.yes + self.no else None


def spread(found: Iterable[tuple[int, int]]) -> dict[str, int]:
    """Pairs by tenths of bits as they are stored. ``found``: (tenths of bits, how many)."""
    return {str(tenths): number for tenths, number in sorted(found)}


def expected(spread: Mapping[str, int], answers: Iterable[tuple[float, bool]]) -> list[Expected]:
    """For each threshold what is to be expected. ``answers``: the likeness of suggestions and whether they were one
    person."""
    counted = [(int(tenths) / 10, number) for tenths, number in spread.items()]
    sure = [(weight, number, number * probability(weight + 0.05)) for weight, number in counted]
    everyone = sum(likely for _, _, likely in sure)
    said = list(answers)
    found = []
    for threshold in THRESHOLDS:
        least = bits(threshold)
        above = [(number, likely) for weight, number, likely in sure if weight + 0.05 >= least]
        pairs, people = sum(number for number, _ in above), sum(likely for _, likely in above)
        found.append(
            Expected(
                threshold,
                people / pairs if pairs else None,
                people / everyone if everyone else None,
                pairs,
                sum(yes for score, yes in said if score >= threshold),
                sum(not yes for score, yes in said if score >= threshold),
            )
        )
    return found
