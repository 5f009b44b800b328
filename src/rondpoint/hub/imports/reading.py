"""Reading rows: what their cells say, by their kind. Large files are read in a child, a portion ahead of who writes."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import django
import msgspec
from django.apps import apps
from django.conf import settings
from msgspec import Struct

from rondpoint.accounts.rules.cells import harmless
from rondpoint.hub.imports.types import Context, Unfit
from rondpoint.lib import garbage, isolation
from rondpoint.lib.text import storable

if not apps.ready:  # the child's first import
    django.setup()
    garbage.settle()

from rondpoint.hub.imports import kinds  # noqa: E402

Row = tuple[int, list[str]]
"""Its line and its cells."""
Refused = tuple[int, str, list[str]]
"""A row that cannot be taken: its line, the reason and its cells."""
Read = tuple[list[Any], list[int], list[Refused]]
"""The records of rows with the lines they stand on, and what was refused."""

SECONDS, MEMORY_MB = 60.0, 1024
WORTH_IT = 4_000_000  # bytes left to read; a child takes a second to start


class Asked(Struct, frozen=True, array_like=True):
    """Rows of a kind, and what its columns mean."""

    kind: str
    mapping: list[str]
    context: Context
    rows: list[Row]


class Reader:
    """Reads portions of rows of one import. ``ahead``: in a child, which is ended by ``close``."""

    def __init__(self, kind: str, mapping: list[str], context: Context, ahead: bool):
        self.said = kind, mapping, context
        self._child, self._thread = (_child(), ThreadPoolExecutor(1, "imports")) if ahead else (None, None)

    def begin(self, rows: list[Row]) -> Callable[[], Read]:
        """Begins to read; what is called then waits for what was read."""
        asked = Asked(*self.said, rows)
        if self._child is None or self._thread is None or not rows:
            return lambda: read(asked)
        answer = self._thread.submit(self._child.call, msgspec.msgpack.encode(asked))

        def wait() -> Read:
            try:
                found: Read = _decoder(asked.kind).decode(answer.result())
                return found
            except (isolation.Crashed, ValueError):
                return read(asked)  # whatever it is, it shows here

        return wait

    def close(self) -> None:
        """Ends the child."""
        if self._thread is not None:
            self._thread.shutdown()
        if self._child is not None:
            self._child.close()


_kept: list[Reader] = []  # the one whose child goes on from turn to turn


def reader(kind: str, mapping: list[str], context: Context, left: int) -> Reader:
    """A reader for an import of which so many bytes are left; with a child that goes on from turn to turn where they
    are many, until ``let_go``."""
    if _kept and _kept[0].said == (kind, mapping, context):
        return _kept[0]
    let_go()
    made = Reader(kind, mapping, context, left > WORTH_IT)
    if left > WORTH_IT:
        _kept.append(made)
    return made


def let_go() -> None:
    """Ends the child, if there is one."""
    while _kept:
        _kept.pop().close()


def read(asked: Asked) -> Read:
    """The records of rows with the lines they stand on, and what was refused."""
    kind = kinds.get(asked.kind)
    assert kind is not None
    width = len(asked.mapping)
    places = [(place, field) for place, field in enumerate(asked.mapping) if field]
    records, lines, refused = [], [], []
    for line, cells in asked.rows:
        if len(cells) > width and any(cells[width:]):
            refused.append((line, f"the row has {len(cells)} cells, the header {width}", cells))
            continue
        try:
            said = {field: _bare(cells[place]) for place, field in places if place < len(cells)}
            records.append(kind.read(said, asked.context))
            lines.append(line)
        except Unfit as unfit:
            refused.append((line, str(unfit), cells))
    return records, lines, refused


def answer(payload: bytes) -> bytes:
    """:func:`read` in the child."""
    return msgspec.msgpack.encode(read(_asked.decode(payload)))


def _bare(cell: str) -> str:
    """A cell without the apostrophe that an export put before it for the sake of spreadsheets."""
    if cell.startswith("'") and harmless(cell[1:]) == cell:
        cell = cell[1:]
    return storable(cell)


def _child() -> isolation.Isolated:
    """It wants Django's settings for its modules, and knows neither secret nor database."""
    told = {"DJANGO_SETTINGS_MODULE": "rondpoint.config.settings", "RONDPOINT_HOME": str(settings.RONDPOINT_HOME)}
    told["RONDPOINT_SECRET"] = "of a child that needs none " * 2
    return isolation.Isolated(
        "rondpoint.hub.imports.reading:answer", memory_mb=MEMORY_MB, seconds=SECONDS, environment=told
    )


_asked = msgspec.msgpack.Decoder(Asked)


@cache
def _decoder(name: str) -> "msgspec.msgpack.Decoder[Any]":
    kind = kinds.get(name)
    assert kind is not None
    return msgspec.msgpack.Decoder(tuple[list[kind.record], list[int], list[Refused]])
