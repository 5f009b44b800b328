"""The steps that spare people promotions. What answers them or carries out what they asked for passes all of these but
its own end, and calls their refusal of calls.

Each takes a candidate and says None (go on) or a Fail with its reason. What was not loaded is a no.
"""

import hashlib

from msgspec import Struct

from rondpoint.lib import clock
from rondpoint.sending.rules import counting
from rondpoint.sending.rules import hours as times
from rondpoint.sending.types import PRIORITIES, Candidate, Fail

VOICE = "voice"
ASKED_FOR = frozenset({"code", "proof", "continuation"})
"""What somebody waits for at this moment: she is called although she wants no calls."""
_LOTS = hashlib.blake2b(key=b"hold-out", digest_size=8)
NOT_ASKED = Fail("not_asked", "what is known of her was not read")


class Moment(Struct, frozen=True):
    """When a promotion may leave, and what holds it back until then; ``at`` None: nothing lets it leave."""

    at: int | None
    reason: str = ""
    detail: str = ""


def relevant(candidate: Candidate) -> Fail | None:
    """It still makes sense: an offer that is over is not told any more."""
    end = candidate.request.not_after
    return Fail("expired") if end is not None and end <= _begins(candidate) else None


def hold_out(candidate: Candidate) -> Fail | None:
    """A share of all customers gets no promotion, so that one sees what promotions do."""
    if not candidate.promotion:
        return None
    if candidate.house is None:
        return NOT_ASKED
    return Fail("hold_out") if lot(candidate.customer_id) < candidate.house.hold_out * 10_000 else None


def lot(customer_id: int) -> int:
    """0 to 999,999, the same for a customer for ever: who is held out at 5 percent still is at 10."""
    drawn = _LOTS.copy()
    drawn.update(str(customer_id).encode())
    return int.from_bytes(drawn.digest(), "big") % 1_000_000


def priority(candidate: Candidate) -> Fail | None:
    """Of several that wait for her and are too many together, the more important keep their place.

    A promotion that finds a cap full takes the place of those that wait with a lower priority, if that makes room;
    they are cancelled in the transaction in which this one is accepted. What is being sent, or was tried before, keeps
    its place; so does what waits with the same priority. When they do not suffice nobody gives way, and the next step,
    ``caps``, refuses.
    """
    if candidate.promotion and candidate.caps and (at := moment(candidate).at) is not None:
        mine = PRIORITIES[candidate.request.priority]
        candidate.displaces = counting.displaced(candidate.caps, _others(candidate), at, mine) or ()
    return None


def caps(candidate: Candidate) -> Fail | None:
    """Not too many promotions over all channels: by the house's caps, her own wish, and the law of her country. The
    dispatch is the reservation: it counts from this transaction on, until it fails or is taken back."""
    if not candidate.promotion:
        return None
    if candidate.house is None or candidate.preferences is None:
        return NOT_ASKED
    at = moment(candidate).at
    left = [use for use in _others(candidate) if use.dispatch_id not in candidate.displaces]
    for cap in candidate.caps:
        if at is not None and counting.full(cap, left, at):
            return Fail(cap.reason, f"at most {cap.most} in {cap.within // clock.DAY} days")
    return None


def preferences(candidate: Candidate) -> Fail | None:
    """As she wants it: not while she pauses, by the channel she chose for the purpose, and no calls if she wants none.

    A pause puts off what the sender gave an end beyond it. Anything else is refused: if each promotion of three months
    came on the day on which the pause ends, she would have paused in vain.
    """
    wish, said = candidate.request, candidate.preferences
    if wish.channel == VOICE and wish.purpose not in ASKED_FOR:
        if said is None:
            return NOT_ASKED
        if said.do_not_call:
            return Fail("do_not_call")
    if not candidate.promotion:
        return None
    if said is None:
        return NOT_ASKED
    begins = _begins(candidate)
    if said.paused_until > begins and (wish.not_after is None or said.paused_until >= wish.not_after):
        return Fail("paused")
    chosen = said.channels.get(wish.purpose)
    if chosen and chosen != wish.channel:
        return Fail(f"prefers_{chosen}")
    return None


def hours(candidate: Candidate) -> Fail | None:
    """At a time of day that is right where she is; else at the first that is."""
    if not candidate.promotion:
        return None
    if candidate.when is None:
        return NOT_ASKED
    found, end = moment(candidate), candidate.request.not_after
    if found.at is None:
        return Fail("no_hours", found.detail)
    if found.at <= _begins(candidate):
        return None
    if end is not None and found.at >= end:
        return Fail("expired", f"it may leave only after its end: {found.reason}")
    return Fail(found.reason, found.detail, until=found.at)


def duplicate(candidate: Candidate) -> Fail | None:
    """Not the same words again, on whichever channel."""
    if not candidate.promotion or candidate.digest is None:
        return None
    if candidate.house is None:
        return NOT_ASKED
    within, now = candidate.house.duplicate_days * clock.DAY, moment(candidate).at or candidate.now
    if any(use.digest == candidate.digest and abs(now - use.at) < within for use in _others(candidate)):
        return Fail("duplicate", f"within {candidate.house.duplicate_days} days")
    return None


def moment(candidate: Candidate) -> Moment:
    """When a promotion leaves: after her pause, in no quiet hours, within the hours of the law."""
    begins, said, when = _begins(candidate), candidate.preferences, candidate.when
    paused = said.paused_until if said is not None else 0
    start = max(begins, paused)
    if when is None or start == begins and times.is_allowed(when, start):
        return Moment(start, "paused" if start > begins else "")
    at = times.first(when, start)
    if at is None:
        return Moment(None, detail="no hour of the next two weeks is allowed")
    if start > begins:
        return Moment(at, "paused")
    return Moment(at, "quiet_hours" if times.is_quiet(when, start) else "legal_hours")


def _begins(candidate: Candidate) -> int:
    return max(candidate.now, candidate.request.not_before)


def _others(candidate: Candidate) -> list:
    """What else she gets; never itself, which has its place already when it is judged again."""
    return [use for use in candidate.uses if not use.dispatch_id or use.dispatch_id != candidate.dispatch_id]
