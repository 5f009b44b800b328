"""Mails that strangers write to do harm: each a name, its bytes, and what reading it has to bring.

``READ`` is text that the message must show; ``QUARANTINE`` says that it may be refused, clearly. ``None`` leaves
both open: within the limits, and with neighbours unharmed, either is right.
"""

import base64
import os
from collections.abc import Callable
from typing import NamedTuple

HEAD = b"From: Ann <ann@example.org>\r\nTo: help@shop.example.com\r\nMessage-ID: <%s@example.org>\r\nSubject: Lamp\r\n"
MEGA = 1024 * 1024
LONG = os.environ.get("RONDPOINT_HOSTILE") == "long"
LARGE = 24 if LONG else 8  # megabytes
REFUSED = "refused"


class Hostile(NamedTuple):
    """``shows``: words of the text that must be read, :data:`REFUSED`, or empty where either is right."""

    build: Callable[[], bytes]
    shows: str = ""


def mail(name: str, fields: bytes, body: bytes) -> bytes:
    """A mail of Ann with further header fields (each ending in CRLF) before its body."""
    return HEAD % name.encode() + b"MIME-Version: 1.0\r\n" + fields + b"\r\n" + body


def plain(name: str, fields: bytes = b"", body: bytes = b"The lamp blinks.\r\n") -> bytes:
    """A text mail with further header fields."""
    return mail(name, b"Content-Type: text/plain; charset=utf-8\r\n" + fields, body)


def charset(name: str, body: bytes = b"The lamp blinks.\r\n") -> bytes:
    """A text mail that claims a charset."""
    return mail("charset", f"Content-Type: text/plain; charset={name}\r\n".encode("latin-1"), body)


def nested(depth: int) -> bytes:
    """Multiparts inside each other, each with a boundary of its own; the text stands in the innermost."""
    opened = b"".join(
        b"--b%d\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n" % (n, n + 1) for n in range(depth)
    )
    return mail("nested", b"Content-Type: multipart/mixed; boundary=b0\r\n", opened + b"--b%d\r\n\r\ndeep\r\n" % depth)


def one_boundary(depth: int) -> bytes:
    """Multiparts that all claim the same boundary."""
    part = b"--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    return mail(
        "same", b"Content-Type: multipart/mixed; boundary=b\r\n", part * depth + b"--b\r\n\r\nThe lamp blinks.\r\n"
    )


def chain(depth: int) -> bytes:
    """A mail in a mail in a mail."""
    return mail(
        "chain",
        b"Content-Type: message/rfc822\r\n",
        b"Content-Type: message/rfc822\r\n\r\n" * depth + b"\r\nThe lamp\r\n",
    )


def parts(count: int, body: bytes = b"x") -> bytes:
    """A multipart of many small parts after the text."""
    text = b"--b\r\nContent-Type: text/plain\r\n\r\nThe lamp blinks.\r\n"
    return mail(
        "parts",
        b"Content-Type: multipart/mixed; boundary=b\r\n",
        text + (b"--b\r\nContent-Type: application/octet-stream\r\n\r\n" + body + b"\r\n") * count + b"--b--\r\n",
    )


