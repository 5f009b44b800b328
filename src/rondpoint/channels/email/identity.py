"""Which mail this is and where it belongs: delivery key, Message-ID, references, token, our own addresses.

RFC 5322 §3.6.4 (identification fields), RFC 5233 (sub-addresses after ``+``).
"""

import hashlib
import re
import uuid
from email.message import Message

from rondpoint.channels.contract import Address, ConnectionInfo, Raw
from rondpoint.channels.email.headers import Mailbox, header, mailboxes, message_ids, raw_headers
from rondpoint.lib.addresses import BadAddress, normalise_email

MAX_REFERENCES = 60
MAX_PARTICIPANTS = 50
_STABLE = (b"message-id", b"from", b"to", b"subject", b"date", b"in-reply-to")
_HEADER_LINE = re.compile(rb"^([A-Za-z-]+):((?:.*)(?:\n[ \t].*)*)", re.MULTILINE)
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_ENVELOPE_HEADERS = ("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To")


def delivery_key(data: bytes) -> str:
    """The same key for the same mail however it came.

    Trace headers and line ends do not count, all else does.
    """
    head, blank, body = data.replace(b"\r\n", b"\n").partition(b"\n\n")
    digest = hashlib.sha256()
    for match in _HEADER_LINE.finditer(head[: 512 * 1024]):
        name = match[1].lower()
        if name in _STABLE:
            digest.update(name + b":" + b" ".join(match[2].split()) + b"\n")
    digest.update(blank + body.rstrip(b"\n"))
    return digest.hexdigest()


def message_id(message: Message, data: bytes) -> str:
    """The Message-ID without brackets; one made from the content when the mail has none."""
    found = message_ids(header(message, "Message-ID"), 1)
    return found[0] if found else f"{delivery_key(data)[:40]}@missing-message-id.invalid"


def references(message: Message) -> tuple[str, ...]:
    """Message-IDs this mail answers, nearest first, each once."""
    nearest = message_ids(" ".join(raw_headers(message, "In-Reply-To")))
    chain = message_ids(" ".join(raw_headers(message, "References")))
    return tuple(dict.fromkeys([*nearest, *reversed(chain)]))[:MAX_REFERENCES]


def domain_of(connection: ConnectionInfo) -> str:
    """The domain our mail carries: that of the connection's address."""
    return connection.get("address").rpartition("@")[2].strip().lower()


def reply_pattern(connection: ConnectionInfo) -> str:
    """The form of our reply addresses with ``{token}`` in it."""
    return connection.get("reply_address", "reply+{token}@" + domain_of(connection)).lower()


def reply_address(connection: ConnectionInfo, token: str) -> str:
    """The address whose mail joins the conversation of ``token``."""
    return reply_pattern(connection).replace("{token}", token.lower())


def bounce_address(connection: ConnectionInfo, public_id: str) -> str:
    """The envelope sender that names the message it carries (VERP)."""
    return f"bounce+{public_id.replace('-', '').lower()}@{domain_of(connection)}"


def token_in(address: str, connection: ConnectionInfo) -> str:
    """The reply token of one of our addresses, lower-cased since relays change case.

    Empty when it has none.
    """
    before, _, after = reply_pattern(connection).partition("{token}")
    match = re.fullmatch(re.escape(before) + r"([a-z0-9]{4,64})" + re.escape(after), address.strip().lower())
    return match[1] if match else ""


def bounced_id(address: str, connection: ConnectionInfo) -> str:
    """The public id in one of our bounce addresses, with its dashes; empty when it is none."""
    match = re.fullmatch(
        rf"bounce\+([0-9a-f]{{32}})@{re.escape(domain_of(connection))}", address.strip().lower()
    )
    return str(uuid.UUID(match[1])) if match else ""


def is_ours(address: str, connection: ConnectionInfo) -> bool:
    """Does this address belong to the connection.

    Its own, a plus-address of it, a reply or a bounce address?
    """
    address = address.strip().lower()
    own = connection.get("address").strip().lower()
    local, _, domain = address.rpartition("@")
    own_local, _, own_domain = own.rpartition("@")
    if not own or not local:
        return False
    if domain == own_domain and (local == own_local or local.startswith(own_local + "+")):
        return True
    return bool(token_in(address, connection) or bounced_id(address, connection))


def is_our_message_id(text: str, connection: ConnectionInfo) -> bool:
    """Could we have made this Message-ID: a UUID at our domain?"""
    local, _, domain = text.strip("<>").rpartition("@")
    return domain.lower() == domain_of(connection) and bool(_UUID.fullmatch(local))


def recipients(message: Message, raw: Raw) -> list[str]:
    """Every address the mail says or the envelope knows it was for, envelope first."""
    found = [part.strip() for part in raw.headers.get("rcpt-to", "").split(",") if part.strip()]
    for name in (*_ENVELOPE_HEADERS, "To", "Cc"):
        found.extend(mailbox.address for mailbox in mailboxes(message, name))
    return list(dict.fromkeys(address.lower() for address in found))


def token(message: Message, raw: Raw, connection: ConnectionInfo) -> str:
    """The reply token among the recipients, the envelope's first."""
    return next((found for to in recipients(message, raw) if (found := token_in(to, connection))), "")


def sender(message: Message) -> Mailbox | None:
    """Who wrote: the first address in From, else Sender's. Reply-To never says who somebody is."""
    for name in ("From", "Sender"):
        found = mailboxes(message, name)
        if found:
            return found[0]
    return None


def participants(message: Message, writer: str, connection: ConnectionInfo) -> tuple[Address, ...]:
    """The others in Reply-To, To and Cc, without the writer and ourselves."""
    found: dict[str, Address] = {}
    for name in ("Reply-To", "To", "Cc"):
        for mailbox in mailboxes(message, name):
            if mailbox.address != writer and not is_ours(mailbox.address, connection):
                found.setdefault(mailbox.address, Address("email", mailbox.address, mailbox.name))
    return tuple(found.values())[:MAX_PARTICIPANTS]


def account(connection: ConnectionInfo) -> str:
    """The connection's address in comparable form, or as it was typed when it is none."""
    try:
        return normalise_email(connection.get("address"))
    except BadAddress:
        return connection.get("address")
