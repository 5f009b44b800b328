"""What must hold for any mail and any HTML in it: not only that the parsers survive it."""

import email.policy
import re
import string
from email.message import EmailMessage

import html5lib
from hypothesis import assume, example, given
from hypothesis import strategies as st

from rondpoint.channels.contract import ConnectionInfo, MessageIn, Raw
from rondpoint.channels.email import headers, html, quotes
from rondpoint.channels.email.channel import channel as mail_channel
from rondpoint.channels.email.mime import parse_mail, read_message, safe_name
from rondpoint.lib import addresses
from tests.hostile.properties import NOW, PROPERTY, anything, readable, storable

MAIL = ConnectionInfo(1, "c1", "email", "Shop", {"address": "help@shop.example.com"}, "Lumen")


@PROPERTY
@given(
    readable.filter(lambda found: found.strip()),
    readable,
    st.sampled_from(["utf-8", "iso-8859-15", "utf-7", "utf-16", "koi8-r"]),
)
def test_what_a_library_writes_is_read_as_it_was_meant(body, subject, charset):
    subject = " ".join(subject.split())
    try:
        body.encode(charset)
        mail = EmailMessage(policy=email.policy.SMTP)
        mail["From"], mail["To"], mail["Subject"] = "Ann <ann@example.org>", "help@shop.example.com", subject
        mail.set_content(body, charset=charset)
        data = mail.as_bytes()
    except (UnicodeError, ValueError):
        return  # not a mail that library can write
    item = mail_channel.parse(Raw(data, received=NOW), MAIL)[0]
    assert isinstance(item, MessageIn)
    assert item.sender.value == "ann@example.org"
    kept = f"{item.text}\n{item.folded}"
    if charset != "utf-16":  # which that library writes with its NULs as text
        assert all(word in kept for word in re.findall(r"[A-Za-z0-9]+", body))
    if re.fullmatch(r"[\w ]*", subject):
        assert item.subject.split() == subject.split()


@PROPERTY
@given(st.binary(max_size=2_000))
@example(b"Content-Type: multipart/mixed; boundary=\x00\n\n--\x00\n\n")
def test_any_bytes_are_read_or_refused(data):
    for head in (b"", b"From: ann@example.org\r\n", b"From: ann@example.org\r\nContent-Type: "):
        try:
            items = mail_channel.parse(Raw(head + data, received=NOW), MAIL)
        except ValueError as error:
            assert str(error)
            continue
        assert items and all(storable(item) for item in items)
        for item in items:
            if isinstance(item, MessageIn):
                assert "@" in item.sender.value and item.external_id and item.event_id
                assert NOW - 3 * 86_400_000_000 <= item.at <= NOW


pieces = st.sampled_from(
    [
        b"Content-Type: multipart/mixed; boundary=b\r\n",
        b"Content-Type: text/html; charset=utf-16\r\n",
        b"--b\r\n",
        b"--b--\r\n",
        b"\r\n",
        b"Content-Transfer-Encoding: base64\r\n",
        b'Content-Disposition: attachment; filename="a',
        b'"\r\n',
        b"=?utf-8?q?",
        b"?=",
        b"message/rfc822",
        b"Subject: ",
        b"<p>",
        b"> ",
        b"On Monday Ann wrote:\r\n",
        b"Content-Type: message/delivery-status\r\n",
        b"Action: failed\r\n",
        b"Status: 5.1.1\r\n",
        b"From: ",
        b"\0",
        b"\xff",
        b"filename*0*=utf-8''a",
        b"begin 644 a\r\n",
        b"Return-Path: <>\r\n",
        b"bounce+",
        b"(",
        b"<",
        b"&#",
        b"charset=idna",
    ]
)


@PROPERTY
@given(st.lists(pieces | st.binary(max_size=8), max_size=60))
def test_any_mixture_of_mail_is_read_or_refused(found):
    try:
        items = mail_channel.parse(Raw(b"From: ann@example.org\r\n" + b"".join(found), received=NOW), MAIL)
    except ValueError as error:
        assert str(error)
        return
    assert items and all(storable(item) for item in items)


@PROPERTY
@given(st.binary(max_size=3_000), st.sampled_from(["base64", "quoted-printable"]))
def test_an_attachment_comes_back_byte_for_byte(content, encoding):
    mail = EmailMessage()
    mail["From"] = "ann@example.org"
    mail.set_content("See the file.")
    mail.add_attachment(content, "application", "octet-stream", filename="a b.bin", cte=encoding)
    files = parse_mail(read_message(mail.as_bytes())).files
    if encoding == "base64" and content:
        assert [(file.name, file.content) for file in files] == [("a b.bin", content)]


@PROPERTY
@given(st.text(alphabet=string.ascii_lowercase + string.digits + "._+-", min_size=1, max_size=20), readable)
def test_an_address_is_found_behind_any_name(local, name):
    assume(re.fullmatch(r"[a-z0-9](?:[a-z0-9._+-]*[a-z0-9])?", local) and ".." not in local)
    address = f"{local}@example.org"
    quoted = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    found = headers.split_addresses(f"{quoted} <{address}>, other@example.net")
    assert [mailbox.address for mailbox in found] == [address, "other@example.net"]


@PROPERTY
@given(anything)
def test_addresses_in_any_text_are_addresses(written):
    for mailbox in headers.split_addresses(written):
        assert addresses.normalise_email(mailbox.address) == mailbox.address
        assert not set(mailbox.name) & set("\r\n\0")


