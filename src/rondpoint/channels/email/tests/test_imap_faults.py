"""Mailboxes that refuse, stop, lie or lose their line: no mail is lost, and the reason is said."""

import asyncio
import contextlib
import logging
from datetime import UTC, datetime

import pytest

from rondpoint.channels.contract import ConnectionInfo
from rondpoint.channels.email import imap
from rondpoint.lib import clock

MAIL = b"Subject: Hello\r\n\r\nHello\r\n"
WHEN = clock.from_datetime(datetime(2026, 5, 4, 8, 30, tzinfo=UTC))


class Server:
    """A mailbox on loopback. ``says[word]``: what it answers to a command, in order; the last answer stays. In an
    answer ``{tag}`` is the command's tag; None closes the line. ``unread``: its mails by UID, gone once marked."""

    def __init__(self, **says):
        self.says = {"GREETING": ["* OK ready\r\n"], "CAPABILITY": ["* CAPABILITY IMAP4rev1 IDLE\r\n{tag} OK\r\n"]}
        self.says |= {"SELECT": ["* OK [UIDVALIDITY 9] ok\r\n{tag} OK\r\n"], "OTHER": ["{tag} OK\r\n"]} | says
        self.unread, self.seen, self.writers = {}, [], []

    async def __aenter__(self):
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        port = self.server.sockets[0].getsockname()[1]
        self.url = f"imap://ann:word@127.0.0.1:{port}/INBOX"
        self.connection = ConnectionInfo(3, "c3", "email", "Mail", {"imap_url": self.url})
        return self

    async def __aexit__(self, *_):
        for writer in self.writers:
            writer.close()
        self.server.close()

    def answer(self, word, tag):
        said = self.says.get(word) or self.says["OTHER"]
        text = said.pop(0) if len(said) > 1 else said[0]
        return None if text is None else text.replace("{tag}", tag).encode()

    async def serve(self, reader, writer):
        self.writers.append(writer)
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            writer.write(self.answer("GREETING", ""))
            while line := (await reader.readline()).decode().strip():
                tag, _, command = line.partition(" ")
                self.seen.append(command or tag)
                word = command.removeprefix("UID ").partition(" ")[0] or tag
                if word in self.says:
                    answer = self.answer(word, tag)
                elif word == "SEARCH":
                    answer = f"* SEARCH {' '.join(map(str, self.unread))}\r\n{tag} OK\r\n".encode()
                elif word == "FETCH":
                    data = self.unread[int(command.split()[2])]
                    head = f'* 1 FETCH (INTERNALDATE "04-May-2026 10:30:00 +0200" BODY[]<0> {{{len(data)}}}\r\n'
                    answer = head.encode() + data + f")\r\n{tag} OK\r\n".encode()
                elif word == "STORE":
                    self.unread.pop(int(command.split()[2]), None)
                    answer = f"{tag} OK\r\n".encode()
                else:
                    answer = self.answer("OTHER", tag)
                if answer is None:
                    break
                writer.write(answer)
        writer.close()


async def until(holds):
    """Waits until ``holds()``, with a deadline."""
    async with asyncio.timeout(10):
        while not holds():
            await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def held(server, deliver):
    """The mailbox as a worker holds it."""
    task = asyncio.create_task(imap.run(server.connection, deliver))
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
def quick(monkeypatch):
    """Pauses between two tries are short; gives the pauses that were taken."""
    real, taken = asyncio.sleep, []

    async def sleep(seconds):
        if seconds >= 0.5:
            taken.append(seconds)
        await real(min(seconds, 0.01))

    monkeypatch.setattr(imap.asyncio, "sleep", sleep)
    return taken


def checked(**says):
    async def run():
        async with Server(**says) as server:
            return await imap.check(server.url), server.seen

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("pop://a:b@example.com", "expected imaps"),
        ("imaps://example.com/INBOX", "expected imaps"),
        ("imap://a:b%0d%0aX@example.com", "no line break"),
    ],
)
def test_an_address_that_cannot_be_read_is_said_before_anything_is_asked(url, said):
    assert said in asyncio.run(imap.check(url))


def test_parts_of_an_address_that_are_left_out_have_their_usual_values():
    assert imap.read_url("imaps://a@example.com") == imap.Mailbox("example.com", 993, True, "a", "", "INBOX")
    box = imap.read_url(" imap://a%40b:p%2F@example.com/Shop%20mail ")
    assert box == imap.Mailbox("example.com", 143, False, "a@b", "p/", "Shop mail")


@pytest.mark.parametrize(
    ("says", "said"),
    [
        ({"LOGIN": ["{tag} NO wrong\r\n"]}, "refuses the user name or the password"),
        ({"SELECT": ["{tag} NO no such folder\r\n"]}, "cannot be used: NO no such folder"),
        ({"SELECT": [None]}, "cannot be reached: the IMAP server hung up"),
        ({"CAPABILITY": ["* x {99999999}\r\n"]}, "sends 99999999 bytes at once"),
        ({"CAPABILITY": ["* x {50}\r\nshort", None], "OTHER": [None]}, "cannot be reached"),
    ],
)
def test_the_check_says_what_is_wrong_with_the_mailbox(says, said, monkeypatch):
    monkeypatch.setattr(imap, "COMMAND_SECONDS", 0.1)
    assert said in checked(**says)[0]


def test_the_check_signs_in_selects_and_marks_nothing():
    said, seen = checked()
    assert said == ""
    assert [command.partition(" ")[0] for command in seen] == ["CAPABILITY", "LOGIN", "CAPABILITY", "SELECT"]


