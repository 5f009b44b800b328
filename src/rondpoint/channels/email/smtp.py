"""Hands a mail to an SMTP server and says exactly what came of it (RFC 5321, RFC 3207, RFC 2034, RFC 8314).

The one moment of doubt is after the final dot: when the line breaks there, nobody knows whether the server
took the mail, and it is not sent again.
"""

import re
import smtplib
import socket
import ssl
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

from msgspec import Struct

from rondpoint.channels import lines
from rondpoint.channels.contract import OutcomeUnknown, SendError, SendResult, Sent
from rondpoint.channels.email import trouble
from rondpoint.channels.email.compose import Mail
from rondpoint.lib import fence

CONNECT_SECONDS = 20
COMMAND_SECONDS = 60
FINAL_SECONDS = 180  # RFC 5321 §4.5.3.2.6 asks for ten minutes; a lease must not wait that long
_ENHANCED = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_NO_SUCH_USER = re.compile(
    r"user unknown|unknown user|no such (?:user|recipient|mailbox)|does not exist|mailbox (?:not found"
    r"|unavailable)"
    r"|recipient (?:unknown|rejected)|invalid (?:recipient|mailbox)|unknown recipient",
    re.IGNORECASE,
)


class Server(Struct, frozen=True):
    """Where and how to sign in, out of ``smtp://user:password@host:port`` or ``smtps://…``."""

    host: str
    port: int
    tls: bool
    user: str = ""
    password: str = ""


def read_url(url: str) -> Server:
    """The server of an SMTP address. Raises ValueError with a sentence."""
    parts = urlsplit(url.strip())
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise ValueError("expected smtp://user:password@host:587 or smtps://user:password@host:465")
    tls = parts.scheme == "smtps"
    port = parts.port or (465 if tls else 587 if parts.username else 25)
    return Server(parts.hostname, port, tls, unquote(parts.username or ""), unquote(parts.password or ""))


class _Line(smtplib.SMTP):
    """smtplib's client on a line whose address was checked (it asks this method for its socket)."""

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return lines.connect(host, port, timeout)


class _LineTls(smtplib.SMTP_SSL, _Line):
    """The same with TLS from the first byte: smtplib wraps the socket that the next class opens."""


def send(mail: Mail, url: str) -> SendResult:
    """Sends one mail to one recipient. Blocking: call it in a thread. Raises ``fence.TooLate`` before the final dot."""
    try:
        server = read_url(url)
        client = _open(server)
    except smtplib.SMTPAuthenticationError as error:
        return SendError(f"the mail server refused the sign-in ({error.smtp_code})")
    except (OSError, smtplib.SMTPException, ValueError) as error:
        return SendError(f"no connection to the mail server: {_words(error)}")
    try:
        return _transfer(client, mail)
    finally:
        client.close()


def check(url: str) -> str:
    """Connects and signs in; an empty string, or a sentence that says what to mend."""
    try:
        server = read_url(url)
    except ValueError as error:
        return f"The SMTP address cannot be read: {error}"
    try:
        client = _open(server)
    except smtplib.SMTPAuthenticationError:
        return "The SMTP server refuses the user name or the password."
    except (OSError, smtplib.SMTPException, ValueError) as error:
        return f"The SMTP server cannot be used: {trouble.words(error, server.host, server.port)}"
    client.close()
    return ""


def _wait(client: smtplib.SMTP, seconds: float) -> None:
    """How long the server may take from now on."""
    if client.sock is not None:
        client.sock.settimeout(seconds)


def _open(server: Server) -> smtplib.SMTP:
    name = socket.gethostname() or "localhost"
    if server.tls:
        context = ssl.create_default_context()
        client: smtplib.SMTP = _LineTls(
            server.host, server.port, name, timeout=CONNECT_SECONDS, context=context
        )
    else:
        client = _Line(server.host, server.port, name, timeout=CONNECT_SECONDS)
    try:
        client.ehlo_or_helo_if_needed()
        if (
            not server.tls
            and client.has_extn("starttls")
            and not (is_loopback(server.host) and not server.user)
        ):
            client.starttls(context=ssl.create_default_context())
            client.ehlo()
        elif not server.tls and server.user and not is_loopback(server.host):
            raise ValueError("the server offers no TLS, and a password is not sent in the clear")
        if server.user:
            client.login(server.user, server.password)
        _wait(client, COMMAND_SECONDS)
    except BaseException:
        client.close()
        raise
    return client


def is_loopback(host: str) -> bool:
    """Does the host name this machine, where no TLS is needed?"""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _transfer(client: smtplib.SMTP, mail: Mail) -> SendResult:
    try:
        options = [f"SIZE={len(mail.data)}"] if client.has_extn("size") else []
        if not mail.recipient.isascii():
            if not client.has_extn("smtputf8"):
                return SendError("the mail server cannot write to addresses outside ASCII", permanent=True)
            options.append("SMTPUTF8")
        code, answer = client.mail(mail.sender, options)
        if code != 250:
            return _refusal("sender", code, answer)
        code, answer = client.rcpt(mail.recipient)
        if code not in (250, 251, 252):
            return _refusal("recipient", code, answer)
        code, answer = client.docmd("DATA")
        if code != 354:
            return _refusal("mail", code, answer)
        # Without the final dot the server must not deliver: a break up to here may be tried again.
        client.send(_stuffed(mail.data))
        _wait(client, FINAL_SECONDS)
    except (OSError, smtplib.SMTPException) as error:
        return SendError(f"the mail server hung up before it had the mail: {_words(error)}")
    fence.look()
    try:
        client.send(b".\r\n")
        code, answer = client.getreply()
    except (OSError, smtplib.SMTPException) as error:
        return OutcomeUnknown(f"the line broke after the whole mail was sent: {_words(error)}")
    if code != 250:
        return _refusal("mail", code, answer)
    _leave(client)
    return Sent((mail.message_id,))


def _leave(client: smtplib.SMTP) -> None:
    try:
        client.quit()
    except (OSError, smtplib.SMTPException):
        pass  # it has the mail; how it says goodbye changes nothing


def _stuffed(data: bytes) -> bytes:
    """The mail for DATA: lines that begin with a dot get another (RFC 5321 §4.5.2)."""
    data = re.sub(rb"(?m)^\.", b"..", data)
    return data if data.endswith(b"\r\n") else data + b"\r\n"


def _refusal(what: str, code: int, answer: bytes) -> SendError:
    text = answer.decode("utf-8", "replace").replace("\n", " ")[:300]
    enhanced = _ENHANCED.search(text[:40])
    if code < 500:
        return SendError(f"the mail server will not take the {what} now: {code} {text}")
    dead = False
    if what == "recipient" and code in (550, 551, 553):
        if enhanced:
            dead = enhanced[2] == "1" or enhanced[0] == "5.2.1"
        else:
            dead = bool(_NO_SUCH_USER.search(text))
    return SendError(f"the mail server refuses the {what}: {code} {text}", permanent=True, dead_address=dead)


def _words(error: BaseException) -> str:
    return (str(error) or type(error).__name__)[:200]
