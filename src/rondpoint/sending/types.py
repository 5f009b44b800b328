"""Words of the sending room. Times in microseconds UTC."""

from typing import Literal

from msgspec import Struct

from rondpoint.channels.contract import Address, Channel, ConnectionInfo, DispatchState, MessageOut, Part
from rondpoint.consent.types import Standing

# Purposes that answer a person or carry out what she asked for; every other one is promotion.
TRANSACTIONAL = frozenset(
    {
        "service", "transactional", "continuation", "proof", "code", "order", "receipt", "opt_out_confirmation",
        "opt_in_confirmation",
    }
)  # fmt: skip
OPT_OUT_CONFIRMATION = "opt_out_confirmation"
OPT_IN_CONFIRMATION = "opt_in_confirmation"


class Request(Struct, frozen=True):
    """A wish to send one message to one address. The same ``idempotency_key`` is one wish."""

    profile_id: int
    channel: str
    connection_id: int
    address: Address
    purpose: str
    message: MessageOut
    idempotency_key: str
    last_inbound: int | None = None  # when the person last wrote from this address
    priority: Literal["high", "normal"] = "normal"
    not_before: int = 0  # leaves then at the earliest, and may be withdrawn until it does


class Verdict(Struct, frozen=True):
    """What the gate said. ``send`` and ``defer`` have a dispatch, ``refuse`` a step and a reason."""

    decision_id: int | None
    decision: str  # public id; empty for a preview
    verdict: Literal["send", "defer", "refuse"]
    step: str = ""
    reason: str = ""
    detail: str = ""
    dispatch_id: int | None = None
    segments: int = 0
    due: int = 0  # when a deferred one leaves


class DispatchView(Struct, frozen=True):
    """Where a dispatch stands; ``cancelled``: taken back before it left."""

    state: DispatchState | Literal["cancelled"]
    error: str = ""
    segments: int = 1
    sent: int | None = None
    delivered: int | None = None
    read: int | None = None


class Fail(Struct, frozen=True):
    """A step's no, or with ``until`` its not yet."""

    reason: str
    detail: str = ""
    until: int | None = None


class Suppressed(Struct, frozen=True):
    """One suppression in force for an address on a channel."""

    reason: str
    scope: str
    created: int


class Candidate(Struct):
    """A request with all that the steps need, loaded beforehand. Steps fill in what later ones use."""

    request: Request
    now: int
    channel: Channel | None = None
    connection: ConnectionInfo | None = None
    active: bool = False  # the connection is
    alive: bool = False  # the profile exists
    known: bool = False  # this idempotency key was judged before
    address: str = ""  # normalised
    suppressions: tuple[Suppressed, ...] = ()
    standing: Standing | None = None  # what the ledger of consent says; for promotion only
    confirmed: int | None = None  # when this address last had the confirmation of an opt-out
    automated_last_hour: int = 0  # messages written by no person to this address
    backlog: int = 0  # dispatches that leave before this one on its connection
    parts: tuple[Part, ...] = ()
    steps: list[dict] = []

    @property
    def segments(self) -> int:
        """What it costs: segments over all parts."""
        return sum(part.segments for part in self.parts)

    @property
    def automated(self) -> bool:
        """Was it written by no person?"""
        return self.request.message.automated or self.request.purpose not in TRANSACTIONAL
