"""Words of the sending room. Times in microseconds UTC."""

from typing import Literal

from msgspec import Struct

from rondpoint.channels.contract import Address, Channel, ConnectionInfo, DispatchState, MessageOut, Part
from rondpoint.consent.rules.law import Hours
from rondpoint.consent.types import BUILT_IN, NEEDS_NOBODY, NO_PROMOTION, Preferences, Standing, Terms

OPT_OUT_CONFIRMATION = "opt_out_confirmation"
OPT_IN_CONFIRMATION = "opt_in_confirmation"
PRIORITIES = {"low": -1, "normal": 0, "high": 1}
CENT = 100
"""Costs are counted in hundredths of a euro cent."""
Span = tuple[int, int]
"""From and to in minutes of a day; where it ends before it begins it goes over midnight."""


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
    priority: Literal["high", "normal", "low"] = "normal"
    not_before: int = 0  # leaves then at the earliest, and may be withdrawn until it does
    not_after: int | None = None  # it has lost its sense from then on


def promotes(purpose: str, terms: Terms | None) -> bool:
    """Does a purpose promote something? By its class; one that nobody knows does. ``terms``: none are needed for what
    is built in."""
    return purpose not in BUILT_IN and (terms is None or terms.purpose_class not in NO_PROMOTION)


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
    notes: tuple[dict, ...] = ()  # of a preview: the steps it took, as a decision keeps them


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


class Cap(Struct, frozen=True):
    """At most ``most`` promotions to one person in any ``within`` microseconds; of one purpose and one channel where
    they are named. ``reason`` is given when it is full: ``capped`` is the house's, ``per_week`` hers,
    ``law_frequency`` that of her country."""

    most: int
    within: int
    purpose: str = ""
    channel: str = ""
    reason: str = "capped"


class Use(Struct, frozen=True):
    """A promotion that left, is leaving or waits, as caps count it. ``at``: when it left or will; ``yields``: it waits
    and nobody is sending it, so that a more important one may take its place."""

    dispatch_id: int
    at: int
    purpose: str
    channel: str
    priority: int = 0
    digest: int | None = None
    yields: bool = False


class Price(Struct, frozen=True):
    """What one message costs on a channel, in hundredths of a euro cent: to these countries (ISO 3166-1), or to all
    that no other price of the channel names."""

    channel: str
    cost: int
    countries: tuple[str, ...] = ()


class HouseRules(Struct, frozen=True):
    """What the house decided about promotions. ``hold_out``: percent of all customers who get none, to compare with;
    ``duplicate_days``: the same words come again after so many days at the earliest, 0: at any time; ``quiet``: by
    channel the hours in which none comes, for who said no hours herself; ``complaint_priority``: an open conversation
    of at least this priority is a complaint (None: none is), and so is one of ``complaint_teams`` (their numbers);
    ``prices``: what messages cost, which weighs when a channel is chosen."""

    hold_out: int = 0
    duplicate_days: int = 7
    quiet: dict[str, Span] = {}
    complaint_priority: int | None = 2
    complaint_teams: tuple[int, ...] = ()
    caps: tuple[Cap, ...] = ()
    prices: tuple[Price, ...] = ()


class Stage(Struct, frozen=True):
    """Which of several messages about one thing it is: the ``step``-th ``of`` so many, as a second reminder of three.
    The later, the more insistent it may be."""

    step: int = 1
    of: int = 1


class Option(Struct, frozen=True):
    """A channel by which somebody may get a message, with the gate's verdict on it.

    ``due``: when it would leave, microseconds UTC; ``chosen``: she chose it herself for the purpose; ``engagement``: 0
    to 100, how she takes to it, None where nothing is known; ``cost``: of the whole message, in hundredths of a euro
    cent, None where the house named no price; ``present``: she is there right now; ``rings``: it makes itself heard.
    """

    channel: str
    verdict: Literal["send", "defer", "refuse"]
    due: int = 0
    chosen: bool = False
    engagement: int | None = None
    cost: int | None = None
    present: bool = False
    rings: bool = False


class Ranked(Struct, frozen=True):
    """An option in its place: 1 is tried first, the next when that is refused; 0: the gate refuses it. ``waits``: not
    before it is later than others may leave."""

    option: Option
    place: int
    score: int
    waits: bool


class When(Struct, frozen=True):
    """When somebody may be written to: in each of ``zones`` (several where only her country is known) outside
    ``quiet`` and within one span of each of the laws."""

    zones: tuple[str, ...]
    quiet: Span | None = None
    laws: tuple[tuple[Hours, ...], ...] = ()


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
    terms: Terms | None = None  # of its purpose, where it is not built in
    suppressions: tuple[Suppressed, ...] = ()
    standing: Standing | None = None  # what the ledger of consent says, where it is asked
    customer_id: int = 0  # known, as all down to ``told``, for promotions only
    house: HouseRules | None = None
    preferences: Preferences | None = None  # also for calls
    when: When | None = None
    caps: tuple[Cap, ...] = ()
    uses: tuple[Use, ...] = ()
    digest: int | None = None  # of its words
    told: dict[str, bool] = {}  # what higher rooms say of her: {name of their step: yes or no}
    dispatch_id: int = 0  # its own, when it is judged again
    displaces: tuple[int, ...] = ()  # dispatches that give way to it
    confirmed: int | None = None  # when this address last had the confirmation of an opt-out
    automated_last_hour: int = 0  # messages written by no person to this address
    backlog: int = 0  # dispatches that leave before this one on its connection
    parts: tuple[Part, ...] = ()
    steps: list[dict] = []

    @property
    def promotion(self) -> bool:
        """Does it promote something? Then all that spares her applies."""
        return promotes(self.request.purpose, self.terms)

    @property
    def refusable(self) -> bool:
        """Is it hers to say yes or no to it? Then the ledger of consent is asked."""
        return self.promotion or (self.terms is not None and self.terms.basis not in NEEDS_NOBODY)

    @property
    def segments(self) -> int:
        """What it costs: segments over all parts."""
        return sum(part.segments for part in self.parts)

    @property
    def automated(self) -> bool:
        """Was it written by no person?"""
        return self.request.message.automated or self.promotion
