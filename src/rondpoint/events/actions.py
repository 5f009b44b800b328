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
    bulk.insert_new(
        [
            bulk.row(
                Event,
                profile_id=fact.profile_id,
                type=fact.type,
                channel=fact.channel,
                connection_id=fact.connection_id,
                source=fact.source,
                message_id=fact.message_id,
                occurred=fact.occurred,
                received=received,
                properties=fact.properties,
            )
            for fact in facts
        ]
    )
    wake.notify("events")
