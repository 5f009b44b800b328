"""The e-mail channel: SMTP, a provider's API or the outbox out; LMTP, IMAP or a webhook in. See README.md.

Imported by the parsing child too: what only sends or listens is imported where it is used, to keep that
child small.
"""

import asyncio
import base64
import calendar
import contextvars
import functools
import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from email.message import Message
from email.utils import parsedate_tz
from typing import Any

import msgspec

from rondpoint.channels.contract import (
    Address,
    Channel,
    ConnectionInfo,
    Deliver,
    Ignored,
    Manifest,
    MessageIn,
    MessageOut,
    Parsed,
    Part,
    Raw,
    Refused,
    SendError,
    SendResult,
    Setting,
    pack_parsed,
)
from rondpoint.channels.email import authenticity, automatic, bounces, identity, quotes, tracking
from rondpoint.channels.email.headers import header
from rondpoint.channels.email.mime import parse_mail, read_message
from rondpoint.lib import clock
from rondpoint.lib.addresses import BadAddress, normalise_email
from rondpoint.lib.signing import same
from rondpoint.lib.text import storable_fields

MAX_OUT = 25 * 1024 * 1024
_SETTINGS = (
    Setting(
        "address", "Address", required=True, help="The address people write to, such as help@example.com"
    ),
    Setting("sender_name", "Sender's name", help="Shown after the agent's name; the brand's name when empty"),
    Setting("imap_url", "IMAP address", secret=True, help="imaps://user:password@host/INBOX"),
    Setting(
        "smtp_url", "SMTP address", secret=True, help="smtps://user:password@host; empty: the outbox folder"
    ),
    Setting(
        "authserv_id", "Name of your mail server", help="As in its Authentication-Results header (RFC 8601)"
    ),
    Setting(
        "reply_address", "Reply address", help="With {token} in it; reply+{token}@ your domain when empty"
    ),
    Setting("dkim_domain", "DKIM domain"),
    Setting("dkim_selector", "DKIM selector"),
    Setting("dkim_key", "DKIM private key", secret=True, help="An RSA key in PEM form"),
    Setting("esp", "Mail provider", help="A provider that django-anymail knows, such as postmark or brevo"),
    Setting("esp_settings", "Provider's settings", secret=True, help='JSON such as {"api_key": "…"}'),
    Setting(
        "webhook_secret", "Webhook password", secret=True, help="Sent as the Basic password to our address"
    ),
)


