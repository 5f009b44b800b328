"""Outgoing mail: from a message and its connection to the same bytes every time.

Written by hand rather than by :mod:`email`, so that boundaries, folding and encodings are ours and stable:
a dispatch that is tried again sends the same mail. RFC 5322, RFC 2045–2047, RFC 2231 (file names), RFC 3834
(Auto-Submitted), RFC 8058 (one-click unsubscribe).
"""

import base64
import hashlib
import quopri
import re
from email.utils import format_datetime
from html import escape
from urllib.parse import quote

from msgspec import Struct

from rondpoint.channels.contract import ConnectionInfo, FileOut, MessageOut
from rondpoint.channels.email import identity
from rondpoint.lib.clock import to_datetime

MAX_REFERENCES = 20
_REPLY = re.compile(r"(?:re|aw|sv|rv|res|antw|ref|rif|odp)\s?(?:\[\d+\])?\s?:", re.IGNORECASE)
_LONGEST_PLAIN = 200  # a longer name is encoded: unlike a quoted one that can be folded
_LINE_BREAK = re.compile(r"[\r\n\x00]")
_ATOM = re.compile(r"[A-Za-z0-9 !#$%&'*+/=?^_`{|}~-]+")
_CID = re.compile(r"cid:([A-Za-z0-9._%+@-]+)")
_SUBJECTS = {"fr": "Votre échange avec {}", "en": "Your conversation with {}"}


class Mail(Struct, frozen=True):
    """A mail ready to leave: the envelope, our Message-ID without brackets, and the bytes with CRLF."""

    sender: str
    recipient: str
    message_id: str
    data: bytes


def problem(message: MessageOut, connection: ConnectionInfo) -> str:
    """Why no mail can be made of this message, in words.

    Empty when it can. Line breaks in headers are refused.
    """
    texts = {
        "subject": message.subject,
        "sender name": message.sender_name,
        "recipient's name": message.to.name,
        "recipient": message.to.value,
        "message id": message.id,
        "reply token": message.reply_token,
        "address": connection.get("address"),
        "brand": connection.brand_name,
        "connection's sender name": connection.get("sender_name"),
        "in-reply-to": message.in_reply_to,
        "unsubscribe address": message.unsubscribe_url,
        "references": "".join(message.references),
        "file name": "".join(file.name + file.content_type for file in message.files),
    }
    return next(
        (f"the {name} contains a line break" for name, text in texts.items() if _LINE_BREAK.search(text)), ""
    )


def compose(message: MessageOut, connection: ConnectionInfo) -> Mail:
    """The mail of a message. Pure. Raises ValueError with :func:`problem`'s sentence."""
    trouble = problem(message, connection)
    if trouble:
        raise ValueError(trouble)
    message_id = f"{message.id}@{identity.domain_of(connection)}"
    head = _headers(message, connection, message_id)
    if message.unsubscribe_url and message.purpose != "service":
        head.append(("List-Unsubscribe", f"<{message.unsubscribe_url}>"))
        head.append(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
    data = _serialise([*head, ("MIME-Version", "1.0")]) + _body(message)
    sender = identity.bounce_address(connection, message.id)
    return Mail(sender, message.to.value, message_id, data)


def _headers(message: MessageOut, connection: ConnectionInfo, message_id: str) -> list[tuple[str, str]]:
    head = [
        ("From", _mailbox(sender_name(message, connection), identity.account(connection))),
        ("To", _mailbox(message.to.name, message.to.value)),
        ("Subject", encode_words(subject(message, connection), len("Subject: "))),
        ("Date", format_datetime(to_datetime(message.at))),
        ("Message-ID", f"<{message_id}>"),
    ]
    if message.reply_token:
        head.append(("Reply-To", f"<{identity.reply_address(connection, message.reply_token)}>"))
    nearest = _bare(message.in_reply_to)
    chain = [_bare(found) for found in message.references if _bare(found) and _bare(found) != nearest]
    if nearest:
        head.append(("In-Reply-To", f"<{nearest}>"))
        # Oldest first, as a thread reads; the root and the nearest ones survive the cap (RFC 5322 §3.6.4).
        oldest = [*reversed(chain), nearest]
        kept = oldest if len(oldest) <= MAX_REFERENCES else [oldest[0], *oldest[1 - MAX_REFERENCES :]]
        head.append(("References", "\r\n ".join(f"<{found}>" for found in kept)))
    if message.automated:
        head.append(("Auto-Submitted", "auto-generated"))
        head.append(("X-Auto-Response-Suppress", "OOF, AutoReply"))
    head.append(("X-Rondpoint-Id", message.id))
    if message.language:
        head.append(("Content-Language", re.sub(r"[^A-Za-z-]", "", message.language)[:20]))
    return head


def _bare(message_id: str) -> str:
    text = message_id.strip().strip("<>")
    return text if re.fullmatch(r"[\x21-\x7e]{1,250}", text) and not set(text) & set("<>") else ""


def sender_name(message: MessageOut, connection: ConnectionInfo) -> str:
    """ "Léa via Boutique", or whichever of the two is known."""
    house = connection.get("sender_name") or connection.brand_name
    if message.sender_name and house and message.sender_name != house:
        return f"{message.sender_name} via {house}"
    return message.sender_name or house


def subject(message: MessageOut, connection: ConnectionInfo) -> str:
    """The subject with one "Re: " before it when this is an answer; a plain one when it has none."""
    text = message.subject.strip()
    if not text:
        house = connection.get("sender_name") or connection.brand_name or identity.domain_of(connection)
        language = (message.language or connection.language)[:2]
        return _SUBJECTS.get(language, _SUBJECTS["en"]).format(house)
    return text if not message.in_reply_to or _REPLY.match(text) else f"Re: {text}"


def _mailbox(name: str, address: str) -> str:
    name = name.strip()
    if not name:
        return address
    if name.isascii() and len(name) <= _LONGEST_PLAIN and "=?" not in name:
        shown = name if _ATOM.fullmatch(name) else '"' + re.sub(r'(["\\])', r"\\\1", name) + '"'
    else:
        shown = _encoded(name)
    return f"{shown}\r\n <{address}>" if len(shown) + len(address) > 60 else f"{shown} <{address}>"


def encode_words(text: str, used: int = 0) -> str:
    """Header text in ASCII: itself, or encoded words of at most 75 characters, folded (RFC 2047 §2)."""
    if text.isascii() and "=?" not in text and max((len(word) for word in text.split()), default=0) < 900:
        return _fold_words(text, used)
    return _encoded(text)


def _encoded(text: str) -> str:
    chunks: list[bytes] = [b""]
    for character in text:
        encoded = character.encode("utf-8", "replace")
        if len(chunks[-1]) + len(encoded) > 36:
            chunks.append(b"")
        chunks[-1] += encoded
    return "\r\n ".join(f"=?utf-8?b?{base64.b64encode(chunk).decode()}?=" for chunk in chunks)


def _fold_words(text: str, used: int) -> str:
    lines = [""]
    for word in text.split(" "):
        room = 76 - (used if len(lines) == 1 else 1)
        if lines[-1] and len(lines[-1]) + 1 + len(word) > room and word:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}" if lines[-1] else word
    return "\r\n ".join(lines)


