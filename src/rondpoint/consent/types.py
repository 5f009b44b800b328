"""Words of the consent room. Times in microseconds UTC."""

from typing import Any, Literal

from msgspec import Struct

Class = Literal["service", "transactional", "marketing", "profiling", "measurement"]
Basis = Literal["contract", "legitimate_interest", "consent", "legal_obligation"]
Action = Literal["granted", "confirmed", "pending", "withdrawn", "objected", "stop", "start", "complaint"]

CLASSES = ("service", "transactional", "marketing", "profiling", "measurement")
BASES = ("contract", "legitimate_interest", "consent", "legal_obligation")
ACTIONS = ("granted", "confirmed", "pending", "withdrawn", "objected", "stop", "start", "complaint")
GRANTS = frozenset({"granted", "confirmed"})
"""What she says when she agrees; also the reasons of a yes that she said herself."""
REFUSALS = frozenset({"withdrawn", "objected", "stop", "complaint"})
IMPLIED = frozenset({"implied", "soft_opt_in"})
"""Bases of a grant that she did not say herself: it was read out of what she did, or out of what she bought. They are
the reasons of such a yes too, which holds only where the law of where she is takes it for one."""
NEEDS_NOBODY = frozenset({"contract", "legal_obligation"})
"""Bases on which nobody is asked, and which nobody can refuse."""

NO_PROMOTION = frozenset({"service", "transactional"})
"""Classes of what answers a person or carries out what she asked for; every other one promotes something."""
FIRST = frozenset({"service", "transactional"})
"""Purposes that keep the class of their name."""
RESERVED = frozenset(
    {"continuation", "proof", "code", "order", "receipt", "opt_out_confirmation", "opt_in_confirmation"}
)
"""Purposes of the house's own messages, about which nobody says a word: no other one has such a key."""
BUILT_IN = FIRST | RESERVED
OPENS_AND_CLICKS, PROFILING = "opens_and_clicks", "profiling"
"""What a person is asked for herself: may it be noted what she opens and follows; may models judge her?"""
PART_OF = {"order": "transactional", "receipt": "transactional"}
"""What somebody wants for a purpose holds for those that are a part of it."""

PHONE = "phone"
"""The kind of addresses that are telephone numbers."""
# Which kind of address each channel writes to, of those over which people choose how they are written to.
WAYS = {"email": "email", "sms": PHONE, "whatsapp": PHONE, "voice": PHONE, "print": "post"}
LANGUAGES = ("fr", "en")

Address = tuple[str, str]
"""Kind and value."""
Key = tuple[str, str, str, str]
"""Purpose, channel, kind of address, address. An empty part of a refusal means all there are."""


class BadEntry(ValueError):
    """An entry that cannot be written down. ``place``: its number among those given; ``field`` and ``reason``."""

    def __init__(self, place: int, field: str, reason: str):
        super().__init__(f"entry {place + 1}: {field}: {reason}")
        self.place, self.field, self.reason = place, field, reason


class BadPurpose(ValueError):
    """A purpose that cannot be kept so: ``field`` and ``reason``."""

    def __init__(self, field: str, reason: str):
        super().__init__(f"{field}: {reason}")
        self.field, self.reason = field, reason


class Entry(Struct, frozen=True):
    """One word about being written to, as it is written down.

    A grant names purpose, channel and address; a refusal may leave each empty and then means all of them. ``source``
    names the word: heard twice it is one. ``wording``: the version of the purpose's text that was shown, 0 when none
    was. ``proof``: what was shown, where, from where (``text``, ``page``, ``form``, ``url``, ``ip``, ``delivery``…).
    ``expires``: a grant ends then by itself.
    """

    profile_id: int | None
    action: Action
    source: str
    at: int
    purpose: str = ""
    channel: str = ""
    address_kind: str = ""
    address: str = ""
    basis: str = ""
    wording: int = 0
    language: str = ""
    proof: dict[str, Any] = {}
    expires: int | None = None
    by: str = ""  # the colleague or key that wrote it down


class Terms(Struct, frozen=True):
    """What the rules know of a purpose. No ``channels``: it is no message, and is asked of the person alone."""

    key: str
    purpose_class: str
    basis: str
    channels: tuple[str, ...] = ()
    double_opt_in: bool = False
    active: bool = True


