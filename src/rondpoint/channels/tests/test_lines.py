"""Servers that an administrator names: which addresses a line may lead to, whatever the name says."""

import asyncio
import json
import socket

import msgspec
import pytest

from rondpoint.channels import lines
from rondpoint.channels.contract import Address, ConnectionInfo, MessageOut, SendError
from rondpoint.channels.email import imap, smtp
from rondpoint.channels.email.channel import channel as mail
from rondpoint.channels.sms import smpp

NEVER = (
    "169.254.169.254", "169.254.170.2", "0.0.0.0", "224.0.0.1", "255.255.255.255", "240.0.0.1", "100.100.100.200",
    "168.63.129.16", "192.0.0.192", "::", "fe80::1", "fe80::a9fe:a9fe%lo", "fec0::1", "ff02::1", "fd00:ec2::254",
    "fd20:ce::254", "::ffff:169.254.169.254", "::ffff:0.0.0.0", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1",
    "::169.254.169.254",
)  # fmt: skip
INSIDE = ("127.0.0.1", "::1", "10.0.0.5", "172.16.0.5", "192.168.1.5", "100.64.0.1", "fd12::5", "::ffff:127.0.0.1")
PUBLIC = ("93.184.215.14", "2606:4700::1111")


@pytest.fixture
def knocked(monkeypatch):
    """Every address that a socket is opened to; nobody answers there."""
    seen: list[str] = []

    def connect(self, address):
        seen.append(address[0])
        raise ConnectionRefusedError(111, "nobody listens")

    monkeypatch.setattr(socket.socket, "connect", connect)
    return seen


@pytest.fixture
def leads(monkeypatch):
    """``leads(name, *answers)``: what a name resolves to, one list of addresses for each time somebody asks."""
    real, known = socket.getaddrinfo, {}

    def resolve(host, port, *arguments, **options):
        if host not in known:
            return real(host, port, *arguments, **options)
        answer = known[host].pop(0) if len(known[host]) > 1 else known[host][0]
        return [entry for address in answer for entry in real(address, port, *arguments, **options)]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return lambda name, *answers: known.update({name: list(answers)})


def connection(kind: str, **settings: str) -> ConnectionInfo:
    return ConnectionInfo(7, "c7", kind, "Line", settings, "Lumen")


def by_imap(host: str) -> str:
    return asyncio.run(imap.check(f"imap://u:p@{host}:1143/INBOX"))


def by_imaps(host: str) -> str:
    return asyncio.run(imap.check(f"imaps://u:p@{host}/INBOX"))


def by_smtp(host: str) -> str:
    return smtp.check(f"smtp://{host}:1025")


def by_smtps(host: str) -> str:
    return smtp.check(f"smtps://u:p@{host}")


def by_smpp(host: str) -> str:
    line = connection("sms", provider="smpp", host=host.strip("[]"), port="2775", system_id="u", password="p")
    return asyncio.run(smpp.check(line, None))


def by_provider(host: str, scheme: str = "http") -> str:
    settings = json.dumps({"server_token": "word", "api_url": f"{scheme}://{host}:1080/"})
    line = connection("email", address="help@example.com", esp="postmark", esp_settings=settings)
    message = MessageOut("m1", Address("email", "ann@example.org"), "Hello", at=1)
    answer = asyncio.run(mail.send(mail.render(message, line)[0], line, None, "k"))
    assert isinstance(answer, SendError)
    return answer.detail


def by_provider_tls(host: str) -> str:
    return by_provider(host, "https")


DOORS = (by_imap, by_imaps, by_smtp, by_smtps, by_smpp, by_provider, by_provider_tls)


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__)
class TestEveryDoor:
    def test_nothing_is_sent_to_what_is_no_server(self, door, knocked, leads):
        for number, address in enumerate(NEVER):
            leads(f"mx{number}.example.com", [address])
            assert "no address of a server" in door(f"mx{number}.example.com")
        assert knocked == []

    def test_a_mail_server_inside_is_reached_and_refused_where_the_operator_says_so(
        self, door, knocked, leads, settings
    ):
        leads("mx.example.com", list(INSIDE))
        door("mx.example.com")
        assert knocked == list(INSIDE)
        knocked.clear()
        settings.ENVIRONMENT = msgspec.structs.replace(settings.ENVIRONMENT, lines_inside=False)
        assert "RONDPOINT_ALLOW_PRIVATE=0" in door("mx.example.com")
        assert knocked == []
        leads("mx.example.com", list(PUBLIC))
        door("mx.example.com")
        assert knocked == list(PUBLIC)

    def test_a_name_with_a_bad_address_among_good_ones_uses_the_good(self, door, knocked, leads):
        leads("mx.example.com", ["169.254.169.254", PUBLIC[0], "::ffff:169.254.169.254"])
        door("mx.example.com")
        assert knocked == [PUBLIC[0]]

    def test_what_was_checked_is_what_is_connected_to(self, door, knocked, leads):
        """The second answer of the name leads to the metadata (DNS rebinding)."""
        leads("mx.example.com", [PUBLIC[0]], ["169.254.169.254"])
        door("mx.example.com")
        assert knocked == [PUBLIC[0]]


def test_written_addresses_are_judged_as_the_system_reads_them(knocked):
    """Short, octal, hexadecimal and whole-number forms of 169.254.169.254 and 0.0.0.0."""
    for host in ("2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "0", "[::ffff:a9fe:a9fe]"):
        assert by_smtp(host)
        assert by_imap(host)
    assert knocked == []


def test_addresses():
    assert all(lines._objection(address) for address in NEVER)
    assert not any(lines._objection(address) for address in (*INSIDE, *PUBLIC))
