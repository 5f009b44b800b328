"""What reads strangers' text takes time by its length: four times the text, not sixteen times the time."""

import gc
import os
import time

import pytest

from rondpoint.channels.email import authenticity, headers, identity, mime, quotes
from rondpoint.lib import addresses

SMALL, FACTOR = 40_000, 4
LARGEST = int(os.environ.get("RONDPOINT_GROWTH", "40000"))  # characters, up to which a quick reader is tried
CALM = 0.03  # seconds: below this a clock says nothing
STEEPEST = 2.6 * FACTOR  # by the square it would be 4 × FACTOR


def show(written: str) -> None:
    """All that happens to the HTML of a mail."""
    mime.parse_mail(mime.read_message(b"Content-Type: text/html; charset=utf-8\n\n" + written.encode()))


def read(data: bytes) -> None:
    """All that happens to the structure of a mail."""
    mime.parse_mail(mime.read_message(data))


def email_address(text: str) -> None:
    try:
        addresses.normalise_email(text)
    except addresses.BadAddress:
        pass


def phone_number(text: str) -> None:
    try:
        addresses.normalise_phone(text)
    except addresses.BadAddress:
        pass


def repeated(unit, before="", after=""):
    """A text of a given length out of a unit."""
    return lambda size: before + unit * (size // len(unit)) + after


def raw(unit: bytes, before: bytes = b"", after: bytes = b""):
    return lambda size: before + unit * (size // len(unit)) + after


MULTIPART = b"Content-Type: multipart/mixed; boundary=b\n\n"
HTML = {
    "less-than signs": repeated("<"),
    "open tags": repeated("<a "),
    "attributes": lambda size: "<p " + " ".join(f"a{n}" for n in range(size // 6)) + ">x",
    "quoted attributes": lambda size: "<p " + " ".join(f"a{n}='>'" for n in range(size // 10)) + ">x",
    "attributes between bogus quotes": repeated("a'\" "),
    "ampersands": repeated("&"),
    "half entities": repeated("&a"),
    "hard spaces": repeated("\xa0"),
    "words with hard spaces": repeated("word\xa0"),
    "entities": repeated("&#0;"),
    "comments": repeated("<!--"),
    "declarations": repeated("<!a "),
    "processing instructions": repeated("<?"),
    "character data": repeated("<![CDATA["),
    "scripts": repeated("<script>"),
    "titles": repeated("<title>"),
    "text areas": repeated("<textarea>"),
    "ends of nothing": repeated("</a>"),
    "ends of paragraphs": repeated("</p>"),
    "open formatting": repeated("<b><i><p>"),
    "open links": repeated("<a><p>"),
    "different fonts": lambda size: "".join(f"<font color=c{n}><p>" for n in range(size // 20)),
    "tables in tables": repeated("<table><tr><td>"),
    "foster parents": repeated("<b>x", "<table>"),
    "selections": repeated("<select><option>"),
    "foreign elements": repeated("<svg><p>"),
    "list items": repeated("<li>"),
    "quotes": repeated('x<blockquote type="cite">y</blockquote>'),
    "Gmail quotes": repeated('x<div class="gmail_quote">y</div>'),
    "Outlook quotes": repeated('<div id="divRplyFwdMsg">y</div>'),
    "styles": repeated("color:red;", '<p style="', '">x</p>'),
    "open functions in a style": repeated("color:a(", '<p style="', '">x</p>'),
    "borders": repeated("border-top: ", '<p style="', '">x</p>'),
    "spaces in a border": repeated(" ", '<p style="border-top:', '">x</p>'),
    "class names": repeated("x_", '<p class="', '">x</p>'),
    "a long id": repeated("a", '<p id="yahoo_quoted', '!">x</p>'),
    "an image that breaks off": repeated("A ", '<img src="data:image/png;base64,', '!">'),
    "links": repeated('<a href="http://x.example">y'),
    "line breaks in quotes": repeated("<br>", "<blockquote>" * 400),
    "empty lines in a pre": repeated("\n", "<pre>"),
}
QUOTES = {
    "empty lines": repeated("\n"),
    "quoted lines": repeated("> x\n"),
    "answers between quotes": repeated("> x\ny\n"),
    "attributions cut off": repeated("On Monday\n"),
    "long attributions cut off": repeated("On " + "x" * 90 + "\n"),
    "From lines": repeated("From: x\n"),
    "From lines with gaps": repeated("From: x\n\n\n\n\n\n"),
    "dashes": repeated("x\n" + "-" * 999 + "\n"),
    "dashes with spaces": repeated("x\n" + "- " * 499 + "\n"),
    "dashes and no separator": repeated("x\n" + "-" * 900 + " antwort " + "-" * 80 + "x\n"),
    "verbs": repeated("x\n" + "On wrote " * 110 + "\n"),
    "verbs with colons": repeated("x\n" + "On wrote:" * 110 + "\n"),
    "Dutch verbs": repeated("x\nOp " + "heeft" * 198 + "\n"),
    "names that wrote": repeated("x\n" + " wrote" * 160 + "\n"),
    "dates and brackets": repeated("x\n2024-01-01 10:00" + "<a@" * 300 + "\n"),
    "signature lines": repeated("--\n"),
    "thanks and addresses": repeated("x\n\nMerci,\n" + "a@" * 400 + "\n"),
    "thanks and digits": repeated("x\n\nMerci,\n" + "1 " * 400 + "\n"),
    "disclaimers": repeated("x\n\n" + "this message " * 76 + "\n"),
    "devices": repeated("von meinem " * 12 + "\n"),
    "rules": repeated("_" * 20 + "\n\n", "x\n"),
    "gaps": lambda size: "x\n" + "\n" * (size // 2) + "From: a\n" * (size // 16),
    "signs above a reply line": repeated("x\n" + "#-#-" * 240 + "please reply\n"),
    "one line": repeated("x"),
    "invisible characters": repeated("\u200b"),
}
FIELDS = {
    "starts of encoded words": repeated("=?"),
    "an encoded word that never ends": repeated("a ", "=?a?q?"),
    "encoded words": repeated("=?a?q?a?= "),
    "encoded words with spaces": repeated("a b ", "=?a?q?", "?"),
    "line breaks": repeated("\r\n"),
}
STRUCTURE = {
    "boundary lines": raw(b"--b\n", MULTIPART),
    "spaces after a boundary": raw(b"--b" + b" " * 1000 + b"x\n", MULTIPART),
    "one line": raw(b"x", MULTIPART + b"--b\n"),
    "pieces of a name": lambda size: (
        b"Content-Disposition: attachment" + b"".join(b"; filename*%d*=a" % n for n in range(size // 18)) + b"\n\nx"
    ),
    "parameters": raw(b"; a=b", b"Content-Type: application/x", b"\n\nx"),
    "parameters of a part": raw(b"; a=b", MULTIPART + b"--b\nContent-Type: multipart/x", b"\n\nx"),
    "escapes in a parameter": raw(b'\\"', b'Content-Type: application/x; a="', b"\n\nx"),
    "semicolons in a parameter": raw(b";", b'Content-Type: application/x; a="', b"\n\nx"),
    "quoted-printable": raw(b"=\n", b"Content-Transfer-Encoding: quoted-printable\n\n"),
    "blanks in quoted-printable": raw(b"a  \t", b"Content-Transfer-Encoding: quoted-printable\n\n", b"\n"),
    "padding": raw(b"=", b"Content-Transfer-Encoding: base64\n\n"),
    "uuencode": raw(b"M\n", b"Content-Type: a/b\nContent-Transfer-Encoding: uuencode\n\nbegin 644 a\n"),
    "starts of uuencode": raw(b"begin \n", b"Content-Type: a/b\nContent-Transfer-Encoding: uuencode\n\n"),
    "punycode": raw(b"b9", b"Content-Type: text/plain; charset=punycode\n\naaa-"),
    "idna": raw(b"a", b"Content-Type: text/plain; charset=idna\n\nxn--"),
    "utf-7": raw(b"+AGE-", b"Content-Type: text/plain; charset=utf-7\n\n"),
}
OTHERS = {
    "words": (headers.decode_words, FIELDS),
    "addresses": (
        headers.split_addresses,
        {"parentheses": repeated("("), "groups": repeated("ab:"), "brackets": repeated("<")},
    ),
    "ids": (headers.message_ids, {"brackets": repeated("<"), "open ids": repeated("<" + "a" * 240)}),
    "keys": (
        identity.delivery_key,
        {
            "folded lines": raw(b"a: \n ", after=b"\n\n"),
            "letters": raw(b"aaaa", after=b"\n\n"),
            "blank lines": raw(b"\n"),
        },
    ),
    "results": (
        lambda value: [
            authenticity._passes(part, "a.example") for part in authenticity._without_comments(value).split(";")
        ],
        {
            "comments": repeated("("),
            "spaces": repeated(" ", "dmarc=pass header.from"),
            "words": repeated("header.from"),
        },
    ),
    "e-mail addresses": (
        email_address,
        {"hyphens": repeated("a-", "a@"), "accents": repeated("é", "a@", ".example.org")},
    ),
    "phone numbers": (
        phone_number,
        {"digits": repeated("1"), "extensions": repeated(";ext="), "dashes": repeated("1-", "+")},
    ),
    "HTML": (show, HTML),
    "quotes": (quotes.fold, QUOTES),
    "structure": (read, STRUCTURE),
}
CASES = [(room, name) for room, (_, builders) in OTHERS.items() for name in builders]


def seconds(function, text) -> float:
    gc.collect()
    began = time.process_time()
    try:
        function(text)
    except ValueError:
        pass  # refused is fine; how soon is what counts
    return time.process_time() - began


@pytest.mark.parametrize(("room", "name"), CASES)
def test_time_grows_with_the_length(room, name):
    function, builders = OTHERS[room]
    size = SMALL
    took = seconds(function, builders[name](size))
    while took < CALM and size < LARGEST:  # grow until the clock can tell
        size *= FACTOR
        took = seconds(function, builders[name](size))
    if took < CALM:
        return
    larger, allowed = builders[name](size * FACTOR), max(took * STEEPEST, 10 * CALM)
    longer = seconds(function, larger)
    if longer >= allowed:  # the machine may have been busy
        longer = seconds(function, larger)
    assert longer < allowed, f"{size} characters {took:.2f} s, {FACTOR} times as many {longer:.2f} s"