class Word(Struct, frozen=True):
    """An entry as the rules see it. ``own``: said by a profile of this customer, not by another at the same address."""

    id: int
    purpose: str
    channel: str
    address_kind: str
    address: str
    action: str
    at: int
    expires: int | None = None
    own: bool = True
    basis: str = ""


class Shut(Struct, frozen=True):
    """A suppression in force at an address. ``channel`` empty: on each; ``scope``: all | marketing."""

    channel: str
    scope: str
    reason: str


class Row(Struct, frozen=True):
    """What holds for one key of a customer. ``until``: an agreement, or a pending one, ends then."""

    allowed: bool
    reason: str
    until: int | None = None
    entry_id: int | None = None


class Asked(Struct, frozen=True):
    """May this person be written to? ``customer_id`` or one of her ``profile_id``; the address in its normal form. A
    purpose that is no message is asked with neither channel nor address."""

    purpose: str
    channel: str = ""
    address_kind: str = ""
    address: str = ""
    customer_id: int | None = None
    profile_id: int | None = None


class Standing(Struct, frozen=True):
    """The answer. ``reason`` of a yes: granted, confirmed, implied, soft_opt_in, contract, legal_obligation,
    legitimate_interest; of a no:
    never_agreed, pending, expired, withdrawn, objected, stop, complaint, bounce, manual, unknown_purpose,
    inactive_purpose, unknown_person. ``entry_id``: the word in the ledger that decides. Where the law was asked too
    (``law.lawful``) there are further reasons, with the ``rule`` that says so."""

    allowed: bool
    reason: str
    until: int | None = None
    entry_id: int | None = None
    rule: str = ""


class Link(Struct, frozen=True):
    """What a link to the preference centre carries: whose it is, the address it was sent to, and for a message the
    purpose and the channel that one click ends, with its dispatch."""

    profile_id: int
    address_kind: str = ""
    address: str = ""
    purpose: str = ""
    channel: str = ""
    dispatch: str = ""


class BadPreference(ValueError):
    """A preference that cannot be kept: ``field`` and ``reason``."""

    def __init__(self, field: str, reason: str):
        super().__init__(f"{field}: {reason}")
        self.field, self.reason = field, reason


class Mail(Struct, frozen=True):
    """A mail that asks to confirm: to whom, in which language, and a key that makes it one however often it is asked
    for."""

    profile_id: int
    address: str
    subject: str
    text: str
    language: str
    key: str
    at: int


class Cell(Struct, frozen=True):
    """One channel of a purpose at one address; both are empty where the purpose is no message."""

    channel: str
    address_kind: str
    address: str
    standing: Standing

    @property
    def name(self) -> str:
        """How the cell is called in a form."""
        return f"{self.channel}|{self.address_kind}|{self.address}"


class Question(Struct, frozen=True):
    """The text by which somebody is asked for a purpose, as she sees it. ``version`` 0: the house wrote no question,
    and the text says what the purpose is."""

    text: str
    language: str
    version: int


class Line(Struct, frozen=True):
    """One purpose with its channels, of one person. ``names`` and ``descriptions``: by language; ``questions``: by the
    language of a page, in another one where the house wrote none in it; ``refusable``: she may say no to it."""

    key: str
    names: dict[str, str]
    descriptions: dict[str, str]
    purpose_class: str
    refusable: bool
    cells: list[Cell]
    questions: dict[str, Question]


class Choice(Struct, frozen=True):
    """What somebody chose: yes or no to one cell; ``question``: the text that she saw beside it, if any."""

    purpose: str
    channel: str
    address_kind: str
    address: str
    yes: bool
    question: Question | None = None


class Preferences(Struct, frozen=True):
    """How a person wants to be written to. ``channels``: {purpose: channel}; ``per_week``: {purpose: at most so many},
    "" for all together; ``quiet``: (from, to) in minutes of her day; ``do_not_call``: no calls by voice."""

    channels: dict[str, str] = {}
    per_week: dict[str, int] = {}
    paused_until: int = 0
    quiet: tuple[int, int] | None = None
    timezone: str = ""
    language: str = ""
    do_not_call: bool = False
