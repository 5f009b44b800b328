"""The one gate for every send: ordered steps, the first failure is the reason. Closed when in doubt."""

import logging
from collections.abc import Callable, Collection
from typing import Any

from rondpoint.sending.rules import sparing, steps
from rondpoint.sending.types import Candidate, Fail, HouseRules

log = logging.getLogger("rondpoint.sending.gate")
Step = Callable[[Candidate], Fail | None]

Loader = Callable[[Collection[int], HouseRules], Collection[int]]

STEPS: list[tuple[str, Step]] = [
    ("idempotency", steps.idempotency),
    ("alive", steps.alive),
    ("suppression", steps.suppression),
    ("consent", steps.consent),
    ("relevant", sparing.relevant),
    ("hold_out", sparing.hold_out),
    ("reachable", steps.reachable),
    ("window", steps.window),
    ("priority", sparing.priority),
    ("caps", sparing.caps),
    ("preferences", sparing.preferences),
    ("hours", sparing.hours),
    ("duplicate", sparing.duplicate),
    ("limits", steps.limits),
    ("rate", steps.rate),
]
LOADERS: dict[str, Loader] = {}


def add(name: str, step: Step, after: str, loader: Loader | None = None) -> None:
    """Puts a step of a higher room behind the step named ``after``; one of that name is there once. Raises ValueError
    when there is none to stand behind.

    ``loader``: asked once for a batch, with the customers whom its promotions are for, for which of them the step's
    matter holds; ``Candidate.told[name]`` says it to the step.
    """
    place = [known for known, _ in STEPS if known != name].index(after) + 1
    STEPS[:] = [entry for entry in STEPS if entry[0] != name]
    STEPS.insert(place, (name, step))
    if loader is not None:
        LOADERS[name] = loader


def judge(candidate: Candidate, but: Collection[str] = ()) -> tuple[str, str, Fail | None]:
    """(verdict, step, fail): ``send``, or ``refuse`` at the first no, or ``defer`` to the latest not yet.

    Every step taken is noted on the candidate. A step that breaks refuses, with reason ``error``. ``but``: steps that
    are left out, when something is judged again.
    """
    later: tuple[str, Fail] | None = None
    for name, step in STEPS:
        if name in but:
            continue
        try:
            fail = step(candidate)
        except Exception:
            log.exception("step %s of the gate broke for profile %s", name, candidate.request.profile_id)
            fail = Fail("error", f"the step {name} broke")
        candidate.steps.append(note(name, fail) | (_ground(candidate) if name == "consent" else {}))
        if fail is None:
            continue
        if fail.until is None:
            return "refuse", name, fail
        if later is None or fail.until > (later[1].until or 0):
            later = (name, fail)
    if later is not None:
        return "defer", *later
    return "send", "", None


def _ground(candidate: Candidate) -> dict[str, Any]:
    """What a promotion rests on: her agreement or what else allows it, with its end; and the rule of law that allows
    it, or forbids it. The decision keeps it."""
    found = candidate.standing
    if found is None or not candidate.refusable:
        return {}
    told = {"ground": found.reason, "until": found.until} if found.allowed else {}
    return {name: value for name, value in {**told, "rule": found.rule}.items() if value}


def note(name: str, fail: Fail | None) -> dict:
    """A step as a decision keeps it."""
    if fail is None:
        return {"step": name, "result": "pass"}
    if fail.until is not None:
        return {"step": name, "result": "defer", "reason": fail.reason, "until": fail.until}
    return {"step": name, "result": "refuse", "reason": fail.reason}
