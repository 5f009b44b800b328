"""What a text costs on a channel before it is sent, counted by the channel itself."""

from collections.abc import Callable

from msgspec import Struct, structs

from rondpoint.channels import connections, registry
from rondpoint.channels.contract import Address, MessageOut, Refused
from rondpoint.conversations.models import Conversation
from rondpoint.conversations.queries.reasons import explain
from rondpoint.conversations.queries.roads import reachability


class Measure(Struct, frozen=True):
    """``segments``, ``left`` and ``narrow`` only where the channel costs by the segment."""

    characters: int
    segments: int = 0
    left: int | None = None  # how many more fit into the last segment
    narrow: bool = False  # a character outside the alphabet halves the segments
    refusal: str = ""


def measure(conversation: Conversation, channel: str, text: str) -> Measure | None:
    """The cost of a text to the person of a conversation; None for a channel that does not exist."""
    if channel not in registry.kinds():
        return None
    way = next(way for way in reachability(conversation, text) if way.channel == channel)
    refusal = "" if way.usable else way.explanation
    if registry.get(channel).manifest.limit_unit != "gsm7" or way.connection_id is None or not text.strip():
        return Measure(len(text), refusal=refusal)
    info = connections.info(way.connection_id)
    to = Address(way.address_kind, way.address)
    message = MessageOut(id="measure", to=to, text=text)

    def segments(longer: str) -> int:
        rendered = registry.get(channel).render(structs.replace(message, text=longer), info)
        return 10_000 if isinstance(rendered, Refused) else sum(part.segments for part in rendered)

    text = text.strip()
    now = segments(text)
    if now >= 10_000:
        return Measure(len(text), refusal=refusal or explain("too_long"))
    left = _most(lambda more: segments(text + "x" * more) <= now)
    # One character outside the alphabet makes every segment narrow: then a single one does not hold 71 characters.
    narrow = any(segments(char + "x" * 70) > 1 for char in set(text))
    return Measure(len(text), now, left, narrow, refusal)


def _most(fits: Callable[[int], bool]) -> int:
    """The largest number below 256 that fits, by halves."""
    low, high = 0, 256
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low
