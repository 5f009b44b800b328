"""Who forgets what, when a person is to be forgotten: one eraser a room, in the order in which they work."""

from collections import Counter

from rondpoint.accounts.erasing import ERASER as ACCOUNTS
from rondpoint.channels.email import outbox
from rondpoint.channels.erasing import ERASER as CHANNELS
from rondpoint.consent.erasing import ERASER as CONSENT
from rondpoint.conversations.erasing import ERASER as CONVERSATIONS
from rondpoint.customers import forgetting
from rondpoint.customers.erasing import ERASER as CUSTOMERS
from rondpoint.demo.erasing import ERASER as DEMO
from rondpoint.events.erasing import ERASER as EVENTS
from rondpoint.hub.erasing import ERASER as HUB
from rondpoint.hub.rights import ledger
from rondpoint.jobs import erasing
from rondpoint.jobs.erasing import Counts, Eraser, Subject
from rondpoint.segments.erasing import ERASER as SEGMENTS
from rondpoint.sending.erasing import ERASER as SENDING
from rondpoint.tracking.erasing import ERASER as TRACKING

# Who she is goes last: until then the others find what is hers.
ERASERS = (CONVERSATIONS, SENDING, SEGMENTS, CONSENT, HUB, CHANNELS, TRACKING, ACCOUNTS, DEMO, EVENTS, CUSTOMERS)


def _mails(subject: Subject) -> Counts:
    return Counter({"outbox": outbox.forget(erasing.traces(subject))})


def register() -> None:
    """Tells the rights room about all erasers, and everybody who takes things in about the ledger. Doing it twice
    changes nothing."""
    for eraser in (*ERASERS, Eraser("outbox", outside=_mails)):
        erasing.register(eraser)
    forgetting.ask_with(ledger.forgotten)
