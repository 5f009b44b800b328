"""Mails as programs write them: bodies, charsets, files; and as strangers write them to do harm."""

import base64
import os
from email import message_from_bytes
from email.mime.application import MIMEApplication
from email.mime.image import MIMEImage
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

import msgspec
import pytest

from rondpoint.channels.contract import ConnectionInfo, Ignored, MessageIn, Raw, unpack_parsed
from rondpoint.channels.email.channel import channel
from rondpoint.channels.email.headers import decode_words, split_addresses
from rondpoint.channels.email.mime import MAX_HEADERS, parse_mail, read_message, safe_name
from rondpoint.lib.isolation import Isolated

CONNECTION = ConnectionInfo(1, "c1", "email", "Shop", {"address": "help@shop.example.com"}, "Lumen")
NOW = 1_710_234_720_000_000
HEAD = b"From: Ann <ann@example.org>\r\nTo: help@shop.example.com\r\nSubject: Lamp\r\n"


def parsed(data: bytes):
    return parse_mail(read_message(data))


def message_in(data: bytes) -> MessageIn:
    items = channel.parse(Raw(data, received=NOW), CONNECTION)
    assert len(items) == 1
    assert isinstance(items[0], MessageIn)
    return items[0]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("=?utf-8?Q?L=C3=A9a?=", "Léa"),
        ("=?iso-8859-1?Q?caf=E9?= =?iso-8859-1?Q?_noir?=", "café noir"),
        ("=?utf-8?B?w4k=?=\n =?utf-8?B?dMOp?=", "Été"),
        # One character split over two words
        ("=?utf-8?Q?=C3?= =?utf-8?Q?=A9t=C3=A9?=", "été"),
        ("=?no-such-charset?Q?L=C3=A9a?=", "Léa"),
        ("=?utf-8?B?not base64!!!?=", None),
        ("=?base64?Q?abc?=", "abc"),
        ("plain =?utf-8?Q?and?= coded", "plain and coded"),
        ("a\x00b\u202ec", "abc"),
    ],
)
def test_encoded_words(written, read):
    decoded = decode_words(written.replace("\n ", " "))
    assert decoded == read if read is not None else isinstance(decoded, str)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Ann <Ann@Example.org>", [("Ann", "ann@example.org")]),
        (
            '"Baker, Ann" <ann@example.org>, b@example.org (Bob)',
            [("Baker, Ann", "ann@example.org"), ("Bob", "b@example.org")],
        ),
        ("team: a@example.org, b@example.org;", [("", "a@example.org"), ("", "b@example.org")]),
        ("undisclosed-recipients:;", []),
        ("<@relay.example:ann@example.org>", [("", "ann@example.org")]),
        ('"help@shop.example.com" <thief@example.net>', [("help@shop.example.com", "thief@example.net")]),
        ("no address here", []),
        (
            "=?utf-8?Q?Ann=2C_thief=40example=2Enet?= <ann@example.org>",
            [("Ann, thief@example.net", "ann@example.org")],
        ),
    ],
)
def test_addresses(written, read):
    assert [tuple(mailbox) for mailbox in split_addresses(written)] == read


def test_text_part_wins_and_html_is_cleaned():
    mail = MIMEMultipart("alternative")
    mail.attach(MIMEText("Bonjour, ça clignote.", "plain", "iso-8859-1"))
    mail.attach(
        MIMEText(
            '<p onclick="evil()" style="color:red;position:fixed">Bonjour <b>gras</b></p>'
            "<script>evil()</script>"
            '<form action="https://example.net"><input name=a></form><img src="cid:logo"><img src="https://example.net/x.png">'
            '<a href="javascript:evil()">x</a><iframe src="https://example.net"></iframe><style>p{}</style>',
            "html",
            "utf-8",
        )
    )
    found = parsed(mail.as_bytes())
    assert found.text == "Bonjour, ça clignote."
    assert "<b>gras</b>" in found.html
    assert 'src="cid:logo"' in found.html
    assert 'src="https://example.net/x.png"' in found.html
    assert "color:red" in found.html.replace(" ", "")
    for evil in ("script", "onclick", "form", "input", "javascript", "iframe", "position", "evil()"):
        assert evil not in found.html


def test_html_alone_becomes_text():
    html = "<p>Hello</p><ul><li>one</li><li>two</li></ul><p>see <a href='https://example.com/a'>this</a></p><blockquote>old</blockquote>"
    assert parsed(MIMEText(html, "html", "utf-8").as_bytes()).text == (
        "Hello\n- one\n- two\n\nsee this <https://example.com/a>\n> old"
    )


