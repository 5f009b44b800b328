"""Delivery reports, complaints and read notices as receipts (RFC 3464 DSN, RFC 5965 ARF, RFC 8098 MDN).

Anyone can write such a report, so each must name a mail of ours: by the VERP address it came to or by the
Message-ID of the returned mail. The pipeline then finds the dispatch by that id.
"""

import email
import re
from email.message import Message

import flufl.bounce

from rondpoint.channels.contract import Address, ConnectionInfo, Consent, Ignored, Parsed, Raw, Receipt
from rondpoint.channels.email import identity
from rondpoint.channels.email.headers import header, mailboxes, message_ids
from rondpoint.channels.email.parts import parts_of
from rondpoint.lib.addresses import BadAddress, normalise_email

# 5.x.x codes that speak of the mail, the policy or a full box, not of a dead address (RFC 3463 §3).
_ADDRESS_LIVES = re.compile(r"5\.(?:2\.[23]|3\.|4\.[5-7]|6\.|7\.)")
_SYSTEM_SENDER = re.compile(r"(?:mailer-daemon|postmaster|mdaemon|mail-?delivery)", re.IGNORECASE)
_MAX_RECIPIENTS = 50
_MAX_READ = 256 * 1024  # of a bounce outside RFC 3464; what is wrong stands first, the returned mail after it


def parse_report(message: Message, raw: Raw, connection: ConnectionInfo, at: int) -> list[Parsed] | None:
    """What a report says, or None when this mail is no report. ``at`` in microseconds UTC."""
    if message.get_content_type() == "multipart/report":
        part = _part(message, "message/feedback-report")
        if part is not None:
            return [_complaint(message, part, raw, connection, at)]
        part = _part(message, "message/disposition-notification")
        if part is not None:
            return [_notice(part, raw, connection, at)]
    part = _part(message, "message/delivery-status")
    if part is not None:
        return _delivery_status(message, part, raw, connection, at)
    return _odd_bounce(message, raw, connection, at)


def _delivery_status(
    message: Message, part: Message, raw: Raw, connection: ConnectionInfo, at: int
) -> list[Parsed]:
    external_id = _original_id(message, raw, connection)
    if not external_id:
        return [Ignored("a bounce of a mail that we did not send")]
    items: list[Parsed] = []
    blocks = parts_of(part)
    for number, block in enumerate(blocks[: _MAX_RECIPIENTS + 1]):
        action = header(block, "Action").lower()
        if action:
            items.append(_recipient_receipt(block, action, f"{_event(raw)}:{number}", external_id, at))
    return items or [Ignored("a delivery report without recipients")]


def _recipient_receipt(block: Message, action: str, event_id: str, external_id: str, at: int) -> Parsed:
    status = (re.findall(r"\b[245]\.\d{1,3}\.\d{1,3}\b", header(block, "Status")) or [""])[0]
    address = _address(header(block, "Original-Recipient")) or _address(header(block, "Final-Recipient"))
    if action == "failed":
        detail = header(block, "Diagnostic-Code").partition(";")[2].strip() or header(
            block, "Diagnostic-Code"
        )
        error = f"{status} {detail}".strip()[:500] or "delivery failed"
        permanent = status.startswith("5.") and not _ADDRESS_LIVES.match(status)
        return Receipt(event_id, at, external_id, "failed", error, permanent, address)
    if action == "delivered":
        return Receipt(event_id, at, external_id, "delivered", address=address)
    return Ignored(f"delivery of our mail is {action[:20]} ({status or 'no status'})")


def _complaint(message: Message, part: Message, raw: Raw, connection: ConnectionInfo, at: int) -> Parsed:
    fields = _fields(part)
    kind = header(fields, "Feedback-Type").lower()
    if kind not in ("abuse", "fraud", "complaint", "opt-out", "virus", "other"):
        return Ignored(f"a feedback report of type {kind[:30] or 'unknown'}")
    original = _returned_headers(message)
    if not _original_id(message, raw, connection):
        return Ignored("a complaint about a mail that we did not send")
    address = _address(header(fields, "Original-Rcpt-To")) or _address(header(fields, "Removal-Recipient"))
    if not address and original is not None:
        to = [mailbox.address for mailbox in mailboxes(original, "To")]
        address = to[0] if len(to) == 1 else ""
    if not address:
        return Ignored("a complaint that does not say whose it is")
    account = identity.account(connection)
    return Consent(_event(raw), at, Address("email", address), "complaint", kind, account)


