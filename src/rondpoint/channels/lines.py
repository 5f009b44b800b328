"""Lines to servers that an administrator names: a mailbox, a mail server, an SMSC, a mail provider's API.

Unlike the addresses of strangers (``lib.http``) these may stand inside: a mail server on this machine or in the
company is common. Addresses that are no server's are refused always: link-local ones, where clouds hand out their
secrets, the clouds' other metadata addresses, multicast and unspecified ones. ``RONDPOINT_ALLOW_PRIVATE=0`` refuses
all that is not public. What is checked is what is connected to, so a name that answers differently the second time
gains nothing.
"""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Iterable

from django.conf import settings

from rondpoint.lib.http import embedded, is_public

# RFC 6890: this network, link-local, multicast, reserved. Then where clouds answer with an instance's secrets:
# Azure, Alibaba, Oracle, Amazon's and Google's over IPv6 (their own documentation of the metadata service).
_NEVER = tuple(
    ipaddress.ip_network(network)
    for network in (
        "0.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "240.0.0.0/4", "::/128", "fe80::/10", "fec0::/10", "ff00::/8",
        "168.63.129.16/32", "100.100.100.200/32", "192.0.0.192/32", "fd00:ec2::/32", "fd20:ce::/64",
    )
)  # fmt: skip


class Forbidden(ConnectionError):
    """No address of the host may be connected to; the text says why, and which setting decides."""


def _objection(address: str) -> str:
    """Why a line to an IP address, with any IPv4 address hidden inside it, is not allowed; empty when it is."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address) and not ip.is_loopback:
        inner = embedded(ip)
        if inner is not None:
            return _objection(str(inner))
    if any(ip in network for network in _NEVER):
        return f"{ip} is no address of a server (link-local, metadata, multicast or unspecified)"
    if not settings.ENVIRONMENT.lines_inside and not is_public(address):
        return f"{ip} is not on the public internet, and RONDPOINT_ALLOW_PRIVATE=0 forbids it"
    return ""


async def open_line(
    host: str, port: int, tls: ssl.SSLContext | None = None, limit: int = 65536
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A stream to the first allowed address that answers; ``limit``: the longest line read, in bytes.

    Raises OSError (Forbidden where no address is allowed); the caller sets the time limit.
    """
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    last: OSError | None = None
    for address in _allowed(host, (str(entry[4][0]) for entry in found)):
        try:
            return await asyncio.open_connection(
                address, port, ssl=tls, server_hostname=host if tls else None, limit=limit
            )
        except OSError as error:
            last = error
    raise last or ConnectionError(f"{host} has no address")


def connect(host: str, port: int, timeout: float | None) -> socket.socket:
    """The same for code that blocks; ``timeout`` in seconds for each address. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    last: OSError | None = None
    for address in _allowed(host, (str(entry[4][0]) for entry in found)):
        try:
            return socket.create_connection((address, port), timeout)
        except OSError as error:
            last = error
    raise last or ConnectionError(f"{host} has no address")


def _allowed(host: str, found: Iterable[str]) -> list[str]:
    addresses = list(dict.fromkeys(found))
    objections = {address: _objection(address) for address in addresses}
    allowed = [address for address in addresses if not objections[address]]
    if addresses and not allowed:
        raise Forbidden(f"{host} cannot be used: {objections[addresses[0]]}")
    return allowed
