"""What of a table counts, and how far it reaches. Light: whoever only asks that need not load the libraries."""

import json
from pathlib import Path

from msgspec import Struct


class Part(Struct, frozen=True):
    """One file and its number of rows."""

    file: str
    rows: int


class Manifest(Struct, frozen=True):
    """The parts that count. ``position``: how far they reach, in the words of who wrote them; ``mark``: how what stands
    at that place is known again, so that a lake of another database is not taken for ours."""

    parts: tuple[Part, ...] = ()
    position: tuple[int, ...] = ()
    mark: str = ""


def read(folder: Path) -> Manifest:
    """What counts now of the table in a folder."""
    try:
        told = json.loads((folder / "manifest.json").read_bytes())
    except FileNotFoundError:
        return Manifest()
    return Manifest(tuple(Part(**part) for part in told["parts"]), tuple(told["position"]), told["mark"])
