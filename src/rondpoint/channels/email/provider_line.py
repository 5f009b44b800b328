"""The connections of a mail provider's client library (requests) go by the same checked lines as all others.

Imported only where a mail leaves by a provider: requests is not small.
"""

import socket
from typing import Any

from requests import Session
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError

from rondpoint.channels import lines
from rondpoint.lib import fence

CONNECT_SECONDS = 20


class _Line(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        try:
            return lines.connect(self.host, self.port, CONNECT_SECONDS)
        except OSError as error:
            raise NewConnectionError(self, str(error)) from error

    def send(self, data: Any) -> None:
        """Each write of a request. Raises ``fence.TooLate``: a request that is not whole is none."""
        fence.look()
        super().send(data)


class _LineTls(HTTPSConnection, _Line):
    """urllib3 wraps the socket that the next class opens."""


class _Plain(HTTPConnectionPool):
    ConnectionCls = _Line


class _Tls(HTTPSConnectionPool):
    ConnectionCls = _LineTls


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": _Plain, "https": _Tls}


def guard(session: Session) -> None:
    """Every request of the session, redirects included, connects by a checked line and heeds no proxy."""
    session.trust_env = False
    for scheme in ("http://", "https://"):
        session.mount(scheme, _Adapter())
