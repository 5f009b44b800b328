"""Who takes what a delivery turns out to be. Higher rooms register themselves when the house is put together."""

import itertools
from collections.abc import Callable

from msgspec import Struct

from rondpoint.channels.contract import ConnectionInfo


class Arrival(Struct, frozen=True):
    """One parsed item on its way in. ``files``: of each of a message's files the sha256 and the bytes; their content
    is stored and no longer in the item."""

    delivery_id: int
    connection: ConnectionInfo
    item: object
    key: str  # stable for a replay: delivery and position
    received: int
    files: tuple[tuple[str, int], ...] = ()


Handler = Callable[[list[Arrival]], list[str]]
_handlers: dict[type, Handler] = {}


def register(item_type: type, handler: Handler) -> None:
    """``handler(arrivals)`` runs inside ``write()``, takes items in their order and returns for each a few words on
    what it did, for the delivery's page. What it raises undoes all of them: each is then tried alone."""
    _handlers[item_type] = handler


def one_by_one(handler: Callable[[Arrival], str]) -> Handler:
    """A handler of single items as one of many."""
    return lambda arrivals: [handler(arrival) for arrival in arrivals]


def handle(arrivals: list[Arrival]) -> list[str]:
    """Hands items to their handlers, in their order: neighbours of one type together."""
    said: list[str] = []
    for item_type, run in itertools.groupby(arrivals, key=lambda arrival: type(arrival.item)):
        together = list(run)
        handler = _handlers.get(item_type)
        said += handler(together) if handler else [f"nobody takes {item_type.__name__} yet"] * len(together)
    return said
