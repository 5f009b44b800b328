"""Who takes what a delivery turns out to be. Higher rooms register themselves when the house is put together."""

from collections.abc import Callable

from msgspec import Struct

from rondpoint.channels.contract import ConnectionInfo


class Arrival(Struct, frozen=True):
    """One parsed item on its way in. ``files``: sha256 by position in a message's files, already stored."""

    delivery_id: int
    connection: ConnectionInfo
    item: object
    key: str  # stable for a replay: delivery and position
    received: int
    files: tuple[str, ...] = ()


_handlers: dict[type, Callable[[Arrival], str]] = {}


def register(item_type: type, handler: Callable[[Arrival], str]) -> None:
    """``handler(arrival)`` runs inside ``write()`` and returns a few words on what it did, for the delivery's page."""
    _handlers[item_type] = handler


def handle(arrival: Arrival) -> str:
    """Hands an item to its handler."""
    handler = _handlers.get(type(arrival.item))
    if handler is None:
        return f"nobody takes {type(arrival.item).__name__} yet"
    return handler(arrival)
