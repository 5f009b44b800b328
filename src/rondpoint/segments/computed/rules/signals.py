"""The facts that say how somebody takes to a channel, and those in which she acts. Pure."""

from enum import StrEnum

from msgspec import Struct

from rondpoint.segments.types import Event, Op, Test, Where


class Sign(StrEnum):
    RECEIVED = "received"
    OPENED = "opened"
    CLICKED = "clicked"
    ANSWERED = "answered"


POINTS = {Sign.OPENED: 1, Sign.CLICKED: 2, Sign.ANSWERED: 4}
"""What a sign is worth; what she received earns nothing and is what the others are measured by."""


class Signal(Struct, frozen=True):
    """Facts of one type and what they say; ``channel``: of those that do not name it themselves."""

    sign: Sign
    event: Event
    channel: str = ""


def _state(state: str) -> Event:
    return Event("message.state", where=(Where(("state",), (Test(Op.IS, state),)),))


def _by_her(name: str) -> Event:
    """What a person did, not a machine that looks through mail before she does (``sending.seen``)."""
    return Event(name, where=(Where(("machine",), (Test(Op.EXISTS, False),)),))


# Of our own messages, and as Segment's specification of e-mail names those of another sender.
# https://segment.com/docs/connections/spec/email/
SIGNALS = (
    Signal(Sign.RECEIVED, Event("message.queued")),
    Signal(Sign.RECEIVED, Event("Email Delivered"), "email"),
    Signal(Sign.OPENED, _state("read")),
    Signal(Sign.OPENED, _by_her("message.opened")),
    Signal(Sign.OPENED, Event("Email Opened"), "email"),
    Signal(Sign.CLICKED, _by_her("message.clicked")),
    Signal(Sign.CLICKED, Event("Email Link Clicked"), "email"),
    Signal(Sign.ANSWERED, Event("message.received")),
)
ACTS = (
    *(signal.event for signal in SIGNALS if signal.sign is not Sign.RECEIVED),
    Event("continuation.used"),
)
"""In these she answers or acts at a moment of her own choice."""
