"""The doors of the desk. Rooms above register theirs in ``config.house``; each is shown to whom it opens."""

from collections.abc import Callable

from msgspec import Struct


class Door(Struct, frozen=True):
    """``label()`` says its name in the reader's language; ``section`` is "main" (the rail) or "settings"."""

    url: str
    label: Callable[[], str]
    icon: str
    permission: str = "read"
    section: str = "main"
    position: int = 100


_doors: dict[str, Door] = {}


def register(door: Door) -> None:
    """Adds a door, or replaces the one at its address."""
    _doors[door.url] = door


def doors(section: str, may: Callable[[str], bool]) -> list[Door]:
    """What somebody may open in a section, in order."""
    found = [door for door in _doors.values() if door.section == section and may(door.permission)]
    return sorted(found, key=lambda door: (door.position, door.url))
