"""The guarded client: what it refuses, that it connects to the address it checked, and its limits."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import anyio
import httpx
import pytest

from rondpoint.lib import http


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.9.9.9", "0.0.0.0", "10.0.0.1", "172.16.5.4", "192.168.1.1", "169.254.169.254",
        "100.64.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.2.1", "::", "::1", "fe80::1",
        "fe80::1%eth0", "fc00::1", "fec0::1", "ff02::1", "ff0e::1", "2001:db8::1", "::ffff:127.0.0.1",
        "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::10.0.0.1", "2002:7f00:0001::1",
        "2001:0:4136:e378:8000:63bf:f5ff:fffe", "192.0.0.192", "192.88.99.1", "3fff::1", "5f00::1",
        "64:ff9b:1::808:808", "100::1", "2001:10::1", "4000::1",
    ],
)  # fmt: skip
def test_addresses_inside_are_not_public(address: str) -> None:
    assert not http.is_public(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "93.184.215.14", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"]
)
def test_addresses_outside_are_public(address: str) -> None:
    assert http.is_public(address)


@contextlib.asynccontextmanager
async def server(answer: bytes) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A server on the loopback that gives one answer to everything and keeps what it was asked."""
    asked: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(answer)
        with contextlib.suppress(ConnectionError):
            await writer.drain()
        writer.close()

    listener = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield listener.sockets[0].getsockname()[1], asked
    finally:
        listener.close()


def answer(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", "Connection: close", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def test_loopback_is_refused_by_number_and_by_name() -> None:
    async def run() -> None:
        async with server(answer(b"secret")) as (port, asked), http.guarded_client() as client:
            for host in ("127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0.0.0.0", "2130706433"):
                with pytest.raises(http.Forbidden):
                    await client.get(f"http://{host}:{port}/")
            assert asked == []

    asyncio.run(run())


def test_allow_private_reaches_the_loopback() -> None:
    async def run() -> None:
        async with server(answer(b"hello")) as (port, _), http.guarded_client(allow_private=True) as client:
            response = await client.get(f"http://127.0.0.1:{port}/")
            assert response.text == "hello"

    asyncio.run(run())


def test_the_checked_address_is_the_one_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that turns to the loopback after the check is never looked up a second time."""
    lookups = []
    connected = []

    async def rebinding(host: str, port: int, **kwargs: object) -> list:
        lookups.append(host)
        ip = "93.184.215.14" if len(lookups) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port))]

    async def connect(self: object, host: str, *args: object, **kwargs: object) -> None:
        connected.append(host)
        raise http.httpcore.ConnectError("no network in tests")

    monkeypatch.setattr(anyio, "getaddrinfo", rebinding)
    monkeypatch.setattr(http.httpcore.AnyIOBackend, "connect_tcp", connect)

    async def run() -> None:
        async with http.guarded_client() as client:
            with pytest.raises(httpx.ConnectError):
                await client.get("http://rebind.example.com/")
            with pytest.raises(http.Forbidden):
                await client.get("http://rebind.example.com/")

    asyncio.run(run())
    assert connected == ["93.184.215.14"]


def test_redirects_are_handed_back_and_not_followed() -> None:
    async def run() -> None:
        moved = answer(b"", "Location: http://127.0.0.1/inside", "Content-Length: 0", status="302 Found")
        async with server(moved) as (port, asked), http.guarded_client(allow_private=True) as client:
            response = await client.get(f"http://127.0.0.1:{port}/")
            assert response.status_code == 302
            assert len(asked) == 1

    asyncio.run(run())


def test_the_environment_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")

    async def run() -> None:
        async with server(answer(b"direct")) as (port, _), http.guarded_client(allow_private=True) as client:
            assert (await client.get(f"http://127.0.0.1:{port}/")).text == "direct"

    asyncio.run(run())


@pytest.mark.parametrize("headers", [("Content-Length: 5000",), ()])
def test_a_response_beyond_the_cap_is_dropped(headers: tuple[str, ...]) -> None:
    async def run() -> None:
        async with (
            server(answer(b"x" * 5000, *headers)) as (port, _),
            http.guarded_client(allow_private=True) as client,
        ):
            with pytest.raises(http.TooLarge):
                await http.request_capped(client, "GET", f"http://127.0.0.1:{port}/", limit=4999)
            whole = await http.request_capped(client, "GET", f"http://127.0.0.1:{port}/", limit=5000)
            assert whole.content == b"x" * 5000

    asyncio.run(run())


@pytest.mark.parametrize("name", ["transport", "proxy", "mounts", "follow_redirects", "trust_env"])
def test_what_would_open_the_guard_is_refused(name: str) -> None:
    with pytest.raises(TypeError):
        http.guarded_client(**{name: None})
