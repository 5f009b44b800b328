"""Recording facts."""

from rondpoint.events.models import Event
from rondpoint.events.types import Fact
from rondpoint.jobs import wake
from rondpoint.lib import bulk, clock


def record(facts: list[Fact]) -> None:
    """Appends facts inside the caller's ``write()``; one that its source already told is left as it is."""
    if not facts:
        return
    received = clock.now()
    bulk.add(
        Event,
        ("profile_id", "type", "channel", "connection_id", "source", "message_id", "occurred", "received", "properties"),
        [
            (
                fact.profile_id, fact.type, fact.channel, fact.connection_id, fact.source, fact.message_id, fact.occurred,
                received, fact.properties,
            )
            for fact in facts
        ],
        new=True,
    )  # fmt: skip
    wake.notify("events")
