"""Mail in from a mailbox by IMAP with IDLE (RFC 3501, RFC 2177, RFC 4315's UIDs).

A mail is marked as read only after it is on disk here. The client below speaks the dozen commands this needs;
the asyncio IMAP libraries on offer are under the GPL.
"""

import asyncio
import logging
import random
import re
import ssl
from datetime import UTC, datetime
from urllib.parse import unquote, urlsplit

from msgspec import Struct

from rondpoint.channels import lines
from rondpoint.channels.contract import ConnectionInfo, Deliver, Raw
from rondpoint.channels.email import trouble
from rondpoint.channels.email.identity import delivery_key
from rondpoint.channels.email.smtp import is_loopback
from rondpoint.lib import clock

COMMAND_SECONDS = 60
IDLE_SECONDS = 10 * 60  # well under the 29 minutes of RFC 2177, and short enough to notice a dead line
POLL_SECONDS = 60
LONGEST_WAIT = 300
MAX_LITERAL = 40 * 1024 * 1024
MAX_LINE = 1024 * 1024
_LITERAL = re.compile(rb"\{(\d+)\}\r\n\Z")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_log = logging.getLogger(__name__)


class Mailbox(Struct, frozen=True):
    """A mailbox out of ``imap(s)://user:password@host:port/FOLDER``."""

    host: str
    port: int
    tls: bool
    user: str
    password: str
    folder: str


class ImapError(Exception):
    """The server refused a command or spoke nonsense; ``sign_in``: the user name or password is wrong."""

    def __init__(self, text: str, sign_in: bool = False) -> None:
        super().__init__(text)
        self.sign_in = sign_in


def read_url(url: str) -> Mailbox:
    """The mailbox of an IMAP address. Raises ValueError with a sentence."""
    parts = urlsplit(url.strip())
    if parts.scheme not in ("imap", "imaps") or not parts.hostname or not parts.username:
        raise ValueError("expected imaps://user:password@host:993/INBOX")
    tls = parts.scheme == "imaps"
    folder = unquote(parts.path.strip("/")) or "INBOX"
    for text in (folder, unquote(parts.username), unquote(parts.password or "")):
        _quoted(text)
    port = parts.port or (993 if tls else 143)
    return Mailbox(parts.hostname, port, tls, unquote(parts.username), unquote(parts.password or ""), folder)