def attachment(size: int, encoding: bytes = b"base64") -> bytes:
    """A real attachment of ``size`` bytes as it looks in the mail."""
    line = base64.b64encode(bytes(range(57))) + b"\r\n" if encoding == b"base64" else b"=00" * 25 + b"=\r\n"
    return mail(
        "attachment",
        b"Content-Type: multipart/mixed; boundary=b\r\n",
        b"--b\r\nContent-Type: text/plain\r\n\r\nThe lamp blinks.\r\n--b\r\n"
        b"Content-Type: application/zip\r\nContent-Disposition: attachment; filename=a.zip\r\n"
        b"Content-Transfer-Encoding: " + encoding + b"\r\n\r\n" + line * (size // len(line)) + b"--b--\r\n",
    )


def html(written: bytes) -> bytes:
    """A mail of HTML alone."""
    return mail("html", b"Content-Type: text/html; charset=utf-8\r\n", written)


def related(tail: bytes) -> bytes:
    """A text part and a last part under hostile headers."""
    return mail(
        "related",
        b"Content-Type: multipart/mixed; boundary=b\r\n",
        b"--b\r\nContent-Type: text/plain\r\n\r\nThe lamp blinks.\r\n--b\r\n" + tail + b"\r\n\r\nfile\r\n--b--\r\n",
    )


def continuations(count: int) -> bytes:
    """A file name in RFC 2231 pieces."""
    return related(
        b"Content-Disposition: attachment;\r\n" + b";\r\n".join(b" filename*%d*=utf-8''a" % n for n in range(count))
    )


BLINKS = "The lamp blinks."
STRUCTURE = {
    "10,000 multiparts in each other": Hostile(lambda: nested(10_000), REFUSED),
    "300 multiparts in each other": Hostile(lambda: nested(300), REFUSED),
    "15 multiparts in each other": Hostile(lambda: nested(15), "deep"),
    "2,000 multiparts with one boundary": Hostile(lambda: one_boundary(2_000)),
    "10,000 mails in each other": Hostile(lambda: chain(10_000), REFUSED),
    "100 mails in each other": Hostile(lambda: chain(100), REFUSED),
    "100,000 parts": Hostile(lambda: parts(100_000), REFUSED),
    "190 parts": Hostile(lambda: parts(190), BLINKS),
    "no boundary parameter": Hostile(
        lambda: mail("x", b"Content-Type: multipart/mixed\r\n", b"The lamp blinks.\r\n"), BLINKS
    ),
    "an empty boundary": Hostile(
        lambda: mail("x", b'Content-Type: multipart/mixed; boundary=""\r\n', b"--\r\n\r\nThe lamp blinks.\r\n")
    ),
    "a boundary of 10,000 characters": Hostile(
        lambda: mail(
            "x",
            b"Content-Type: multipart/mixed; boundary=" + b"b" * 10_000 + b"\r\n",
            b"--" + b"b" * 10_000 + b"\r\n\r\nThe lamp blinks.\r\n--" + b"b" * 10_000 + b"--\r\n",
        ),
        BLINKS,
    ),
    "a boundary of pattern characters": Hostile(
        lambda: mail(
            "x",
            b'Content-Type: multipart/mixed; boundary="(.*)*+?["\r\n',
            b"--(.*)*+?[\r\n\r\nThe lamp blinks.\r\n--(.*)*+?[--\r\n",
        ),
        BLINKS,
    ),
    "two boundary parameters": Hostile(
        lambda: mail(
            "x", b"Content-Type: multipart/mixed; boundary=a; boundary=b\r\n", b"--a\r\n\r\nThe lamp blinks.\r\n"
        )
    ),
    "a boundary that never comes": Hostile(
        lambda: mail("x", b"Content-Type: multipart/mixed; boundary=b\r\n", b"The lamp blinks.\r\n"), BLINKS
    ),
    "no end of the last part": Hostile(
        lambda: mail("x", b"Content-Type: multipart/mixed; boundary=b\r\n", b"--b\r\n\r\nThe lamp blinks."), BLINKS
    ),
    "100,000 boundary lines": Hostile(
        lambda: mail("x", b"Content-Type: multipart/mixed; boundary=b\r\n", b"--b\r\n" * 100_000)
    ),
    "an unknown transfer encoding": Hostile(lambda: plain("x", b"Content-Transfer-Encoding: x-none\r\n"), BLINKS),
    "two transfer encodings": Hostile(
        lambda: plain("x", b"Content-Transfer-Encoding: 7bit\r\nContent-Transfer-Encoding: base64\r\n"), BLINKS
    ),
    "a multipart in base64": Hostile(
        lambda: mail(
            "x",
            b"Content-Type: multipart/mixed; boundary=b\r\nContent-Transfer-Encoding: base64\r\n",
            b"--b\r\n\r\nThe lamp blinks.\r\n--b--\r\n",
        ),
        BLINKS,
    ),
    "a report made of nothing": Hostile(
        lambda: mail(
            "x",
            b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n",
            b"--b\r\n\r\nThe lamp blinks.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n" + b"\r\n" * 1000,
        )
    ),
    "an external body": Hostile(
        lambda: related(b'Content-Type: message/external-body; access-type=URL; URL="http://127.0.0.1:1/"'), BLINKS
    ),
    "a partial message": Hostile(
        lambda: mail(
            "x", b"Content-Type: message/partial; number=1; total=100000; id=a\r\n", b"Subject: x\r\n\r\nThe lamp"
        )
    ),
}
HEADERS = {
    "100,000 fields": Hostile(lambda: plain("x", b"".join(b"X-%d: y\r\n" % n for n in range(100_000))), BLINKS),
    "100,000 fields of one name": Hostile(lambda: plain("x", b"Received: by a.example.net\r\n" * 20_000), BLINKS),
    "one field of 5 MB": Hostile(lambda: plain("x", b"X-Long: " + b"y" * (5 * MEGA) + b"\r\n"), ""),
    "one field folded 50,000 times": Hostile(lambda: plain("x", b"X-Long: y" + b"\r\n y" * 50_000 + b"\r\n"), BLINKS),
    "a subject of 400 kB": Hostile(lambda: b"Subject: " + b"y" * 400_000 + b"\r\n" + plain("x"), BLINKS),
    "500 nested parentheses in an address": Hostile(
        lambda: plain("x", b"Cc: " + b"(" * 500 + b")" * 500 + b" bob@example.org\r\n"), BLINKS
    ),
    "50,000 nested parentheses in an address": Hostile(
        lambda: plain("x", b"Cc: " + b"(" * 50_000 + b"bob@example.org\r\n"), BLINKS
    ),
    "500 nested parentheses in a content type": Hostile(
        lambda: related(b"Content-Type: text/plain" + b"(" * 500 + b")" * 500), BLINKS
    ),
    "500 nested parentheses in the date": Hostile(lambda: plain("x", b"Date: " + b"(" * 500 + b"\r\n"), BLINKS),
    "a million quotes in an address": Hostile(lambda: plain("x", b"Cc: " + b'"' * 300_001 + b"\r\n"), BLINKS),
    "50,000 recipients": Hostile(
        lambda: plain("x", b"Cc: " + b",\r\n ".join(b"p%d@example.org" % n for n in range(20_000)) + b"\r\n"), BLINKS
    ),
    "a million angle brackets": Hostile(lambda: plain("x", b"References: " + b"<" * 400_000 + b"\r\n"), BLINKS),
    "10,000 references": Hostile(
        lambda: plain("x", b"References: " + b"\r\n ".join(b"<%d@example.org>" % n for n in range(10_000)) + b"\r\n"),
        BLINKS,
    ),
    "10,000 encoded words": Hostile(
        lambda: plain("x", b"Cc: " + b" ".join(b"=?utf-8?q?a?=" for _ in range(10_000)) + b" <b@example.org>\r\n"),
        BLINKS,
    ),
    "an encoded word that never ends": Hostile(
        lambda: plain("x", b"Cc: =?utf-8?q?" + b"a " * 150_000 + b"\r\n"), BLINKS
    ),
    "encoded words of unknown charsets": Hostile(
        lambda: b"Subject: " + b" ".join(b"=?x-%d?b?w6k=?=" % n for n in range(2_000)) + b"\r\n" + plain("x"), BLINKS
    ),
    "an encoded word in punycode": Hostile(
        lambda: b"Subject: =?punycode?q?" + b"a" * 20_000 + b"-" + b"b" * 20_000 + b"?=\r\n" + plain("x"), BLINKS
    ),
    "an encoded word in idna": Hostile(
        lambda: b"Subject: =?idna?q?" + b"xn--" + b"a" * 50_000 + b"?=\r\n" + plain("x"), BLINKS
    ),
    "an address in a huge domain": Hostile(
        lambda: plain("x", b"Cc: bob@" + "é".encode() * 30_000 + b".example.org\r\n"), BLINKS
    ),
    "bytes that are no UTF-8 in every field": Hostile(
        lambda: (
            b"From: \xff\xfe <ann@example.org>\r\nSubject: \xe9\xff\r\nMessage-ID: <\xff@example.org>\r\n"
            b"Content-Type: text/plain; charset=\xff; name=\xfe\xff\r\nContent-ID: <\xff>\r\nIn-Reply-To: <\xff@a>\r\n"
            b"Content-Language: \xff\r\nCc: \xff@example.org\r\n\r\nThe lamp blinks.\r\n"
        )
    ),
    "NUL in every field": Hostile(
        lambda: (
            b"From: A\0nn <ann@example.org>\r\nSubject: La\0mp\r\nMessage-ID: <a\0b@example.org>\r\n"
            b"References: <c\0d@example.org>\r\nContent-Language: f\0r\r\nTo: h\0elp@example.org\r\nX-\0: \0\r\n"
            b"Content-Type: text/plain; charset=utf\0-8\r\n\r\nThe lamp\0 blinks.\r\n"
        ),
        BLINKS,
    ),
    "lone surrogates by UTF-7": Hostile(
        lambda: b"Subject: =?utf-7?q?+2AA-?=\r\n" + charset("utf-7", b"The lamp +2AA- blinks.\r\n")
    ),
    "a date out of range": Hostile(lambda: plain("x", b"Date: Fri, 99 Zzz 999999999999 99:99:99 +9999\r\n"), BLINKS),
    "a date with a huge zone": Hostile(
        lambda: plain("x", b"Date: Fri, 1 Jan 2021 00:00:00 +" + b"9" * 4_000 + b"\r\n"), BLINKS
    ),
    "a date before all dates": Hostile(lambda: plain("x", b"Date: Mon, 1 Jan 0000 00:00:00 -2359\r\n"), BLINKS),
    "a name with line breaks": Hostile(
        lambda: b"Subject: =?utf-8?q?a=0D=0ABcc:_x=40example.org?=\r\n" + plain("x"), BLINKS
    ),
    "no header at all": Hostile(lambda: b"\r\nThe lamp blinks.\r\n"),
    "only a header": Hostile(lambda: b"From: ann@example.org"),
    "nothing": Hostile(lambda: b""),
    "one NUL": Hostile(lambda: b"\0"),
    "a thousand From fields": Hostile(lambda: b"From: bob@example.org\r\n" * 1_000 + plain("x"), BLINKS),
    "fields ended by bare CR": Hostile(
        lambda: b"From: ann@example.org\rSubject: Lamp\rContent-Type: text/plain\r\rThe lamp blinks.\r"
    ),
    "fields ended by bare LF": Hostile(lambda: plain("x").replace(b"\r\n", b"\n"), BLINKS),
    "mixed line ends": Hostile(lambda: plain("x", body=b"The lamp blinks.\n\r\r\n\n\nmore\r"), BLINKS),
    "a field without a colon": Hostile(lambda: b"nonsense\r\n" + plain("x")),
    "an mbox line first": Hostile(lambda: b"From ann@example.org Mon Jan  1\r\n" + plain("x"), BLINKS),
    "an mbox line in the middle": Hostile(lambda: plain("x", b"From nobody Mon Jan 1\r\n")),
    "5,000 parameters": Hostile(
        lambda: related(b"Content-Type: text/plain" + b"".join(b"; p%d=v" % n for n in range(5_000))), BLINKS
    ),
    "5,000 pieces of a file name": Hostile(lambda: continuations(5_000), BLINKS),
    "pieces of a file name out of order": Hostile(
        lambda: related(b"Content-Disposition: attachment; filename*9999999999*=utf-8''a; filename*0*=x''b"), BLINKS
    ),
    "a piece number of 5,000 digits": Hostile(
        lambda: related(b"Content-Disposition: attachment; filename*" + b"9" * 5_000 + b"*=utf-8''a"), BLINKS
    ),
    "a file name in a codec that is none": Hostile(
        lambda: related(b"Content-Disposition: attachment; filename*=zip''a%00b"), BLINKS
    ),
    "a file name with a path": Hostile(
        lambda: related(b'Content-Disposition: attachment; filename="../../../etc/passwd\0.png"'), BLINKS
    ),
    "a content type with NUL and 5,000 letters": Hostile(
        lambda: related(b"Content-Type: image/\0" + b"p" * 5_000 + b"\r\nContent-ID: <a\0" + b"b" * 5_000 + b">"),
        BLINKS,
    ),
    "a content type that is no UTF-8": Hostile(lambda: related(b"Content-Type: ima\xffge/\xfe\xff"), BLINKS),
    "a language of 5,000 letters": Hostile(lambda: plain("x", b"Content-Language: " + b"f" * 5_000 + b"\r\n"), BLINKS),
}
CHARSETS = {
    f"the charset {name[:30]}": Hostile(lambda name=name: charset(name), shows)
    for name, shows in {
        "zip": BLINKS, "base64": BLINKS, "hex": BLINKS, "rot13": BLINKS, "uu": BLINKS, "quopri": BLINKS, "bz2": BLINKS,
        "undefined": BLINKS, "idna": BLINKS, "punycode": BLINKS, "unicode_escape": BLINKS, "raw_unicode_escape": BLINKS,
        "unicode_internal": BLINKS, "mbcs": BLINKS, "oem": BLINKS, "string_escape": BLINKS, "aliases": BLINKS,
        "../../etc/passwd": BLINKS, "os": BLINKS, "__init__": BLINKS, "utf-8-sig": BLINKS, "utf-7": BLINKS,
        "utf-16": "", "utf-32": "", "x" * 10_000: BLINKS, '"': BLINKS, "a\0b": BLINKS, "\xff": BLINKS,
        "=?utf-8?q?utf-8?=": BLINKS, "utf-8'fr'": BLINKS,
    }.items()
}  # fmt: skip
BOMBS = {
    "a large real attachment": Hostile(lambda: attachment(LARGE * MEGA), BLINKS),
    "one very long line": Hostile(lambda: plain("x", body=b"The lamp blinks." + b"y" * (LARGE * MEGA)), BLINKS),
    "millions of empty lines": Hostile(
        lambda: plain("x", body=b"The lamp blinks.\r\n" + b"\r\n" * (LARGE * MEGA // 2)), ""
    ),
    "10 MB of quoted-printable": Hostile(lambda: attachment(10 * MEGA, b"quoted-printable"), BLINKS),
    "5 MB of soft line ends": Hostile(
        lambda: plain(
            "x", b"Content-Transfer-Encoding: quoted-printable\r\n", b"The lamp blinks." + b"=\r\n" * (2 * MEGA)
        ),
        BLINKS,
    ),
    "5 MB of equals signs": Hostile(
        lambda: plain("x", b"Content-Transfer-Encoding: quoted-printable\r\n", b"The lamp blinks." + b"=" * (5 * MEGA)),
        "",
    ),
    "base64 of nothing but padding": Hostile(
        lambda: plain("x", b"Content-Transfer-Encoding: base64\r\n", b"=" * (5 * MEGA))
    ),
    "base64 with a stray letter": Hostile(lambda: plain("x", b"Content-Transfer-Encoding: base64\r\n", b"A" * 4_001)),
    "uuencode without an end": Hostile(
        lambda: related(
            b"Content-Transfer-Encoding: x-uuencode\r\n\r\nbegin 644 a\r\n" + b"M" * 60 + b"\r\n" * 200_000
        ),
        BLINKS,
    ),
    "uuencode into a path": Hostile(
        lambda: plain(
            "x", b"Content-Transfer-Encoding: uuencode\r\n", b"begin 644 /etc/passwd\r\n#0V%T\r\n`\r\nend\r\n"
        )
    ),
    "a zip bomb is only kept": Hostile(
        lambda: related(
            b"Content-Type: application/zip\r\nContent-Transfer-Encoding: base64\r\n\r\n"
            + base64.encodebytes(zip_bomb()).replace(b"\n", b"\r\n")
        ),
        BLINKS,
    ),
    "punycode of 1 MB": Hostile(lambda: charset("punycode", b"a" * 500_000 + b"-" + b"b9" * 250_000), ""),
    "idna of 1 MB": Hostile(lambda: charset("idna", b"xn--" + b"a" * MEGA), ""),
    "utf-7 of 5 MB": Hostile(lambda: charset("utf-7", b"+AGE-" * MEGA), ""),
    "HTML 100,000 deep": Hostile(lambda: html(b"<div>" * 100_000 + b"The lamp blinks."), BLINKS),
    "HTML 100,000 deep of self-closing names": Hostile(
        lambda: html(b"<p>The lamp blinks." + b"<td><table>" * 50_000), ""
    ),
    "HTML of open tags": Hostile(lambda: html(b"The lamp blinks.<p>" + b"<a " * 300_000), ""),
    "HTML of open comments": Hostile(lambda: html(b"<p>The lamp blinks.</p>" + b"<!--" * 400_000), ""),
    "HTML of one tag with 100,000 attributes": Hostile(
        lambda: html(b"<p " + b"".join(b"a%d=1 " % n for n in range(100_000)) + b">The lamp blinks.</p>"), ""
    ),
    "HTML of formatting that is never closed": Hostile(
        lambda: html(b"<p>The lamp blinks.</p>" + b"".join(b"<b><i><a href=x%d><p>" % n for n in range(20_000))), ""
    ),
    "HTML of a table in a table": Hostile(lambda: html(b"The lamp blinks." + b"<table><tr><td>" * 3_000), ""),
    "HTML of entities": Hostile(lambda: html(b"The lamp blinks." + b"&#0;&#xD800;&#x110000;&" * 100_000), ""),
    "HTML of signs that open nothing": Hostile(lambda: html(b"The lamp blinks." + b"<" * 1_000_000), ""),
    "HTML of a base64 image of 1.5 MB": Hostile(
        lambda: html(b"<p>The lamp blinks.<img src='data:image/png;base64," + b"A" * 1_500_000 + b"!'></p>"), BLINKS
    ),
    "text of 100,000 quoted lines": Hostile(
        lambda: plain("x", body=b"The lamp blinks.\r\n" + b"> q\r\n" * 100_000), ""
    ),
    "text of 100,000 attributions": Hostile(
        lambda: plain("x", body=b"The lamp blinks.\r\n\r\n" + b"On Monday\r\n" * 40_000), ""
    ),
}


def zip_bomb() -> bytes:
    """A zip of 100 MB of zeros in 100 kB."""
    import io
    import zipfile

    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("zeros", "w") as inside:
        for _ in range(100):
            inside.write(bytes(MEGA))
    return file.getvalue()


ALL = {**STRUCTURE, **HEADERS, **CHARSETS, **BOMBS}
