"""Mail servers that refuse, hang up or cannot be reached, and our own door for mail: what is said, and what is kept."""

import asyncio
import contextlib
import socket
import ssl
import threading

import pytest
from aiosmtpd.smtp import Envelope
from msgspec.structs import replace

from rondpoint.channels.contract import Address, ConnectionInfo, MessageOut, OutcomeUnknown, SendError, Sent
from rondpoint.channels.email import lmtp, outbox, smtp, trouble
from rondpoint.channels.email.channel import channel
from rondpoint.channels.email.compose import Mail

MAIL = Mail("bounce@shop.example.com", "ann@example.org", "m1@shop.example.com", b"Subject: x\r\n\r\n.dot\r\nend")
SHOP = ConnectionInfo(1, "c1", "email", "Shop", {"address": "help@shop.example.com"})
CAFE = ConnectionInfo(2, "c2", "email", "Cafe", {"address": "hello@cafe.example.com"})


class Server:
    """A mail server for one client on loopback. ``says``: what it answers to a command's first word, or to the final
    ``.``; empty hangs up. ``told``: the lines it was told."""

    def __init__(self, **says):
        self.says = {"EHLO": "250-x\r\n250 SIZE 1000000", "DATA": "354 go on", ".": "250 ok", "": "220 ready"} | says
        self.told = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self):
        client, _ = self._listening.accept()
        with contextlib.suppress(OSError), client, client.makefile("rwb") as line:
            word = ""
            while answer := self.says.get(word, "250 ok"):
                line.write(answer.encode() + b"\r\n")
                line.flush()
                mail = answer.startswith("354")
                while (text := line.readline().decode("utf-8", "replace")) and mail and text != ".\r\n":
                    self.told.append(text.rstrip())
                if not text:
                    return
                self.told.append(text.rstrip())
                word = text.strip().partition(" ")[0].upper()

    def close(self):
        self._listening.close()
        self._thread.join(10)


@pytest.fixture
def server():
    """``server(WORD="answer")``: a running server."""
    running = []

    def start(says=None, **more):
        running.append(Server(**(says or {}), **more))
        return running[-1]

    yield start
    for one in running:
        one.close()


def sent(one, mail=MAIL, sign_in=""):
    return smtp.send(mail, f"smtp://{sign_in}127.0.0.1:{one.port}")


def test_a_mail_is_handed_over_whole_and_a_line_with_a_dot_keeps_it(server):
    one = server()
    assert sent(one) == Sent(("m1@shop.example.com",))
    one.close()
    start = one.told.index("DATA") + 1
    assert one.told[start : start + 5] == ["Subject: x", "", "..dot", "end", "."]
    assert f"size={len(MAIL.data)}" in one.told[start - 3].lower()


def test_a_goodbye_that_fails_changes_nothing(server):
    assert sent(server(QUIT="")) == Sent(("m1@shop.example.com",))


@pytest.mark.parametrize(
    ("says", "said", "permanent", "dead"),
    [
        ({"MAIL": "550 no"}, "refuses the sender: 550", True, False),
        ({"MAIL": "451 later"}, "will not take the sender now: 451", False, False),
        ({"RCPT": "550 5.1.1 unknown"}, "refuses the recipient", True, True),
        ({"RCPT": "550 5.7.1 policy"}, "refuses the recipient", True, False),
        ({"RCPT": "550 User unknown"}, "refuses the recipient", True, True),
        ({"RCPT": "550 go away"}, "refuses the recipient", True, False),
        ({"DATA": "452 full"}, "will not take the mail now: 452", False, False),
        ({".": "554 spam"}, "refuses the mail: 554", True, False),
        ({"RCPT": ""}, "hung up before it had the mail", False, False),
    ],
)
def test_a_refusal_says_what_is_refused_and_whether_to_try_again(server, says, said, permanent, dead):
    result = sent(server(says))
    assert isinstance(result, SendError)
    assert said in result.detail
    assert (result.permanent, result.dead_address) == (permanent, dead)


def test_a_line_that_breaks_after_the_whole_mail_leaves_it_in_doubt(server):
    assert isinstance(sent(server({".": ""})), OutcomeUnknown)


