"""A request whose lease is over does not leave."""

import asyncio
import threading

import pytest

from rondpoint.lib import fence
from rondpoint.lib.http import guarded_client


@pytest.fixture
def provider():
    """A server on loopback that notes what it is sent."""
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    seen = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            seen.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/", seen
    server.shutdown()
    server.server_close()


def test_only_what_still_has_its_lease_leaves(provider):
    url, seen = provider

    async def send():
        async with guarded_client(allow_private=True) as client:
            fence.hold(client)
            fence.hold(client)
            assert len(client.event_hooks["request"]) == 1
            with fence.until(fence.age() + 60):
                await client.post(url, content=b"in time")
            with pytest.raises(fence.TooLate), fence.until(fence.age() - 0.001):
                await client.post(url, content=b"too late")
            await client.post(url, content=b"no lease at all")

    asyncio.run(send())
    assert seen == [b"in time", b"no lease at all"]


def test_what_was_stopped_between_head_and_body_leaves_no_body(provider, monkeypatch):
    url, seen = provider
    now = fence.age()
    ages = iter([now])  # the head leaves in time
    monkeypatch.setattr(fence, "age", lambda: next(ages, now + 120))

    async def send():
        async with guarded_client(allow_private=True) as client:
            fence.hold(client)
            with pytest.raises(fence.TooLate), fence.until(now + 60):
                await client.post(url, content=b"the body")
            await client.post(url, content=b"another")

    asyncio.run(send())
    assert [body for body in seen if body] == [b"another"]
