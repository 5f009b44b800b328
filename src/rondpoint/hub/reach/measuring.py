"""Looking at a part of the people, in a child process."""

import gc
from collections.abc import Iterator
from typing import Any

import msgspec

from rondpoint.channels.contract import Address, MessageOut
from rondpoint.conversations.queries.trying import SAMPLE, last_inbound
from rondpoint.customers.models import Customer
from rondpoint.hub.reach.types import EXAMPLES, Cause, Reach, Way
from rondpoint.lib.spans import portions
from rondpoint.segments.models import Member
from rondpoint.sending import queries as sending

PORTION = 5000


def measure(
    segment: int | None, purpose: str, channels: list[str], at: int, text: str, part: int, parts: int
) -> dict[str, Any]:
    """What the gate says to every ``parts``-th portion of the people, from the ``part``-th on, as a ``Reach``.

    ``segment``: its number, None for everybody; ``at``: microseconds UTC.
    """
    message = MessageOut(
        id="preview", to=Address("", ""), text=text or SAMPLE, purpose=purpose, at=at, automated=True
    )
    ways = sending.ways_of(channels)
    crowd = sending.Crowd(purpose, message, ways, at, last_inbound)
    found = Reach()
    causes: list[dict[int, Cause]] = [{} for _ in ways]
    gc.disable()  # millions of small values and no rings of them: looking for some takes a fifth of the time
    try:
        for number, people in enumerate(portions(_people(segment), PORTION)):
            if number % parts == part:
                _count(found, causes, people, crowd)
    finally:
        gc.enable()
    known = {way.channel: of for way, of in zip(ways, causes, strict=True)}
    found.ways = [
        Way(channel, channel in known, list(known.get(channel, {}).values())) for channel in channels
    ]
    return msgspec.to_builtins(found)


def _people(segment: int | None) -> Iterator[int]:
    """The customers of a segment, or all, by their numbers."""
    if segment is not None:
        rows = Member.objects.filter(segment_id=segment).order_by("customer_id").values_list("customer_id", flat=True)
    else:
        rows = Customer.objects.filter(merged_into=None).order_by("id").values_list("id", flat=True)
    return rows.iterator(chunk_size=PORTION)


def _count(found: Reach, causes: list[dict[int, Cause]], people: list[int], crowd: sending.Crowd) -> None:
    outcomes = crowd.outcomes
    for number, row in zip(people, crowd.judge(people), strict=True):
        roads = 0
        for of, place in zip(causes, row, strict=True):
            cause = of.get(place)
            if cause is None:
                outcome = outcomes[place]
                cause = of[place] = Cause(outcome.verdict, outcome.step, outcome.reason, due=outcome.due, examples=[])
            cause.count += 1
            if len(cause.examples) < EXAMPLES:
                cause.examples.append(number)
            roads += cause.verdict != "refuse"
        found.people += 1
        found.reached += roads > 0
        found.several += roads > 1
