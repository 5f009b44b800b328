"""What every channel keeps: the types that cross its border and the class it subclasses.

Imports nothing but ``lib`` and msgspec, so that a channel's parser can run in a limited child process.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Literal

import msgspec
from msgspec import Struct

Evidence = Literal["claimed", "provider", "signed", "verified"]
DispatchState = Literal["queued", "sent", "delivered", "read", "failed", "unknown"]


class Setting(Struct, frozen=True):
    """One field of a connection, rendered on its connect screen and settable by the command line."""

    name: str
    label: str
    required: bool = False
    secret: bool = False
    help: str = ""
    choices: tuple[str, ...] = ()
    default: str = ""


class Manifest(Struct, frozen=True):
    """What a channel is and can do. ``kind`` is its slug; ``address_kind`` the identifier it writes to.

    Of the ``capabilities`` two say how it reaches people: ``rings`` (it makes itself heard, so a late reminder may take
    it) and ``on_site`` (she has it before her while she looks at the site).
    """

    kind: str
    label: str
    address_kind: str
    settings: tuple[Setting, ...]
    capabilities: frozenset[str] = frozenset()
    text_limit: int | None = None
    limit_unit: Literal["gsm7", "utf16", "grapheme", "byte", ""] = ""
    reply_window: int | None = None  # microseconds after the last inbound message; None: always
    person_starts: bool = False  # True: we may write only after the person has
    rate_per_second: float | None = None
    opt_out_words: frozenset[str] = frozenset()
    opt_in_words: frozenset[str] = frozenset()
    isolate_parse: bool = False  # parse hostile structure in a child with limits
    libraries: tuple[str, ...] = ()


class ConnectionInfo(Struct, frozen=True):
    """A connection as its channel sees it: ``settings`` holds the opened secrets too."""

    id: int
    public_id: str
    kind: str
    name: str
    settings: dict[str, str]
    brand_name: str = ""
    country: str = "FR"
    language: str = "fr"
    inbound_url: str = ""

    def get(self, name: str, default: str = "") -> str:
        return self.settings.get(name) or default


class Raw(Struct, frozen=True):
    """A delivery exactly as it came. ``headers`` have lower-case names; ``url`` is the public URL with query."""

    body: bytes
    headers: dict[str, str] = {}
    url: str = ""
    method: str = "POST"
    received: int = 0


class Address(Struct, frozen=True):
    """An address of a person as a channel saw it. ``evidence``: how surely the sender holds it."""

    kind: str
    value: str
    name: str = ""
    evidence: Evidence = "claimed"


class FileIn(Struct, frozen=True):
    """A file that came with a message, or the reference by which ``fetch_media`` gets it."""

    name: str
    content_type: str
    content: bytes = b""
    content_id: str = ""
    inline: bool = False
    ref: str = ""


class MessageIn(Struct, frozen=True, tag="message"):
    """A message that came in. ``text`` is what she wrote; ``folded`` the quoted history and signature."""

    event_id: str
    at: int
    sender: Address
    account: str  # our own address or number it was written to
    text: str = ""
    folded: str = ""
    html: str = ""
    subject: str = ""
    addresses: tuple[Address, ...] = ()  # further identifiers of the same sender
    participants: tuple[Address, ...] = ()  # others in the exchange (To, Cc, Reply-To): they gain no rights
    files: tuple[FileIn, ...] = ()
    references: tuple[str, ...] = ()  # external ids this answers, nearest first
    external_id: str = ""  # by which later messages will refer to this one (Message-ID)
    token: str = ""  # our own signed token found in it (plus-address)
    automated: str = ""  # why it must never be answered (auto-reply, list, loop); empty: a person wrote it
    language: str = ""
    page: str = ""


class Receipt(Struct, frozen=True, tag="receipt"):
    """News of something we sent. ``external_id`` is what ``send`` returned."""

    event_id: str
    at: int
    external_id: str
    state: DispatchState
    error: str = ""
    permanent: bool = False  # the address itself is dead: suppress it
    address: str = ""


class Seen(Struct, frozen=True, tag="seen"):
    """Somebody opened what we sent, or followed a ``link`` in it. ``machine``: the provider says that no person did (a
    privacy proxy, a scanner of links); ``event_id``: the same for a repetition of the same event."""

    event_id: str
    at: int
    external_id: str
    action: Literal["opened", "clicked"]
    link: str = ""
    machine: bool = False


class Consent(Struct, frozen=True, tag="consent"):
    """The person withdrew or gave consent in the channel itself (STOP word, complaint)."""

    event_id: str
    at: int
    address: Address
    action: Literal["stop", "start", "complaint"]
    text: str = ""
    account: str = ""


class AddressChange(Struct, frozen=True, tag="address_change"):
    event_id: str
    at: int
    old: Address
    new: Address


class Edit(Struct, frozen=True, tag="edit"):
    event_id: str
    at: int
    external_id: str
    text: str


class Delete(Struct, frozen=True, tag="delete"):
    event_id: str
    at: int
    external_id: str


class Reaction(Struct, frozen=True, tag="reaction"):
    event_id: str
    at: int
    external_id: str
    sender: Address
    reaction: str


class Typing(Struct, frozen=True, tag="typing"):
    event_id: str
    at: int
    sender: Address


class Call(Struct, frozen=True, tag="call"):
    event_id: str
    at: int
    caller: Address
    state: str


class Ignored(Struct, frozen=True, tag="ignored"):
    """A delivery understood and left alone, with the reason a person can read."""

    reason: str


class Incomplete(Struct, frozen=True, tag="incomplete"):
    """One part of a message sent in several: kept until ``total`` parts of ``group`` are here."""

    group: str
    number: int
    total: int
    at: int


Parsed = (
    MessageIn | Receipt | Seen | Consent | AddressChange | Edit | Delete | Reaction | Typing | Call | Ignored
    | Incomplete
)  # fmt: skip


class FileOut(Struct, frozen=True):
    """A file to send; ``sha256`` names it in the file store and ``url`` is where a stranger may fetch it."""

    name: str
    content_type: str
    sha256: str
    url: str = ""
    content: bytes = b""


class MessageOut(Struct, frozen=True):
    """A message to send, before a channel gives it its form."""

    id: str  # public id of the message: stable, so rendering twice gives the same bytes
    to: Address
    text: str
    html: str = ""
    subject: str = ""
    sender_name: str = ""
    files: tuple[FileOut, ...] = ()
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    reply_token: str = ""  # goes into reply+token@ where a channel has such a thing
    purpose: str = "service"
    language: str = ""
    at: int = 0
    automated: bool = False  # written by no person: marked so (RFC 3834)
    unsubscribe_url: str = ""  # of a promotion: one click there ends them (RFC 8058)


class Part(Struct, frozen=True):
    """One unit that a provider takes in one call; ``data`` is the channel's own."""

    to: str
    text: str = ""
    index: int = 0
    total: int = 1
    segments: int = 1
    data: dict[str, Any] = {}


