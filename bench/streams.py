"""``streams``: what thousands of open chats cost the edge, and how soon news reaches all of them. None may be missed.

``python bench/streams.py [--engine …] [--streams N] [--quick]``; real sockets to a real edge on the loopback.
"""

import contextlib
import resource
import selectors
import socket
import time

import harness

GOAL_MB, GOAL_MS = 300, 500
OPENING = 64  # so many are asked for at once
PATIENCE = 120  # seconds


def run(bench: harness.Bench) -> None:
    """Every chat waits on its stream; then one commit tells all of them something, three times."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    with harness.house(bench.engine) as home:
        visitors = sessions(bench.streams)
        with harness.running(home, "edge") as running, contextlib.ExitStack() as held:
            idle = harness.pss(running.processes())
            began = time.perf_counter()
            screens = Screens(running.url, held)
            screens.open([token for _, token in visitors])
            opened = time.perf_counter() - began
            rehearse(screens, visitors)
            full = harness.pss(running.processes())
            latencies = []
            for number in range(3):
                at = tell([profile for profile, _ in visitors], number)
                seen = screens.news(number)
                harness.check(len(seen) == bench.streams, f"{len(seen)} of {bench.streams} streams had the news")
                latencies.append([(one - at) * 1000 for one in seen])
            after = harness.pss(running.processes())
        p95 = sorted(harness.percentile(one, 0.95) for one in latencies)
        harness.report(
            "streams", max(full, after), "MB", bench.streams, goal=GOAL_MB,
            conditions={
                "idle_mb": round(idle, 1),
                "kb_a_stream": round((max(full, after) - idle) * 1000 / bench.streams, 1),
                "after_news_mb": round(after, 1),
                "opened_per_s": round(bench.streams / opened),
            },
        )  # fmt: skip
        harness.report(
            "streams-fan-out", p95[1], "ms", bench.streams, goal=GOAL_MS,
            conditions={
                "what": "one commit that concerns every chat, until it is on its socket; p95",
                "rounds_ms": [round(one, 1) for one in p95],
                "median_ms": round(sorted(harness.percentile(one, 0.5) for one in latencies)[1], 1),
                "last_ms": round(max(max(one) for one in latencies), 1),
            },
        )  # fmt: skip


def sessions(number: int) -> list[tuple[int, str]]:
    """Visitors with a session each: (profile, token)."""
    from rondpoint.channels import actions, connections
    from rondpoint.conversations.chat.sessions import open_session
    from rondpoint.lib import clock
    from rondpoint.lib.db import write

    row = actions.add_connection("chat", "Shop", {"origins": "https://shop.example.com"})
    info, now = connections.info(row), clock.now()
    with write():
        made = [open_session(info, None, None, "https://shop.example.com/", "fr", now) for _ in range(number)]
    return [(session.profile_id, token) for session, token in made]


def tell(profiles: list[int], number: int) -> float:
    """One commit with a fact for each visitor; when it was on disk (``time.perf_counter``)."""
    from rondpoint.events import actions as events
    from rondpoint.events.types import Fact
    from rondpoint.lib import clock
    from rondpoint.lib.db import write

    now = clock.now()
    facts = [
        Fact(
            profile, "conversation.assigned", now, "bench", f"{number}:{profile}", "", None, {"assignee": f"N{number}"}
        )
        for profile in profiles
    ]
    with write():
        events.record(facts)
    return time.perf_counter()


def rehearse(screens: "Screens", visitors: list[tuple[int, str]]) -> None:
    """Tells news until all have had some: a stream says hello a moment before it listens."""
    for number in range(1000, 1010):
        tell([profile for profile, _ in visitors], number)
        if len(screens.news(number, 20)) == len(visitors):
            return
    raise harness.Wrong("some streams hear nothing")


class Screens:
    """Many visitors' open streams, read by one thread."""

    def __init__(self, url: str, held: contextlib.ExitStack):
        host, port = url.removeprefix("http://").split(":")
        self._address = (host, int(port))
        self._selector = held.enter_context(selectors.DefaultSelector())
        self._held = held

    def open(self, tokens: list[str]) -> None:
        """Opens a stream for each and waits until all have said hello."""
        waiting = 0
        for token in tokens:
            line = socket.create_connection(self._address, timeout=PATIENCE)
            self._held.callback(line.close)
            line.sendall(
                b"GET /chat/v1/stream HTTP/1.1\r\nHost: bench\r\nOrigin: https://shop.example.com\r\n"
                + f"Authorization: Bearer {token}\r\n\r\n".encode()
            )
            line.setblocking(False)
            self._selector.register(line, selectors.EVENT_READ)
            waiting += 1
            while waiting >= OPENING:
                waiting -= len(self._reading(b"retry:"))
        while waiting:
            waiting -= len(self._reading(b"retry:"))

    def news(self, number: int, patience: float = PATIENCE) -> list[float]:
        """When each stream had the news of a number (``time.perf_counter``)."""
        seen: list[float] = []
        end = time.monotonic() + patience
        while len(seen) < len(self._selector.get_map()) and time.monotonic() < end:
            seen += self._reading(f'"N{number}"'.encode())
        return seen

    def _reading(self, word: bytes) -> list[float]:
        """Reads what has come; the time of each stream in whose bytes ``word`` stands."""
        found = []
        ready = self._selector.select(1.0)
        for key, _ in ready:
            content = key.fileobj.recv(65536)
            harness.check(bool(content) and not content.startswith(b"HTTP/1.1 4"), f"a stream ended: {content!r}")
            if word in content:
                found.append(time.perf_counter())
        return found


if __name__ == "__main__":
    harness.main(run, streams=(5_000, 100))
