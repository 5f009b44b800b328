"""Words of the silo audit. Times in microseconds UTC; what is counted are customers, unless a name says otherwise."""

from msgspec import Struct

LATELY_DAYS = 30  # what "lately" means
FIELDS = ("name", "email", "phone", "address", "birthday", "language", "account", "consent")
"""What should be known of a customer: ``address`` by post, ``account`` as a number some system gave her."""


class Feed(Struct, frozen=True, kw_only=True):
    """Something that was set up to tell Rondpoint of people: a connection, a site, files, a key.

    ``key``: the source of profiles under which it speaks; ``kind``: channel, site, sync, files, staff, api or other;
    ``place``: the address of its screen; ``last``: when it last spoke; ``lately`` and ``before``: messages, facts or
    rows in the last :data:`LATELY_DAYS` days and in those before them; ``problem``: what is wrong with it now.
    """

    key: str
    kind: str
    name: str
    detail: str = ""
    place: str = ""
    last: int | None = None
    lately: int = 0
    before: int = 0
    active: bool = True
    problem: str = ""


class Silo(Struct, frozen=True, kw_only=True):
    """What one source knows. ``alone``: customers nobody else knows; ``alone_email`` and ``alone_phone``: those of them
    who have one; ``alone_alike``: those of them who share an address with another customer; ``filled``: by each of
    :data:`FIELDS` the customers of whom this source says it, and of its customers those who agreed to something;
    ``age``: of the newest word per customer, the median; ``newest``: its newest word of all."""

    key: str
    customers: int
    alone: int
    alone_email: int
    alone_phone: int
    alone_alike: int
    filled: dict[str, int]
    age: int
    newest: int


class Overlap(Struct, frozen=True):
    """How many customers two sources both know; each pair once."""

    one: str
    other: str
    both: int


class Conflict(Struct, frozen=True):
    """A trait of which two sources say something about the same customers: of how many, and of how many they say
    different things. ``examples``: numbers of some of these customers."""

    one: str
    other: str
    trait: str
    both: int
    different: int
    examples: list[int]


class Seer(Struct, frozen=True, kw_only=True):
    """Who sees and uses what. ``kind``: role, team, system (a webhook), destination or key.

    Of people: ``people``: how many; ``may``: what any of them may; ``reach``: all conversations, those of no team and
    ``hers``, or none; ``conversations``: how many that are; ``brands``: if they are limited; ``used``: what they used
    lately: messages by channel, and by the kinds of ``using``; ``sources``: of the customers they opened lately those
    whom each source knows. Of systems: ``what`` they are given, of a ``segment`` only, into which ``table``; ``used``:
    ``facts`` told, ``rows`` of the table, ``changes`` made by a key; ``last``: when that was.
    """

    kind: str
    name: str
    people: int = 0
    may: list[str] = []
    reach: str = ""
    conversations: int = 0
    brands: list[str] = []
    what: list[str] = []
    segment: str = ""
    table: str = ""
    used: dict[str, int] = {}
    sources: dict[str, int] = {}
    last: int | None = None
    active: bool = True
    problem: str = ""


class Look(Struct, frozen=True):
    """Somebody who took data out lately: who, what, how often, and when last."""

    actor: str
    action: str
    times: int
    last: int


class Audit(Struct, frozen=True, kw_only=True):
    """All figures of one moment. ``shared``: customers whom more than one source knows; ``waiting``: likenesses that
    wait for somebody's answer; ``differing``: types of events that look different than before, or fell silent."""

    at: int
    customers: int
    shared: int
    waiting: int
    feeds: list[Feed]
    silos: list[Silo]
    overlaps: list[Overlap]
    conflicts: list[Conflict]
    seers: list[Seer]
    looks: list[Look]
    differing: int = 0


class Advice(Struct, frozen=True, kw_only=True):
    """What to connect or repair next. ``code`` names the sentence, ``about`` what stands in it; ``weight``: customers
    concerned, about; ``place``: where it is done."""

    code: str
    weight: float
    place: str
    about: dict[str, str | int | float]
