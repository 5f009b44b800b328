"""What a person reads of what is known about her: every word as text, nothing outside the page, nothing left unsaid."""

from io import BytesIO

import pypdf
import pytest
from django.utils import translation

from rondpoint.hub.rights import access_file

MARKUP = '#panic("x") *bold* $x$ `raw` = no heading \\ @nobody <label> #read("/etc/passwd")'
PERSON = {
    "exported_at": "2026-11-30T12:00:00.000Z", "id": "c0ffee", "name": MARKUP, "segments": [MARKUP],
    "identifiers": [{"kind": "email", "value": "awa@example.com", "created_at": "2026-01-02T03:04:05.000Z"}],
    "traits": {"city": {"value": ["Lyon", "Nice"], "source": "staff", "at": "2026-01-02T03:04:05.000Z"}},
    "consents": [{"at": "2026-01-02T03:04:05.000Z", "reason": "bounce", "channel": "email", "address": "a@x.example"}],
    "preferences": [], "decisions": [], "conversations": [], "timeline": [],
}  # fmt: skip


def fact(number):
    return {
        "type": "page.viewed", "occurred_at": f"2026-01-02T03:{number % 60:02d}:00.000Z", "title": f"Fact {number}",
        "channel": "web", "source": "",
        "properties": {"address": "https://example.com/" + "a" * 200, "nothing": None, "page_id": "p1"},
    }  # fmt: skip


def message(text):
    said = {"at": "2026-01-02T03:04:05.000Z", "channel": "sms", "address": "+33199006601", "author": "Awa"}
    return said | {"text": text, "files": [{"name": "bill.pdf", "size": 3}]}


def read(known, language="en"):
    with translation.override(language):
        made = access_file.printed(access_file.readable(PERSON | known, None, {"newsletter": "Our letter"}))
    file = pypdf.PdfReader(BytesIO(made))
    return file, "\n".join(page.extract_text() for page in file.pages)


def test_no_word_of_hers_is_read_as_markup():
    talk = {"subject": MARKUP, "id": "1", "created_at": "2026-01-02", "messages": [message(f"one\n{MARKUP}\n\n- two")]}
    file, text = read({"conversations": [talk], "traits": {MARKUP: PERSON["traits"]["city"]}})
    words = "".join(text.split())
    for part in ('#panic("x")*bold*$x$`raw`=noheading\\@nobody<label>', '#read("/etc/passwd")'):
        assert words.count(part) == 5  # her name, a trait, a segment, the subject, the message
    assert '["Lyon", "Nice"]' in text and "[bill.pdf]" in text and "- two" in text
    assert "root:" not in text
    assert file.trailer["/Root"]["/MarkInfo"]["/Marked"]  # a screen reader knows headings and tables
    assert not any("/AA" in page or "/Annots" in page for page in file.pages)


@pytest.mark.parametrize(
    ("language", "title"), [("fr", "Ce que nous savons de vous"), ("en", "What we know about you")]
)
def test_it_speaks_her_language(language, title):
    file, text = read({}, language)
    assert file.metadata.title == title and title in text.replace("\n", " ")
    assert file.trailer["/Root"]["/Lang"] == language


def test_what_is_not_printed_is_said(monkeypatch):
    monkeypatch.setattr(access_file, "LEGIBLE", 4)
    talks = [
        {
            "subject": f"Talk {name}",
            "id": name,
            "created_at": "2026",
            "messages": [message(f"{name}{n}") for n in range(3)],
        }
        for name in "abc"
    ]
    _, text = read({"conversations": talks, "timeline": [fact(number) for number in range(10)]})
    assert "5 older ones are in the file for machines." in text and "6 older ones are" in text
    assert [name for name in ("a2", "b1", "b2", "c0", "c2") if name in text] == ["b2", "c0", "c2"]
    assert "Talk a" not in text and "Fact 5" not in text and "Fact 6" in text and "Fact 9" in text


def test_a_message_is_printed_once():
    talk = {"subject": "Parcel", "id": "1", "created_at": "2026-01-02", "messages": [message("Where is it?")]}
    said = fact(1) | {"type": "message.received", "title": "Where is it?"}
    _, text = read({"conversations": [talk], "timeline": [said, fact(2)]})
    assert text.count("Where is it?") == 1 and "Fact 2" in text
    assert "page_id" not in text and "address:" in text


def test_a_long_address_stays_on_the_page():
    file, _ = read({"timeline": [fact(1)]})
    right = float(file.pages[0].mediabox.right)
    ends = []

    def visit(text, _current, place, _font, size):
        if text.strip():
            ends.append(place[4] + len(text.strip()) * size * 0.3)  # no letter is narrower

    for page in file.pages:
        page.extract_text(visitor_text=visit)
    assert ends and max(ends) < right


def test_letters_of_any_script_do_not_stop_it():
    _, text = read({"name": "李 😀 مرحبا \ud800 " + "".join(map(chr, range(32))) + " Zoë"})
    assert "Zoë" in text


AT = "2026-01-02T03:04:05.000Z"
SAID = {
    "at": AT, "action": "granted", "purpose": "newsletter", "channel": "email", "address": "awa@example.com",
    "basis": "consent", "wording": 2, "wording_text": "Yes, write to me", "language": "fr",
    "expires_at": "2029-05-06T00:00:00.000Z", "proof": {"page": "/club"},
}  # fmt: skip


def wish(name, value, purpose="", holds=True):
    return {"preference": name, "purpose": purpose, "value": value, "at": AT, "holds": holds}


WISHES = [
    wish("per_week", 3), wish("channel", "sms", "newsletter"), wish("quiet", {"from": "20:00", "to": "08:30"}),
    wish("paused_until", "forever"), wish("language", "fr", holds=False), wish("do_not_call", None),
]  # fmt: skip


def decision(verdict, reason="", step="", state=None):
    told = {"at": AT, "verdict": verdict, "reason": reason, "step": step, "state": state, "purpose": "newsletter"}
    return told | {"channel": "email", "address": "awa@example.com"}


DECISIONS = [
    decision("send", state="sent"), decision("refuse", "withdrawn", "consent"), decision("refuse", "paused"),
    decision("refuse", "prefers_sms"), decision("send", state="cancelled"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("agreed", "your consent", "Yes, write to me (version 2, fr)", "Holds until", "2029-05-06", "/club",
                "At most per week", "20:00 – 08:30", "you say otherwise", "not sent: withdrew",
                "not sent: you asked for a pause", "another way: SMS", "allowed, but it did not leave")),
        ("fr", ("a accepté", "votre consentement", "Yes, write to me (version 2, fr)", "Valable jusqu’au", "2029-05-06",
                "Au plus par semaine", "avis contraire", "non envoyé : vous avez demandé une pause")),
    ],
)  # fmt: skip
def test_what_she_may_be_sent_stands_in_it(language, words, monkeypatch):
    _, text = read({"consents": [SAID], "preferences": WISHES, "decisions": DECISIONS}, language)
    spaced = "".join(text.split())
    assert [word for word in words if "".join(word.split()) not in spaced] == []
    assert spaced.count("Ourletter") == 2 + len(DECISIONS)  # said, preferred, and each decision
    monkeypatch.setattr(access_file, "LEGIBLE", 2)
    _, text = read({"decisions": DECISIONS}, "en")
    assert "3 older ones are in the file for machines." in text
