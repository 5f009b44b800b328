"""The bridge between the ASGI server and Django: whoever is slow outside holds no thread."""

import asyncio
import io
import os
import threading

import pytest

from rondpoint.ui.bridge import Bridge


def scope(method="POST", path="/x", headers=(), query=b""):
    return {
        "type": "http", "http_version": "1.1", "method": method, "path": path, "query_string": query, "root_path": "",
        "headers": list(headers), "client": ("192.0.2.7", 4711), "server": ("desk.example.com", 443), "scheme": "https",
    }  # fmt: skip


def echo(environ, start_response):
    body = environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "text/plain"), ("X-Thread", threading.current_thread().name)])
    return [environ["QUERY_STRING"].encode("latin-1"), b"|", body]


def messages(*chunks):
    """What an ASGI server hands over: a body in chunks."""
    left = list(chunks)

    async def receive():
        if not left:
            await asyncio.Event().wait()
        chunk = left.pop(0)
        return {"type": "http.request", "body": chunk, "more_body": bool(left)} if isinstance(chunk, bytes) else chunk

    return receive


def ask(app, scope_, receive):
    """The status, headers and body that came back; None when nothing did."""
    said = []

    async def send(message):
        said.append(message)

    asyncio.run(app(scope_, receive, send))
    if not said:
        return None
    headers = {name.decode(): value.decode() for name, value in said[0]["headers"]}
    return said[0]["status"], headers, b"".join(message["body"] for message in said[1:])


def test_a_body_in_chunks_arrives_whole_and_bytes_of_a_query_that_are_no_ascii_too():
    status, _headers, body = ask(Bridge(echo), scope(query=b"q=\xff"), messages(b"one ", b"two"))
    assert (status, body) == (200, b"q=\xff|one two")


def test_a_body_in_chunks_has_a_length_for_the_application():
    seen = {}

    def app(environ, start_response):
        seen.update(environ)
        start_response("204 No Content", [])
        return []

    headers = [(b"transfer-encoding", b"chunked"), (b"x_forwarded_for", b"1.1.1.1"), (b"cookie", b"a=1")]
    ask(Bridge(app), scope(headers=[*headers, (b"cookie", b"b=2")]), messages(b"a" * 70_000, b"b"))
    assert seen["CONTENT_LENGTH"] == "70001"
    assert seen["HTTP_COOKIE"] == "a=1; b=2"
    assert seen["REMOTE_ADDR"] == "192.0.2.7"
    assert "HTTP_X_FORWARDED_FOR" not in seen


@pytest.mark.parametrize(
    ("headers", "chunks"),
    [([(b"content-length", b"4001")], ()), ([], (b"x" * 4000, b"x", b"never asked for"))],
    ids=["declared", "sent"],
)
def test_a_body_too_long_is_refused_before_it_is_read(headers, chunks):
    asked = []

    def app(environ, start_response):
        asked.append(1)

    status, told, body = ask(Bridge(app, most=4000), scope(path="/api/v1/x", headers=headers), messages(*chunks))
    assert (status, told["connection"], told["content-type"]) == (413, "close", "application/problem+json")
    assert b"4000 bytes" in body
    assert asked == []


def test_a_body_that_stands_still_is_given_up_and_never_had_a_thread():
    asked = []

    def app(environ, start_response):
        asked.append(1)

    status, told, _body = ask(Bridge(app, silence=0.05), scope(), stalled(b"a"))
    assert (status, told["connection"], asked) == (408, "close", [])


def test_a_body_that_drips_is_given_up_too():
    async def receive():
        await asyncio.sleep(0.01)
        return {"type": "http.request", "body": b"x", "more_body": True}

    assert ask(Bridge(echo, silence=1, patience=0.1), scope(), receive)[0] == 408


def test_whoever_hangs_up_within_the_body_is_not_answered():
    assert ask(Bridge(echo), scope(), messages(b"a", {"type": "http.disconnect"})) is None


def stalled(chunk):
    """A body that begins and never ends."""
    left = [chunk]

    async def receive():
        if not left:
            await asyncio.Event().wait()
        return {"type": "http.request", "body": left.pop(), "more_body": True}

    return receive


def test_slow_readers_of_files_hold_no_thread(tmp_path):
    closed = []

    def app(environ, start_response):
        class Closing:
            number = os.open(tmp_path / "file", os.O_RDONLY)

            def fileno(self):
                return self.number

            def close(self):
                closed.append(1)
                os.close(self.number)

        start_response("200 OK", [])
        return environ["wsgi.file_wrapper"](Closing(), 8192)

    (tmp_path / "file").write_bytes(b"f" * 300_000)
    bridge = Bridge(app, workers=1)

    async def read_slowly():
        may_go_on, sizes = asyncio.Event(), []

        async def slow(message):
            await may_go_on.wait()
            sizes.append(len(message.get("body", b"")))

        tasks = [asyncio.create_task(bridge(scope("GET"), messages(b""), slow)) for _ in range(5)]
        async with asyncio.timeout(5):
            while len(closed) < 5:  # the only thread has made all five answers, though nobody has read a byte
                await asyncio.sleep(0.01)
        may_go_on.set()
        await asyncio.gather(*tasks)
        return sum(sizes)

    assert asyncio.run(read_slowly()) == 5 * 300_000


def test_a_file_that_is_none_of_the_systems_is_read_in_the_thread():
    def app(environ, start_response):
        start_response("200 OK", [])
        return environ["wsgi.file_wrapper"](io.BytesIO(b"in memory"))

    assert ask(Bridge(app), scope("GET"), messages(b""))[2] == b"in memory"


def test_an_application_that_breaks_closes_nothing_twice_and_raises():
    def app(environ, start_response):
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError):
        ask(Bridge(app), scope("GET"), messages(b""))