@PROPERTY
@given(anything)
def test_any_name_of_a_file_is_a_safe_one(name):
    safe = safe_name(name, "image/png", 1)
    assert 0 < len(safe) <= 120
    assert not set(safe) & set('/\\\0\r\n<>:"|?*')
    assert safe not in (".", "..") and not safe.startswith(".")
    assert safe_name(safe, "image/png", 1) == safe


@PROPERTY
@given(
    st.lists(
        st.sampled_from(
            [
                "> q",
                ">",
                "",
                "Hello",
                "On Monday 1/2 Ann wrote:",
                "De : Ann",
                "Envoyé : x",
                "Objet : y",
                "-- ",
                "Ann",
                "Sent from my iPhone",
                "________________",
                "Cordialement",
                "Le lun. 3 mars 2025 à 10:00, Ann a écrit :",
            ]
        )
        | readable,
        max_size=40,
    )
)
def test_folding_loses_no_line_and_makes_none(lines):
    written = "\n".join(lines)
    reply, folded = quotes.fold(written)
    kept = [line.strip() for line in f"{reply}\n{folded}".split("\n") if line.strip()]
    before = [line.strip() for line in written.replace("\r", "\n").split("\n") if line.strip()]
    assert sorted(kept) == sorted(before)


# HTML

EVIL = st.sampled_from(
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<svg onload=alert(1)>",
        "<a href='javascript:alert(1)'>x</a>",
        "<a href='java\tscript:alert(1)'>x</a>",
        "<a href=' \x01javascript:alert(1)'>x</a>",
        "<a href='&#106;avascript&colon;alert(1)'>x",
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
        "<style>@import 'http://a'</style>",
        "<p style='background:url(javascript:alert(1))'>",
        "<iframe srcdoc='<script>1</script>'>",
        "<form action=javascript:alert(1)><button>",
        "<base href=//a>",
        "<meta http-equiv=refresh content='0;url=javascript:1'>",
        "<object data=data:text/html,x>",
        "<embed src=javascript:1>",
        "<link rel=stylesheet href=//a>",
        "<template><script>1</script>",
        "<svg><![CDATA[<img src=x onerror=1>]]>",
        "<!--><img src=x onerror=1>-->",
        "<title></title><img src=x onerror=1>",
        "<textarea></textarea><script>1</script>",
        "<xmp><img src=x onerror=1></xmp>",
        "<img src='data:text/html,<script>'>",
        "<img src='data:image/svg+xml,<svg onload=1>'>",
        "<a href='data:text/html,x'>",
        "<a href='vbscript:x'>",
        "<plaintext>",
        "</p>",
        "<svg><a xlink:href=javascript:alert(1)>x</a>",
        "<table><td background=javascript:1>",
        "<p onclick=1 \x00>",
        "<select><style>",
        "<img srcset='javascript:1 1x'>",
        "<video poster=javascript:1>",
        "<math href=javascript:1>x</math>",
        "<b>",
        "<p ",
        '"',
        "'",
        ">",
        "<",
    ]
)
DANGEROUS = {
    "script",
    "style",
    "iframe",
    "object",
    "embed",
    "form",
    "input",
    "button",
    "base",
    "meta",
    "link",
    "svg",
    "math",
    "template",
    "noscript",
    "textarea",
    "xmp",
    "plaintext",
    "frame",
    "frameset",
    "title",
    "select",
    "video",
}
URLS = {"href", "src", "cite", "action", "background", "poster", "data", "formaction", "xlink:href", "srcset"}


@PROPERTY
@given(st.lists(EVIL | readable, max_size=15).map("".join))
def test_cleaned_html_runs_nothing(written):
    for cleaned in (html.clean(written), html.clean(html.fold_html(html.well_formed(written)))):
        assert_harmless(cleaned)
        again = html5lib.serialize(
            html5lib.parseFragment(cleaned), quote_attr_values="always", omit_optional_tags=False
        )
        assert_harmless(again)  # a browser that writes it again finds nothing new in it either


def assert_harmless(cleaned: str) -> None:
    tree = html5lib.parse(f"<!doctype html><body>{cleaned}</body>", namespaceHTMLElements=False)
    shown = tree.find("body")
    for element in shown.iter():
        if not isinstance(element.tag, str):
            continue
        assert element.tag.rpartition("}")[2].lower() not in DANGEROUS, cleaned
        for name, value in element.attrib.items():
            name = str(name).lower()
            assert not name.startswith("on"), cleaned
            if name in URLS:
                scheme = re.sub(r"[\x00-\x20]", "", value).partition(":")[0].lower()
                assert scheme in ("http", "https", "mailto", "tel", "cid", "data") or ":" not in value, cleaned
                assert scheme != "data" or re.match(r"data:image/(png|jpeg|gif|webp);base64,", value, re.IGNORECASE), (
                    cleaned
                )
            if name == "style":
                assert (
                    "url(" not in value.lower() and "expression" not in value.lower() and "@import" not in value.lower()
                )


@PROPERTY
@given(st.lists(readable.filter(lambda found: not set(found) & set("<>&")), min_size=1, max_size=8))
def test_words_survive_cleaning(paragraphs):
    written = "".join(f"<p><b>{paragraph}</b></p>" for paragraph in paragraphs)
    shown = html.to_text(html.well_formed(written))
    for paragraph in paragraphs:
        for word in re.findall(r"[A-Za-z0-9]+", paragraph):
            assert word in shown
