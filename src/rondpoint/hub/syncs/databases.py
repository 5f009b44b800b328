"""Reading other systems' databases. Imports SQLAlchemy: for children and tests only.

The connection goes to an address that was checked, in a transaction that is read-only, with a limit on its time. A
statement is one SELECT (``rules.statement``), which is read as a table of its own.
"""

import functools
import itertools
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from rondpoint.files import actions as store
from rondpoint.hub import databases, mysql
from rondpoint.hub.imports.rules.writing import written
from rondpoint.hub.syncs import rules

SAMPLES = 20
MOST = 2_000_000_000  # bytes of rows
PORTION = 2000


def peek(address: str, query: str, growing: str, allow_private: bool) -> dict[str, Any]:
    """The columns of what would be read, and its first rows: {header, samples}. Raises ValueError with a sentence."""
    with _reading(address, allow_private) as database:
        header, rows = _rows(database, query, growing, None, SAMPLES)
        return {"header": header, "samples": [[rules.cell(cell)[:200] for cell in row] for row in rows]}


def fetch(
    address: str, query: str, growing: str, reached: dict[str, str] | None, allow_private: bool
) -> dict[str, Any]:
    """Stores the rows as CSV: {sha256, size, rows, reached}. ``growing``: a column from whose value ``reached`` on rows
    are read; none: all are, each time. Raises ValueError with a sentence."""
    with _reading(address, allow_private) as database:
        header, rows = _rows(database, query, growing, reached)
        counted = _Counted(rows, header.index(growing) if growing else None, reached)
        sha256, size = store.save_stream(_bounded(written(itertools.chain([header], counted))))
    return {"sha256": sha256, "size": size, "rows": counted.number, "reached": counted.reached}


class _Counted:
    """Rows as cells, counted, with the largest value of a growing column."""

    def __init__(self, rows: Iterator[Any], place: int | None, reached: dict[str, str] | None):
        self._rows, self._place = rows, place
        self.number, self.reached = 0, reached

    def __iter__(self) -> Iterator[list[str]]:
        largest = None
        for row in self._rows:
            self.number += 1
            if self._place is not None:
                value = row[self._place]
                if value is not None and (largest is None or value > largest):
                    largest = value
            yield [rules.cell(cell) for cell in row]
        self.reached = rules.kept(largest) or self.reached


def _bounded(pieces: Iterator[bytes]) -> Iterator[bytes]:
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > MOST:
            raise ValueError(f"its rows have more than {MOST // 1_000_000_000} GB")
        yield piece


def _rows(
    database: Connection, query: str, growing: str, reached: dict[str, str] | None, most: int = 0
) -> tuple[list[str], Iterator[Any]]:
    """The columns and the rows, of which no more than some are held at once. ``most``: no more than these are asked
    for, since MySQL sends whatever was asked for to its end."""
    kind, said = rules.statement(query)
    if database.dialect.name == "mysql" and kind == "select":
        rules.check_mysql(said)
    quote = functools.partial(databases.quoted, database.dialect.name)
    inside = ".".join(quote(part) for part in said.split(".")) if kind == "table" else f"({said}\n)"
    asked = f"SELECT * FROM {inside} AS rows_"
    given = {}
    if growing:
        if reached is not None:
            asked += f" WHERE {quote(growing)} >= :since_"
            given["since_"] = rules.since(reached)
        asked += f" ORDER BY {quote(growing)}"
    if most:
        asked += f" LIMIT {most}"
    # A colon of theirs is no parameter.
    statement = text(asked.replace(":", "\\:").replace("\\:since_", ":since_"))
    found = database.execution_options(stream_results=True, max_row_buffer=PORTION).execute(statement, given)
    header = list(found.keys())
    if growing and growing not in header:
        raise ValueError(f"there is no column {growing!r}; there are {', '.join(header[:30])}")
    if database.dialect.name == "mysql" and found.cursor is not None:
        return header, _read(found, mysql.values(found.cursor.description))
    return header, iter(found)


def _read(rows: Iterable[Any], values: dict[int, mysql.Value]) -> Iterator[list[Any]]:
    for row in rows:
        cells = list(row)
        for place, value in values.items():
            cells[place] = value(cells[place])
        yield cells


@contextmanager
def _reading(address: str, allow_private: bool) -> Iterator[Connection]:
    """A connection in a transaction that can only read. Raises ValueError with a sentence that names no secret."""
    engine = databases.engine(address, allow_private)
    try:
        with engine.connect() as database:
            if engine.dialect.name == "postgresql":
                database.execute(text("SET TRANSACTION READ ONLY"))
            yield database
    except SQLAlchemyError as error:
        raise ValueError(databases.reason(error, engine.url)) from None
    finally:
        engine.dispose()