@pytest.mark.parametrize(
    ("tail", "kept"),
    [
        ('<div class="gmail_quote"><div>On Tue X wrote:</div><blockquote>old</blockquote></div>', False),
        ('<div class="moz-cite-prefix">X a écrit :</div><blockquote type="cite">old</blockquote>', False),
        ('<hr><div id="divRplyFwdMsg"><b>From:</b> X</div><div>old</div>', False),
        ('<div id="yahoo_quoted_12" class="yahoo_quoted"><div>old</div></div>', False),
        ('<div style="border-top:solid #E1E1E1 1.0pt"><b>De :</b> X</div><p>old</p>', False),
        ('<blockquote type="cite">old</blockquote><p>and my second answer</p>', True),
        ("<blockquote>old proverb</blockquote>", True),
    ],
)
def test_html_quotes_are_folded(tail, kept):
    found = parsed(MIMEText(f"<div>New words</div>{tail}", "html", "utf-8").as_bytes())
    assert "New words" in found.html
    assert ("old" in found.html) is kept


def test_html_nested_beyond_reason_is_read_as_words():
    found = parsed(MIMEText("<div>" * 50_000 + "deep words", "html", "utf-8").as_bytes())
    assert (found.text.strip(), found.html) == ("deep words", "")
    shallow = parsed(MIMEText("<p>one" * 2_000, "html", "utf-8").as_bytes())
    assert shallow.html


def test_a_forwarded_html_mail_is_kept():
    html = '<div class="gmail_quote">---------- Forwarded message<br>From: X<br>the news</div>'
    assert "the news" in parsed(MIMEText(html, "html", "utf-8").as_bytes()).html


def test_files_inline_images_calendars_and_mails():
    inner = MIMEText("inside", "plain")
    inner["Subject"] = "Old invoice"
    mail = MIMEMultipart("mixed")
    mail.attach(MIMEText("see files"))
    image = MIMEImage(b"\x89PNG\r\n\x1a\n", "png")
    image["Content-ID"] = "<logo@x>"
    image["Content-Disposition"] = "inline"
    mail.attach(image)
    pdf = MIMEApplication(b"%PDF-1.4", "pdf")
    pdf.add_header("Content-Disposition", "attachment", filename=("utf-8", "", "../../facture été.pdf"))
    mail.attach(pdf)
    mail.attach(MIMEText("BEGIN:VCALENDAR", "calendar"))
    mail.attach(MIMEMessage(inner))
    files = parsed(mail.as_bytes()).files
    assert [(file.name, file.content_type) for file in files] == [
        ("file-1.png", "image/png"),
        ("facture été.pdf", "application/pdf"),
        ("file-3.ics", "text/calendar"),
        ("Old invoice.eml", "message/rfc822"),
    ]
    assert (files[0].inline, files[0].content_id) == (True, "logo@x")
    assert files[1].content == b"%PDF-1.4"
    assert message_from_bytes(files[3].content)["Subject"] == "Old invoice"


def test_an_attached_mail_that_cannot_be_written_again_stops_nothing():
    inner = b"Content-Type: message/rfc\0\x0content-Type: message/rfc822\r\nSubject: Old\r\n\r\nBye"
    mail = HEAD + b"MIME-Version: 1.0\r\nContent-Type: message/rfc822\r\n\r\n" + inner
    found = parsed(mail)
    assert [file.content_type for file in found.files] == ["message/rfc822"] and found.files[0].content


@pytest.mark.parametrize(
    ("charset", "data", "text"),
    [
        ("utf-8", "élan".encode(), "élan"),
        ("us-ascii", "élan".encode(), "élan"),
        ("utf-8", "élan".encode("cp1252"), "élan"),
        ("iso-8859-1", b"\x93quoted\x94 \x80", "“quoted” €"),
        ("x-invented", "élan".encode(), "élan"),
        ("base64", "élan".encode(), "élan"),
        ("windows-1251", "привет".encode("cp1251"), "привет"),
    ],
)
def test_wrong_charsets(charset, data, text):
    head = (
        HEAD
        + f"Content-Type: text/plain; charset={charset}\r\nContent-Transfer-Encoding: 8bit\r\n\r\n".encode()
    )
    assert message_in(head + data).text == text


