"""Bodies held in memory: how long, how slow, and how many at once."""

import asyncio

import pytest
from starlette.requests import ClientDisconnect, Request

from rondpoint.ui import bodies


def request(*chunks, headers=(), sender="192.0.2.1", ends=True):
    """A request whose body comes in chunks; one that does not end stands still after them."""
    left = list(chunks)

    async def receive():
        if not left and not ends:
            await asyncio.Event().wait()
        chunk = left.pop(0) if left else b""
        if isinstance(chunk, dict):
            return chunk
        return {"type": "http.request", "body": chunk, "more_body": bool(left) or not ends}

    return Request({"type": "http", "headers": list(headers), "client": (sender, 1), "method": "POST"}, receive)


def refused(one, most=100, **limits):
    with pytest.raises(bodies.Refused) as error:
        asyncio.run(bodies.read(one, most, **limits))
    assert not bodies._held
    return error.value.status


def test_a_body_comes_whole_and_nothing_is_held_afterwards():
    assert asyncio.run(bodies.read(request(b"one ", b"two"), 100)) == b"one two"
    assert not bodies._held


def test_a_body_too_long_is_refused_by_its_length_or_as_soon_as_it_grows():
    assert refused(request(headers=[(b"content-length", b"101")], ends=False)) == 413
    assert refused(request(b"x" * 60, b"x" * 60, ends=False)) == 413


def test_a_body_that_stands_still_or_drips_is_given_up():
    assert refused(request(b"x", ends=False), silence=0.02) == 408

    async def receive():
        await asyncio.sleep(0.005)
        return {"type": "http.request", "body": b"x", "more_body": True}

    dripping = Request({"type": "http", "headers": [], "client": None, "method": "POST"}, receive)
    assert refused(dripping, silence=1, patience=0.05) == 408


def test_whoever_hangs_up_leaves_nothing_behind():
    with pytest.raises(ClientDisconnect):
        asyncio.run(bodies.read(request(b"x", {"type": "http.disconnect"}), 100))
    assert not bodies._held


def test_stalled_uploads_of_one_address_keep_nobody_else_out(monkeypatch):
    monkeypatch.setattr(bodies, "HELD", 400_000)

    async def together():
        large = b"x" * 70_000
        async with asyncio.TaskGroup() as group:
            stalled = [request(large, ends=False, sender="192.0.2.66") for _ in range(3)]
            tasks = [group.create_task(bodies.read(one, 10**6), name=str(n)) for n, one in enumerate(stalled)]
            first, others = tasks[0], tasks[1:]
            done, _waiting = await asyncio.wait(others, timeout=5)
            refusals = [task.exception() for task in done]
            # A quarter is 100,000 bytes: the second and the third of this address are one too many.
            assert [error.status for error in refusals if error] == [503, 503]
            assert await bodies.read(request(large, sender="192.0.2.7"), 10**6) == large
            assert await bodies.read(request(b"short", sender="192.0.2.66"), 10**6) == b"short"
            first.cancel()

    with pytest.raises(ExceptionGroup):
        asyncio.run(together())
    assert not bodies._held
