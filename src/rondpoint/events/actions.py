"""Recording facts."""

from operator import attrgetter

from rondpoint.events.models import Event
from rondpoint.events.types import Fact
from rondpoint.jobs import wake
from rondpoint.lib import bulk, clock

# What is stored of a fact as it was told.
TOLD = ("profile_id", "type", "channel", "connection_id", "source", "message_id", "occurred", "properties")
_told = attrgetter(*TOLD)


def record(facts: list[Fact]) -> None:
    """Appends facts inside the caller's ``write()``; one that its source already told is left as it is."""
    if not facts:
        return
    received = clock.now()
    bulk.add(Event, (*TOLD, "received"), [(*_told(fact), received) for fact in facts], new=True)
    wake.notify("events")