def _notice(part: Message, raw: Raw, connection: ConnectionInfo, at: int) -> Parsed:
    fields = _fields(part)
    found = message_ids(header(fields, "Original-Message-ID"), 1)
    disposition = header(fields, "Disposition").lower()
    if not found or not identity.is_our_message_id(found[0], connection):
        return Ignored("a read notice for a mail that we did not send")
    if "displayed" not in disposition:
        return Ignored(f"a read notice that says {disposition[:60]!r}")
    return Receipt(_event(raw), at, found[0], "read", address=_address(header(fields, "Final-Recipient")))


def _odd_bounce(message: Message, raw: Raw, connection: ConnectionInfo, at: int) -> list[Parsed] | None:
    """Bounces outside RFC 3464: only from a mail system, only about a mail of ours."""
    writer = header(message, "From")
    to_bounce = any(identity.bounced_id(to, connection) for to in identity.recipients(message, raw))
    null_sender = (
        header(message, "Return-Path").replace(" ", "") == "<>" or raw.headers.get("mail-from") == ""
    )
    if not (to_bounce or (null_sender and _SYSTEM_SENDER.search(writer)) or _SYSTEM_SENDER.match(writer)):
        return None
    external_id = _original_id(message, raw, connection)
    if not external_id:
        return None
    try:
        temporary, permanent = flufl.bounce.all_failures(email.message_from_bytes(raw.body[:_MAX_READ]))
    except Exception:  # its detectors read free text of strangers; none of their failures is ours
        temporary, permanent = frozenset(), frozenset()
    dead = sorted({address for item in permanent if (address := _address(item.decode("utf-8", "replace")))})
    if dead:
        return [
            Receipt(
                f"{_event(raw)}:{number}",
                at,
                external_id,
                "failed",
                "returned by the mail system",
                True,
                address,
            )
            for number, address in enumerate(dead[:_MAX_RECIPIENTS])
        ]
    if temporary:
        return [Ignored("delivery of our mail is delayed")]
    return [Ignored("a mail to our bounce address that names no recipient")] if to_bounce else None


def _event(raw: Raw) -> str:
    return identity.delivery_key(raw.body)


def _original_id(message: Message, raw: Raw, connection: ConnectionInfo) -> str:
    """The Message-ID of our mail that a report is about.

    VERP first, then the returned headers, then references.
    """
    for address in identity.recipients(message, raw):
        public_id = identity.bounced_id(address, connection)
        if public_id:
            return f"{public_id}@{identity.domain_of(connection)}"
    original = _returned_headers(message)
    candidates = message_ids(header(original, "Message-ID"), 1) if original is not None else []
    candidates.extend(identity.references(message))
    return next((found for found in candidates if identity.is_our_message_id(found, connection)), "")


def _returned_headers(message: Message) -> Message | None:
    """The headers of the mail that came back, from a whole copy or from its headers alone."""
    for part in list(message.walk())[:50]:
        kind = part.get_content_type()
        inside = parts_of(part)
        if kind in ("message/rfc822", "message/global") and inside:
            return inside[0]
        if kind in ("text/rfc822-headers", "text/rfc822"):
            content = part.get_payload(decode=True)
            return email.message_from_bytes(content[:65536] if isinstance(content, bytes) else b"")
    return None


def _part(message: Message, kind: str) -> Message | None:
    """The part of that kind right below the top: a report inside an attached mail is not ours to act on."""
    return next((part for part in parts_of(message) if part.get_content_type() == kind), None)


def _fields(part: Message) -> Message:
    """The fields of a ``message/*`` report part, which the parser reads as a mail of its own."""
    inside = parts_of(part)
    if inside:
        return inside[0]
    payload = part.get_payload()
    return email.message_from_string(payload if isinstance(payload, str) else "")


def _address(text: str) -> str:
    """The address in ``rfc822; name@example.com`` or ``<name@example.com>``; empty when there is none."""
    text = text.rpartition(";")[2].strip().strip("<>").strip()
    try:
        return normalise_email(text[:330])
    except BadAddress:
        return ""
