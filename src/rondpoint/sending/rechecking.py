"""Asking the gate once more, in the transaction in which a worker takes a dispatch.

Promotions are asked what may have changed since: suppression, consent, their end, what she wants, complaints, the time
of day. One that was put off, or that waited for long, passes the whole gate again; it keeps its idempotency key, and
its place under the caps while it waits.
"""

import msgspec

from rondpoint.channels.contract import MessageOut
from rondpoint.consent import queries as consent
from rondpoint.lib import clock
from rondpoint.sending import actions, displacing, gate
from rondpoint.sending.loading import Batch
from rondpoint.sending.models import Decision, Dispatch
from rondpoint.sending.rules import steps
from rondpoint.sending.types import PRIORITIES, Candidate, Fail, Request, Suppressed

LIFE = 3 * clock.DAY  # what did not leave within it, from when it was let leave, has lost its sense
FRESH = clock.HOUR  # so long after it was let leave a promotion is not asked everything again
ALREADY = frozenset({"idempotency", "rate"})  # it was one wish; and the worker keeps the pace of its connection itself
LATELY = ALREADY | {"reachable", "window", "priority", "caps", "duplicate", "limits"}
_NAMES = {number: name for name, number in PRIORITIES.items()}


class Stop(msgspec.Struct, frozen=True):
    """Why a dispatch does not leave now; with ``fail.until`` it leaves later."""

    step: str
    fail: Fail
    steps: list[dict] = []

    @property
    def error(self) -> str:
        """As the dispatch keeps it."""
        if self.step == "relevant":
            return self.fail.reason
        return f"{'suppressed' if self.step == 'suppression' else self.step}: {self.fail.reason}"


def stops(rows: list[Dispatch], now: int) -> dict[int, Stop]:
    """Which of these dispatches must not leave now, and why, by id."""
    found = {row.id: Stop("relevant", Fail("expired")) for row in rows if _is_over(row, now)}
    left = [row for row in rows if row.id not in found]
    found |= _suppressed([row for row in left if not row.promotion], now)
    promotions = [row for row in left if row.promotion]
    put_off = [row for row in promotions if row.planned > row.created + clock.SECOND or row.planned < now - FRESH]
    found |= _judged([row for row in promotions if row not in put_off], now, LATELY, False)
    actions.hold([row.profile_id for row in put_off])
    return found | _judged(put_off, now, ALREADY, True)


def decisions(stopped: dict[int, Stop], rows: list[Dispatch], now: int) -> list[Decision]:
    """What is recorded of those that were stopped, not stored yet."""
    known = [(row, stopped[row.id]) for row in rows if row.id in stopped]
    return [displacing.again(row, stop.step, stop.fail, now, stop.steps) for row, stop in known]


def _is_over(row: Dispatch, now: int) -> bool:
    return max(row.created, row.planned) < now - LIFE or (row.not_after is not None and row.not_after <= now)


def _suppressed(rows: list[Dispatch], now: int) -> dict[int, Stop]:
    against = consent.suppressions(list({(row.address_kind, row.address) for row in rows})) if rows else {}
    found = {}
    for row in rows:
        here = [
            Suppressed(each.reason, each.scope, each.created)
            for each in against.get((row.address_kind, row.address), ())
            if each.channel in ("", row.channel)
        ]
        if not here:
            continue
        fail = steps.suppression(Candidate(request=request(row), now=now, suppressions=tuple(here)))
        if fail is not None:
            found[row.id] = Stop("suppression", fail)
    return found


def _judged(rows: list[Dispatch], now: int, but: frozenset[str], whole: bool) -> dict[int, Stop]:
    if not rows:
        return {}
    batch = Batch([request(row) for row in rows], now, whole=whole)
    found = {}
    pairs = sorted(zip(rows, batch.candidates, strict=True), key=lambda pair: (-pair[0].priority, pair[0].id))
    for row, candidate in pairs:
        candidate.dispatch_id = row.id
        batch.fill(candidate)
        _, step, fail = gate.judge(candidate, but)
        if fail is not None:
            found[row.id] = Stop(step, fail, candidate.steps)
        batch.left(candidate)
        if fail is None or fail.until is not None:
            batch.took(candidate, fail.until if fail and fail.until else now)
    return found


def request(row: Dispatch) -> Request:
    """The wish that a dispatch came from, as far as it matters by now."""
    message = msgspec.msgpack.decode(bytes(row.content), type=MessageOut)
    return Request(
        row.profile_id, row.channel, row.connection_id, message.to, row.purpose, message, row.idempotency_key,
        row.last_inbound, _NAMES[row.priority], 0, row.not_after,
    )  # fmt: skip
