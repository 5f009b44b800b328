"""Our mail through a real postfix into a mailbox, and its real bounces back."""

import asyncio
import shutil
from email import message_from_bytes

import msgspec
import pytest
from tests.peers import mail
from tests.peers_email.conftest import wait_for

from rondpoint.channels.contract import Address, FileOut, MessageOut, Receipt, SendError, Sent
from rondpoint.channels.email.channel import channel
from rondpoint.lib import clock
from rondpoint.lib.ids import uuid7


def send(servers, to: str, text: str, url: str = "", **fields):
    settings = {**servers.connection.settings, "smtp_url": url or servers.smtp_url}
    connection = msgspec.structs.replace(servers.connection, settings=settings)
    message = MessageOut(str(uuid7()), Address("email", to), text, at=clock.now(), **fields)
    parts = channel.render(message, connection)
    return message, asyncio.run(channel.send(parts[0], connection, None, message.id))


def test_a_mail_reaches_the_mailbox_whole(servers):
    text = "Bonjour Léa,\n\n.une ligne avec un point\nFrom the shop\n" + "é" * 3000
    file = FileOut("facture été.pdf", "application/pdf", "f" * 64, content=b"%PDF-1.4\r\n\x00\xff" * 5000)
    message, result = send(
        servers,
        "ann@example.org",
        text,
        html="<p>Bonjour <b>Léa</b></p>",
        subject="Votre commande n° 1042 est prête",
        files=(file,),
        reply_token="abcd2345",
        sender_name="Inès",
    )
    assert result == Sent((f"{message.id}@shop.example.com",))
    data = wait_for(lambda: [found for found in servers.mails_of("ann@example.org") if message.id.encode() in found])[0]
    arrived = message_from_bytes(data)
    assert arrived["Return-Path"] == f"<bounce+{message.id.replace('-', '')}@shop.example.com>"
    assert arrived["Reply-To"] == "<reply+abcd2345@shop.example.com>"
    parts = [part for part in arrived.walk() if not part.is_multipart()]
    assert parts[0].get_payload(decode=True).decode().replace("\r\n", "\n").strip() == text.strip()
    assert "<b>Léa</b>" in parts[1].get_payload(decode=True).decode()
    assert parts[2].get_payload(decode=True) == file.content
    assert parts[2].get_filename() == "facture été.pdf"


def test_the_bounce_of_a_real_postfix_becomes_a_receipt(servers):
    message, result = send(servers, "nobody-here@example.org", "are you there?")
    assert isinstance(result, Sent)

    def bounce():
        wanted = f"bounce+{message.id.replace('-', '')}@shop.example.com"
        return [raw for _, _, raw in servers.inbox.items if raw.headers["rcpt-to"] == wanted]

    receipts = channel.parse(wait_for(bounce)[0], servers.connection)
    assert len(receipts) == 1
    receipt = receipts[0]
    assert isinstance(receipt, Receipt)
    assert (receipt.state, receipt.permanent) == ("failed", True)
    assert receipt.external_id == result.external_ids[0]
    assert receipt.address == "nobody-here@example.org"
    assert receipt.error.startswith("5.1.1")


def test_refused_at_once(servers):
    folder = mail.mail_folder()
    strict = mail.start_postfix(folder, customers=("ann@example.org",), refuse_unknown=True)
    try:
        _, result = send(servers, "nobody-here@example.org", "hello", f"smtp://127.0.0.1:{strict.port}")
    finally:
        strict.stop()
        shutil.rmtree(folder)
    assert isinstance(result, SendError)
    assert result.permanent
    assert result.dead_address


def test_no_server_is_tried_again_later(servers):
    _, result = send(servers, "ann@example.org", "hello", f"smtp://127.0.0.1:{mail.free_port()}")
    assert isinstance(result, SendError)
    assert not result.permanent


@pytest.mark.parametrize("right", [True, False])
def test_check_connects_for_real(servers, right):
    port = servers.postfix.port if right else mail.free_port()
    password = mail.PASSWORD if right else "wrong"
    settings = {"address": "help@shop.example.com", "smtp_url": f"smtp://127.0.0.1:{port}"}
    connection = msgspec.structs.replace(servers.connection, settings=settings)
    assert (asyncio.run(channel.check(connection, None)) == "") is right
    settings = {"address": "help@shop.example.com", "imap_url": servers.imap_url("ann@example.org", password)}
    connection = msgspec.structs.replace(servers.connection, settings=settings)
    assert (asyncio.run(channel.check(connection, None)) == "") is right
