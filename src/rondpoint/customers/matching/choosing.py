"""What the owner chooses: whether likeness is looked for, from where it is suggested, and from where it opens links."""

from typing import Any

from rondpoint.customers.matching import keeping, weighing
from rondpoint.customers.matching.models import MatchChoice
from rondpoint.customers.matching.rules import timing
from rondpoint.customers.matching.rules.expecting import THRESHOLDS
from rondpoint.lib.db import write

OPENING = tuple(threshold for threshold in THRESHOLDS if threshold >= 0.95)
"""Probabilities from which links may open by themselves."""


def choose(
    on: bool, suggest_from: float, open_from: float | None, often: str | None = None, day: str | None = None
) -> dict[str, Any]:
    """Keeps a choice; what changed, by its name. ``often`` and ``day`` (``rules.timing``) stay where they are left out.
    Raises ValueError with the field and what is right for it."""
    if suggest_from not in THRESHOLDS:
        raise ValueError(f"suggest_from: choose one of {', '.join(map(str, THRESHOLDS))}")
    if open_from is not None and open_from not in OPENING:
        raise ValueError(f"open_from: choose none or one of {', '.join(map(str, OPENING))}")
    if open_from is not None and open_from < suggest_from:
        raise ValueError(f"open_from: what opens by itself has to be as sure as what is suggested ({suggest_from})")
    for field, value, known in (("often", often, timing.OFTEN), ("day", day, timing.DAYS)):
        if value is not None and value not in known:
            raise ValueError(f"{field}: choose one of {', '.join(known)}")
    with write():
        before = weighing.choice()
        said: dict[str, Any] = {"on": on, "suggest_from": suggest_from, "open_from": open_from}
        said |= {name: value for name, value in (("often", often), ("day", day)) if value is not None}
        changed = {name: value for name, value in said.items() if value != getattr(before, name)}
        MatchChoice.objects.update_or_create(id=1, defaults=said)
        if changed.get("on"):
            keeping.begin_anew()  # who changed meanwhile was not read
    return changed
