"""The HTTP client for every outgoing fetch: it never talks to a machine inside unless it is told to.

The address is checked where the connection is opened, and that checked address is the one connected to: a
name that answers differently the second time (DNS rebinding) gains nothing. Redirects are not followed and
the environment's proxies are ignored.
"""

import functools
import ipaddress
import socket
import ssl
from collections.abc import Iterable
from typing import Any

import anyio
import httpcore
import httpx

CONNECT_SECONDS = 5.0
READ_SECONDS = 20.0
MAX_RESPONSE = 10 * 1024 * 1024

_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052
_COMPATIBLE = ipaddress.ip_network("::/96")  # RFC 4291, 2.5.5.1
# IPv6 is given out from here alone (RFC 4291, 2.4). What the registries of special addresses (RFC 6890) keep apart
# from it, and from IPv4, is named here because the versions of Python do not know all of it.
_UNICAST = ipaddress.ip_network("2000::/3")
_SPECIAL = tuple(
    ipaddress.ip_network(network)
    for network in ("192.0.0.0/24", "192.88.99.0/24", "2001::/23", "2001:db8::/32", "3fff::/20")
)


class Forbidden(httpx.ConnectError):
    """The host has no address outside: loopback, private, link-local, multicast or reserved."""


class TooLarge(httpx.DecodingError):
    """The response is longer than the caller takes."""


def is_public(address: str) -> bool:
    """Whether an IP address, with any IPv4 address hidden inside it, is reachable on the public internet."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = embedded(ip)
        if inner is not None:
            return is_public(str(inner))
        if ip not in _UNICAST:
            return False
    if any(ip in network for network in _SPECIAL):
        return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_loopback or ip.is_link_local)


def embedded(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that an IPv6 address stands for: mapped, 6to4, Teredo, NAT64 or compatible; else None."""
    if ip.ipv4_mapped is not None:
        return ip.ipv4_mapped
    if ip.sixtofour is not None:
        return ip.sixtofour
    if ip.teredo is not None:
        return ip.teredo[1]
    if ip in _NAT64 or ip in _COMPATIBLE:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return None


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Opens connections only to addresses that passed :func:`is_public`, or to any when ``allow_private``."""

    def __init__(self, allow_private: bool) -> None:
        self._allow_private = allow_private
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        addresses = await self._resolve(host, port, timeout)
        allowed = [address for address in addresses if self._allow_private or is_public(address)]
        if not allowed:
            raise Forbidden(f"{host} is not an address on the public internet")
        last: Exception | None = None
        for address in allowed:
            try:
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                last = error
        raise last or httpcore.ConnectError(f"{host} could not be reached")

    async def connect_unix_socket(self, path: str, *args: Any, **kwargs: Any) -> httpcore.AsyncNetworkStream:
        raise Forbidden("unix sockets are not reachable over HTTP")

    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)

    async def _resolve(self, host: str, port: int, timeout: float | None) -> list[str]:
        try:
            with anyio.fail_after(timeout):
                found = await anyio.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(f"no answer about the name {host}") from error
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"the name {host} is not known") from error
        return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def guarded_client(allow_private: bool = False, **kwargs: Any) -> httpx.AsyncClient:
    """A client whose every connection is checked; it follows no redirect and trusts no environment.

    ``kwargs`` go to ``httpx.AsyncClient`` (``verify`` and ``limits`` included). Raises :class:`Forbidden`, a
    ``httpx.ConnectError``, from a request to a machine inside.
    """
    for name in ("transport", "proxy", "mounts", "follow_redirects", "trust_env", "http2"):
        if name in kwargs:
            raise TypeError(f"guarded_client decides {name} itself")
    limits = kwargs.pop("limits", httpx.Limits(max_connections=100, max_keepalive_connections=20))
    verify = kwargs.pop("verify", True)
    kwargs.setdefault("timeout", httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS))
    context = _trusted() if verify is True else httpx.create_ssl_context(verify=verify, trust_env=False)
    transport = httpx.AsyncHTTPTransport(verify=context, trust_env=False, limits=limits)
    # httpx offers no way in for a network backend: its pool is replaced by the same pool with ours.
    transport._pool = httpcore.AsyncConnectionPool(
        ssl_context=context,
        max_connections=limits.max_connections,
        max_keepalive_connections=limits.max_keepalive_connections,
        keepalive_expiry=limits.keepalive_expiry,
        network_backend=GuardedBackend(allow_private),
    )
    return httpx.AsyncClient(transport=transport, trust_env=False, follow_redirects=False, **kwargs)


@functools.cache
def _trusted() -> ssl.SSLContext:
    """The authorities that everybody trusts: reading them takes longer than a request to a neighbour."""
    return httpx.create_ssl_context(trust_env=False)


async def request_capped(
    client: httpx.AsyncClient, method: str, url: str, limit: int = MAX_RESPONSE, **kwargs: Any
) -> httpx.Response:
    """A request whose response is read up to ``limit`` bytes, decoded. Raises :class:`TooLarge` beyond."""
    async with client.stream(method, url, **kwargs) as response:
        declared = response.headers.get("content-length", "")
        if declared.isdigit() and int(declared) > limit:
            raise TooLarge(f"the response has {declared} bytes, more than {limit}", request=response.request)
        content = bytearray()
        async for chunk in response.aiter_bytes(64 * 1024):
            content += chunk
            if len(content) > limit:
                raise TooLarge(f"the response has more than {limit} bytes", request=response.request)
        headers = [
            (name, value)
            for name, value in response.headers.multi_items()
            if name.lower() not in ("content-encoding", "content-length", "transfer-encoding")
        ]
        return httpx.Response(response.status_code, headers=headers, content=bytes(content), request=response.request)
