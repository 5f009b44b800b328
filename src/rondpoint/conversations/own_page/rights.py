"""Her rights, on her own page: a higher room serves them, says here what she asked for, and takes what she asks."""

from collections.abc import Callable

from msgspec import Struct

from rondpoint.conversations.types import Asked

KINDS = ("access", "erasure")


class Served(Struct, frozen=True):
    """``lines(profile)``: what she asked for on her page, the newest first; ``ask(profile, kind)``: she asks."""

    lines: Callable[[int], list[Asked]]
    ask: Callable[[int, str], None]


_served: list[Served] = []


def serve_with(served: Served) -> None:
    """Filled once, at the start."""
    _served[:] = [served]


def lines(profile_id: int) -> list[Asked]:
    """What she asked for on her page."""
    return _served[0].lines(profile_id) if _served else []


def ask(profile_id: int, kind: str) -> bool:
    """She asks for a copy, or to be forgotten; False for what cannot be asked here."""
    if not _served or kind not in KINDS:
        return False
    _served[0].ask(profile_id, kind)
    return True


def are_served() -> bool:
    """Whether anybody takes what she asks for."""
    return bool(_served)
