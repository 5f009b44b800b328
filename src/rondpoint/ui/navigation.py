"""The doors of the desk. Rooms above register theirs in ``config.house``; each is shown to whom it opens."""

from collections.abc import Callable
from itertools import groupby

from msgspec import Struct


class Door(Struct, frozen=True):
    """``label()`` says its name in the reader's language; ``section`` is "main" (the rail), "settings" or "own"
    (one's own menu).

    ``also``: beginnings of further addresses that lie behind this door; ``hotkey``: the keys that open it ("g i");
    ``group``: the key of the heading it stands under; ``waiting()``: how much waits behind it for somebody to look,
    asked only where it is shown.
    """

    url: str
    label: Callable[[], str]
    icon: str
    permission: str = "read"
    section: str = "main"
    position: int = 100
    also: tuple[str, ...] = ()
    hotkey: str = ""
    group: str = ""
    waiting: Callable[[], int] | None = None


class Shown(Struct, frozen=True):
    """A door as a page draws it."""

    url: str
    label: str
    icon: str
    hotkey: str
    here: bool
    waiting: Callable[[], int] | None = None


class Group(Struct, frozen=True):
    """Doors under one heading, as a page draws them."""

    label: str
    doors: list[Shown]


_doors: dict[str, Door] = {}
_headings: dict[str, Callable[[], str]] = {}


def register(door: Door) -> None:
    """Adds a door, or replaces the one at its address."""
    _doors[door.url] = door


def head(group: str, label: Callable[[], str]) -> None:
    """Names a group of doors; groups stand in the order in which they are named."""
    _headings[group] = label


def doors(section: str, may: Callable[[str], bool]) -> list[Door]:
    """What somebody may open in a section, in order."""
    found = [door for door in _doors.values() if door.section == section and may(door.permission)]
    order = list(_headings)
    return sorted(found, key=lambda door: (order.index(door.group) if door.group else -1, door.position, door.url))


def shown(section: str, may: Callable[[str], bool], path: str) -> list[Shown]:
    """The doors of a section as the page at ``path`` draws them."""
    current = _behind(path)
    return [_shown(door, current) for door in doors(section, may)]


def grouped(section: str, may: Callable[[str], bool], path: str) -> list[Group]:
    """The same under their headings, without those that have nothing under them."""
    current = _behind(path)
    return [
        Group(_headings[group]() if group else "", [_shown(door, current) for door in under])
        for group, under in groupby(doors(section, may), key=lambda door: door.group)
    ]


def _shown(door: Door, current: Door | None) -> Shown:
    return Shown(door.url, door.label(), door.icon, door.hotkey, door is current, door.waiting)


def within(section: str, path: str) -> bool:
    """Whether the page at ``path`` lies behind a door of this section."""
    current = _behind(path)
    return current is not None and current.section == section


def _behind(path: str) -> Door | None:
    """The door whose address is the longest beginning of ``path``."""
    found = [
        (len(start), door.url) for door in _doors.values() for start in (door.url, *door.also) if _begins(path, start)
    ]
    return _doors[max(found)[1]] if found else None


def _begins(path: str, start: str) -> bool:
    return path == start or path.startswith(start.rstrip("/") + "/")


_companions: dict[str, Callable[[], bool]] = {}


def accompany(template: str, when: Callable[[], bool]) -> None:
    """Shows a template at the foot of every page of the desk, while ``when()`` says so."""
    _companions[template] = when


def companions() -> list[str]:
    """The templates shown at the foot of every page of the desk now."""
    return [template for template, when in _companions.items() if when()]
