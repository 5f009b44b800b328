"""Words of the tracking room."""

from enum import StrEnum
from typing import Any

import msgspec
from msgspec import Struct


class SourceKind(StrEnum):
    """Who tells. The key of a ``server`` is secret, so what it tells is the company's word; a ``website``'s and an
    ``app``'s are public."""

    WEBSITE = "website"
    APP = "app"
    SERVER = "server"


class SourceInfo(Struct, frozen=True):
    """A source as its calls need it."""

    id: int
    public_id: str
    kind: SourceKind
    origins: tuple[str, ...]
    country: str
    brand: int = 0
    accounts: str = ""
    """The scope of the account numbers it tells: each brand's are its own, those of the first have none."""

    @property
    def knows(self) -> str:
        """The name under which it knows profiles and tells facts."""
        return f"track:{self.id}"

    @property
    def trusted(self) -> bool:
        """Whether what it tells of a person is the company's own word."""
        return self.kind is SourceKind.SERVER


class Call(Struct, frozen=True):
    """One call of the tracking API, read and found to be complete.

    ``occurred`` is in microseconds UTC on our clock. ``words``: the properties of an event, a page or a screen, the
    traits of a person or a group. ``name``: of the event, the page or the screen; ``category`` as pages have it.
    """

    kind: str  # identify, track, page, screen, group or alias
    message_id: str
    occurred: int
    user_id: str = ""
    anonymous_id: str = ""
    previous_id: str = ""
    group_id: str = ""
    name: str = ""
    category: str = ""
    words: dict[str, Any] = {}
    context: dict[str, Any] = {}


class Refused(Struct, frozen=True):
    """A call that cannot be taken. ``place``: its number in the batch, from 0; ``reason`` names the field."""

    place: int
    message_id: str
    reason: str
    raw: msgspec.Raw


class Reading(Struct, frozen=True):
    """What a body says."""

    calls: list[tuple[int, Call]]  # each with its number in the batch
    refused: list[Refused]
