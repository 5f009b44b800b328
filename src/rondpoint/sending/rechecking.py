"""Asking the gate once more, in the transaction in which a worker takes a dispatch.

All are asked what may have changed since: whether she is there, suppression, the end, whether the channel still lets us
write, calls she wants no more. Promotions also: consent, what she wants, complaints, the time of day. A promotion that
was put off, or that waited for long, passes the whole gate again; it keeps its idempotency key, and its place under the
caps while it waits.
"""

from collections.abc import Callable, Mapping

import msgspec

from rondpoint.channels.contract import MessageOut
from rondpoint.customers import queries as customers
from rondpoint.lib import clock
from rondpoint.sending import actions, displacing, gate
from rondpoint.sending.loading import Batch
from rondpoint.sending.models import Decision, Dispatch
from rondpoint.sending.types import OPT_OUT_CONFIRMATION, PRIORITIES, Candidate, Fail, Request

LIFE = 3 * clock.DAY  # what did not leave within it, from when it was let leave, has lost its sense
FRESH = clock.HOUR  # so long after it was let leave a promotion is not asked everything again
ALREADY = frozenset({"idempotency", "rate"})  # it was one wish; and the worker keeps the pace of its connection itself
LATELY = ALREADY | {"reachable", "priority", "caps", "duplicate", "limits"}
LastInbound = Callable[[str, Mapping[int, int]], Mapping[int, int]]
"""When people last wrote on a channel, by customer, out of their profiles with the customer of each."""
_NAMES = {number: name for name, number in PRIORITIES.items()}
_heard: list[LastInbound] = []


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
    put_off = [row for row in left if row.promotion and _waited(row, now)]
    found |= _judged([row for row in left if row not in put_off], now, LATELY, False)
    actions.hold([row.profile_id for row in put_off])
    return found | _judged(put_off, now, ALREADY, True)


def decisions(stopped: dict[int, Stop], rows: list[Dispatch], now: int) -> list[Decision]:
    """What is recorded of those that were stopped, not stored yet."""
    known = [(row, stopped[row.id]) for row in rows if row.id in stopped]
    return [displacing.again(row, stop.step, stop.fail, now, stop.steps) for row, stop in known]


def _is_over(row: Dispatch, now: int) -> bool:
    return max(row.created, row.planned) < now - LIFE or (row.not_after is not None and row.not_after <= now)


def hear_with(last_inbound: LastInbound) -> None:
    """``last_inbound`` knows when people last wrote: asked where that decides whether we may still write."""
    _heard[:] = [last_inbound]


def _waited(row: Dispatch, now: int) -> bool:
    return row.planned > row.created + clock.SECOND or row.planned < now - FRESH


def _judged(rows: list[Dispatch], now: int, but: frozenset[str], whole: bool) -> dict[int, Stop]:
    if not rows:
        return {}
    batch = Batch([request(row) for row in rows], now, whole=whole)
    found = {}
    pairs = sorted(zip(rows, batch.candidates, strict=True), key=lambda pair: (-pair[0].priority, pair[0].id))
    for row, candidate in pairs:
        candidate.dispatch_id = row.id
        batch.fill(candidate)
        if row.purpose == OPT_OUT_CONFIRMATION:
            candidate.confirmed = None  # it is the one itself
        _listen(candidate)
        _, step, fail = gate.judge(candidate, but)
        if fail is not None:
            found[row.id] = Stop(step, fail, candidate.steps)
        batch.left(candidate)
        if fail is None or fail.until is not None:
            batch.took(candidate, fail.until if fail and fail.until else now)
    return found


def _listen(candidate: Candidate) -> None:
    """Where the channel lets us write no more, by what was known at first: perhaps she wrote since."""
    wish, channel = candidate.request, candidate.channel
    if channel is None or channel.reply_policy(wish.last_inbound, candidate.now).allowed:
        return
    owners = customers.customers_of({wish.profile_id})
    owners = dict.fromkeys(customers.profile_ids(owners[wish.profile_id]), owners[wish.profile_id]) if owners else {}
    for ask in _heard if owners else ():
        last = ask(wish.channel, owners).get(owners[wish.profile_id], 0)
        if last > (wish.last_inbound or 0):
            candidate.request = msgspec.structs.replace(wish, last_inbound=last)


def request(row: Dispatch) -> Request:
    """The wish that a dispatch came from, as far as it matters by now."""
    message = msgspec.msgpack.decode(bytes(row.content), type=MessageOut)
    return Request(
        row.profile_id, row.channel, row.connection_id, message.to, row.purpose, message, row.idempotency_key,
        row.last_inbound, _NAMES[row.priority], 0, row.not_after,
    )  # fmt: skip
