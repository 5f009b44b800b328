"""HTTP load from requests made beforehand, over kept-alive connections, in one thread that does little else."""

import selectors
import socket
import time
from collections.abc import Sequence
from typing import NamedTuple


class Answered(NamedTuple):
    """One answer. ``seconds``: from when the request was due to the last byte; ``at``: seconds since the start."""

    number: int
    status: int
    body: bytes
    seconds: float
    at: float


class _Line:
    def __init__(self, port: int):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        self.heard = b""
        self.number, self.due = -1, 0.0


def send(
    port: int, requests: Sequence[bytes], lines: int = 64, rate: float | None = None, seconds: float | None = None
) -> list[Answered]:
    """Sends requests and returns their answers.

    ``rate``: so many a second, each counted from the moment it was due even when all lines were busy (open loop);
    None: a line sends its next request when it has its answer (closed loop). ``seconds``: begins no more after them.
    """
    selector = selectors.DefaultSelector()
    idle = [_Line(port) for _ in range(lines)]
    for line in idle:
        selector.register(line.socket, selectors.EVENT_READ, line)
    answers: list[Answered] = []
    begun, nearest, end = time.perf_counter(), 0, len(requests)
    busy = 0
    while nearest < end or busy:
        now = time.perf_counter()
        if seconds is not None and now - begun > seconds:
            end = nearest
        while idle and nearest < end and (rate is None or nearest <= (now - begun) * rate):
            line = idle.pop()
            line.number, line.due = nearest, begun + nearest / rate if rate else now
            line.socket.sendall(requests[nearest])
            nearest, busy = nearest + 1, busy + 1
        pause = 0.2
        if rate and idle and nearest < end:
            pause = min(pause, max(0.0, begun + nearest / rate - now))
        for key, _ in selector.select(pause):
            answer = _hear(key.data)
            if answer is not None:
                status, body = answer
                done = time.perf_counter()
                answers.append(Answered(key.data.number, status, body, done - key.data.due, done - begun))
                idle.append(key.data)
                busy -= 1
    for line in idle:
        line.socket.close()
    return answers


def request(method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
    """A request as bytes; ``headers`` with underscores for hyphens."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def _hear(line: _Line) -> tuple[int, bytes] | None:
    """Status and body once the answer is whole."""
    data = line.socket.recv(65_536)
    if not data:
        raise ConnectionError("the house closed a line in the middle of an answer")
    line.heard += data
    head, found, body = line.heard.partition(b"\r\n\r\n")
    if not found:
        return None
    place = head.lower().find(b"content-length:")
    length = int(head[place + 15 :].split(b"\r\n", 1)[0]) if place >= 0 else 0
    if len(body) < length:
        return None
    line.heard = body[length:]
    return int(head[9:12]), body[:length]
