"""``chat-to-desk``: from a visitor's press of Enter to the words on the agent's screen.

``python bench/chat_to_desk.py [--engine …] [--chats N] [--agents N] [--seconds N] [--rush N] [--quick]``

Every chat has its stream open, every agent her desk's stream and one conversation on the screen. Two hundred messages a
second come in; each must reach every agent's stream, and those of the open conversations, asked for as the page does
when its stream says so, must stand in the answer. Then as many come as go, from further chats: one session may say only
so much in ten seconds.
"""

import asyncio
import json
import random
import re
import time
from collections.abc import Coroutine
from typing import Any

import harness
import load

GOAL, RATE, PEAK = 150, 200, 1_000
LINES = 64
OVERLAP = 5_000_000  # microseconds that the page asks for again
ORIGIN = "https://shop.example.com"


class Visitor:
    """A chat: its token and profile, and its conversation once it has one."""

    def __init__(self, token: str, profile: int):
        self.token, self.profile = token, profile
        self.conversation, self.address = 0, ""


def run(bench: harness.Bench) -> None:
    """p95 over the messages of the conversations that somebody has open; everything said is found in the end."""
    with harness.house(bench.engine) as home:
        visitors = chats(bench.chats + bench.rush)
        keys = agents(bench.agents)
        with harness.running(home, "edge", "desk") as house:
            scene = Scene(house, visitors[: bench.chats], visitors[bench.chats :], keys)
            asyncio.run(scene.play(RATE, bench.seconds))
            _check(scene)
        seen = [one * 1000 for one in scene.seen]
        told = [one * 1000 for one in scene.told]
        harness.report(
            "chat-to-desk", harness.percentile(seen, 0.95), "ms", len(scene.said), goal=GOAL,
            conditions={
                "rate_per_s": RATE,
                "on_open_screens": len(seen),
                "median_ms": round(harness.percentile(seen, 0.5), 1),
                "p99_ms": round(harness.percentile(seen, 0.99), 1),
                "stream_p95_ms": round(harness.percentile(told, 0.95), 1),
                "answered_p95_ms": round(harness.percentile([one * 1000 for one in scene.answered], 0.95), 1),
                "peak_per_s": round(scene.peak),
                "peak_reached": scene.peak >= PEAK,
            },
        )  # fmt: skip


def chats(number: int) -> list[Visitor]:
    """Sessions with one message each, so that each has its conversation."""
    from rondpoint.channels import actions, connections
    from rondpoint.conversations.actions.receive import Said, receive_chat
    from rondpoint.conversations.chat.sessions import open_session
    from rondpoint.lib import clock
    from rondpoint.lib.db import write

    row = actions.add_connection("chat", "Shop", {"origins": ORIGIN})
    info, made = connections.info(row), []
    for start in range(0, number, 500):
        with write():
            now = clock.now()
            opened = [open_session(info, None, None, f"{ORIGIN}/", "fr", now) for _ in range(min(500, number - start))]
            said = receive_chat([Said(session, "first", "Bonjour", [], now) for session, _ in opened])
        for (session, token), message in zip(opened, said, strict=True):
            visitor = Visitor(token, session.profile_id)
            visitor.conversation = message.conversation_id
            visitor.address = f"/conversations/{message.conversation.public_id}"
            made.append(visitor)
    return made


def agents(number: int) -> list[tuple[str, str]]:
    """Signed-in agents: (session key, ticket of the desk's stream)."""
    from importlib import import_module

    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    from rondpoint.accounts.models import User
    from rondpoint.conversations.desk import stream
    from rondpoint.lib import clock
    from rondpoint.lib.db import write

    made = []
    for place in range(number):
        with write():
            user = User.objects.create(email=f"agent{place}@example.com", name=f"Agent {place}", role="supervisor")
        session = import_module(settings.SESSION_ENGINE).SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session["began"] = session["proved"] = clock.now()
        session.save()
        made.append((session.session_key, stream.ticket(user, session.session_key, ["desk"])))
    return made