@pytest.mark.parametrize(
    "content_type",
    [
        "multipart/mixed",
        'multipart/mixed; boundary="never used"',
        "multipart/; boundary=x",
        "nonsense",
        "text/",
    ],
)
def test_missing_boundaries_and_types_still_show_the_text(content_type):
    data = HEAD + f"Content-Type: {content_type}\r\n\r\nThe lamp hums.\r\n".encode()
    assert "The lamp hums." in message_in(data).text


def test_raw_eight_bit_headers():
    data = "From: Léa <lea@example.org>\r\nTo: help@shop.example.com\r\nSubject: été\r\n\r\nx".encode()
    assert (message_in(data).sender.name, message_in(data).subject) == ("Léa", "été")
    latin = "From: Léa <lea@example.org>\r\nTo: help@shop.example.com\r\nSubject: été\r\n\r\nx".encode(
        "cp1252"
    )
    assert (message_in(latin).sender.name, message_in(latin).subject) == ("Léa", "été")


def test_names_of_files_are_harmless():
    assert safe_name("../../etc/passwd", "text/plain", 1) == "passwd"
    assert safe_name("..\\..\\evil\u202egnp.exe", "image/png", 1) == "evilgnp.exe"
    assert safe_name("...", "image/png", 7) == "file-7.png"
    assert len(safe_name("a" * 500 + ".pdf", "application/pdf", 1)) == 120


def nested(depth: int) -> bytes:
    body = b"Content-Type: text/plain\r\n\r\ndeep\r\n"
    for level in range(depth):
        boundary = f"b{level}".encode()
        body = b'Content-Type: multipart/mixed; boundary="%b"\r\n\r\n--%b\r\n%b\r\n--%b--\r\n' % (
            boundary,
            boundary,
            body,
            boundary,
        )
    return HEAD + body


def test_nesting_and_number_of_parts_have_limits():
    assert message_in(nested(18)).text == "deep"
    with pytest.raises(ValueError, match="nested deeper"):
        read_message(nested(25))
    many = (
        HEAD
        + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
        + b"--b\r\n\r\nx\r\n" * 300
        + b"--b--\r\n"
    )
    with pytest.raises(ValueError, match="more than 200 parts"):
        read_message(many)


def test_five_hundred_parentheses_in_an_address():
    address = b"(" * 50_000 + b")" * 50_000 + b"ann@example.org"
    found = channel.parse(Raw(b"From: " + address[:1200] + b"\r\n\r\nx", received=NOW), CONNECTION)
    assert isinstance(found[0], Ignored)
    balanced = b"(" * 500 + b")" * 500 + b" ann@example.org"
    data = b"From: " + balanced + b"\r\nTo: " + b"(" * 60_000 + b"\r\n\r\nx"
    assert message_in(data).sender.value == "ann@example.org"


def test_huge_headers_are_bounded():
    data = HEAD + b"X-Long: " + b"a" * (MAX_HEADERS * 2) + b"\r\n\r\nbody"
    assert message_in(data).text == "body"
    crowd = b"To: " + b", ".join(b"p%d@example.org" % n for n in range(20_000))
    assert len(message_in(HEAD + crowd + b"\r\n\r\nx").participants) == 50


def test_hostile_mails_in_the_limited_child():
    """The child answers or is replaced; the parent only ever sees ValueError, Crashed or parsed items."""
    child = Isolated("rondpoint.channels.email.channel:parse_isolated", seconds=10)
    try:
        good = HEAD + b"\r\nThe lamp hums."
        payload = msgspec.msgpack.encode((Raw(good, received=NOW), CONNECTION))
        assert unpack_parsed(child.call(payload))[0].text == "The lamp hums."
        for evil in (
            nested(3000),
            HEAD + b"\r\n" + os.urandom(200_000),
            b"",
            b"\x00" * 5000,
            HEAD + b"Content-Type: text/html\r\n\r\n" + b"<div>" * 50_000,
            HEAD + b"Content-Type: text/html\r\n\r\n" + b"<" * 100_000,
            HEAD + b"Content-Type: message/rfc822\r\n\r\n" * 400,
        ):
            try:
                unpack_parsed(child.call(msgspec.msgpack.encode((Raw(evil, received=NOW), CONNECTION))))
            except (ValueError, RuntimeError) as error:
                assert str(error)
        assert unpack_parsed(child.call(payload))[0].text == "The lamp hums."
    finally:
        child.close()


def test_a_long_base64_attachment_comes_back_whole():
    content = os.urandom(3_000_000)
    data = (
        HEAD
        + b"Content-Type: application/zip; name=a.zip\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + base64.encodebytes(content)
    )
    assert message_in(data).files[0].content == content
