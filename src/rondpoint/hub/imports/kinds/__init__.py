"""What can be brought in: a file a kind, and one line here."""

from rondpoint.hub.imports.kinds import consents, customers, events, messages, orders, whole
from rondpoint.hub.imports.types import Kind

_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Adds a kind, or replaces the one of that name."""
    _kinds[kind.name] = kind


def every() -> list[Kind]:
    """All kinds, in the order in which they are offered."""
    return list(_kinds.values())


def get(name: str) -> Kind | None:
    """A kind by its name."""
    return _kinds.get(name)


for _kind in (customers.KIND, events.KIND, orders.KIND, consents.KIND, messages.KIND, whole.KIND):
    register(_kind)
