"""A mail's bytes as a :class:`ParsedMail`: body, files and the message object whose headers are read lazily.

RFC 5322 (message), RFC 2045–2047 (MIME), RFC 2183 (disposition), RFC 2387 (related). ``compat32`` with
plain headers reads 1,900–2,800 mails a second and core, ``policy.default`` a tenth of that.
"""

import email.policy
import itertools
import re
from collections.abc import Callable
from email.errors import MessageError
from email.generator import BytesGenerator
from email.message import Message
from email.parser import BytesParser
from io import BytesIO

from msgspec import Struct

from rondpoint.channels.contract import FileIn
from rondpoint.channels.email import html as html_body
from rondpoint.channels.email.headers import clean_line, decode_bytes, decode_words, header
from rondpoint.channels.email.parts import parts_of

MAX_SIZE = 40 * 1024 * 1024
MAX_HEADERS = 512 * 1024
MAX_CONTENT_FIELD = 4 * 1024
MAX_NESTING = 20
MAX_PARTS = 200
MAX_TEXT = 500_000
MAX_HTML = 2_000_000
_MEDIA_TYPE = re.compile(r"[a-z0-9][\w!#$&^.+-]{0,60}/[a-z0-9][\w!#$&^.+-]{0,60}", re.ASCII)
_EXTENSIONS = {
    "text/plain": "txt",
    "text/html": "html",
    "text/calendar": "ics",
    "text/csv": "csv",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "image/webp": "webp",
    "application/pdf": "pdf",
    "message/rfc822": "eml",
}