class Refused(Struct, frozen=True):
    """The channel cannot carry this message: ``too_long``, ``window_closed``, ``no_address``, ``empty``…"""

    reason: str
    detail: str = ""


class Sent(Struct, frozen=True):
    """The provider has taken it. ``state`` is further along where the channel knows at once."""

    external_ids: tuple[str, ...] = ()
    state: DispatchState = "sent"


class SendError(Struct, frozen=True):
    """The provider refused. ``permanent``: never try again; else after ``retry_after`` seconds (None: back-off).

    ``dead_address``: the address itself does not exist and is to be suppressed.
    """

    detail: str
    permanent: bool = False
    retry_after: float | None = None
    dead_address: bool = False


class OutcomeUnknown(Struct, frozen=True):
    """Nobody can say whether it left (line cut after the request). Never resent blindly."""

    detail: str


SendResult = Sent | SendError | OutcomeUnknown
Deliver = Callable[["ConnectionInfo", "str", "Raw"], Awaitable[bool]]
"""``await deliver(connection, external_id, raw)`` returns once the delivery is on disk (True: it was new)."""


class Policy(Struct, frozen=True):
    """Whether we may write now: ``reason`` is empty or a word of :class:`Refused`; ``until`` in microseconds."""

    allowed: bool
    reason: str = ""
    until: int | None = None


