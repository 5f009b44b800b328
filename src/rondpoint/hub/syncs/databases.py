"""Reading other systems' databases. Imports SQLAlchemy: for children and tests only.

The connection goes to an address that was checked, in a transaction that is read-only, with a limit on its time. A
statement is one SELECT (``rules.statement``), which is read as a table of its own.
"""

import ipaddress
import itertools
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from sqlalchemy import create_engine, event, text
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from rondpoint.files import actions as store
from rondpoint.hub.imports.rules.writing import written
from rondpoint.hub.syncs import rules
from rondpoint.lib.http import is_public

SAMPLES = 20
MOST = 2_000_000_000  # bytes of rows
PORTION = 2000
CONNECT_SECONDS, SECONDS = 10, 1800
EXPECTED = "expected postgresql://user:password@host/database"
DRIVERS = {"postgresql": "postgresql+psycopg", "sqlite": "sqlite+pysqlite"}
PARAMETERS = frozenset({"sslmode", "application_name", "connect_timeout"})  # all else may lead elsewhere


def peek(address: str, query: str, growing: str, allow_private: bool) -> dict[str, Any]:
    """The columns of what would be read, and its first rows: {header, samples}. Raises ValueError with a sentence."""
    with _reading(address, allow_private) as database:
        header, rows = _rows(database, query, growing, None)
        return {"header": header, "samples": [[rules.cell(cell)[:200] for cell in row]
                                              for row in itertools.islice(rows, SAMPLES)]}  # fmt: skip


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
    database: Connection, query: str, growing: str, reached: dict[str, str] | None
) -> tuple[list[str], Iterator[Any]]:
    kind, said = rules.statement(query)
    quote = database.dialect.identifier_preparer.quote_identifier
    inside = ".".join(quote(part) for part in said.split(".")) if kind == "table" else f"({said}\n)"
    asked = f"SELECT * FROM {inside} AS rows_"
    given = {}
    if growing:
        if reached is not None:
            asked += f" WHERE {quote(growing)} >= :since_"
            given["since_"] = rules.since(reached)
        asked += f" ORDER BY {quote(growing)}"
    # A colon of theirs is no parameter.
    statement = text(asked.replace(":", "\\:").replace("\\:since_", ":since_"))
    found = database.execution_options(stream_results=True, max_row_buffer=PORTION).execute(statement, given)
    header = list(found.keys())
    if growing and growing not in header:
        raise ValueError(f"there is no column {growing!r}; there are {', '.join(header[:30])}")
    return header, iter(found)


@contextmanager
def _reading(address: str, allow_private: bool) -> Iterator[Connection]:
    """A connection in a transaction that can only read. Raises ValueError with a sentence that names no secret."""
    engine = _engine(address, allow_private)
    try:
        with engine.connect() as database:
            if engine.dialect.name == "postgresql":
                database.execute(text("SET TRANSACTION READ ONLY"))
            yield database
    except SQLAlchemyError as error:
        raise ValueError(_reason(error, engine.url)) from None
    finally:
        engine.dispose()


def _engine(address: str, allow_private: bool) -> Engine:
    try:
        url = make_url(address.strip())
    except (ArgumentError, ValueError):
        raise ValueError(f"this is no address of a database; {EXPECTED}") from None
    driver = DRIVERS.get(url.drivername.partition("+")[0])
    if driver is None:
        raise ValueError(f"there is no driver for {url.drivername} here; known are {', '.join(DRIVERS)}")
    url = url.set(drivername=driver)
    strange = set(url.query) - PARAMETERS
    if strange:
        raise ValueError(f"the address names {sorted(strange)[0]!r}; known are {', '.join(sorted(PARAMETERS))}")
    try:
        return _sqlite(url, allow_private) if url.get_backend_name() == "sqlite" else _postgresql(url, allow_private)
    except NoSuchModuleError:
        raise ValueError(f"there is no driver for {url.drivername} here") from None


def _sqlite(url: URL, allow_private: bool) -> Engine:
    """A file of this machine: only where the house allows what is inside, and never the house's own."""
    if not allow_private:
        raise ValueError("a file of this machine is read only where RONDPOINT_ALLOW_PRIVATE is 1")
    path = Path(url.database or "").resolve()
    if not path.is_file():
        raise ValueError("there is no such file")
    if path.is_relative_to(Path(settings.RONDPOINT_HOME).resolve()):
        raise ValueError("this file belongs to Rondpoint itself")
    engine = create_engine(f"sqlite+pysqlite:///file:{path.as_posix()}?mode=ro&uri=true")

    @event.listens_for(engine, "connect")
    def only_read(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA query_only = ON")

    return engine


def _postgresql(url: URL, allow_private: bool) -> Engine:
    """The host's address is looked up and checked here, and that address is the one connected to."""
    if not url.host or url.host.startswith("/") or "," in url.host:
        raise ValueError(f"the address names no host; {EXPECTED}")
    sslmode = str(url.query.get("sslmode") or ("prefer" if allow_private else "require"))
    if not allow_private and sslmode not in ("require", "verify-ca", "verify-full"):
        raise ValueError("expected sslmode=require or verify-full: what is read is about people")
    more = {
        "hostaddr": _checked(url.host, url.port or 5432, allow_private), "sslmode": sslmode,
        "connect_timeout": CONNECT_SECONDS,
        "options": f"-c default_transaction_read_only=on -c statement_timeout={int(SECONDS * 1000)}",
    }  # fmt: skip
    return create_engine(url.set(query={}), connect_args=more)


def _checked(host: str, port: int, allow_private: bool) -> str:
    try:
        found = [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError):
        raise ValueError(f"the name {host} is not known") from None
    allowed = [each for each in found if allow_private or is_public(each)]
    if not allowed:
        raise ValueError(f"{host} is not an address on the public internet")
    return sorted(allowed, key=lambda each: ipaddress.ip_address(each.partition("%")[0]).version)[0]


def _reason(error: SQLAlchemyError, url: URL) -> str:
    """What the database said, without the password."""
    said = str(getattr(error, "orig", None) or error).strip().splitlines()
    reason = said[0][:300] if said else type(error).__name__
    return reason.replace(str(url.password), "…") if url.password and len(str(url.password)) > 3 else reason
