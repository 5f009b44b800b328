"""Mail in from our own mail server over LMTP (RFC 2033): answered with 250 only once it is on disk."""

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session

from rondpoint.channels.contract import ConnectionInfo, Deliver, Raw
from rondpoint.channels.email.identity import delivery_key
from rondpoint.lib import clock

MAX_SIZE = 25 * 1024 * 1024
MAX_LINE = 1024 * 1024  # RFC 5321 §4.5.3.1.6 asks for 1,000 at least; many programs write HTML on one line
MAX_RECIPIENTS = 100
FindConnection = Callable[[str], Awaitable[ConnectionInfo | None]]
_log = logging.getLogger(__name__)


async def serve(host: str, port: int, find_connection: FindConnection, deliver: Deliver) -> None:
    """Listens until cancelled.

    ``find_connection``: whose address this is, or None; see ``identity.is_ours``.
    """

    def session() -> LMTP:
        handler = Handler(find_connection, deliver)
        return _Lmtp(
            handler,
            data_size_limit=MAX_SIZE,
            enable_SMTPUTF8=True,
            ident="Rondpoint LMTP",
            hostname=socket.gethostname() or "localhost",
            timeout=120,
        )

    server = await asyncio.get_running_loop().create_server(session, host, port)
    async with server:
        await server.serve_forever()


class _Lmtp(LMTP):
    line_length_limit = MAX_LINE


class Handler:
    """What aiosmtpd asks for one session."""

    def __init__(self, find_connection: FindConnection, deliver: Deliver) -> None:
        self._find_connection = find_connection
        self._deliver = deliver

    async def handle_RCPT(  # noqa: N802 (aiosmtpd's name)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Takes addresses of our connections only, so that the mail server bounces the rest itself."""
        if len(envelope.rcpt_tos) >= MAX_RECIPIENTS:
            return "452 4.5.3 too many recipients"
        try:
            connection = await self._find_connection(address)
        except Exception:
            _log.exception("a recipient could not be looked up")
            return "451 4.3.0 try again later"
        if connection is None:
            return "550 5.1.1 no such mailbox here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """One answer a recipient, in their order (RFC 2033 §4.2)."""
        data = envelope.original_content or b""
        key = delivery_key(data)
        stored: dict[int, bool] = {}
        answers = []
        for address in envelope.rcpt_tos:
            connection = await self._find_connection(address)
            if connection is None:
                answers.append("550 5.1.1 no such mailbox here")
                continue
            if connection.id not in stored:
                theirs = await self._addresses_of(connection, envelope.rcpt_tos)
                raw = raw_mail(data, envelope.mail_from or "", theirs)
                stored[connection.id] = await self._store(connection, key, raw)
            answers.append("250 2.0.0 stored" if stored[connection.id] else "452 4.3.1 cannot be stored now")
        return "\r\n".join(answers)

    async def _addresses_of(self, connection: ConnectionInfo, addresses: list[str]) -> list[str]:
        found = [(address, await self._find_connection(address)) for address in addresses]
        return [address for address, owner in found if owner is not None and owner.id == connection.id]

    async def _store(self, connection: ConnectionInfo, key: str, raw: Raw) -> bool:
        try:
            await self._deliver(connection, key, raw)
        except Exception:
            _log.exception("a mail could not be stored; the mail server keeps it")
            return False
        return True


def raw_mail(data: bytes, mail_from: str, recipients: list[str], received: int = 0) -> Raw:
    """A mail with its envelope as the delivery that is stored. ``received`` in microseconds; 0: now."""
    envelope = {"content-type": "message/rfc822", "mail-from": mail_from, "rcpt-to": ",".join(recipients)}
    return Raw(data, envelope, "", "LMTP", received or clock.now())
