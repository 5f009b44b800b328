"""The whole house on real lines: an SMSC for SMS, postfix and dovecot for mail."""

import email
import shutil
import smtplib
from email.message import EmailMessage
from urllib.parse import quote

import pytest
from tests.peers import mail
from tests.peers.house import House, wait_for
from tests.peers.smsc import start_smsc

pytestmark = pytest.mark.peer
OURS, HERS = "33199001000", "33199000321"
AWA, DESK, SUPPORT = "awa@example.org", "bonjour@hirondelle.example.com", "support@example.org"


@pytest.fixture(scope="module")
def lines(tmp_path_factory):
    folder = mail.mail_folder()
    house = House(tmp_path_factory.mktemp("lines"))
    smsc = start_smsc(tmp_path_factory.mktemp("smsc"))
    postfix = mail.start_postfix(folder, ("hirondelle.example.com",), house.lmtp_port, (AWA, SUPPORT))
    dovecot = mail.start_dovecot(folder)
    smtp_url = f"smtp://127.0.0.1:{postfix.port}"
    imap_url = f"imap://{quote(SUPPORT, safe='')}:{quote(mail.PASSWORD)}@127.0.0.1:{dovecot.port}/INBOX"
    line = {"host": smsc.host, "port": smsc.port, "system_id": smsc.system_id, "password": smsc.password}
    house.connect("sms", "SMS", provider="smpp", number=f"+{OURS}", **line)
    house.connect("email", "LMTP", address=DESK, smtp_url=smtp_url)
    house.connect("email", "IMAP", address=SUPPORT, smtp_url=smtp_url, imap_url=imap_url)
    house.start()
    house.smsc, house.smtp_port, house.mails = smsc, postfix.port, folder
    yield house
    assert house.stop() == 0
    for peer in (dovecot, postfix, smsc):
        peer.stop()
    shutil.rmtree(folder, ignore_errors=True)


def conversation_with(house, kind, value):
    def look():
        found = house.api("GET", f"/customers?identifier={kind}:{quote(value, safe='')}").json()["items"]
        rows = found and house.api("GET", f"/conversations?customer={found[0]['id']}").json()["items"]
        return rows[0]["id"] if rows else None

    return wait_for(look, what=f"a conversation with {value}")


def texts(house, conversation):
    return [m["text"] for m in house.api("GET", f"/conversations/{conversation}/messages").json()["items"]]


def answer(house, conversation, channel, text, **more):
    sent = house.api("POST", f"/conversations/{conversation}/messages", json={"channel": channel, "text": text, **more})
    assert sent.status_code == 202, sent.text
    return sent.json()["id"]


def state(house, message):
    return house.api("GET", f"/messages/{message}").json()["state"]


def write(house, sender, recipient, text, **headers):
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, recipient, "Ma lampe"
    message["Message-ID"] = email.utils.make_msgid(domain="example.org")
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    with smtplib.SMTP("127.0.0.1", house.smtp_port) as smtp:
        smtp.send_message(message)


def text_to_us(house, text):
    house.smsc.inject(source_addr=HERS, destination_addr=OURS, short_message=text.encode(), data_coding=0)


def test_sms_over_smpp_both_ways_with_receipts_and_after_the_line_fell(lines):
    wait_for(lambda: lines.smsc.state()["sessions"], what="the bind")
    text_to_us(lines, "Bonjour")
    conversation = conversation_with(lines, "phone", f"+{HERS}")
    long = "Votre lampe part demain de Lyon. " * 8
    message = answer(lines, conversation, "sms", long)
    wait_for(lambda: len(lines.smsc.submitted()) == 2, what="both parts of the long message")
    wait_for(lambda: state(lines, message) == "delivered", what="the receipts of both parts")
    lines.smsc.drop()
    wait_for(lambda: lines.smsc.state()["sessions"], what="the line to come back")
    text_to_us(lines, "Encore moi")
    wait_for(lambda: "Encore moi" in texts(lines, conversation), what="what came over the new line")


def test_mail_through_postfix_both_ways_and_a_bounce(lines):
    write(lines, f"Awa Diallo <{AWA}>", DESK, "Ma lampe ne s'allume plus.")
    conversation = conversation_with(lines, "email", AWA)
    message = answer(lines, conversation, "email", "Nous vous en envoyons une autre.")
    arrived = wait_for(lambda: mail.mails_in(lines.mails, AWA), what="our answer in her mailbox")
    ours = email.message_from_bytes(arrived[-1])
    assert state(lines, message) in ("sent", "delivered")
    references = {"In_Reply_To": ours["Message-ID"], "References": ours["Message-ID"]}
    write(lines, AWA, ours["Reply-To"], "Merci beaucoup.", **references)
    wait_for(lambda: "Merci beaucoup." in texts(lines, conversation), what="her answer")
    lost = answer(lines, conversation, "email", "Copie", to="nobody-here@example.org")
    wait_for(lambda: state(lines, lost) == "failed", 40, what="the bounce of a real postfix")


def test_mail_from_a_mailbox_over_imap(lines):
    write(lines, "luc@example.org", SUPPORT, "Bonjour le support")
    conversation = conversation_with(lines, "email", "luc@example.org")
    assert texts(lines, conversation) == ["Bonjour le support"]