class _Policy(email.policy.Compat32):
    """Bounds the fields whose parameters are split in time by the square of their length, in every part."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        bounded = len(value) > MAX_CONTENT_FIELD and name[:8].lower() == "content-"
        return name, value[:MAX_CONTENT_FIELD] if bounded else value


_POLICY = _Policy()


class ParsedMail(Struct):
    """What one mail contains.

    ``html`` is cleaned and without quoted tail; ``text`` is the whole text body.
    """

    text: str = ""
    html: str = ""
    files: tuple[FileIn, ...] = ()


def read_message(data: bytes) -> Message:
    """The message object of a mail, checked against the limits. Raises ValueError on what breaks them."""
    if len(data) > MAX_SIZE:
        raise ValueError(f"the mail has {len(data)} bytes; at most {MAX_SIZE} are read")
    if data.startswith(b"From "):
        data = data.partition(b"\n")[2]  # an mbox separator
    message = BytesParser(_counted(), policy=_POLICY).parsebytes(_bound_headers(data))
    waiting = [(message, 1)]
    while waiting:
        part, depth = waiting.pop()
        if depth > MAX_NESTING:
            raise ValueError(f"the mail is nested deeper than {MAX_NESTING} levels")
        waiting.extend((inner, depth + 1) for inner in parts_of(part))
    return message


def _counted() -> Callable[..., Message]:
    """Makes the parts of one mail; past MAX_PARTS it raises, so that the rest is not even read."""
    made = itertools.count(1)

    def part(policy: email.policy.Compat32 = _POLICY) -> Message:
        if next(made) > MAX_PARTS:
            raise ValueError(f"the mail has more than {MAX_PARTS} parts")
        return Message(policy)

    return part


def _bound_headers(data: bytes) -> bytes:
    """The mail with at most MAX_HEADERS bytes of headers, cut at the end of a line."""
    end = re.search(rb"\r?\n\r?\n", data)
    size = end.start() if end else len(data)
    if size <= MAX_HEADERS:
        return data
    cut = data.rfind(b"\n", 0, MAX_HEADERS)
    return data[: max(cut, 0)] + b"\r\n" + (data[end.start() :] if end else b"")


def parse_mail(message: Message) -> ParsedMail:
    """Body and files of a mail that :func:`read_message` has read."""
    mail = ParsedMail()
    collector = _Collector()
    _walk(message, collector)
    written = "".join(collector.html)[:MAX_HTML]
    if html_body.unreasonable(written):
        collector.text = collector.text or [html_body.without_tags(written)]
        written = ""  # the raw mail still has it
    shape = html_body.well_formed(written) if written else ""
    text = "\n".join(part.strip("\n") for part in collector.text)
    if not text.strip() and shape:
        text = html_body.to_text(shape)
    mail.text = text[:MAX_TEXT].strip("\n")
    mail.html = html_body.clean(html_body.fold_html(shape)) if shape else ""
    mail.files = tuple(collector.files)
    return mail


class _Collector:
    def __init__(self) -> None:
        self.text: list[str] = []
        self.html: list[str] = []
        self.files: list[FileIn] = []


def _walk(part: Message, found: _Collector) -> None:
    """Adds what a part holds; recursion is bounded by MAX_NESTING."""
    kind = part.get_content_type()
    inside = parts_of(part)
    if kind == "message/rfc822" and inside:
        found.files.append(_mail_file(part, inside[0]))
    elif kind == "multipart/alternative" and part.is_multipart():
        _walk_alternatives(inside, found)
    elif part.is_multipart():
        for inner in inside:
            _walk(inner, found)
    else:
        _leaf(part, kind, found)


def _walk_alternatives(parts: list[Message], found: _Collector) -> None:
    """One body in several forms.

    The first text and the richest HTML count once, the rest is kept as files.
    """
    text, html = len(found.text), len(found.html)
    for part in parts:
        _walk(part, found)
    del found.text[text + 1 :]
    del found.html[html + 1 :]


def _leaf(part: Message, kind: str, found: _Collector) -> None:
    if kind.startswith("multipart/") or kind == "text/":
        kind = "text/plain"  # a boundary that never comes, or half a type: show what is there
    attached = _disposition(part) == "attachment"
    named = bool(_file_name(part))
    if kind in ("text/plain", "text/html") and not attached and not named:
        words = decode_bytes(_content(part), _charset(part)).replace("\r\n", "\n").replace("\x00", "")
        (found.text if kind == "text/plain" else found.html).append(words)
        return
    content = _content(part)
    if not content and not named:
        return
    content_id = clean_line(header(part, "Content-ID")).strip("<>")[:250]
    inline = not attached and kind.startswith("image/") and bool(content_id or _disposition(part) == "inline")
    name = safe_name(_file_name(part), kind, len(found.files) + 1)
    found.files.append(FileIn(name, media_type(kind), content, content_id, inline))


def _mail_file(part: Message, inner: Message) -> FileIn:
    """A mail attached to a mail, as an ``.eml`` file named after its subject."""
    buffer = BytesIO()
    try:
        BytesGenerator(buffer, mangle_from_=False, maxheaderlen=0).flatten(inner)
        content = buffer.getvalue()
    except (MessageError, LookupError, ValueError, TypeError, AttributeError):
        content = decode_words(
            str(header(inner, "Subject"))
        ).encode()  # what cannot be written again is in the raw
    name = _file_name(part) or header(inner, "Subject") or "message"
    return FileIn(
        safe_name(name.removesuffix(".eml") + ".eml", "message/rfc822", 1), "message/rfc822", content
    )


def _content(part: Message) -> bytes:
    try:
        content = part.get_payload(decode=True)
    except (ValueError, LookupError, AssertionError):
        content = None
    return content if isinstance(content, bytes) else b""


def _charset(part: Message) -> str:
    try:
        charset = part.get_param("charset", "")
    except (ValueError, IndexError):
        return ""
    return str(charset[2] if isinstance(charset, tuple) else charset)


def _disposition(part: Message) -> str:
    return header(part, "Content-Disposition").partition(";")[0].strip().lower()


def _file_name(part: Message) -> str:
    """The name its sender gave a part: RFC 2231 and RFC 2047 both occur, in either header."""
    for field, parameter in (("content-disposition", "filename"), ("content-type", "name")):
        try:
            value = part.get_param(parameter, None, field)
        except (ValueError, IndexError, TypeError, UnicodeError):
            continue
        if isinstance(value, tuple):
            charset, _, text = value
            value = decode_bytes(str(text or "").encode("latin-1", "replace"), charset or "utf-8")
        if value:
            text = str(value)
            if any("\udc80" <= character <= "\udcff" for character in text):
                text = decode_bytes(text.encode("utf-8", "surrogateescape"), "utf-8")
            return decode_words(text)
    return ""


def media_type(written: str) -> str:
    """A content type in the letters of RFC 6838 §4.2; anything else is only bytes to us."""
    return written if _MEDIA_TYPE.fullmatch(written) else "application/octet-stream"


def safe_name(name: str, content_type: str, number: int) -> str:
    """A file name without path, control characters or leading dots, at most 120 characters, never empty."""
    name = clean_line(name).replace("\\", "/").rpartition("/")[2]
    name = re.sub(r'[<>:"|?*\x00-\x1f]', "_", name).strip(" .")
    if not name:
        extension = _EXTENSIONS.get(content_type, "bin")
        name = f"file-{number}.{extension}"
    if len(name) > 120:
        stem, dot, extension = name.rpartition(".")
        name = f"{stem[: 119 - len(extension)]}.{extension}" if dot and len(extension) <= 10 else name[:120]
    return name