def test_no_password_is_said_in_the_clear_to_another_machine(monkeypatch):
    monkeypatch.setattr(imap, "is_loopback", lambda host: False)
    said, seen = checked()
    assert "offers no TLS" in said
    assert seen == ["CAPABILITY"]


def test_where_tls_is_offered_the_password_waits_for_it():
    """What answers STARTTLS does not speak TLS after all: nothing was told."""
    offered = "* CAPABILITY IMAP4rev1 STARTTLS\r\n{tag} OK\r\n"
    said, seen = checked(CAPABILITY=[offered], STARTTLS=["{tag} OK\r\nno\r\n"])
    assert "cannot be reached" in said
    assert "LOGIN" not in " ".join(seen)


def test_a_mail_whose_mark_did_not_stick_is_stored_once(quick):
    """The line falls between storing and marking; after it comes back only the mark is set."""
    stored = []

    async def deliver(connection, key, raw):
        stored.append((raw.body, raw.received))
        return True

    async def run():
        async with Server(STORE=[None, "{tag} OK\r\n"], IDLE=["+ idling\r\n"]) as server:
            server.unread[5] = MAIL
            async with held(server, deliver):
                await until(lambda: sum(command.startswith("UID STORE") for command in server.seen) == 2)
            return sum(command.startswith("UID FETCH") for command in server.seen)

    assert asyncio.run(run()) == 1
    assert stored == [(MAIL, WHEN)]


def test_a_mail_that_cannot_be_stored_stays_unread_and_comes_again(quick):
    tries = []

    async def deliver(connection, key, raw):
        tries.append(key)
        if len(tries) == 1:
            raise OSError("the disk is full")
        return True

    async def run():
        async with Server(IDLE=["+ idling\r\n"]) as server:
            server.unread[5] = MAIL
            async with held(server, deliver):
                await until(lambda: not server.unread)

    asyncio.run(run())
    assert len(tries) == 2
    assert tries[0] == tries[1]


def test_a_mail_that_is_gone_when_it_is_fetched_holds_up_no_other(quick):
    stored = []

    async def deliver(connection, key, raw):
        stored.append(raw.body)
        return True

    async def run():
        head = f"* 1 FETCH (BODY[]<0> {{{len(MAIL)}}}\r\n"
        async with Server(
            FETCH=["* 1 FETCH (FLAGS ())\r\n{tag} OK\r\n", head + MAIL.decode() + ")\r\n{tag} OK\r\n"],
            IDLE=["+ idling\r\n"],
        ) as server:
            server.unread = {5: b"", 6: MAIL}
            async with held(server, deliver):
                await until(lambda: 6 not in server.unread)
            return list(server.unread)

    assert asyncio.run(run()) == [5]
    assert stored == [MAIL]


def test_without_idle_the_mailbox_is_asked_every_minute(quick):
    async def run():
        async with Server(CAPABILITY=["* CAPABILITY IMAP4rev1\r\n{tag} OK\r\n"]) as server:
            async with held(server, None):
                await until(lambda: server.seen.count("NOOP") >= 2)
            assert "IDLE" not in server.seen
            return server.seen.count("UID SEARCH UNSEEN")

    assert asyncio.run(run()) >= 2
    assert set(quick) == {imap.POLL_SECONDS}


def test_idle_ends_when_its_time_is_over_or_a_mail_comes(monkeypatch):
    monkeypatch.setattr(imap, "IDLE_SECONDS", 0.05)

    async def run():
        async with Server(
            IDLE=["+ idling\r\n", "+ idling\r\n* 1 RECENT\r\n"], DONE=["r5 OK\r\n", "r6 OK\r\n"]
        ) as server:
            client = await imap.Client.open(imap.read_url(server.url))  # four commands
            await client.wait_for_news()  # by time
            monkeypatch.setattr(imap, "IDLE_SECONDS", 30)
            await client.wait_for_news()  # by news
            client.close()
            return server.seen[-4:]

    assert asyncio.run(run()) == ["IDLE", "DONE", "IDLE", "DONE"]


def test_a_server_that_ends_idle_is_connected_to_again(quick):
    async def run():
        async with Server(IDLE=["+ idling\r\n{tag} NO not now\r\n"]) as server, held(server, None):
            await until(lambda: len(server.writers) >= 3)

    asyncio.run(run())
    assert len(quick) >= 2
    assert max(quick) < 2  # it had worked: the pauses do not grow


def test_a_wrong_password_is_not_tried_every_second(quick, caplog):
    async def run():
        async with Server(LOGIN=["{tag} NO wrong\r\n"]) as server, held(server, None):
            await until(lambda: len(server.writers) >= 2)

    with caplog.at_level(logging.WARNING, "rondpoint.channels.email.imap"):
        asyncio.run(run())
    assert min(quick) >= 0.8 * imap.LONGEST_WAIT
    assert "refuses the user name" in caplog.text
    assert "word" not in caplog.text.replace("password", "")


def test_a_command_is_one_line():
    async def run():
        async with Server() as server:
            client = await imap.Client.open(imap.read_url(server.url))
            before = len(server.seen)
            with pytest.raises(imap.ImapError, match="one line"):
                await client.command("NOOP\r\nr9 DELETE INBOX")
            await client.command("NOOP")
            client.close()
            return server.seen[before:]

    assert asyncio.run(run()) == ["NOOP"]


@pytest.mark.parametrize("text", ['INTERNALDATE "31-Feb-2026 10:00:00 +0000"', 'INTERNALDATE "x"', ""])
def test_a_date_that_is_none_becomes_now(text):
    before = clock.now()
    assert before <= imap._internal_date(text.encode()) <= clock.now()
