"""What of a table counts, and how far it reaches. Light: whoever only asks that need not load the libraries."""

from pathlib import Path

import msgspec
from msgspec import Struct

FILE = "manifest.json"


class Part(Struct, frozen=True):
    """One file and its number of rows."""

    file: str
    rows: int


class Gone(Struct, frozen=True):
    """A file that counted until ``at``, microseconds UTC: who began to read it before may go on for a while."""

    file: str
    at: int


class Manifest(Struct, frozen=True):
    """The parts that count. ``position``: how far they reach, in the words of who wrote them; ``mark``: how what stands
    at that place is known again, so that a lake of another database is not taken for ours."""

    parts: tuple[Part, ...] = ()
    position: tuple[int, ...] = ()
    mark: str = ""
    gone: tuple[Gone, ...] = ()


def encode(manifest: Manifest) -> bytes:
    """As it is stored."""
    return msgspec.json.encode(manifest)


def decode(stored: bytes | None) -> Manifest:
    """As it was stored; nothing counts where nothing is. Raises msgspec.ValidationError."""
    return Manifest() if stored is None else msgspec.json.decode(stored, type=Manifest)


def read(folder: Path) -> Manifest:
    """What counts now of the table in a folder. Raises OSError."""
    try:
        return decode((folder / FILE).read_bytes())
    except FileNotFoundError:
        return Manifest()


def is_remote(lake: str) -> bool:
    """Whether a lake lies in an object store: then only a child looks at it, with the libraries."""
    return lake.startswith("s3://")