class Channel:
    """The base every channel subclasses. Pure where it says so; the rest of the house never asks ``kind ==``."""

    manifest: Manifest

    def verify(self, raw: Raw, connection: ConnectionInfo) -> bool:
        """Is this request the provider's? Constant-time; an empty secret always rejects."""
        return False

    def handshake(self, raw: Raw, connection: ConnectionInfo) -> bytes | None:
        """The answer to the platform's challenge, or None when the request is none."""
        return None

    def acknowledgement(self, raw: Raw, connection: ConnectionInfo) -> tuple[bytes, str]:
        """Body and content type of the 200 that follows a stored delivery."""
        return b"", "text/plain"

    def delivery_id(self, raw: Raw) -> str:
        """A cheap key that is the same for a repeated delivery. Pure."""
        raise NotImplementedError

    def parse(self, raw: Raw, connection: ConnectionInfo) -> list[Parsed]:
        """What happened, out of the bytes. Pure; raises ValueError on what it cannot read."""
        raise NotImplementedError

    def assemble(self, raws: list[Raw], connection: ConnectionInfo) -> list[Parsed]:
        """The whole message out of all the parts that :class:`Incomplete` announced, in order. Pure.

        Where some never came, what is there, with a mark in the place of each gap.
        """
        raise NotImplementedError

    def render(self, message: MessageOut, connection: ConnectionInfo) -> list[Part] | Refused:
        """The message in this channel's form. Pure and deterministic."""
        raise NotImplementedError

    async def send(self, part: Part, connection: ConnectionInfo, http: Any, idempotency_key: str) -> SendResult:
        """Hands one part to the provider. ``http``: the guarded ``httpx.AsyncClient``."""
        raise NotImplementedError

    async def fetch_media(self, ref: str, connection: ConnectionInfo, http: Any) -> bytes:
        """The content of a file that a message only named. Raises ``httpx.HTTPError`` or ``lib.http.TooLarge``."""
        raise NotImplementedError

    def takes(self, address: str, connection: ConnectionInfo) -> bool:
        """Does this connection receive what is sent to ``address``?"""
        return address == self.account(connection)

    def reply_address(self, token: str, connection: ConnectionInfo) -> str:
        """Our own address that carries a conversation's token; empty where the channel has no such thing."""
        return ""

    def external_id(self, message_id: str, connection: ConnectionInfo) -> str:
        """By which answers will refer to our message of that public id; empty where answers refer to nothing."""
        return ""

    def normalize_address(self, text: str, connection: ConnectionInfo) -> str:
        """The comparable form of an address typed by a person. Raises ``lib.addresses.BadAddress``."""
        raise NotImplementedError

    def reply_policy(self, last_inbound: int | None, now: int) -> Policy:
        """May we write now, given when the person last wrote on this channel? Pure."""
        window = self.manifest.reply_window
        if last_inbound is None:
            return Policy(False, "person_starts") if self.manifest.person_starts else Policy(True)
        if window is None:
            return Policy(True)
        if now > last_inbound + window:
            return Policy(False, "window_closed")
        return Policy(True, until=last_inbound + window)

    def opt_out_reply(self, connection: ConnectionInfo) -> str:
        """The one message that confirms a STOP; empty where the provider or the medium confirms it by itself."""
        return ""

    def account(self, connection: ConnectionInfo) -> str:
        """Our own address on this connection, as the person sees it."""
        return ""

    def has_session(self, connection: ConnectionInfo) -> bool:
        """Does this connection need :meth:`session`? Its sends then go through the holder of the session."""
        return False

    async def session(self, connection: ConnectionInfo, deliver: Deliver) -> None:
        """Long-lived: runs until cancelled, reconnecting by itself. Held once across all workers."""
        raise NotImplementedError

    async def check(self, connection: ConnectionInfo, http: Any) -> str:
        """Tries the connection for real; an empty string, or a sentence that says what to mend."""
        return ""

    def check_settings(self, settings: dict[str, str]) -> dict[str, str]:
        """Problems by field name, in sentences; called before a connection is stored. Pure."""
        problems = {
            field.name: f"{field.label}: a value is needed"
            for field in self.manifest.settings
            if field.required and not settings.get(field.name)
        }
        for field in self.manifest.settings:
            value = settings.get(field.name)
            if value and field.choices and value not in field.choices:
                problems[field.name] = f"{field.label}: {value!r} is not one of {', '.join(field.choices)}"
        known = {field.name for field in self.manifest.settings}
        for name in settings.keys() - known:
            problems[name] = f"{name}: no such setting; known: {', '.join(sorted(known))}"
        return problems


_decoder = msgspec.msgpack.Decoder(list[Parsed])


def pack_parsed(items: list[Parsed]) -> bytes:
    """Parsed items as bytes, to come back from a child process."""
    return msgspec.msgpack.encode(items)


def unpack_parsed(data: bytes) -> list[Parsed]:
    """The inverse of :func:`pack_parsed`."""
    return _decoder.decode(data)
