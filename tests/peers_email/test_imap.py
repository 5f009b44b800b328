"""Mail out of a real dovecot's mailbox: catching up, IDLE, marks only after storing, reconnecting."""

import asyncio
import smtplib
from contextlib import asynccontextmanager

import msgspec
from tests.peers import mail
from tests.peers_email.conftest import Inbox, wait_for

from rondpoint.channels.email import imap
from rondpoint.channels.email.channel import channel


def post(servers, to: str, text: str) -> None:
    body = (
        f"From: Ann <ann@example.org>\r\nTo: {to}\r\n"
        f"Subject: Lamp\r\nMessage-ID: <{text}@example.org>\r\n\r\n{text}\r\n"
    )
    with smtplib.SMTP("127.0.0.1", servers.postfix.port) as client:
        client.sendmail("ann@example.org", [to], body)
    wait_for(lambda: [data for data in servers.mails_of(to) if text.encode() in data])


@asynccontextmanager
async def session(servers, address: str, inbox: Inbox):
    settings = {"address": address, "imap_url": servers.imap_url(address)}
    connection = msgspec.structs.replace(servers.connection, settings=settings)
    assert channel.has_session(connection)
    task = asyncio.create_task(channel.session(connection, inbox.deliver))
    try:
        yield connection
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(condition, seconds: float = 20):
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.02)


async def unseen(servers, address: str) -> int:
    client = await imap.Client.open(imap.read_url(servers.imap_url(address)))
    try:
        return len(await client.unseen())
    finally:
        client.close()


def test_catches_up_then_hears_of_new_mail_by_idle(servers):
    inbox = Inbox()
    post(servers, "idle@example.org", "imap-before")

    async def run():
        async with session(servers, "idle@example.org", inbox) as connection:
            await until(lambda: inbox.with_text("imap-before"))
            await asyncio.to_thread(post, servers, "idle@example.org", "imap-during")
            await until(lambda: inbox.with_text("imap-during"), 10)
            message = channel.parse(inbox.with_text("imap-during")[0], connection)[0]
            assert message.text == "imap-during"
        return await unseen(servers, "idle@example.org")

    assert asyncio.run(run()) == 0
    assert len(inbox.items) == 2


def test_a_mail_stays_unread_until_it_is_stored(servers, monkeypatch):
    monkeypatch.setattr(imap, "LONGEST_WAIT", 0.1)
    inbox = Inbox()
    inbox.broken = True
    post(servers, "late@example.org", "imap-late")

    async def run():
        async with session(servers, "late@example.org", inbox):
            await until(lambda: inbox.refused >= 2)
            assert await unseen(servers, "late@example.org") == 1
            inbox.broken = False
            await until(lambda: inbox.with_text("imap-late"))

            async with asyncio.timeout(10):
                while await unseen(servers, "late@example.org"):
                    await asyncio.sleep(0.02)

    asyncio.run(run())
    assert len(inbox.items) == 1


def test_reconnects_when_the_server_comes_back(servers, monkeypatch):
    monkeypatch.setattr(imap, "LONGEST_WAIT", 0.2)
    inbox = Inbox()
    post(servers, "box@example.org", "imap-first")

    async def run():
        async with session(servers, "box@example.org", inbox):
            await until(lambda: inbox.with_text("imap-first"))
            port = servers.dovecot.port
            await asyncio.to_thread(servers.dovecot.stop)
            await asyncio.to_thread(post, servers, "box@example.org", "imap-second")
            servers.dovecot = await asyncio.to_thread(mail.start_dovecot, servers.folder, port)
            await until(lambda: inbox.with_text("imap-second"))

    asyncio.run(run())
    assert [len(inbox.with_text(text)) for text in ("imap-first", "imap-second")] == [1, 1]


def test_polling_where_there_is_no_idle(servers, monkeypatch):
    monkeypatch.setattr(imap, "POLL_SECONDS", 0.1)
    inbox = Inbox()
    original = imap.Client._read_capabilities

    async def without_idle(self):
        await original(self)
        self.capabilities.discard("IDLE")

    monkeypatch.setattr(imap.Client, "_read_capabilities", without_idle)

    async def run():
        async with session(servers, "ann@example.org", inbox):
            await asyncio.to_thread(post, servers, "ann@example.org", "imap-polled")
            await until(lambda: inbox.with_text("imap-polled"))

    asyncio.run(run())