class Client:
    """One signed-in IMAP session with its mailbox selected."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._number = 0
        self.capabilities: set[str] = set()
        self.validity = 0

    @classmethod
    async def open(cls, mailbox: Mailbox) -> "Client":
        """Connects, signs in and selects. Raises OSError, TimeoutError or ImapError."""
        context = ssl.create_default_context() if mailbox.tls else None
        async with asyncio.timeout(COMMAND_SECONDS):
            reader, writer = await lines.open_line(mailbox.host, mailbox.port, context, MAX_LINE)
        client = cls(reader, writer)
        try:
            async with asyncio.timeout(COMMAND_SECONDS):
                await client._response()
            await client._read_capabilities()
            if not mailbox.tls and "STARTTLS" in client.capabilities:
                await client.command("STARTTLS")
                async with asyncio.timeout(COMMAND_SECONDS):
                    await writer.start_tls(ssl.create_default_context(), server_hostname=mailbox.host)
                await client._read_capabilities()
            elif not mailbox.tls and not is_loopback(mailbox.host):
                raise ImapError("the server offers no TLS, and a password is not sent in the clear")
            try:
                await client.command(f"LOGIN {_quoted(mailbox.user)} {_quoted(mailbox.password)}")
            except ImapError as error:
                raise ImapError("the server refuses the user name or the password", sign_in=True) from error
            await client._read_capabilities()
            await client._select(mailbox.folder)
        except BaseException:
            client.close()
            raise
        return client

    def close(self) -> None:
        self._writer.close()

    async def _read_capabilities(self) -> None:
        for line, _ in await self.command("CAPABILITY"):
            if line.upper().startswith(b"* CAPABILITY "):
                self.capabilities = set(line.decode("ascii", "replace").upper().split()[2:])

    async def _select(self, folder: str) -> None:
        for line, _ in await self.command(f"SELECT {_quoted(folder)}"):
            found = re.search(rb"\[UIDVALIDITY (\d+)\]", line)
            if found:
                self.validity = int(found[1])

    async def unseen(self) -> list[int]:
        """The UIDs of unread mails, oldest first."""
        found: list[int] = []
        for line, _ in await self.command("UID SEARCH UNSEEN"):
            if line.upper().startswith(b"* SEARCH"):
                found.extend(int(word) for word in line.split()[2:] if word.isdigit())
        return sorted(found)

    async def fetch(self, uid: int) -> tuple[bytes, int] | None:
        """A mail and when the server received it (microseconds), unread as before; None when it is gone."""
        lines = await self.command(f"UID FETCH {uid} (INTERNALDATE BODY.PEEK[]<0.{MAX_LITERAL}>)")
        for line, literals in lines:
            if literals and b"FETCH" in line.upper():
                return literals[0], _internal_date(line)
        return None

    async def mark_seen(self, uid: int) -> None:
        await self.command(f"UID STORE {uid} +FLAGS.SILENT (\\Seen)")

    async def wait_for_news(self) -> None:
        """Returns when the mailbox may have changed: by IDLE, else after a minute."""
        if "IDLE" not in self.capabilities:
            await asyncio.sleep(POLL_SECONDS)
            await self.command("NOOP")
            return
        tag = self._send("IDLE")
        try:
            async with asyncio.timeout(IDLE_SECONDS):
                while True:
                    line, _ = await self._response()
                    if line.startswith(tag):
                        raise ImapError("the server ended IDLE")
                    if line.upper().rstrip().endswith((b" EXISTS", b" RECENT")):
                        break
        except TimeoutError:
            pass  # time to say it again
        self._writer.write(b"DONE\r\n")
        await self._finish(tag)

    async def command(self, text: str) -> list[tuple[bytes, list[bytes]]]:
        """Sends one command; the untagged lines with their literals.

        Raises ImapError unless it ends in OK.
        """
        return await self._finish(self._send(text))

    def _send(self, text: str) -> bytes:
        if "\r" in text or "\n" in text:
            raise ImapError("a command must be one line")
        self._number += 1
        tag = f"r{self._number}"
        self._writer.write(f"{tag} {text}\r\n".encode())
        return tag.encode() + b" "

    async def _finish(self, tag: bytes) -> list[tuple[bytes, list[bytes]]]:
        lines: list[tuple[bytes, list[bytes]]] = []
        async with asyncio.timeout(COMMAND_SECONDS * 5):
            await self._writer.drain()
            while True:
                line, literals = await self._response()
                if line.startswith(tag):
                    if not line[len(tag) :].upper().startswith(b"OK"):
                        raise ImapError(line[len(tag) :].decode("utf-8", "replace").strip()[:200])
                    return lines
                lines.append((line, literals))

    async def _response(self) -> tuple[bytes, list[bytes]]:
        """One line of the server, its literals read and set apart."""
        whole = b""
        literals: list[bytes] = []
        while True:
            line = await self._reader.readline()
            if not line.endswith(b"\n"):
                raise ConnectionResetError("the IMAP server hung up")
            whole += line
            announced = _LITERAL.search(line)
            if not announced:
                return whole, literals
            size = int(announced[1])
            if size > MAX_LITERAL + 1024:
                raise ImapError(f"the server sends {size} bytes at once")
            literals.append(await self._reader.readexactly(size))


def _quoted(text: str) -> str:
    """A quoted string (RFC 3501, section 9). Raises ValueError for what none can hold: it would begin a command."""
    if any(character in text for character in "\r\n\0"):
        raise ValueError("a name, a password or a folder of IMAP has no line break in it")
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _internal_date(line: bytes) -> int:
    found = re.search(
        rb'INTERNALDATE "\s?(\d{1,2})-(\w{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)"', line
    )
    if found is None:
        return clock.now()
    try:
        day, month, year, hour, minute, second = (found[n].decode().lower() for n in range(1, 7))
        moment = datetime(
            int(year), _MONTHS.index(month) + 1, int(day), int(hour), int(minute), int(second), tzinfo=UTC
        )
    except (TypeError, ValueError):
        return clock.now()
    offset = (int(found[8]) * 60 + int(found[9])) * clock.MINUTE * (1 if found[7] == b"+" else -1)
    return clock.from_datetime(moment) - offset


async def run(connection: ConnectionInfo, deliver: Deliver) -> None:
    """Holds the mailbox until cancelled: catches up, waits for news, reconnects with growing pauses."""
    mailbox = read_url(connection.get("imap_url"))
    stored: set[tuple[int, int]] = set()
    pause = 1.0
    while True:
        try:
            client = await Client.open(mailbox)
            try:
                pause = 1.0
                while True:
                    await _collect(client, connection, deliver, stored)
                    await client.wait_for_news()
            finally:
                client.close()
        except (OSError, TimeoutError, ImapError, asyncio.IncompleteReadError, ValueError) as error:
            if isinstance(error, ImapError) and error.sign_in:
                pause = LONGEST_WAIT
            _log.warning("mailbox of connection %s: %s; again in %.0f s", connection.public_id, error, pause)
        await asyncio.sleep(pause * random.uniform(0.8, 1.2))
        pause = min(pause * 2, LONGEST_WAIT)


async def _collect(
    client: Client, connection: ConnectionInfo, deliver: Deliver, stored: set[tuple[int, int]]
) -> None:
    """Every unread mail: stored first, marked as read after. ``stored``: those whose mark did not stick."""
    stored.intersection_update({known for known in stored if known[0] == client.validity})
    for uid in await client.unseen():
        if (client.validity, uid) not in stored:
            fetched = await client.fetch(uid)
            if fetched is None:
                continue
            data, received = fetched
            raw = Raw(data, {"content-type": "message/rfc822"}, "", "IMAP", received)
            await deliver(connection, delivery_key(data), raw)
            stored.add((client.validity, uid))
        await client.mark_seen(uid)
        stored.discard((client.validity, uid))


async def check(url: str) -> str:
    """Signs in and selects the folder; an empty string, or a sentence that says what to mend."""
    try:
        mailbox = read_url(url)
    except ValueError as error:
        return f"The IMAP address cannot be read: {error}"
    try:
        client = await Client.open(mailbox)
    except ImapError as error:
        return f"The IMAP server cannot be used: {error}"
    except (OSError, TimeoutError, asyncio.IncompleteReadError, ValueError) as error:
        return f"The IMAP server cannot be reached: {trouble.words(error, mailbox.host, mailbox.port)}"
    client.close()
    return ""
