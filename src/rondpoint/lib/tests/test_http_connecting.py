"""The guarded client before it is connected: names that are not known, addresses that do not answer."""

import asyncio
import socket

import anyio
import httpcore
import pytest

from rondpoint.lib import http


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch):
    """A network whose name server and machines say what the test sets; it notes who was called."""

    class Network:
        found: list[str] = []
        error: Exception | None = None
        dead: dict[str, Exception] = {}

        def __init__(self) -> None:
            self.called: list[str] = []

        async def look_up(self, host: str, port: int, **_: object) -> list:
            if self.error:
                raise self.error
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in self.found]

        async def connect(self, _inner: object, host: str, *_: object, **__: object) -> str:
            self.called.append(host)
            if host in self.dead:
                raise self.dead[host]
            return f"a line to {host}"

    made = Network()
    monkeypatch.setattr(anyio, "getaddrinfo", made.look_up)
    monkeypatch.setattr(httpcore.AnyIOBackend, "connect_tcp", lambda *args, **more: made.connect(*args, **more))
    return made


def connect(private: bool = False, timeout: float = 5.0) -> object:
    return asyncio.run(http.GuardedBackend(private).connect_tcp("shop.example.com", 443, timeout))


def test_the_next_address_is_tried_when_one_does_not_answer(network):
    network.found = ["93.184.215.14", "93.184.215.15"]
    network.dead = {"93.184.215.14": httpcore.ConnectTimeout("no answer")}
    assert connect() == "a line to 93.184.215.15"
    assert network.called == ["93.184.215.14", "93.184.215.15"]


def test_the_last_trouble_is_told_when_no_address_answers(network):
    network.found = ["93.184.215.14", "93.184.215.15"]
    network.dead = {
        "93.184.215.14": httpcore.ConnectTimeout("no answer"), "93.184.215.15": httpcore.ConnectError("refused"),
    }  # fmt: skip
    with pytest.raises(httpcore.ConnectError, match="refused"):
        connect()


def test_of_a_name_with_addresses_inside_and_outside_only_those_outside_are_called(network):
    network.found = ["10.0.0.1", "93.184.215.14"]
    assert connect() == "a line to 93.184.215.14"
    assert network.called == ["93.184.215.14"]


@pytest.mark.parametrize("error", [socket.gaierror("no such name"), UnicodeError("label too long")])
def test_a_name_that_is_not_known_is_a_connection_that_failed(network, error):
    network.error = error
    with pytest.raises(httpcore.ConnectError, match="the name shop.example.com is not known"):
        connect()


def test_a_name_server_that_is_silent_is_a_timeout(network, monkeypatch):
    async def silent(*_: object, **__: object) -> list:
        await asyncio.Event().wait()
        return []

    monkeypatch.setattr(anyio, "getaddrinfo", silent)
    with pytest.raises(httpcore.ConnectTimeout, match="no answer about the name"):
        connect(timeout=0.05)


def test_a_socket_of_this_machine_is_never_opened():
    with pytest.raises(http.Forbidden):
        asyncio.run(http.GuardedBackend(True).connect_unix_socket("/run/secret.sock"))
