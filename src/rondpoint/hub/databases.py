"""Other systems' databases: which are reached, and how. Imports SQLAlchemy: for children and tests only.

The connection goes to an address that was checked, with a limit on its time; to read, it can do nothing else.
"""

import ipaddress
import socket
from pathlib import Path
from typing import Any

from django.conf import settings
from sqlalchemy import create_engine, event
from sqlalchemy.engine import URL, Engine, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from rondpoint.hub import mysql
from rondpoint.lib.http import is_public

CONNECT_SECONDS, SECONDS = 10, 1800
LOCK_SECONDS = 10  # that who writes waits for a lock; those who read the table wait behind it
EXPECTED = "expected postgresql:// or mysql://user:password@host/database"
DRIVERS = {
    "postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql", "mariadb": "mysql+pymysql",
    "sqlite": "sqlite+pysqlite",
}  # fmt: skip
SSLMODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
ENCRYPTED = SSLMODES[3:]
PARAMETERS = frozenset({"sslmode", "application_name", "connect_timeout"})  # all else may lead elsewhere


def engine(address: str, allow_private: bool, writes: bool = False) -> Engine:
    """An engine for an address as somebody gave it. ``allow_private``: whether it may lie inside, or be a file of this
    machine; ``writes``: else it can only read. Raises ValueError with a sentence that names no secret."""
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
        return MAKERS[url.get_backend_name()](url, allow_private, writes)
    except NoSuchModuleError:
        raise ValueError(f"there is no driver for {url.drivername} here") from None


def _sqlite(url: URL, allow_private: bool, writes: bool) -> Engine:
    """A file of this machine: only where the house allows what is inside, and never the house's own."""
    if not allow_private:
        raise ValueError("a file of this machine is used only where RONDPOINT_ALLOW_PRIVATE is 1")
    path = Path(url.database or "").resolve()
    if not path.is_file():
        raise ValueError("there is no such file")
    if path.is_relative_to(Path(settings.RONDPOINT_HOME).resolve()):
        raise ValueError("this file belongs to Rondpoint itself")
    made = create_engine(f"sqlite+pysqlite:///file:{path.as_posix()}?mode={'rw' if writes else 'ro'}&uri=true")

    @event.listens_for(made, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA busy_timeout = 10000" if writes else "PRAGMA query_only = ON")

    return made


def _postgresql(url: URL, allow_private: bool, writes: bool) -> Engine:
    """The host's address is looked up and checked here, and that address is the one connected to."""
    sslmode = _encryption(url, allow_private, "require")
    limits = f"-c statement_timeout={int(SECONDS * 1000)} -c lock_timeout={LOCK_SECONDS * 1000}"
    limits += f" -c default_transaction_read_only={'off' if writes else 'on'}"
    more = {
        "hostaddr": _checked(url, 5432, allow_private), "sslmode": sslmode,
        "connect_timeout": CONNECT_SECONDS, "options": limits,
    }  # fmt: skip
    return create_engine(url.set(query={}), connect_args=more)


def _mysql(url: URL, allow_private: bool, writes: bool) -> Engine:
    """The same. A certificate is verified unless the address says ``sslmode=require``: many servers sign their own."""
    sslmode = _encryption(url, allow_private, "verify-full")
    address = _checked(url, mysql.PORT, allow_private)
    return mysql.engine(url, address, sslmode, writes, (CONNECT_SECONDS, SECONDS, LOCK_SECONDS))


MAKERS = {"postgresql": _postgresql, "mysql": _mysql, "sqlite": _sqlite}


def _encryption(url: URL, allow_private: bool, outside: str) -> str:
    """How the line is encrypted: as the address says, else as it has to be ``outside``."""
    sslmode = str(url.query.get("sslmode") or ("prefer" if allow_private else outside))
    if sslmode not in SSLMODES or (not allow_private and sslmode not in ENCRYPTED):
        raise ValueError("expected sslmode=require or verify-full: the rows are about people")
    return sslmode


def _checked(url: URL, port: int, allow_private: bool) -> str:
    """The address of the host, if it may be connected to."""
    host = url.host
    if not host or host.startswith("/") or "," in host:
        raise ValueError(f"the address names no host; {EXPECTED}")
    try:
        found = [str(entry[4][0]) for entry in socket.getaddrinfo(host, url.port or port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError):
        raise ValueError(f"the name {host} is not known") from None
    allowed = [each for each in found if allow_private or is_public(each)]
    if not allowed:
        raise ValueError(f"{host} is not an address on the public internet")
    return sorted(allowed, key=lambda each: ipaddress.ip_address(each.partition("%")[0]).version)[0]


def quoted(dialect: str, name: str) -> str:
    """A name as SQL. A dialect's own quoting doubles its percent signs, and ``text`` doubles them once more."""
    mark = "`" if dialect == "mysql" else '"'
    return mark + name.replace(mark, mark * 2) + mark


def reason(error: SQLAlchemyError, url: URL) -> str:
    """What the database said, without the password."""
    cause = getattr(error, "orig", None) or error
    numbered = len(cause.args) == 2 and isinstance(cause.args[0], int)  # as MySQL says it
    said = str(cause.args[1] if numbered else cause).strip().splitlines()
    found = said[0][:300] if said else type(error).__name__
    return found.replace(str(url.password), "…") if url.password and len(str(url.password)) > 3 else found
