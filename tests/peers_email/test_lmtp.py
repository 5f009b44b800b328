"""Mail from a real postfix into our LMTP listener."""

import smtplib
import threading
import time

from tests.peers import mail
from tests.peers_email.conftest import OURS, wait_for

from rondpoint.channels.email.channel import channel


def post(servers, text: str, *recipients: str, sender: str = "ann@example.org") -> None:
    body = (
        f"From: Ann <{sender}>\r\nDate: Tue, 12 Mar 2024 10:12:00 +0100\r\nTo: {recipients[0]}\r\n"
        f"Subject: Lamp\r\nMessage-ID: <{text}@example.org>\r\n\r\n{text}\r\n"
    )
    with smtplib.SMTP("127.0.0.1", servers.postfix.port) as client:
        client.sendmail(sender, list(recipients), body)


def test_a_mail_arrives_with_its_envelope(servers):
    post(servers, "lmtp-one", "reply+abcd2345@shop.example.com")
    raw = wait_for(lambda: servers.inbox.with_text("lmtp-one"))[0]
    assert raw.headers["mail-from"] == "ann@example.org"
    assert raw.headers["rcpt-to"] == "reply+abcd2345@shop.example.com"
    message = channel.parse(raw, servers.connection)[0]
    assert (message.text, message.sender.value, message.token) == ("lmtp-one", "ann@example.org", "abcd2345")
    assert message.account == OURS


def test_two_of_our_addresses_are_one_delivery(servers):
    post(servers, "lmtp-two", OURS, "help+sales@shop.example.com")
    wait_for(lambda: servers.inbox.with_text("lmtp-two"))
    wait_for(lambda: servers.postfix.log.read_text().count("lmtp-two@example.org"))
    keys = {key for _, key, raw in servers.inbox.items if b"lmtp-two" in raw.body}
    assert len(keys) == 1


def test_a_mail_is_kept_by_postfix_until_it_is_on_disk(servers):
    servers.inbox.broken = True
    refused = servers.inbox.refused
    try:
        post(servers, "lmtp-later", OURS)
        wait_for(lambda: servers.inbox.refused > refused)
        assert servers.inbox.with_text("lmtp-later") == []
    finally:
        servers.inbox.broken = False
    deadline = time.monotonic() + 60
    while not servers.inbox.with_text("lmtp-later"):
        assert time.monotonic() < deadline, servers.postfix.log.read_text()[-4000:]
        # Its queue manager puts a mail off for minutes when a delivery agent still held the file.
        mail.retry_queue(servers.folder)
        threading.Event().wait(0.5)


def test_an_unknown_address_is_refused_at_once(servers):
    with smtplib.SMTP("127.0.0.1", servers.lmtp_port) as client:
        assert client.docmd("LHLO", "test")[0] == 250
        assert client.mail("ann@example.org")[0] == 250
        assert client.rcpt("stranger@shop.example.com")[0] == 550
        assert client.rcpt(OURS)[0] == 250


def test_too_large_a_mail_is_refused(servers):
    with smtplib.SMTP("127.0.0.1", servers.lmtp_port, timeout=30) as client:
        client.docmd("LHLO", "test")
        assert client.docmd(f"MAIL FROM:<ann@example.org> SIZE={26 * 1024 * 1024}")[0] == 552


def test_the_same_mail_again_has_the_same_key(servers):
    text = "lmtp-again"
    post(servers, text, OURS)
    wait_for(lambda: len(servers.inbox.with_text(text)) == 1)
    post(servers, text, OURS)
    wait_for(lambda: len(servers.inbox.with_text(text)) == 2)
    assert len({key for _, key, raw in servers.inbox.items if text.encode() in raw.body}) == 1


def test_many_at_once(servers):
    threads = [threading.Thread(target=post, args=(servers, f"lmtp-many-{n}-", OURS)) for n in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wait_for(lambda: all(servers.inbox.with_text(f"lmtp-many-{n}-") for n in range(30)))
