"""What the owner chooses: whether likeness is looked for, from where it is suggested, and from where it opens links."""

from typing import Any

from rondpoint.customers.matching import keeping, weighing
from rondpoint.customers.matching.models import MatchChoice
from rondpoint.customers.matching.rules.expecting import THRESHOLDS
from rondpoint.lib.db import write

OPENING = tuple(threshold for threshold in THRESHOLDS if threshold >= 0.95)
"""Probabilities from which links may open by themselves."""


def choose(on: bool, suggest_from: float, open_from: float | None) -> dict[str, Any]:
    """Keeps a choice; what changed, by its name. Raises ValueError with the field and what is right for it."""
    if suggest_from not in THRESHOLDS:
        raise ValueError(f"suggest_from: choose one of {', '.join(map(str, THRESHOLDS))}")
    if open_from is not None and open_from not in OPENING:
        raise ValueError(f"open_from: choose none or one of {', '.join(map(str, OPENING))}")
    if open_from is not None and open_from < suggest_from:
        raise ValueError(f"open_from: what opens by itself has to be as sure as what is suggested ({suggest_from})")
    with write():
        before = weighing.choice()
        said = {"on": on, "suggest_from": suggest_from, "open_from": open_from}
        changed = {name: value for name, value in said.items() if value != getattr(before, name)}
        MatchChoice.objects.update_or_create(id=1, defaults=said)
        if changed.get("on"):
            keeping.begin_anew()  # who changed meanwhile was not read
    return changed
