"""MySQL and MariaDB of other systems, over PyMySQL. Imports SQLAlchemy: for children and tests only.

The line goes to an address that was checked, while TLS asks the certificate for the name; a server can neither ask for
a file of this machine (LOAD DATA LOCAL is off) nor talk a line that was to be encrypted out of it.
"""

import json
import socket
import ssl
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import Any

import pymysql
from pymysql.constants import CR, FIELD_TYPE
from pymysql.converters import conversions
from sqlalchemy import create_engine
from sqlalchemy.engine import URL, Engine

PORT = 3306
WRITE_SECONDS = 600  # that the server waits for us to take the next rows
VERIFYING = ("verify-ca", "verify-full")
_DECODED = {**conversions, FIELD_TYPE.JSON: json.loads}
_TIMES = (FIELD_TYPE.DATE, FIELD_TYPE.NEWDATE, FIELD_TYPE.DATETIME, FIELD_TYPE.TIMESTAMP)

Value = Callable[[Any], Any]


def engine(url: URL, address: str, sslmode: str, writes: bool, limits: tuple[int, float, int]) -> Engine:
    """An engine whose lines go to ``address``, which was looked up for the host of ``url``. ``limits``: seconds to
    connect, for a statement, and to wait for a lock."""
    connecting, seconds, locks = limits
    port, longest = url.port or PORT, max(1, int(seconds))
    said: dict[str, Any] = {
        "user": url.username or "", "password": (url.password or "").encode(), "host": url.host, "port": port,
        "database": url.database, "charset": "utf8mb4", "conv": _DECODED, "local_infile": False,
        "read_timeout": longest, "write_timeout": longest, "defer_connect": True, **_encryption(sslmode),
    }  # fmt: skip

    def connect() -> pymysql.Connection:
        made = pymysql.Connection(**said)
        try:
            line = socket.create_connection((address, port), connecting)
        except OSError as error:
            raise pymysql.OperationalError(CR.CR_CONN_HOST_ERROR, f"{url.host} cannot be reached: {error}") from error
        made.connect(line)
        with made.cursor() as cursor:
            for statement in _limited(made.get_server_info(), writes, seconds, locks):
                cursor.execute(statement)
        return made

    return create_engine(url.set(query={}), creator=connect)


def _encryption(sslmode: str) -> dict[str, Any]:
    """How the line is encrypted, in the words of PostgreSQL: ``prefer`` takes what there is."""
    if sslmode == "disable":
        return {"ssl_disabled": True}
    if sslmode in ("prefer", "allow"):
        return {}
    context = ssl.create_default_context()
    context.check_hostname = sslmode == "verify-full"
    context.verify_mode = ssl.CERT_REQUIRED if sslmode in VERIFYING else ssl.CERT_NONE
    return {"ssl": context}


def _limited(version: str, writes: bool, seconds: float, locks: int) -> list[str]:
    """What a session begins with. MariaDB counts seconds for every statement, MySQL milliseconds for a SELECT."""
    longest = (
        f"SET SESSION max_statement_time = {seconds:g}"
        if "mariadb" in version.lower()
        else f"SET SESSION max_execution_time = {int(seconds * 1000)}"
    )
    return [
        longest,
        f"SET SESSION lock_wait_timeout = {locks}, innodb_lock_wait_timeout = {locks}",
        f"SET SESSION net_write_timeout = {WRITE_SECONDS}, time_zone = '+00:00'",
        f"SET SESSION TRANSACTION READ {'WRITE' if writes else 'ONLY'}",
    ]


def values(description: Sequence[Sequence[Any]]) -> dict[int, Value]:
    """How values of some columns are read, by their place: what other databases tell by their types.

    TINYINT(1) and BIT(1) are yes and no, where they are 0 or 1; a TIMESTAMP is a moment, in the UTC of our session; the
    day 0000-00-00 is none.
    """
    found: dict[int, Value] = {}
    for place, (_name, kind, _shown, length, *_rest) in enumerate(description):
        if kind == FIELD_TYPE.TINY and length == 1:
            found[place] = _truth
        elif kind == FIELD_TYPE.BIT and length == 1:
            found[place] = lambda value: None if value is None else value != b"\0"
        elif kind in _TIMES:
            found[place] = _moment if kind == FIELD_TYPE.TIMESTAMP else _day
    return found


def _truth(value: Any) -> Any:
    return bool(value) if value in (0, 1) else value


def _day(value: Any) -> date | None:
    return value if isinstance(value, date) else None


def _moment(value: Any) -> datetime | None:
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else None