def test_an_address_outside_ascii_needs_a_server_that_can_write_to_it(server):
    mail = replace(MAIL, recipient="andré@example.org")
    refused = sent(server(), mail)
    assert isinstance(refused, SendError)
    assert refused.permanent
    able = server(EHLO="250-x\r\n250 SMTPUTF8")
    assert sent(able, mail) == Sent(("m1@shop.example.com",))
    able.close()
    assert any("SMTPUTF8" in line.upper() for line in able.told)


def test_a_sign_in_that_is_refused_is_said_and_nothing_is_sent(server):
    says = {"EHLO": "250-x\r\n250 AUTH PLAIN", "AUTH": "535 no"}
    one = server(says)
    result = sent(one, sign_in="ann:word@")
    assert result == SendError("the mail server refused the sign-in (535)")
    one.close()
    assert not any(line.startswith("MAIL") for line in one.told)
    assert "refuses the user name or the password" in smtp.check(f"smtp://ann:word@127.0.0.1:{server(says).port}")


def test_no_password_is_said_in_the_clear_to_another_machine(server, monkeypatch):
    monkeypatch.setattr(smtp, "is_loopback", lambda host: False)
    one = server(EHLO="250-x\r\n250 AUTH PLAIN")
    assert "offers no TLS" in smtp.check(f"smtp://ann:word@127.0.0.1:{one.port}")
    one.close()
    assert not any(line.startswith("AUTH") for line in one.told)


def test_where_tls_is_offered_the_password_waits_for_it(server):
    """What answers STARTTLS does not speak TLS after all: nothing was told."""
    one = server(EHLO="250-x\r\n250 STARTTLS", STARTTLS="220 go\r\nno tls at all")
    result = sent(one, sign_in="ann:word@")
    assert isinstance(result, SendError)
    assert not result.permanent
    one.close()
    assert not any(line.startswith(("AUTH", "MAIL")) for line in one.told)


def test_a_check_that_works_says_nothing_and_one_that_cannot_be_read_says_how_to_write_it(server):
    assert smtp.check(f"smtp://127.0.0.1:{server().port}") == ""
    assert "expected smtp://" in smtp.check("http://example.com")
    assert smtp.read_url("smtp://a%40b:p@example.com") == smtp.Server("example.com", 587, False, "a@b", "p")
    assert smtp.read_url("smtps://example.com").port == 465
    assert smtp.read_url("smtp://example.com").port == 25


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (socket.gaierror(-2, "x"), "the name mx.example.com is not known"),
        (ConnectionRefusedError(), "nobody listens at mx.example.com:25"),
        (TimeoutError(), "mx.example.com:25 did not answer in time"),
        (ssl.SSLError("bad"), "does not speak TLS as expected"),
        (OSError("no route"), "no route"),
        (EOFError(), "EOFError"),
    ],
)
def test_trouble_is_told_in_words(error, said):
    assert said in trouble.words(error, "mx.example.com", 25)


def test_the_account_is_checked_on_both_ways_and_the_first_fault_is_told(server):
    def check(**settings):
        return asyncio.run(channel.check(replace(SHOP, settings={**SHOP.settings, **settings}), None))

    works = f"smtp://127.0.0.1:{server().port}"
    assert check() == ""
    assert check(smtp_url=works) == ""
    closed = "imap://a:b@127.0.0.1:1/INBOX"
    assert "nobody listens at 127.0.0.1:1" in check(imap_url=closed, smtp_url=works)


def test_settings_that_cannot_hold_are_named_each_with_its_reason():
    problems = channel.check_settings(
        {
            "address": "nobody", "imap_url": "x", "smtp_url": "x", "esp": "pigeon", "esp_settings": "[1]",
            "reply_address": "reply@example.com", "dkim_domain": "example.com",
        }
    )  # fmt: skip
    assert set(problems) == {
        "address", "imap_url", "smtp_url", "esp", "esp_settings", "reply_address", "dkim_selector", "dkim_key",
    }  # fmt: skip
    assert "not JSON" in channel.check_settings({"address": "a@example.com", "esp_settings": "{"})["esp_settings"]
    fine = {"address": "a@example.com", "esp": "postmark", "reply_address": "reply+{token}@example.com"}
    assert channel.check_settings(fine) == {}


def test_only_an_account_with_a_mailbox_is_held_and_addresses_have_one_form():
    assert not channel.has_session(SHOP)
    assert channel.has_session(replace(SHOP, settings={"imap_url": "imaps://a:b@example.com"}))
    assert channel.normalize_address(" Ann@Example.ORG ", SHOP) == "ann@example.org"
    assert channel.external_id("m1", SHOP) == "m1@shop.example.com"
    assert channel.takes("help@shop.example.com", SHOP)
    assert not channel.takes("ann@example.org", SHOP)


