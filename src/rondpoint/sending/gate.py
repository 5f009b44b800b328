"""The one gate for every send: ordered steps, the first failure is the reason. Closed when in doubt."""

import logging
from collections.abc import Callable

from rondpoint.sending.rules import steps
from rondpoint.sending.types import Candidate, Fail

log = logging.getLogger("rondpoint.sending.gate")
Step = Callable[[Candidate], Fail | None]

STEPS: list[tuple[str, Step]] = [
    ("idempotency", steps.idempotency),
    ("alive", steps.alive),
    ("suppression", steps.suppression),
    ("consent", steps.consent),
    ("reachable", steps.reachable),
    ("window", steps.window),
    ("limits", steps.limits),
    ("rate", steps.rate),
]


def add(name: str, step: Step, after: str) -> None:
    """Puts a step of a higher room behind the step named ``after``. Raises ValueError when there is none."""
    names = [known for known, _ in STEPS]
    STEPS.insert(names.index(after) + 1, (name, step))


def judge(candidate: Candidate) -> tuple[str, str, Fail | None]:
    """(verdict, step, fail): ``send``, or ``refuse`` at the first no, or ``defer`` to the latest not yet.

    Every step taken is noted on the candidate. A step that breaks refuses, with reason ``error``.
    """
    later: tuple[str, Fail] | None = None
    for name, step in STEPS:
        try:
            fail = step(candidate)
        except Exception:
            log.exception("step %s of the gate broke for profile %s", name, candidate.request.profile_id)
            fail = Fail("error", f"the step {name} broke")
        candidate.steps.append(_note(name, fail))
        if fail is None:
            continue
        if fail.until is None:
            return "refuse", name, fail
        if later is None or fail.until > (later[1].until or 0):
            later = (name, fail)
    if later is not None:
        return "defer", *later
    return "send", "", None


def _note(name: str, fail: Fail | None) -> dict:
    if fail is None:
        return {"step": name, "result": "pass"}
    if fail.until is not None:
        return {"step": name, "result": "defer", "reason": fail.reason, "until": fail.until}
    return {"step": name, "result": "refuse", "reason": fail.reason}
