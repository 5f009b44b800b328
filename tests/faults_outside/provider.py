"""A provider shaped like Twilio's that misbehaves in one way, and knows itself what it took and when it was called."""

import contextlib
import email.utils
import json
import math
import re
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qs

TOO_MANY = 2  # how many calls are sent away before one is taken


@dataclass
class Call:
    """One request: when it came (monotonic), for which text, and whether the message was taken."""

    at: float
    text: str
    taken: bool = False


@dataclass
class Faulty:
    """``behave(provider, call, line)`` answers one call; ``taken`` counts what left for the people, by text."""

    behave: Callable[["Faulty", Call, socket.socket], None]
    calls: list[Call] = field(default_factory=list)
    waits: list[tuple[float, float]] = field(default_factory=list)  # (answered, may be called again), monotonic

    def start(self) -> "Faulty":
        """Listens on a free loopback port."""
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._ended = threading.Event()
        threading.Thread(target=self._listen, daemon=True).start()
        return self

    def stop(self) -> None:
        """Ends it, and every answer that was never given."""
        self._ended.set()
        self._listener.close()

    def wait(self, seconds: float = 3600) -> None:
        """Says nothing for a while."""
        self._ended.wait(seconds)

    def take(self, call: Call) -> bytes:
        """Takes the message; the answer that says so."""
        call.taken = True
        body = json.dumps({"sid": f"SM{id(call):032x}", "status": "queued"}).encode()
        return answer(201, body)

    def ask_to_wait(self, status: int, seconds: float, said: str) -> bytes:
        """Refuses for a time; the call that comes earlier breaks it."""
        moment = time.monotonic()
        self.waits.append((moment, moment + seconds))
        return answer(status, b'{"code": 20429, "message": "Too Many Requests"}', f"Retry-After: {said}\r\n")

    def too_early(self) -> list[Call]:
        """Calls that came although we asked to wait; what was on its way when we asked (0.1 s) does not count."""
        return [call for call in self.calls for since, until in self.waits if since + 0.1 < call.at < until]

    def taken(self, text: str) -> int:
        """How often a message left."""
        return sum(call.taken for call in self.calls if call.text == text)

    def _listen(self) -> None:
        while True:
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(line,), daemon=True).start()

    def _serve(self, line: socket.socket) -> None:
        with line:
            buffer = b""
            while not self._ended.is_set():
                try:
                    head, blank, rest = buffer.partition(b"\r\n\r\n")
                    rows = head.lower().split(b"\r\n")
                    length = next((int(row[15:]) for row in rows if row.startswith(b"content-length:")), 0)
                    if not blank or len(rest) < length:
                        more = line.recv(65536)
                        if not more:
                            return
                        buffer += more
                        continue
                    buffer = rest[length:]
                    call = Call(time.monotonic(), parse_qs(rest[:length].decode()).get("Body", [""])[0])
                    self.calls.append(call)
                    self.behave(self, call, line)
                except OSError:
                    return


class Postman(Faulty):
    """The same for mail: an SMTP server. A call is a mail with its final dot; ``cut`` are those without.

    ``behave`` is called with a mail that is on its way and writes nothing: it only takes its time.
    """

    def start(self) -> "Postman":
        """Listens on a free loopback port."""
        super().start()
        self.url = self.url.replace("http://", "smtp://")
        self.cut: list[str] = []
        return self

    def _serve(self, line: socket.socket) -> None:
        said = {"DATA": b"354 go on\r\n", "QUIT": b"221 bye\r\n"}
        with line, line.makefile("rb") as lines, contextlib.suppress(OSError):
            line.sendall(b"220 mx.example.com\r\n")
            while not self._ended.is_set() and (row := lines.readline()):
                command = row[:4].decode("latin-1").upper()
                call = Call(0.0, "")
                if command in ("RCPT", "DATA"):
                    self.behave(self, call, line)
                line.sendall(said.get(command, b"250 ok\r\n"))
                if command == "DATA" and self._mail(lines, call):
                    line.sendall(b"250 taken\r\n")

    def _mail(self, lines, call: Call) -> bool:
        whole = b""
        while (row := lines.readline()) not in (b"", b".\r\n"):
            whole += row
        found = re.search(rb"answer \w+", whole)
        call.at, call.text, call.taken = time.monotonic(), found[0].decode() if found else "", bool(row)
        if row:
            self.calls.append(call)
        elif found:
            self.cut.append(call.text)
        return bool(row)


def answer(status: int, body: bytes, more: str = "") -> bytes:
    """An HTTP answer."""
    head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n{more}Content-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def healthy(provider: Faulty, call: Call, line: socket.socket) -> None:
    line.sendall(provider.take(call))


def hangs(provider: Faulty, call: Call, line: socket.socket) -> None:
    call.taken = True
    provider.wait()


def wants_seconds(provider: Faulty, call: Call, line: socket.socket) -> None:
    if len(provider.calls) <= TOO_MANY:
        line.sendall(provider.ask_to_wait(429, 2.0, "2"))
    else:
        healthy(provider, call, line)


def wants_a_date(provider: Faulty, call: Call, line: socket.socket) -> None:
    if len(provider.calls) <= TOO_MANY:
        then = math.ceil(time.time()) + 2
        line.sendall(provider.ask_to_wait(503, then - time.time(), email.utils.formatdate(then, usegmt=True)))
    else:
        healthy(provider, call, line)


def is_overloaded(provider: Faulty, call: Call, line: socket.socket) -> None:
    if len(provider.calls) <= TOO_MANY:
        line.sendall(answer(503, b""))
    else:
        healthy(provider, call, line)


def takes_and_says_502(provider: Faulty, call: Call, line: socket.socket) -> None:
    call.taken = True
    line.sendall(answer(502, b"<html>Bad Gateway</html>"))


def takes_and_hangs_up(provider: Faulty, call: Call, line: socket.socket) -> None:
    call.taken = True
    raise OSError


def answers_half(provider: Faulty, call: Call, line: socket.socket) -> None:
    whole = provider.take(call)
    line.sendall(whole[: len(whole) // 2])
    raise OSError


def answers_garbage(provider: Faulty, call: Call, line: socket.socket) -> None:
    call.taken = True
    line.sendall(bytes(range(128, 256)) * 4)
    raise OSError


def answers_nonsense(provider: Faulty, call: Call, line: socket.socket) -> None:
    call.taken = True
    line.sendall(answer(200, b"]]>\xff\xfe{"))


def drips(provider: Faulty, call: Call, line: socket.socket) -> None:
    for byte in provider.take(call):
        line.sendall(bytes([byte]))
        provider.wait(0.3)


CERTAIN = (wants_seconds, wants_a_date, is_overloaded)  # refused before anything left: tried again, never unknown
UNCERTAIN = (hangs, takes_and_says_502, takes_and_hangs_up, answers_half, answers_garbage, answers_nonsense, drips)
