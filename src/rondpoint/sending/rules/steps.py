"""The first steps of the gate. Each takes a candidate and says None (go on) or a Fail with its reason."""

import msgspec

from rondpoint.channels.contract import ConnectionInfo, Refused
from rondpoint.lib import clock
from rondpoint.lib.addresses import BadAddress
from rondpoint.sending.types import OPT_OUT_CONFIRMATION, Candidate, Fail

AUTOMATED_PER_HOUR = 30  # messages written by no person to one address: stops loops and floods of codes
AT_ONCE = clock.SECOND  # a wait shorter than this is none


def idempotency(candidate: Candidate) -> Fail | None:
    """One wish is judged once."""
    return Fail("duplicate") if candidate.known else None


def alive(candidate: Candidate) -> Fail | None:
    """The person is there and the connection works."""
    if not candidate.alive:
        return Fail("gone", "the profile does not exist")
    if candidate.connection is None or candidate.channel is None:
        return Fail("no_connection")
    if candidate.connection.kind != candidate.request.channel:
        return Fail("no_connection", f"the connection is {candidate.connection.kind}")
    return None if candidate.active else Fail("inactive")


def suppression(candidate: Candidate) -> Fail | None:
    """Nothing goes to a suppressed address, but the one confirmation of an opt-out."""
    against = [row for row in candidate.suppressions if row.scope == "all" or candidate.promotion]
    if not against:
        return None
    if candidate.request.purpose == OPT_OUT_CONFIRMATION and all(row.reason == "stop" for row in against):
        said = max(row.created for row in against)
        if candidate.confirmed is None or candidate.confirmed < said:
            return None
        return Fail("stop", "the opt-out was confirmed before")
    return Fail(against[0].reason)


def consent(candidate: Candidate) -> Fail | None:
    """She agreed to this purpose on this channel at this address, or it is allowed without, by the law of where she is
    too; answers and what she asked for need no agreement."""
    if not candidate.refusable:
        return None
    if candidate.standing is None:
        return Fail("not_asked", "the ledger of consent was not asked")
    return None if candidate.standing.allowed else Fail(candidate.standing.reason, candidate.standing.rule)


def reachable(candidate: Candidate) -> Fail | None:
    """The address is one this channel writes to."""
    kind = candidate.channel.manifest.address_kind
    if candidate.request.address.kind != kind:
        return Fail("bad_address", f"{candidate.request.channel} writes to {kind} addresses")
    try:
        candidate.address = candidate.channel.normalize_address(
            candidate.request.address.value, candidate.connection
        )
    except BadAddress as error:
        return Fail("bad_address", str(error))
    return None


def window(candidate: Candidate) -> Fail | None:
    """The channel lets us write now."""
    policy = candidate.channel.reply_policy(candidate.request.last_inbound, candidate.now)
    return None if policy.allowed else Fail(policy.reason or "window_closed")


def limits(candidate: Candidate) -> Fail | None:
    """The channel can carry the message: rendering it is the proof."""
    to = msgspec.structs.replace(candidate.request.message.to, value=candidate.address)
    rendered = candidate.channel.render(
        msgspec.structs.replace(candidate.request.message, to=to), candidate.connection
    )
    if isinstance(rendered, Refused):
        return Fail(rendered.reason, rendered.detail)
    if not rendered:
        return Fail("empty")
    candidate.parts = tuple(rendered)
    return None


def rate(candidate: Candidate) -> Fail | None:
    """Not too many to one address; and no faster than the provider takes them, which only defers."""
    if candidate.automated and candidate.automated_last_hour >= AUTOMATED_PER_HOUR:
        return Fail("too_many", f"{candidate.automated_last_hour} automatic messages in the last hour")
    per_second = rate_of(candidate.connection, candidate.channel.manifest.rate_per_second)
    if per_second is None or candidate.request.priority == "high":
        return None
    wait = int(candidate.backlog / per_second * clock.SECOND)
    return Fail("rate", until=candidate.now + wait) if wait >= AT_ONCE else None


def rate_of(connection: ConnectionInfo, manifest_rate: float | None) -> float | None:
    """Messages a second: the connection's own ``rate`` setting, else the channel's; None: no limit."""
    try:
        own = float(connection.get("rate") or 0)
    except ValueError:
        own = 0.0
    return own if own > 0 else manifest_rate
