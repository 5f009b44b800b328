"""Headers as strangers write them: decoded without ever failing, addresses split without recursion.

CPython's address parser recurses once a nested comment (500 parentheses crash it) and its header classes
cost most of the time of parsing; both are avoided here. RFC 5322 §3.2–3.4 (syntax), RFC 2047 (encoded
words), RFC 6532 (UTF-8).
"""

import base64
import binascii
import codecs
import re
from collections.abc import Iterator
from email.message import Message
from typing import NamedTuple

from rondpoint.lib.addresses import BadAddress, normalise_email
from rondpoint.lib.text import storable

MAX_ADDRESSES = 200
MAX_HEADER = 64 * 1024
_ENCODED_WORD = re.compile(r"=\?([A-Za-z0-9_.:+*-]{1,60})\?([bBqQ])\?([^?\s]*(?: [^?\s]+)*)\?=")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
_MESSAGE_ID = re.compile(r"<([^<>\s]{1,250})>")
# What Python calls text encodings and no mail is written in: two take time by the square of their input, two read
# backslashes as commands.
_NO_CHARSETS = frozenset({"punycode", "idna", "unicode_escape", "raw_unicode_escape", "undefined"})


class Mailbox(NamedTuple):
    """One address of a header; ``address`` is normalised, ``name`` decoded."""

    name: str
    address: str


def header(message: Message, name: str) -> str:
    """The first header of that name, decoded to text on one line; empty when missing."""
    values = headers(message, name)
    return values[0] if values else ""


def headers(message: Message, name: str) -> list[str]:
    """All headers of that name, decoded, topmost first."""
    return [decode_words(value) for value in raw_headers(message, name)]


def raw_headers(message: Message, name: str) -> list[str]:
    """All headers of that name as text on one line, encoded words left as they are."""
    wanted = name.lower()
    return [_unfold(value) for key, value in message.raw_items() if key.lower() == wanted]


def _unfold(value: object) -> str:
    text = str(value)[:MAX_HEADER]
    if any("\udc80" <= character <= "\udcff" for character in text):
        text = decode_bytes(text.encode("utf-8", "surrogateescape"), "utf-8")
    return re.sub(r"[\r\n]+[ \t]*", " ", text).strip()


def decode_bytes(data: bytes, charset: str) -> str:
    """Text out of bytes that claim ``charset``: the claim, then UTF-8, then Windows-1252. Never fails."""
    charset = (charset or "").strip().strip("\"'").lower()
    if charset in ("", "ascii", "us-ascii", "iso-8859-1", "latin-1", "latin1", "unknown-8bit", "default"):
        # What calls itself ASCII or Latin-1 is often UTF-8, and else always Windows-1252 (WHATWG Encoding).
        candidates = ["utf-8", "cp1252"]
    elif charset == "gb2312":
        candidates = ["gb18030", "utf-8", "cp1252"]
    else:
        candidates = [charset, "utf-8", "cp1252"]
    for candidate in candidates:
        try:
            if codecs.lookup(candidate).name.replace("-", "_") in _NO_CHARSETS:
                continue
            return storable(data.decode(candidate))
        except (LookupError, UnicodeError, ValueError):
            continue
    return data.decode("latin-1")


def decode_words(text: str) -> str:
    """RFC 2047 encoded words decoded; adjacent ones are joined first, since writers split characters."""
    out: list[str] = []
    pending = b""
    pending_charset = ""
    position = 0
    for match in _ENCODED_WORD.finditer(text):
        gap = text[position : match.start()]
        charset, encoding, content = match[1].partition("*")[0], match[2].lower(), match[3]
        data = _decode_b(content) if encoding == "b" else _decode_q(content)
        if pending and gap.strip() == "" and charset.lower() == pending_charset.lower():
            pending += data
        else:
            if pending:
                out.append(decode_bytes(pending, pending_charset))
            out.append(gap if not pending or gap.strip() else "")
            pending, pending_charset = data, charset
        position = match.end()
    if pending:
        out.append(decode_bytes(pending, pending_charset))
    out.append(text[position:])
    return clean_line("".join(out))


def clean_line(text: str) -> str:
    """One line without control characters or characters that turn the reading direction."""
    return _CONTROL.sub("", re.sub(r"[\r\n\t]+", " ", text)).strip()


def _decode_b(content: str) -> bytes:
    try:
        return base64.b64decode(content + "=" * (-len(content) % 4))
    except (binascii.Error, ValueError):
        return content.encode("utf-8", "replace")


def _decode_q(content: str) -> bytes:
    return binascii.a2b_qp(content.encode("utf-8", "replace"), header=True)


def mailboxes(message: Message, name: str) -> list[Mailbox]:
    """The readable addresses of all headers of that name, in order, at most :data:`MAX_ADDRESSES`."""
    found: list[Mailbox] = []
    for value in raw_headers(message, name):
        found.extend(split_addresses(value, MAX_ADDRESSES - len(found)))
        if len(found) >= MAX_ADDRESSES:
            break
    return found


def split_addresses(text: str, limit: int = MAX_ADDRESSES) -> list[Mailbox]:
    """Mailboxes of ``Name <a@b>, c@d (Name), group: e@f;``: one pass, no recursion, no failure."""
    found: list[Mailbox] = []
    for piece, comment in _pieces(text[:MAX_HEADER]):
        if len(found) >= limit:
            break
        mailbox = _mailbox(piece, comment)
        if mailbox:
            found.append(mailbox)
    return found


def _pieces(text: str) -> Iterator[tuple[str, str]]:
    """Yields (address text without comments, its comment) between separators outside quotes and brackets."""
    piece: list[str] = []
    comment: list[str] = []
    depth = 0
    quoted = bracketed = escaped = False
    for character in text:
        if escaped:
            (comment if depth else piece).append(character)
            escaped = False
        elif character == "\\" and (quoted or depth):
            escaped = True
        elif depth:
            depth += (character == "(") - (character == ")")
            if depth:
                comment.append(character)
        elif quoted:
            quoted = character != '"'
            piece.append(character)
        elif character == '"':
            quoted = True
            piece.append(character)
        elif character == "(" and not bracketed:
            depth = 1
        elif character in "<>":
            bracketed = character == "<"
            piece.append(character)
        elif character in ",;" and not bracketed:
            yield "".join(piece), "".join(comment)
            piece, comment = [], []
        elif character == ":" and not bracketed and "@" not in piece:
            piece = []  # the name of a group (RFC 5322 §3.4)
        else:
            piece.append(character)
    yield "".join(piece), "".join(comment)


def _mailbox(piece: str, comment: str) -> Mailbox | None:
    before, bracket, inside = piece.rpartition("<")
    address = inside.partition(">")[0] if bracket else piece
    # An obsolete route in front of the address (RFC 5322 §4.4): <@relay.example:name@example.com>
    address = address.rpartition(":")[2].strip()
    try:
        address = normalise_email(address.strip("\"' ")[:330])
    except BadAddress:
        return None
    name = decode_words((before if bracket else comment).strip().strip("\"'").strip())
    if name.startswith('"') and name.endswith('"'):
        name = name.strip('"')
    return Mailbox(name[:200], address)


def message_ids(text: str, limit: int = 60) -> list[str]:
    """The Message-IDs in a header without their angle brackets, in order (RFC 5322 §3.6.4)."""
    found = _MESSAGE_ID.findall(text[:MAX_HEADER])
    if not found and text.strip() and " " not in text.strip():
        found = [text.strip().strip("<>")[:250]]
    return found[:limit] if len(found) <= limit else [found[0], *found[1 - limit :]]