def test_without_a_way_out_nothing_is_lost_and_a_strange_name_makes_no_file(tmp_path, monkeypatch):
    monkeypatch.setattr(outbox, "_folder", None)
    assert not outbox.write(MAIL).permanent  # it waits until somebody sets one
    monkeypatch.setattr(outbox, "_folder", tmp_path / "out")
    for name in ("../m1@x", ".m1@x", "@x", "a b@x"):
        assert outbox.write(replace(MAIL, message_id=name)).permanent
    assert not (tmp_path / "out").exists()
    assert outbox.write(MAIL) == outbox.write(MAIL) == Sent((MAIL.message_id,))
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["m1.eml"]
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(outbox, "_folder", tmp_path / "file")
    full = outbox.write(MAIL)
    assert "cannot be written" in full.detail
    assert not full.permanent


def test_an_attachment_that_cannot_be_read_now_is_tried_again(monkeypatch):
    monkeypatch.setattr(outbox, "_open_file", None)
    with pytest.raises(LookupError):
        outbox.stored_file("f" * 64)


class Store:
    """Finds our two accounts and keeps what is delivered; ``away`` makes one of both fail."""

    def __init__(self, away=""):
        self.away, self.kept = away, []
        self.handler = lmtp.Handler(self.find, self.deliver)

    async def find(self, address):
        if self.away == "find":
            raise OSError("no database")
        return {"shop": SHOP, "cafe": CAFE}.get(address.partition("@")[2].partition(".")[0])

    async def deliver(self, connection, key, raw):
        if self.away == connection.name:
            raise OSError("the disk is full")
        self.kept.append((connection.id, key, raw.headers["rcpt-to"], raw.headers["mail-from"], raw.body))
        return True

    def rcpt(self, envelope, address):
        return asyncio.run(self.handler.handle_RCPT(None, None, envelope, address, []))

    def data(self, *addresses, content=b"Subject: x\r\n\r\nx"):
        envelope = Envelope()
        envelope.rcpt_tos, envelope.original_content = list(addresses), content
        return asyncio.run(self.handler.handle_DATA(None, None, envelope)).split("\r\n")


def test_recipients_are_taken_refused_or_asked_to_come_again():
    store, envelope = Store(), Envelope()
    assert store.rcpt(envelope, "help@shop.example.com").startswith("250")
    assert store.rcpt(envelope, "ann@example.org").startswith("550")
    assert envelope.rcpt_tos == ["help@shop.example.com"]
    store.away = "find"
    assert store.rcpt(envelope, "help@shop.example.com").startswith("451")
    store.away, envelope.rcpt_tos = "", ["x"] * lmtp.MAX_RECIPIENTS
    assert store.rcpt(envelope, "help@shop.example.com").startswith("452")
    assert len(envelope.rcpt_tos) == lmtp.MAX_RECIPIENTS


def test_each_recipient_has_its_own_answer_and_each_account_one_delivery():
    store = Store()
    ours = ("help@shop.example.com", "hello@cafe.example.com", "help+a@shop.example.com")
    answers = store.data(*ours, "gone@example.org")
    assert [answer[:3] for answer in answers] == ["250", "250", "250", "550"]
    assert [(number, to, sender) for number, _, to, sender, _ in store.kept] == [
        (1, f"{ours[0]},{ours[2]}", ""), (2, ours[1], ""),
    ]  # fmt: skip
    assert {body for *_, body in store.kept} == {b"Subject: x\r\n\r\nx"}


def test_what_could_not_be_stored_for_one_account_stays_with_the_mail_server_for_that_one():
    store = Store(away="Shop")
    answers = store.data("help@shop.example.com", "hello@cafe.example.com", "help+a@shop.example.com")
    assert [answer[:3] for answer in answers] == ["452", "250", "452"]
    assert [number for number, *_ in store.kept] == [2]


def test_a_mail_larger_than_can_be_sent_is_refused_before_it_leaves(monkeypatch):
    from rondpoint.channels.email import channel as module

    monkeypatch.setattr(module, "MAX_OUT", 10)
    refused = channel.render(MessageOut("m1", Address("email", "ann@example.org"), "x" * 11, at=1), SHOP)
    assert refused.reason == "too_long"