class Scene:
    """Visitors and agents on one event loop, and what they saw."""

    def __init__(self, house: harness.Running, watching: list[Visitor], spare: list[Visitor], keys: list):
        self._chat, self._desk = (int(house.urls[role].rpartition(":")[2]) for role in ("edge", "desk"))
        self._watching, self._spare, self._keys = watching, spare, keys
        self._lines: asyncio.Queue = asyncio.Queue()
        self._waiting: dict[int, list[float]] = {}  # by conversation: when what was said was said
        self._expected = 0
        self._heard = [0] * len(keys)
        self._open: set[asyncio.Task] = set()
        self.begun: dict[int, float] = {}  # by the number in the words: when they were said
        self.said: list[str] = []
        self.refused: list[int] = []
        self.seen: list[float] = []
        self.told: list[float] = []
        self.answered: list[float] = []
        self.peak = 0.0

    async def play(self, rate: int, seconds: int) -> None:
        """All sit down, talk at the rate, and then as fast as they are answered."""
        for visitor in self._watching:
            self._begin(self._listen(visitor))
        screens = [Screen(self, place, key, ticket) for place, (key, ticket) in enumerate(self._keys)]
        for screen, visitor in zip(screens, self._watching, strict=False):
            screen.shows(visitor)
            self._begin(screen.run())
        for _ in range(LINES):
            self._lines.put_nowait(await asyncio.open_connection("127.0.0.1", self._chat))
        await asyncio.gather(*(screen.ready.wait() for screen in screens[: len(self._watching)]))
        chance, begun, number = random.Random(3), time.perf_counter(), 0
        while (now := time.perf_counter()) - begun < seconds:
            if number <= (now - begun) * rate:
                self._begin(self._say(chance.choice(self._watching), number, begun + number / rate))
                number += 1
            else:
                await asyncio.sleep(0.001)
        await self._until(lambda: min(self._heard) >= number and not any(screen.asking for screen in screens))
        measured = len(self.told), len(self.seen), len(self.answered)
        await self._rush(number)
        for figures, many in zip((self.told, self.seen, self.answered), measured, strict=True):
            del figures[many:]
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _rush(self, start: int) -> None:
        """As many as go: every spare chat says a few things."""
        words = [(visitor, start + place) for place, visitor in enumerate(self._spare)]
        begun = time.perf_counter()
        await asyncio.gather(*(self._say(visitor, number, time.perf_counter()) for visitor, number in words))
        await self._until(lambda: min(self._heard) >= start + len(words))
        self.peak = len(words) / (time.perf_counter() - begun)

    async def _until(self, condition) -> None:
        end = time.monotonic() + 60
        while not condition():
            for task in [task for task in self._open if task.done()]:
                self._open.discard(task)
                task.result()
            harness.check(not self.refused, f"messages were refused with {set(self.refused)}")
            harness.check(time.monotonic() < end, f"agents heard {min(self._heard)} of {self._expected} messages")
            await asyncio.sleep(0.005)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        self._open.add(asyncio.create_task(work))

    async def _say(self, visitor: Visitor, number: int, at: float) -> None:
        text = f"Une question {number}."
        body = json.dumps({"client_id": f"n{number}", "text": text}).encode()
        self._waiting.setdefault(visitor.conversation, []).append(at)
        self.begun[number] = at
        self._expected += 1
        line = await self._lines.get()
        reader, writer = line
        writer.write(
            load.request("POST", "/chat/v1/messages", body, Origin=ORIGIN, Authorization=f"Bearer {visitor.token}")
        )
        status, _ = await answer(reader)
        self._lines.put_nowait(line)
        if status != 200:
            self.refused.append(status)
            return
        self.answered.append(time.perf_counter() - at)
        self.said.append(text)

    async def _listen(self, visitor: Visitor) -> None:
        """The visitor's own stream, read and forgotten."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._chat)
        writer.write(
            load.request("GET", "/chat/v1/stream", Origin=ORIGIN, Authorization=f"Bearer {visitor.token}")
        )
        while await reader.read(65_536):
            pass

    def hear(self, place: int, conversation: int) -> None:
        """An agent's stream says that something was said; the first agent's is timed."""
        self._heard[place] += 1
        if place == 0:
            self.told.append(time.perf_counter() - self._waiting[conversation].pop(0))


class Screen:
    """An agent's page: her stream, and the conversation she has open."""

    def __init__(self, scene: Scene, place: int, key: str, ticket: str):
        self._scene, self._place = scene, place
        self._cookie, self._ticket = f"rondpoint_session={key}", ticket
        self._last = self._since = 0
        self._read: set[str] = set()  # numbers on the screen
        self.ready, self.asking, self._again = asyncio.Event(), False, False

    def shows(self, visitor: Visitor) -> None:
        """The agent opens this conversation."""
        self._visitor = visitor

    async def run(self) -> None:
        """Listens until the scene is over."""
        port = self._scene._desk
        self._line = await asyncio.open_connection("127.0.0.1", port)
        await self._ask()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(load.request("GET", f"/desk/stream?ticket={self._ticket}"))
        asked = set()
        while line := await reader.readline():
            if line.startswith(b": here"):
                self.ready.set()
            if not line.startswith(b"data: "):
                continue
            news = json.loads(line[6:])
            if news["type"] != "message.received":
                continue
            self._scene.hear(self._place, news["conversation_id"])
            if news["conversation_id"] == self._visitor.conversation:
                asked.add(asyncio.create_task(self._news()))

    async def _news(self) -> None:
        if self.asking:
            self._again = True
            return
        self.asking = True
        while True:
            self._again = False
            await self._ask()
            if not self._again:
                break
        self.asking = False

    async def _ask(self) -> None:
        reader, writer = self._line
        path = f"{self._visitor.address}/news?after={self._last}&since={self._since}&watch="
        writer.write(load.request("GET", path, Cookie=self._cookie))
        status, body = await answer(reader)
        harness.check(status == 200, f"the page's question was answered {status}")
        came = json.loads(body)
        shown = time.perf_counter()
        for number in set(re.findall(r"Une question (\d+)\.", came["entries"])) - self._read:
            self._scene.seen.append(shown - self._scene.begun[int(number)])
            self._read.add(number)
        self._last, self._since = max(self._last, came["last"]), came["since"] - OVERLAP


async def answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Status and body of an answer of known length."""
    head = await reader.readuntil(b"\r\n\r\n")
    place = head.lower().find(b"content-length:")
    length = int(head[place + 15 :].split(b"\r\n", 1)[0]) if place >= 0 else 0
    return int(head[9:12]), await reader.readexactly(length)


def _check(scene: Scene) -> None:
    from rondpoint.conversations.models import Message

    texts = list(Message.objects.filter(text__startswith="Une question ").values_list("text", flat=True))
    harness.check(sorted(texts) == sorted(scene.said), f"{len(scene.said)} messages were said, {len(texts)} are there")


if __name__ == "__main__":
    harness.main(run, chats=(500, 100), agents=(50, 2), seconds=(15, 1), rush=(10_000, 100))
