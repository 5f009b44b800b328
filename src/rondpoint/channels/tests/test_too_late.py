"""A worker that lost its lease while it was stopped sends nothing that makes a provider act, by whatever line."""

import asyncio
import json
import socketserver
import threading

import pytest

from rondpoint.channels.contract import Address, ConnectionInfo, MessageOut, Sent
from rondpoint.channels.email.channel import channel as mail
from rondpoint.channels.sms import line
from rondpoint.channels.sms.channel import channel as sms
from rondpoint.lib import fence

ANSWERS = {b"EHLO": b"250 mx.example.com\r\n", b"MAIL": b"250 ok\r\n", b"RCPT": b"250 ok\r\n", b"QUIT": b"221 bye\r\n"}


class Server(socketserver.ThreadingTCPServer):
    """A server on loopback of which ``got`` holds what it was given whole; ``on_data``: called in the middle of it."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, handler):
        super().__init__(("127.0.0.1", 0), handler)
        self.port = self.server_address[1]
        self.got: list[bytes] = []
        self.partly: list[bytes] = []
        self.ended = threading.Event()
        self.on_data = lambda: None
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Smtp(socketserver.StreamRequestHandler):
    def handle(self):
        self.wfile.write(b"220 mx.example.com\r\n")
        for command in self.rfile:
            if command[:4].upper() != b"DATA":
                self.wfile.write(ANSWERS[command[:4].upper()])
                continue
            self.server.on_data()
            self.wfile.write(b"354 go on\r\n")
            lines = []
            while (text := self.rfile.readline()) not in (b"", b".\r\n"):
                lines.append(text)
            (self.server.got if text else self.server.partly).append(b"".join(lines))
            if text:
                self.wfile.write(b"250 taken\r\n")
        self.server.ended.set()


class Http(socketserver.StreamRequestHandler):
    def handle(self):
        head = b""
        while (text := self.rfile.readline()) not in (b"", b"\r\n"):
            head += text.lower()
        if head:
            self.server.got.append(self.rfile.read(int(head.partition(b"content-length:")[2].split(b"\r\n")[0])))
            said = json.dumps({"ErrorCode": 0, "MessageID": "their-id", "Message": "OK", "To": "ann@example.org"})
            self.wfile.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(said)}\r\n\r\n{said}".encode())
        self.server.ended.set()


@pytest.fixture
def server(request):
    running = Server(request.param)
    yield running
    running.shutdown()
    running.server_close()


def send(channel, settings: dict[str, str], to: str, lease: float):
    """One message under a lease of so many seconds."""
    connection = ConnectionInfo(7, "c7", channel.manifest.kind, "Line", settings, "Lumen")
    message = MessageOut("m1", Address(channel.manifest.address_kind, to), "Hello", at=1)
    part = channel.render(message, connection)[0]

    async def go():
        with fence.until(fence.age() + lease):
            return await channel.send(part, connection, None, "k")

    return asyncio.run(go())


@pytest.mark.parametrize("server", [Smtp], indirect=True)
def test_a_mail_gets_no_final_dot(server, monkeypatch):
    settings = {"address": "help@example.com", "smtp_url": f"smtp://127.0.0.1:{server.port}"}
    assert isinstance(send(mail, settings, "ann@example.org", 60), Sent)
    assert len(server.got) == 1
    assert server.ended.wait(10)
    server.ended.clear()

    stopped = fence.age() + 120
    server.on_data = lambda: monkeypatch.setattr(fence, "age", lambda: stopped)
    with pytest.raises(fence.TooLate):
        send(mail, settings, "ann@example.org", 60)
    assert server.ended.wait(10)
    assert len(server.got) == 1
    assert [b"Hello" in mail for mail in server.partly] == [True]  # it had all of it but the end


@pytest.mark.parametrize("server", [Http], indirect=True)
def test_a_request_to_a_mail_provider_does_not_leave(server):
    url = f"http://127.0.0.1:{server.port}/"
    settings = {"address": "help@example.com", "esp": "postmark"}
    settings["esp_settings"] = json.dumps({"server_token": "word", "api_url": url})
    assert isinstance(send(mail, settings, "ann@example.org", 60), Sent)
    with pytest.raises(fence.TooLate):
        send(mail, settings, "ann@example.org", -0.001)
    assert server.ended.wait(10)
    assert len(server.got) == 1


class Written:
    """The writing side of a line to an SMSC that is never answered."""

    def __init__(self):
        self.bytes = b""

    def write(self, data: bytes) -> None:
        self.bytes += data

    async def drain(self) -> None:
        pass

    def is_closing(self) -> bool:
        return False


@pytest.mark.parametrize("elsewhere", [False, True], ids=["same loop", "the session's loop is another"])
def test_a_text_is_not_submitted_to_the_smsc(elsewhere, monkeypatch):
    monkeypatch.setattr(line, "RESPONSE_SECONDS", 0.05)
    settings = {"provider": "smpp", "number": "+33199001000", "host": "127.0.0.1", "port": "2775"}
    connection = ConnectionInfo(7, "c7", "sms", "Line", settings, "Lumen")
    part = sms.render(MessageOut("m1", Address("phone", "+33199001001"), "Hello", at=1), connection)[0]
    other = asyncio.new_event_loop()
    thread = threading.Thread(target=other.run_forever)
    thread.start()
    written = Written()

    async def hold():
        return line.Line(asyncio.StreamReader(), written)

    async def go(seconds: float):
        held = asyncio.run_coroutine_threadsafe(hold(), other) if elsewhere else None
        monkeypatch.setitem(line.lines, 7, await (asyncio.wrap_future(held) if held else hold()))
        with fence.until(fence.age() + seconds):
            return await sms.send(part, connection, None, "k")

    try:
        with pytest.raises(fence.TooLate):
            asyncio.run(go(-0.001))
        assert written.bytes == b""
        asyncio.run(go(60))
        assert b"Hello" in written.bytes
    finally:
        other.call_soon_threadsafe(other.stop)
        thread.join()
        other.close()