def _serialise(head: list[tuple[str, str]]) -> bytes:
    return "".join(f"{name}: {value}\r\n" for name, value in head).encode("utf-8")


def _body(message: MessageOut) -> bytes:
    """Content headers and content: text alone, or alternative in related in mixed as far as needed."""
    text = _text_part("plain", message.text or "\n")
    inline = [file for file in message.files if message.html and _is_shown(file, message.html)]
    attached = [file for file in message.files if file not in inline]
    part = text
    if message.html:
        html = _text_part("html", _document(message))
        if inline:
            html = _multipart(
                "related", message.id, [html, *(_file_part(file, inline=True) for file in inline)]
            )
        part = _multipart("alternative", message.id, [text, html])
    if attached:
        part = _multipart("mixed", message.id, [part, *(_file_part(file) for file in attached)])
    return part


def _is_shown(file: FileOut, html: str) -> bool:
    """An inline image is one the HTML shows by ``cid:`` and its hash."""
    return file.content_type.startswith("image/") and file.sha256 in _CID.findall(html)


def _document(message: MessageOut) -> str:
    if re.match(r"\s*<(?:!doctype|html)\b", message.html, re.IGNORECASE):
        return message.html
    language = escape(message.language or "en", quote=True)
    head = f'<!DOCTYPE html><html lang="{language}"><head><meta charset="utf-8"></head>'
    return f"{head}<body>{message.html}</body></html>"


def _text_part(subtype: str, text: str) -> bytes:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    coded = quopri.encodestring(lines.encode("utf-8", "replace")).decode("ascii")
    # Relays put ">" before a leading "From " and would break the signature.
    coded = re.sub(r"^From ", "=46rom ", coded, flags=re.MULTILINE).replace("\n", "\r\n")
    head = [
        ("Content-Type", f'text/{subtype}; charset="utf-8"'),
        ("Content-Transfer-Encoding", "quoted-printable"),
    ]
    return _serialise(head) + b"\r\n" + coded.encode("ascii") + (b"" if coded.endswith("\r\n") else b"\r\n")


def _file_part(file: FileOut, inline: bool = False) -> bytes:
    kind = file.content_type if re.fullmatch(r"[\w.+-]{1,60}/[\w.+-]{1,100}", file.content_type) else ""
    if not kind or kind.startswith(("multipart/", "message/")):
        kind = "application/octet-stream"
    head = [
        ("Content-Type", kind),
        ("Content-Transfer-Encoding", "base64"),
        ("Content-Disposition", ("inline" if inline else "attachment") + ";\r\n " + _file_name(file.name)),
    ]
    if inline:
        head.append(("Content-ID", f"<{file.sha256}>"))
    coded = base64.encodebytes(file.content).replace(b"\n", b"\r\n")
    return _serialise(head) + b"\r\n" + coded


def _file_name(name: str) -> str:
    name = name[:150] or "file"
    if re.fullmatch(r"[A-Za-z0-9._ -]+", name):
        return f'filename="{name}"'
    return f"filename*=utf-8''{quote(name, safe='')}"  # alone: readers that see both take the poorer one


def _multipart(subtype: str, seed: str, parts: list[bytes]) -> bytes:
    """Parts between boundaries made from the message id: the same bytes at every try."""
    boundary = "=_" + hashlib.sha256(f"{seed}:{subtype}".encode()).hexdigest()[:40]
    separator = f"--{boundary}\r\n".encode()
    inside = b"".join(separator + part for part in parts)
    head = _serialise([("Content-Type", f'multipart/{subtype};\r\n boundary="{boundary}"')])
    return head + b"\r\n" + inside + f"--{boundary}--\r\n".encode()