class EmailChannel(Channel):
    """Mail in both directions. The external id of a message is its Message-ID without angle brackets."""

    manifest = Manifest(
        kind="email",
        label="E-mail",
        address_kind="email",
        settings=_SETTINGS,
        capabilities=frozenset({"inbound", "media", "receipts", "html", "subject"}),
        isolate_parse=True,
        libraries=("nh3", "flufl.bounce", "aiosmtpd", "cryptography", "django-anymail"),
    )

    def verify(self, raw: Raw, connection: ConnectionInfo) -> bool:
        """HTTP Basic with the webhook password (RFC 7617).

        Whole mails may be posted as ``message/rfc822``.
        """
        secret = connection.get("webhook_secret")
        scheme, _, credentials = raw.headers.get("authorization", "").partition(" ")
        if not secret or scheme.lower() != "basic":
            return False
        try:
            password = base64.b64decode(credentials, validate=True).partition(b":")[2]
        except ValueError:  # no base64, or no ASCII
            return False
        return same(password, secret.encode())

    def delivery_id(self, raw: Raw) -> str:
        if tracking.is_tracking(raw):
            return hashlib.sha256(raw.body).hexdigest()
        return identity.delivery_key(raw.body)

    def parse(self, raw: Raw, connection: ConnectionInfo) -> list[Parsed]:
        """A message, or the receipts of a report, in text that every database can hold.

        Heavy and hostile: run it through :func:`parse_isolated`.
        """
        return [storable_fields(item) for item in self._read(raw, connection)]

    def _read(self, raw: Raw, connection: ConnectionInfo) -> list[Parsed]:
        if tracking.is_tracking(raw):
            return tracking.parse_tracking(raw, connection)
        message = read_message(raw.body)
        at = sent_at(message, raw.received or clock.now())
        report = bounces.parse_report(message, raw, connection, at)
        if report is not None:
            return report
        writer = identity.sender(message)
        if writer is None:
            return [Ignored("the mail names no sender that can be read")]
        mail = parse_mail(message)
        text, folded = quotes.fold(mail.text)
        key = identity.delivery_key(raw.body)
        evidence = authenticity.evidence(message, connection)
        return [
            MessageIn(
                event_id=key,
                at=at,
                sender=Address("email", writer.address, writer.name, evidence),
                account=identity.account(connection),
                text=text,
                folded=folded,
                html=mail.html,
                subject=header(message, "Subject")[:998],
                participants=identity.participants(message, writer.address, connection),
                files=mail.files,
                references=identity.references(message),
                external_id=identity.message_id(message, raw.body),
                token=identity.token(message, raw, connection),
                automated=automatic.reason(message, raw, writer.address, connection),
                language=header(message, "Content-Language").partition(",")[0].strip().lower()[:10],
            )
        ]

    def render(self, message: MessageOut, connection: ConnectionInfo) -> list[Part] | Refused:
        """One part; its ``data`` holds the message as JSON values (file contents in base64 when they
        are given).
        """
        from rondpoint.channels.email.compose import problem

        try:
            to = normalise_email(message.to.value)
        except BadAddress as error:
            return Refused("no_address", str(error))
        if not (message.text.strip() or message.html.strip() or message.files):
            return Refused("empty")
        trouble = problem(message, connection)
        if trouble:
            return Refused("invalid", trouble)
        size = (
            len(message.text) + len(message.html) + sum(len(file.content) * 4 // 3 for file in message.files)
        )
        if size > MAX_OUT:
            return Refused("too_long", f"a mail has at most {MAX_OUT // 1024 // 1024} MB")
        return [Part(to, message.text, data={"message": msgspec.to_builtins(message)})]

    async def send(
        self, part: Part, connection: ConnectionInfo, http: Any, idempotency_key: str
    ) -> SendResult:
        """By SMTP when ``smtp_url`` is set, by the provider when ``esp`` is, else into the outbox folder."""
        loop = asyncio.get_running_loop()
        in_context = contextvars.copy_context().run  # the lease that the sender looks at goes with it
        return await loop.run_in_executor(_senders(connection.id), in_context, _send, part, connection)

    def normalize_address(self, text: str, connection: ConnectionInfo) -> str:
        return normalise_email(text)

    def takes(self, address: str, connection: ConnectionInfo) -> bool:
        """Its own address, its plus-addresses, its reply and bounce addresses."""
        return identity.is_ours(address, connection)

    def reply_address(self, token: str, connection: ConnectionInfo) -> str:
        """The plus-address that carries a conversation's token."""
        return identity.reply_address(connection, token)

    def external_id(self, message_id: str, connection: ConnectionInfo) -> str:
        """Our Message-ID, without its brackets."""
        return f"{message_id}@{identity.domain_of(connection)}"

    def account(self, connection: ConnectionInfo) -> str:
        return identity.account(connection)

    def has_session(self, connection: ConnectionInfo) -> bool:
        return bool(connection.get("imap_url"))

    async def session(self, connection: ConnectionInfo, deliver: Deliver) -> None:
        from rondpoint.channels.email import imap

        await imap.run(connection, deliver)

    async def check(self, connection: ConnectionInfo, http: Any) -> str:
        from rondpoint.channels.email import imap, smtp

        problem = ""
        if connection.get("imap_url"):
            problem = await imap.check(connection.get("imap_url"))
        if not problem and connection.get("smtp_url"):
            problem = await asyncio.to_thread(smtp.check, connection.get("smtp_url"))
        return problem

    def check_settings(self, settings: dict[str, str]) -> dict[str, str]:
        from rondpoint.channels.email import dkim, esp, imap, smtp

        problems = super().check_settings(settings)
        tests: dict[str, Callable[[str], object]] = {
            "address": normalise_email,
            "imap_url": imap.read_url,
            "smtp_url": smtp.read_url,
            "dkim_key": dkim.load_key,
            "esp_settings": esp.read_settings,
            "reply_address": _check_reply_address,
            "esp": _check_provider,
        }
        for name, test in tests.items():
            if settings.get(name):
                try:
                    test(settings[name])
                except ValueError as error:
                    problems[name] = str(error)
        dkim_fields = ("dkim_domain", "dkim_selector", "dkim_key")
        if any(settings.get(name) for name in dkim_fields):
            for name in dkim_fields:
                if not settings.get(name):
                    problems[name] = "DKIM needs a domain, a selector and a key together"
        return problems


def _check_reply_address(text: str) -> None:
    if text.count("{token}") != 1:
        raise ValueError("the reply address has {token} in it once, as in reply+{token}@example.com")
    normalise_email(text.replace("{token}", "x"))


def _check_provider(text: str) -> None:
    from rondpoint.channels.email.esp import PROVIDERS

    if text not in PROVIDERS:
        raise ValueError(f"{text!r} is not one of {', '.join(PROVIDERS)}")


@functools.lru_cache(maxsize=256)
def _senders(connection_id: int) -> ThreadPoolExecutor:
    """Threads of one connection: a server that hangs holds up its own mail only."""
    return ThreadPoolExecutor(4, thread_name_prefix=f"mail-{connection_id}")


def _send(part: Part, connection: ConnectionInfo) -> SendResult:
    from rondpoint.channels.email import compose, dkim, esp, outbox, smtp

    message = msgspec.convert(part.data["message"], MessageOut)
    try:
        files = tuple(
            file if file.content else msgspec.structs.replace(file, content=outbox.stored_file(file.sha256))
            for file in message.files
        )
        message = msgspec.structs.replace(
            message, files=files, to=msgspec.structs.replace(message.to, value=part.to)
        )
        mail = compose.compose(message, connection)
        if connection.get("esp"):
            attached = [(file.name, file.content, file.content_type) for file in files]
            return esp.send(
                mail,
                message.text,
                message.html,
                attached,
                connection.get("esp"),
                connection.get("esp_settings"),
            )
        if connection.get("dkim_key"):
            data = dkim.sign(
                mail.data,
                connection.get("dkim_domain"),
                connection.get("dkim_selector"),
                connection.get("dkim_key"),
                message.at // clock.SECOND,
            )
            mail = msgspec.structs.replace(mail, data=data)
    except (ValueError, LookupError, OSError) as error:
        return SendError(str(error), permanent=isinstance(error, ValueError))
    if connection.get("smtp_url"):
        return smtp.send(mail, connection.get("smtp_url"))
    return outbox.write(mail)


def sent_at(message: Message, received: int) -> int:
    """When it was written, in microseconds.

    The Date header when it lies within two days before its arrival.
    """
    parts = parsedate_tz(header(message, "Date")[:100])
    if not parts:
        return received
    try:
        written = (calendar.timegm((*parts[:6], 0, 1, 0)) - (parts[9] or 0)) * clock.SECOND
    except (ValueError, OverflowError, TypeError):
        return received
    return written if received - 2 * clock.DAY <= written <= received else received


def parse_isolated(payload: bytes) -> bytes:
    """:meth:`EmailChannel.parse` for a child process.

    Msgpack of (Raw, ConnectionInfo) to ``pack_parsed``'s bytes.
    """
    raw, connection = msgspec.msgpack.decode(payload, type=tuple[Raw, ConnectionInfo])
    return pack_parsed(channel.parse(raw, connection))


channel = EmailChannel()
