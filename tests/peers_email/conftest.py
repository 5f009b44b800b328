"""One postfix and one dovecot for all tests of this folder, with a Rondpoint LMTP listener behind them."""

import asyncio
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from tests.peers import mail

from rondpoint.channels.contract import ConnectionInfo, Raw
from rondpoint.channels.email import lmtp
from rondpoint.channels.email.identity import is_ours

OURS = "help@shop.example.com"
CUSTOMERS = ("ann@example.org", "box@example.org", "idle@example.org", "late@example.org")


def wait_for(condition: Callable, seconds: float = 20):
    """The condition's first true value; fails when there is none in time."""
    pause = threading.Event()
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        pause.wait(0.02)
    raise AssertionError("it did not happen in time")


class Inbox:
    """A ``deliver`` that keeps what comes, and refuses while ``broken``."""

    def __init__(self) -> None:
        self.items: list[tuple[ConnectionInfo, str, Raw]] = []
        self.refused = 0
        self.broken = False

    async def deliver(self, connection: ConnectionInfo, external_id: str, raw: Raw) -> bool:
        if self.broken:
            self.refused += 1
            raise OSError("the disk is full")
        new = external_id not in {known for _, known, _ in self.items}
        self.items.append((connection, external_id, raw))
        return new

    def with_text(self, text: str) -> list[Raw]:
        return [raw for _, _, raw in self.items if text.encode() in raw.body]


class Mail:
    """The servers and our listener."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.inbox = Inbox()
        self.lmtp_port = mail.free_port()
        self.connection = ConnectionInfo(1, "c1", "email", "Shop", {"address": OURS}, "Lumen")
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()
        self.postfix = mail.start_postfix(folder, ("shop.example.com",), self.lmtp_port, CUSTOMERS)
        self.dovecot = mail.start_dovecot(folder)
        self.smtp_url = f"smtp://127.0.0.1:{self.postfix.port}"

    def imap_url(self, address: str, password: str = mail.PASSWORD) -> str:
        return f"imap://{quote(address, safe='')}:{quote(password)}@127.0.0.1:{self.dovecot.port}/INBOX"

    def mails_of(self, address: str) -> list[bytes]:
        return mail.mails_in(self.folder, address)

    async def _find(self, address: str) -> ConnectionInfo | None:
        return self.connection if is_ours(address, self.connection) else None

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._task = self._loop.create_task(lmtp.serve("127.0.0.1", self.lmtp_port, self._find, self.inbox.deliver))
        try:
            self._loop.run_until_complete(self._task)
        except asyncio.CancelledError:
            pass

    def stop(self) -> None:
        self.dovecot.stop()
        self.postfix.stop()
        self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join(10)
        self._loop.close()


@pytest.fixture(scope="session")
def servers() -> Iterator[Mail]:
    if not shutil.which("postfix") or not shutil.which("dovecot"):
        pytest.fail("postfix and dovecot-imapd are needed: apt install postfix dovecot-imapd")
    folder = mail.mail_folder()
    running = Mail(folder)
    yield running
    running.stop()
    shutil.rmtree(folder, ignore_errors=True)
