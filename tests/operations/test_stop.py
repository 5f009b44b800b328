"""SIGTERM under load: what was acknowledged is in the database, the house ends with 0, and the next one goes on.

``RONDPOINT_STOPS`` and ``RONDPOINT_STOP_SECONDS`` make it long.
"""

import asyncio
import contextlib
import os
import signal
import smtplib
import socket
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage

import httpx
import pytest
import uvicorn

from rondpoint.config import telemetry
from rondpoint.events import live
from tests.peers.house import House, wait_for
from tests.peers.sms_provider import Provider

STOPS = int(os.environ.get("RONDPOINT_STOPS", "1"))
SECONDS = float(os.environ.get("RONDPOINT_STOP_SECONDS", "1.5"))
LONGEST = 10.0  # seconds from SIGTERM to the end
OUR_NUMBER, OUR_ADDRESS = "+33199001000", "bonjour@hirondelle.example.com"


@pytest.fixture(scope="module")
def provider():
    provider = Provider()
    yield provider
    provider.stop()


@pytest.fixture
def house(tmp_path, provider):
    house = House(tmp_path)
    house.sms = house.connect("sms", "SMS", **provider.settings(OUR_NUMBER))
    house.connect("email", "Mail", address=OUR_ADDRESS)
    house.chat = house.connect("chat", "Chat", origins="*")
    yield house.start()
    if house.process.poll() is None:
        house.stop()


class Load:
    """Everybody writes at once, until told to stop. ``acknowledged``: what the house took, by its text."""

    def __init__(self, house: House, provider: Provider, turn: int):
        self._house, self._provider, self._turn = house, provider, turn
        self._stop = threading.Event()
        self._pool = ThreadPoolExecutor(4)
        self.acknowledged: set[str] = set()
        self._all = [self._pool.submit(work) for work in (self._text, self._text, self._chat, self._mail)]

    def stop(self) -> None:
        self._stop.set()
        for one in self._all:
            one.result(timeout=30)
        self._pool.shutdown()

    def _texts(self):
        me = threading.get_ident()
        number = 0
        while not self._stop.is_set():
            number += 1
            yield f"{self._turn}-{me}-{number}."

    def _text(self) -> None:
        for words in self._texts():
            with contextlib.suppress(httpx.TransportError):
                inbound = self._house.sms["inbound_url"]
                if self._provider.text(inbound, "+33199000123", OUR_NUMBER, words, f"SM{words}").status_code == 200:
                    self.acknowledged.add(words)

    def _chat(self) -> None:
        with httpx.Client(base_url=self._house.url, timeout=10) as browser:
            opened = browser.post("/chat/v1/sessions", json={"key": self._house.chat["id"]})
            browser.headers["Authorization"] = f"Bearer {opened.json()['token']}"
            for words in self._texts():
                with contextlib.suppress(httpx.TransportError):
                    said = {"client_id": words, "text": words}
                    if browser.post("/chat/v1/messages", json=said).status_code == 200:
                        self.acknowledged.add(words)
                time.sleep(0.02)  # people are slow, and are braked when they are not

    def _mail(self) -> None:
        for words in self._texts():
            mail = EmailMessage()
            mail["From"], mail["To"], mail["Subject"] = "awa.diallo@example.org", OUR_ADDRESS, words
            mail["Message-ID"] = f"<{words}@example.org>"
            mail.set_content(words)
            with contextlib.suppress(OSError, smtplib.SMTPException):
                lmtp = smtplib.LMTP("127.0.0.1", self._house.lmtp_port, timeout=10)
                lmtp.sendmail("awa.diallo@example.org", [OUR_ADDRESS], mail.as_bytes())
                self.acknowledged.add(words)
                lmtp.close()


def stored(house: House) -> str:
    """All that was ever taken, in one text to look in."""
    with contextlib.closing(sqlite3.connect(house.folder / "home" / "rondpoint.sqlite3")) as handle:
        rows = handle.execute("SELECT external_id || ' ' || coalesce(CAST(body AS TEXT), '') FROM channels_delivery")
        return "\n".join(text for (text,) in rows)


def written_down(house: House, words: str) -> int:
    with contextlib.closing(sqlite3.connect(house.folder / "home" / "rondpoint.sqlite3")) as handle:
        asked = "SELECT count(*) FROM conversations_message WHERE text LIKE ? OR subject = ?"
        return handle.execute(asked, (words + "%", words)).fetchone()[0]


def test_nothing_acknowledged_is_lost_by_a_stop(house, provider):
    acknowledged: set[str] = set()
    longest = 0.0
    for turn in range(STOPS):
        load = Load(house, provider, turn)
        wait_for(lambda load=load: len(load.acknowledged) > 20, 30, "a load")
        time.sleep(SECONDS)
        began = time.monotonic()
        house.process.send_signal(signal.SIGTERM)
        code = house.process.wait(timeout=40)
        took = time.monotonic() - began
        load.stop()
        acknowledged |= load.acknowledged
        longest = max(longest, took)
        assert code == 0
        assert took < LONGEST, f"the stop took {took:.1f} s"
        there = stored(house)
        lost = [words for words in load.acknowledged if words not in there]
        assert not lost
        house.start()
    wait_for(
        lambda: "rondpoint_deliveries_waiting 0\n" in httpx.get(f"{house.url}/metrics", timeout=10).text,
        60,
        "all of it worked off by the next house",
    )
    twice_or_never = [words for words in acknowledged if written_down(house, words) != 1]
    print(f"stops under load: {STOPS}, {len(acknowledged)} acknowledged, {len(twice_or_never)} lost or doubled, "
          f"longest stop {longest:.1f} s")
    assert not twice_or_never


def test_after_the_parent_was_killed_the_next_house_can_start(house):
    house.process.kill()
    house.process.wait()

    def gone() -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", house.port), timeout=2):
            return False
        return True

    wait_for(gone, LONGEST, "the roles to end with their parent")
    house.start()


def test_streams_do_not_hold_up_a_stop(house):
    opened = httpx.post(f"{house.url}/chat/v1/sessions", json={"key": house.chat["id"]}).json()
    bearer = {"Authorization": f"Bearer {opened['token']}"}
    with httpx.stream("GET", f"{house.url}/chat/v1/stream", headers=bearer, timeout=30) as stream:
        lines = stream.iter_lines()
        assert next(lines) == "retry: 2000"
        began = time.monotonic()
        house.process.send_signal(signal.SIGTERM)
        with contextlib.suppress(httpx.TransportError):
            for _ in lines:
                pass
        assert house.process.wait(timeout=40) == 0
        assert time.monotonic() - began < LONGEST


def test_a_screen_is_let_go_and_told_to_come_back_soon():
    async def stop() -> None:
        hub = live.Hub()
        subscription = hub.subscribe({"desk", "profile:1"})
        waiting = asyncio.create_task(subscription.next(30))
        await asyncio.sleep(0)
        hub.end()
        with pytest.raises(live.Ended):
            await asyncio.wait_for(waiting, 2)
        with pytest.raises(live.Ended):
            await hub.subscribe({"desk"}).next(30)

    asyncio.run(stop())


def test_the_server_says_that_it_stops_before_it_does():
    told = []
    server = telemetry.Server(uvicorn.Config(lambda: None), lambda: told.append(server.should_exit))
    server.handle_exit(signal.SIGTERM, None)
    live.hub().ended = False
    assert told == [False]
    assert server.should_exit
