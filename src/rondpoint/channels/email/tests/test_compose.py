"""Outgoing mail: headers, forms, signature, and what becomes of it in the outbox or at a failing server."""

import asyncio
import json
import socket
import threading
from email import message_from_bytes
from email.message import Message

import dkim as reference
import msgspec
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from rondpoint.channels.contract import (
    Address,
    ConnectionInfo,
    FileOut,
    MessageOut,
    OutcomeUnknown,
    Part,
    Raw,
    Refused,
    SendError,
    Sent,
)
from rondpoint.channels.email import compose, dkim, outbox, smtp
from rondpoint.channels.email.channel import channel
from rondpoint.channels.email.headers import header

CONNECTION = ConnectionInfo(7, "c7", "email", "Shop", {"address": "help@shop.example.com"}, "Boutique Lumen")
AT = 1_710_234_720_000_000
ID = "0190163d-8694-739b-8eee-2d1b6c4d2f00"
MESSAGE = MessageOut(ID, Address("email", "ann@example.org", "Ann Baker"), "Bonjour Léa,\nÀ demain.", at=AT)


def made(connection: ConnectionInfo = CONNECTION, **fields) -> Message:
    message = msgspec.structs.replace(MESSAGE, **fields)
    return message_from_bytes(compose.compose(message, connection).data)


def test_the_headers_of_an_answer():
    mail = made(
        subject="Lampe",
        sender_name="Inès",
        in_reply_to="c@example.org",
        references=("c@example.org", "b@x", "a@x"),
        reply_token="ABCD2345",
        automated=True,
        language="fr",
    )
    assert header(mail, "From") == "Inès via Boutique Lumen <help@shop.example.com>"
    assert mail["To"] == "Ann Baker <ann@example.org>"
    assert mail["Subject"] == "Re: Lampe"
    assert mail["Message-ID"] == f"<{ID}@shop.example.com>"
    assert mail["In-Reply-To"] == "<c@example.org>"
    assert mail["References"].split() == ["<a@x>", "<b@x>", "<c@example.org>"]
    assert mail["Reply-To"] == "<reply+abcd2345@shop.example.com>"
    assert mail["Date"] == "Tue, 12 Mar 2024 09:12:00 +0000"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Rondpoint-Id"] == ID
    assert mail["List-Unsubscribe"] is None
    assert mail.get_payload(decode=True).decode() == "Bonjour Léa,\r\nÀ demain.\r\n"


LONG = ("Lampe à 12 € : " + "été " * 60).strip()


@pytest.mark.parametrize(
    ("subject", "answers", "result"),
    [
        ("Lampe", "", "Lampe"),
        ("Lampe", "a@x", "Re: Lampe"),
        ("RE : Lampe", "a@x", "RE : Lampe"),
        ("AW: Lampe", "a@x", "AW: Lampe"),
        ("Retour", "a@x", "Re: Retour"),
        ("", "", "Votre échange avec Boutique Lumen"),
        (LONG, "", LONG),
    ],
)
def test_subjects(subject, answers, result):
    message = msgspec.structs.replace(MESSAGE, subject=subject, in_reply_to=answers)
    data = compose.compose(message, CONNECTION).data
    assert header(message_from_bytes(data), "Subject") == result
    assert max(len(line) for line in data.split(b"\r\n")) <= 78


def test_the_same_bytes_every_time():
    message = msgspec.structs.replace(
        MESSAGE, html="<p>x</p>", files=(FileOut("a.txt", "text/plain", "0" * 64, content=b"x"),)
    )
    first, again = compose.compose(message, CONNECTION), compose.compose(message, CONNECTION)
    assert first == again
    assert b"\n" not in first.data.replace(b"\r\n", b"")
    assert first.sender == f"bounce+{ID.replace('-', '')}@shop.example.com"


@pytest.mark.parametrize("field", ["subject", "sender_name", "id", "reply_token", "in_reply_to"])
@pytest.mark.parametrize("evil", ["x\r\nBcc: all@example.net", "x\ny", "x\ry", "x\x00"])
def test_line_breaks_in_headers_are_refused(field, evil):
    message = msgspec.structs.replace(MESSAGE, **{field: evil})
    with pytest.raises(ValueError, match="line break"):
        compose.compose(message, CONNECTION)
    assert isinstance(channel.render(message, CONNECTION), Refused)


