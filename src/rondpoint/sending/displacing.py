"""Promotions that wait and give way to more important ones."""

from rondpoint.sending import gate, moving
from rondpoint.sending.models import Decision, Dispatch
from rondpoint.sending.types import Candidate, Fail


def displace(candidates: list[Candidate], now: int) -> None:
    """Takes back what these candidates displace, with a decision that says so, inside the ``write()`` that accepted
    them. The rows were locked when they were read (``knowing.Known``), so no worker can have taken one meanwhile."""
    wanted = [number for candidate in candidates for number in candidate.displaces]
    if not wanted:
        return
    rows = moving.locked(wanted)
    moving.move([(row, "cancelled", "") for row in rows.values()], now)
    Decision.objects.bulk_create(
        again(row, "priority", Fail("displaced", "a more important promotion took its place"), now)
        for row in rows.values()
    )


def again(row: Dispatch, step: str, fail: Fail, now: int, steps: list[dict] | None = None) -> Decision:
    """Another decision on a dispatch that was let through before, not stored yet: a no, or a not yet."""
    verdict = "refuse" if fail.until is None else "defer"
    return Decision(
        at=now,
        profile_id=row.profile_id,
        dispatch=row,
        channel=row.channel,
        address_kind=row.address_kind,
        address=row.address,
        purpose=row.purpose,
        verdict=verdict,
        step=step,
        reason=fail.reason[:64],
        detail=fail.detail[:300],
        steps=steps or [gate.note(step, fail)],
        idempotency_key=row.idempotency_key,
    )
