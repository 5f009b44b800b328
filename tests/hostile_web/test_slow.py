"""People who send or read slowly, on purpose or by a bad line: nobody else waits for them."""

import contextlib
import os
import re
import socket
import threading
import time

import httpx
import pytest

from tests.hostile_web.conftest import PASSWORD, STAFF
from tests.peers.house import wait_for

STALLED = int(os.environ.get("RONDPOINT_STALLED", 12))  # the desk has ten threads
SOON = 5.0  # seconds in which everybody else has an answer, also on a busy machine; whoever hangs, hangs longer


@contextlib.contextmanager
def hanging(house, requests):
    """Connections on which each request was begun and never ended."""
    with contextlib.ExitStack() as stack:
        lines = []
        for request in requests:
            line = stack.enter_context(socket.create_connection(("127.0.0.1", house.port), timeout=5))
            line.sendall(request)
            lines.append(line)
        yield lines


@pytest.fixture(scope="module", autouse=True)
def _warm(house):
    """The first answer of a process loads its pages."""
    httpx.get(f"{house.url}/login", timeout=30)


def head(method, path, *headers, length=500_000):
    lines = (f"{method} {path} HTTP/1.1", "Host: x", f"Content-Length: {length}", *headers)
    return "\r\n".join(lines).encode() + b"\r\n\r\nbegun"


def session(house):
    opened = httpx.post(f"{house.url}/chat/v1/sessions", json={"key": house.chat["id"]})
    return {"Authorization": f"Bearer {opened.json()['token']}"}


def send_file(house, bearer, content=b"a" * 1000):
    headers = {**bearer, "X-Filename": "plan.bin"}
    return httpx.post(f"{house.url}/chat/v1/files", content=content, headers=headers, timeout=10)


def answered(house):
    """How long the pages take that everybody needs."""
    longest = 0.0
    for path in ("/login", "/api/v1/openapi.json", "/healthz", "/me", "/widget.js"):
        began = time.monotonic()
        assert httpx.get(house.url + path, timeout=SOON).status_code in (200, 404)
        longest = max(longest, time.monotonic() - began)
    return longest


# With a cookie of the form's token, which anybody can make up, Django reads the body to look for its twin.
COOKIE = f"Cookie: csrftoken={'a' * 32}"
FORM = ("Content-Type: application/x-www-form-urlencoded", COOKIE)
DOORS = {
    "sign-in": lambda house: head("POST", "/login", *FORM),
    "a form with a file": lambda house: head("POST", "/login", "Content-Type: multipart/form-data; boundary=b", COOKIE),
    "the API": lambda house: head("POST", "/api/v1/messages", "Content-Type: application/json"),
    "her own page": lambda house: head("POST", "/me/code", *FORM),
    "files of the desk": lambda house: head("POST", "/desk/files", "X-Filename: a.bin"),
    "a webhook": lambda house: head("POST", f"/in/chat/{house.chat['id']}"),
}


@pytest.mark.parametrize("door", DOORS)
def test_bodies_that_stand_still_hold_up_nobody(house, door):
    with hanging(house, [DOORS[door](house)] * STALLED):
        slowest = answered(house)
    print(f"{STALLED} stalled at {door}: the others waited {slowest * 1000:.0f} ms at most")


def test_uploads_of_visitors_that_stand_still_hold_up_nobody(house):
    stalled = head("POST", "/chat/v1/files", f"Authorization: {session(house)['Authorization']}", "X-Filename: a.bin")
    bearer = session(house)
    with hanging(house, [stalled] * STALLED):
        began = time.monotonic()
        assert send_file(house, bearer).status_code == 200
        assert time.monotonic() - began < SOON
        answered(house)


def test_heads_that_stand_still_hold_up_nobody(house):
    with hanging(house, [b"GET /login HTTP/1.1\r\nHost: x\r\nX-Slow: "] * STALLED * 5):
        answered(house)


def test_readers_that_stand_still_hold_up_nobody(house):
    large = send_file(house, session(house), os.urandom(9_000_000)).json()["url"].removeprefix(house.url)
    with contextlib.ExitStack() as stack:
        for _ in range(STALLED):
            line = stack.enter_context(socket.socket())
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            line.connect(("127.0.0.1", house.port))
            line.sendall(f"GET {large} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            assert line.recv(12) == b"HTTP/1.1 200"
        answered(house)


def refused(house, path, headers, send):
    """The status that came while the body was still being sent, and how many of its bytes were read by then."""
    with socket.create_connection(("127.0.0.1", house.port), timeout=10) as line:
        line.sendall(f"POST {path} HTTP/1.1\r\nHost: x\r\n{headers}\r\n\r\n".encode())
        got, sent, over = [], 0, threading.Event()

        def listen():
            with contextlib.suppress(OSError):
                got.append(line.recv(65536))
            over.set()

        threading.Thread(target=listen, daemon=True).start()
        with contextlib.suppress(OSError):
            while sent < send and not over.is_set():
                line.sendall(f"{10000:x}\r\n".encode() + b"x" * 10000 + b"\r\n")
                sent += 10000
        wait_for(over.is_set, what="an answer")
        return int(got[0].split()[1]) if got and got[0] else 0, sent


def test_a_body_that_is_too_long_is_refused_before_it_is_here(house):
    bearer = f"Authorization: {session(house)['Authorization']}"
    chunked = "Transfer-Encoding: chunked"
    for path, headers, most in (
        ("/login", "Content-Type: multipart/form-data; boundary=b", 4_000_000),
        ("/api/v1/messages", "Content-Type: application/json", 4_000_000),
        ("/chat/v1/files", f"{bearer}\r\nX-Filename: a.bin", 10_000_000),
        ("/chat/v1/messages", bearer, 64_000),
    ):
        status, sent = refused(house, path, f"{headers}\r\n{chunked}", 100_000_000)
        # What lies in the buffers of the system between them was sent, too.
        assert status == 413, path
        assert sent < most + 8_000_000, path


def test_uploads_of_staff_that_stand_still_hold_up_nobody(house):
    with httpx.Client(base_url=house.url, timeout=20) as desk:
        page = desk.get("/login").text
        token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', page)[1]
        desk.post("/login", data={"email": STAFF, "password": PASSWORD, "csrfmiddlewaretoken": token})
        ticket = desk.get("/desk/upload-ticket").json()["ticket"]
        stalled = head("POST", "/desk/files", f"X-Upload-Ticket: {ticket}", "X-Filename: a.bin")
        with hanging(house, [stalled] * STALLED):
            began = time.monotonic()
            headers = {"X-Upload-Ticket": ticket, "X-Filename": "b.bin"}
            assert desk.post("/desk/files", content=b"x" * 1000, headers=headers).status_code == 200
            assert time.monotonic() - began < SOON