def test_hostile_references_and_file_names_stay_in_their_place():
    mail = made(
        in_reply_to="a@x> <b",
        references=("c d", "e@x", "<f@x>"),
        files=(FileOut('a";\t.pdf', "evil", "0", content=b"x"),),
    )
    assert mail["In-Reply-To"] is None
    part = mail.get_payload(1)
    assert part.get_content_type() == "application/octet-stream"
    assert part.get_filename() == 'a";\t.pdf'
    long = made(in_reply_to="n@x", references=tuple(f"r{n}@x" for n in range(100)))
    assert len(long["References"].split()) == 20
    assert long["References"].split()[-1] == "<n@x>"
    assert long["References"].split()[0] == "<r99@x>"


def test_html_files_and_inline_images():
    image = FileOut("logo.png", "image/png", "a" * 64, content=b"\x89PNG")
    paper = FileOut("bon.pdf", "application/pdf", "b" * 64, content=b"%PDF")
    mail = made(html=f'<p>Voir <img src="cid:{image.sha256}"></p>', files=(image, paper))
    assert [part.get_content_type() for part in mail.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
        "application/pdf",
    ]
    assert [part["Content-ID"] for part in mail.walk() if part["Content-ID"]] == [f"<{image.sha256}>"]


def test_unsubscribe_links_are_for_what_is_not_service():
    url = "https://shop.example.com/u/token"
    assert made(unsubscribe_url=url)["List-Unsubscribe"] is None
    marketing = made(unsubscribe_url=url, purpose="offers")
    assert marketing["List-Unsubscribe"] == f"<{url}>"
    assert marketing["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_our_own_mail_is_recognised_as_a_loop():
    data = compose.compose(MESSAGE, CONNECTION).data
    assert channel.parse(Raw(data, received=AT), CONNECTION)[0].automated.startswith("loop")


@pytest.fixture(scope="module")
def key():
    return rsa.generate_private_key(65537, 2048)


def pem(key) -> str:
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


@pytest.mark.parametrize(
    "text", ["Bonjour", "", "\n\n\n", " \t spaced  \t \n\n x \n\n\n", "é" * 5000, "From x\n.\n..\n"]
)
def test_another_library_verifies_our_signature(key, text):
    public = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    import base64

    record = b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)

    def lookup(name, timeout=5):
        return record if name == b"s1._domainkey.shop.example.com." else None

    message = msgspec.structs.replace(
        MESSAGE, text=text, subject="Été " * 30, in_reply_to="a@x", reply_token="abcd"
    )
    data = compose.compose(message, CONNECTION).data
    signed = dkim.sign(data, "shop.example.com", "s1", pem(key), AT // 1_000_000)
    assert signed.endswith(data)
    assert reference.verify(signed, dnsfunc=lookup)
    assert not reference.verify(signed.replace(b"Ann Baker", b"Bob Baker"), dnsfunc=lookup)
    assert not reference.verify(
        signed.replace(b"MIME-Version", b"From: boss@shop.example.com\r\nMIME-Version"), dnsfunc=lookup
    )
    if text.startswith("Bonjour"):
        assert not reference.verify(signed.replace(b"Bonjour", b"Bonsoir"), dnsfunc=lookup)


def test_settings_are_checked_before_they_are_stored(key):
    good = {
        "address": "help@shop.example.com",
        "dkim_domain": "shop.example.com",
        "dkim_selector": "s",
        "dkim_key": pem(key),
        "smtp_url": "smtps://u:p@mail.example.com",
        "imap_url": "imaps://u:p@mail.example.com/INBOX",
    }
    assert channel.check_settings(good) == {}
    for name, value in {
        "address": "help",
        "smtp_url": "http://x",
        "imap_url": "imap://nobody",
        "dkim_key": "x",
        "dkim_selector": "",
        "reply_address": "reply@shop.example.com",
        "esp": "pigeon",
        "esp_settings": "{",
        "colour": "red",
    }.items():
        assert name in channel.check_settings({**good, name: value}), name


def test_render_refuses_what_cannot_be_sent():
    for fields, reason in (
        ({"to": Address("email", "nobody")}, "no_address"),
        ({"text": " "}, "empty"),
        ({"files": (FileOut("a", "text/plain", "0", content=bytes(30_000_000)),)}, "too_long"),
    ):
        refused = channel.render(msgspec.structs.replace(MESSAGE, **fields), CONNECTION)
        assert isinstance(refused, Refused)
        assert refused.reason == reason


def stored(part: Part) -> Part:
    """The part as it comes back from a database's JSON."""
    return msgspec.convert(json.loads(msgspec.json.encode(part)), Part)


def test_without_a_server_the_outbox_has_the_mail_once(tmp_path, monkeypatch):
    monkeypatch.setattr(outbox, "_folder", None)
    monkeypatch.setattr(outbox, "_open_file", None)
    part = stored(
        channel.render(
            msgspec.structs.replace(MESSAGE, files=(FileOut("a.txt", "text/plain", "0" * 64),)), CONNECTION
        )[0]
    )
    assert isinstance(asyncio.run(channel.send(part, CONNECTION, None, "k")), SendError)
    outbox.configure(tmp_path / "outbox", {"0" * 64: b"the file"}.__getitem__)
    for _ in range(2):
        assert asyncio.run(channel.send(part, CONNECTION, None, "k")) == Sent((f"{ID}@shop.example.com",))
    (path,) = (tmp_path / "outbox").iterdir()
    assert path.name == f"{ID}.eml"
    mail = message_from_bytes(path.read_bytes())
    assert mail["Return-Path"] == f"<bounce+{ID.replace('-', '')}@shop.example.com>"
    assert mail.get_payload(1).get_payload(decode=True) == b"the file"


class Server:
    """An SMTP server that follows a script: what it answers to each verb, and when it hangs up."""

    def __init__(self, answers: dict[str, str | None]) -> None:
        self._answers = {
            "EHLO": "250 hi",
            "MAIL": "250 ok",
            "RCPT": "250 ok",
            "DATA": "354 go",
            ".": "250 ok",
            "QUIT": "221 bye",
            **answers,
        }
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"smtp://127.0.0.1:{self.socket.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        line, _ = self.socket.accept()
        with line, line.makefile("rwb") as stream:
            stream.write(b"220 test\r\n")
            stream.flush()
            content = False
            for words in stream:
                verb = words.split()[0].decode().upper() if words.split() else ""
                if content and words != b".\r\n":
                    continue
                answer = self._answers.get("." if content else verb, "250 ok")
                content = verb == "DATA" and (answer or "").startswith("354")
                if answer is None:
                    return
                stream.write(answer.encode() + b"\r\n")
                stream.flush()


MAIL = compose.compose(MESSAGE, CONNECTION)


@pytest.mark.parametrize(
    ("answers", "permanent", "dead"),
    [
        ({"RCPT": "550 5.1.1 no such user"}, True, True),
        ({"RCPT": "550 User unknown"}, True, True),
        ({"RCPT": "551 5.1.6 moved"}, True, True),
        ({"RCPT": "550 5.7.1 relaying denied"}, True, False),
        ({"RCPT": "550 no spam please"}, True, False),
        ({"RCPT": "552 5.2.2 mailbox full"}, True, False),
        ({"RCPT": "450 4.2.0 greylisted"}, False, False),
        ({"MAIL": "451 4.3.0 later"}, False, False),
        ({"DATA": "554 5.7.1 no"}, True, False),
        ({".": "552 5.3.4 too large"}, True, False),
        ({".": "451 4.3.0 disk full"}, False, False),
        ({"EHLO": None}, False, False),
        ({"RCPT": None}, False, False),
        ({"DATA": None}, False, False),
    ],
)
def test_refusals_of_a_server(answers, permanent, dead):
    result = smtp.send(MAIL, Server(answers).url)
    assert isinstance(result, SendError)
    assert (result.permanent, result.dead_address) == (permanent, dead)


def test_a_line_cut_after_the_final_dot_is_unknown_and_a_rude_goodbye_is_not():
    assert isinstance(smtp.send(MAIL, Server({".": None}).url), OutcomeUnknown)
    assert smtp.send(MAIL, Server({"QUIT": None}).url) == Sent((MAIL.message_id,))


def test_the_webhook_password():
    def ask(secret: str, authorization: str) -> bool:
        connection = msgspec.structs.replace(
            CONNECTION, settings={**CONNECTION.settings, "webhook_secret": secret}
        )
        return channel.verify(Raw(b"", {"authorization": authorization}), connection)

    assert ask("word", "Basic YW55OndvcmQ=")  # any:word
    for wrong in ("Basic YW55Om90aGVy", "Bearer word", "Basic !!!", "", "Basic YW55Og=="):
        assert not ask("word", wrong)
    assert not ask("", "Basic YW55Og==")
