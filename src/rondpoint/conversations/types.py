"""Words of the conversations room."""

from msgspec import Struct

from rondpoint.sending.types import Verdict


class Reply(Struct, frozen=True):
    """What became of an answer: the message, or only the gate's verdict when it refused."""

    message: object | None
    verdict: Verdict


class Reach(Struct, frozen=True):
    """Whether a person can be written to on a channel now, why not, and what it costs."""

    channel: str
    label: str
    address_kind: str
    address: str
    address_shown: str
    connection_id: int | None
    usable: bool
    reason: str = ""
    explanation: str = ""
    segments: int | None = None
    encoding: str = ""
    preferred: bool = False
    evidence: str = ""


class Issued(Struct, frozen=True):
    """A way to go on elsewhere, shown once: only its HMAC is kept."""

    kind: str
    token: str = ""
    url: str = ""
    code: str = ""
    qr_svg: str = ""
    address: str = ""
    expires: int = 0
    verdict: Verdict | None = None
    message: object | None = None


class Shown(Struct, frozen=True):
    """What a continuation's page may say before anybody agreed to anything: nothing of the person."""

    brand: str
    colour: str
    language: str
    kind: str
    state: str  # open | used | expired
    connection_key: str = ""  # of the chat that takes it up


class Asked(Struct, frozen=True):
    """What a customer asked for on her own page, as a line. ``files``: what each is called and where it is;
    ``until``: when they go, microseconds UTC."""

    label: str
    state: str
    until: int
    files: tuple[tuple[str, str], ...] = ()
