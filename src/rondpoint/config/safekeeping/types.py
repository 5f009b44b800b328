"""What a backup says about itself."""

from msgspec import Struct

FORMAT = 1


class Head(Struct, kw_only=True):
    """The first thing in the file. ``created``: microseconds UTC; ``engine``: sqlite or postgresql."""

    format: int
    version: str
    created: int
    engine: str


class Table(Struct, kw_only=True):
    """One table. ``columns``: (name, kind) in the order of each row; ``sequence``: the last number given to a row,
    0 where the engine gives none; ``sha256`` is over its JSON lines."""

    name: str
    key: str
    columns: list[tuple[str, str]]
    rows: int = 0
    sha256: str = ""
    sequence: int = 0


class Contents(Struct, kw_only=True):
    """How many files there are and their bytes together."""

    count: int = 0
    bytes: int = 0


class Manifest(Struct, kw_only=True):
    """What the file holds. ``migrations``: applied ones by app; ``secret``: "kept" or "left out"; ``fingerprint`` tells
    whether another secret is the same one; ``missing``: contents that rows refer to and the disk had lost."""

    head: Head
    migrations: dict[str, list[str]]
    tables: list[Table]
    files: Contents
    outbox: Contents
    secret: str
    fingerprint: str
    missing: list[str]

    @property
    def rows(self) -> int:
        """The rows of all tables."""
        return sum(table.rows for table in self.tables)


class Failure(Exception):
    """It cannot be done; the message is a sentence that says why and what to do."""
