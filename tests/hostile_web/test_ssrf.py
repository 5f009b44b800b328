"""Addresses that lead inside: every fetch the product makes for somebody else refuses them before it connects.

Real listeners on this machine count who knocks; what would have gone further is stopped and counted where the socket is
opened.
"""

import asyncio
import contextlib
import http.server
import socket
import threading

import anyio
import httpcore
import httpx
import pytest

from rondpoint.accounts.sso import client as sign_on
from rondpoint.accounts.sso.rules import Discovery, Provider, Refused
from rondpoint.channels.contract import ConnectionInfo, Part
from rondpoint.channels.sms import twilio
from rondpoint.config.first_start import steps
from rondpoint.lib.http import TooLarge, guarded_client, request_capped

OUTSIDE = "93.184.215.14"  # where names that are meant to be outside lead, by our resolver
# Ways to write a machine inside; {p} is the listener's port.
HOSTS = (
    "127.0.0.1:{p}", "127.1:{p}", "127.0.1:{p}", "127.000.000.001:{p}", "0:{p}", "0.0.0.0:{p}", "2130706433:{p}",
    "0x7f000001:{p}", "0x7f.0x0.0x0.0x1:{p}", "0x7f.1:{p}", "0177.0.0.1:{p}", "017700000001:{p}", "127.0.0.1.:{p}",
    "[::1]:{p}", "[0:0:0:0:0:0:0:1]:{p}", "[::]:{p}", "[::ffff:127.0.0.1]:{p}", "[::ffff:7f00:1]:{p}",
    "[0:0:0:0:0:ffff:7f00:0001]:{p}", "[::127.0.0.1]:{p}", "[64:ff9b::7f00:1]:{p}", "[64:ff9b::127.0.0.1]:{p}",
    "[64:ff9b:1::7f00:1]:{p}", "[2002:7f00:1::]:{p}", "[2001:0:4136:e378:8000:63bf:80ff:fffe]:{p}",
    "[::ffff:0:127.0.0.1]:{p}", "[fe80::1%25lo]:{p}", "localhost:{p}", "LOCALHOST:{p}", "localhost.:{p}",
    "sub.localhost:{p}", "\u24db\u24de\u24d2\u24d0\u24db\u24d7\u24de\u24e2\u24e3:{p}", "127\u30020\u30020\u30021:{p}",
    "127\uff0e0\uff0e0\uff0e1:{p}", "\u2460\u2461\u2466.\u24ea.\u24ea.\u2460:{p}", "\uff11\uff12\uff17.0.0.1:{p}",
    "user:secret@127.0.0.1:{p}", "example.com@127.0.0.1:{p}", "example.com:80@127.0.0.1:{p}",
    "127.0.0.1:{p}#@example.com", "127.0.0.1:{p}?@example.com", "127.0.0.1:{p}\\@example.com",
    "inside.example.com:{p}", "mixed.example.com:{p}", "mapped.example.com:{p}", "rebinding.example.com:{p}",
    "10.0.0.1", "10.255.255.254", "172.16.0.1", "172.31.255.254", "192.168.0.1", "169.254.169.254", "169.254.170.2",
    "[fd00:ec2::254]", "[fe80::a9fe:a9fe]", "[::ffff:169.254.169.254]", "[64:ff9b::a9fe:a9fe]", "2852039166",
    "0xa9fea9fe", "0251.0376.0251.0376", "100.64.0.1", "100.100.100.200", "100.127.255.254", "198.18.0.1", "192.0.0.1",
    "192.0.0.192", "192.88.99.1", "224.0.0.1", "239.255.255.250", "255.255.255.255", "240.0.0.1", "[fc00::1]",
    "[fec0::1]", "[ff02::1]", "[2001:db8::1]", "[100::1]", "[2001:10::1]", "[3fff::1]", "[5f00::1]",
    "metadata.example.com",
)  # fmt: skip
SCHEMES = ("file:///etc/passwd", "gopher://{h}/_x", "ftp://{h}/", "dict://{h}/", "ldap://{h}/", "unix://{h}/", "ws://{h}/",
           "//{h}/", "jar:http://{h}!/", "data:text/plain,x", "javascript:x", "http:///{h}/", "http:{h}", "http://[::1",
           "http://exa mple/", "http://\x00{h}/", "http://{h}\r\nX: y/", "HTTP:\\\\{h}", "")  # fmt: skip
NAMES = {
    "inside.example.com": ["127.0.0.1"], "mapped.example.com": ["::ffff:127.0.0.1"], "metadata.example.com":
    ["169.254.169.254"], "mixed.example.com": ["10.0.0.1", "127.0.0.1"], "outside.example.com": [OUTSIDE],
}  # fmt: skip


class Door:
    """A listener that counts who knocks: a web server, also where the resolver says that it is outside."""

    def __init__(self):
        self.asked, self.redirect = [], ""
        door = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                door.asked.append(self.path)
                self.send_response(302 if door.redirect else 200)
                if door.redirect:
                    self.send_header("Location", door.redirect)
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_POST = do_GET

            def log_message(self, *arguments):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def inside():
    """A machine inside, which nobody may reach."""
    door = Door()
    yield door
    door.close()


@pytest.fixture
def outside():
    """A machine outside, which answers with a redirect."""
    door = Door()
    yield door
    door.close()


@pytest.fixture
def opened(monkeypatch, outside):
    """The addresses to which a connection was opened. Ours outside leads to its listener, everything else nowhere."""
    found, lookups = [], []
    look_up = anyio.getaddrinfo
    connect = httpcore.AnyIOBackend.connect_tcp

    async def names(host, port, **more):
        host = (host.decode() if isinstance(host, bytes) else host).lower().rstrip(".")
        if host == "rebinding.example.com":  # outside when it is asked first, inside ever after
            lookups.append(host)
            addresses = [OUTSIDE] if len(lookups) == 1 else ["127.0.0.1"]
        elif host in NAMES:
            addresses = NAMES[host]
        elif host.endswith(".example.com"):
            raise OSError("no such name")
        else:
            return await look_up(host, port, **more)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    async def knock(self, host, port, *more, **named):
        found.append(host)
        if host == OUTSIDE:
            return await connect(self, "127.0.0.1", outside.port)
        raise httpcore.ConnectError("nobody is there")

    monkeypatch.setattr(anyio, "getaddrinfo", names)
    monkeypatch.setattr(httpcore.AnyIOBackend, "connect_tcp", knock)
    return found


def plain(url):
    async def run():
        async with guarded_client() as http:
            await request_capped(http, "GET", url)

    asyncio.run(run())


def twilio_connection(api="https://api.example.org"):
    settings = {"number": "+33199000000", "auth_token": "t" * 32, "account_sid": "AC1", "api_base": api}
    return ConnectionInfo(id=1, public_id="x", kind="sms", name="x", settings=settings)


def media(url):
    async def run():
        async with guarded_client() as http:
            await twilio.fetch_media(url, twilio_connection(), http)

    asyncio.run(run())


def provider_api(url):
    async def run():
        async with guarded_client() as http:
            await twilio.check(twilio_connection(url), http)
            await twilio.send(Part(to="+33199000001", text="x"), twilio_connection(url), http, "k")

    asyncio.run(run())


def line_on_a_site(url):
    async def run():
        async with guarded_client() as http:
            await steps._found_at(http, url, "key")

    asyncio.run(run())


def discovery(url):
    sign_on.forget()
    sign_on.discover(url)


def documents(url):
    return Discovery(issuer=url, authorization_endpoint=url, token_endpoint=url, jwks_uri=url)


def provider_keys(url):
    sign_on.forget()
    sign_on.keys(documents(url))


def provider_code(url):
    provider = Provider(issuer=url, client_id="c", secret="s")
    sign_on.exchange(documents(url), provider, "code", "verifier", "http://127.0.0.1:8000/back")


FETCHES = {
    "the client": plain, "a file of a message": media, "a provider's API": provider_api,
    "the line on a site": line_on_a_site, "sign-on: discovery": discovery, "sign-on: keys": provider_keys,
    "sign-on: token": provider_code,
}  # fmt: skip
REFUSALS = (httpx.HTTPError, httpx.InvalidURL, TooLarge, Refused, ValueError)


@pytest.fixture(autouse=True)
def _guarded(settings):
    """As an installation is that did not allow machines inside."""
    import msgspec

    settings.ENVIRONMENT = msgspec.structs.replace(settings.ENVIRONMENT, allow_private=False)


def tries(inside):
    for host in HOSTS:
        yield from (f"{scheme}://{host.format(p=inside.port)}/" for scheme in ("http", "https"))
    for form in SCHEMES:
        yield form.replace("{h}", f"127.0.0.1:{inside.port}")


@pytest.mark.parametrize("fetch", FETCHES)
def test_nothing_inside_is_reached(fetch, inside, opened):
    count = 0
    for url in tries(inside):
        count += 1
        with contextlib.suppress(*REFUSALS):
            FETCHES[fetch](url)
    assert inside.asked == []
    assert set(opened) <= {OUTSIDE}
    print(f"{fetch}: {count} addresses inside, {len(inside.asked)} connections")


FOLLOWING = ("a file of a message", "the line on a site", "the client", "sign-on: discovery", "sign-on: token")


@pytest.mark.parametrize("fetch", FOLLOWING)
def test_no_redirect_leads_inside(fetch, inside, outside, opened):
    count = 0
    for url in tries(inside):
        if "\r" in url or "\x00" in url or not url.isascii():
            continue
        outside.redirect, outside.asked = url, []
        with contextlib.suppress(*REFUSALS):
            FETCHES[fetch]("http://outside.example.com/")
        count += 1
        assert outside.asked  # it was followed as far as the machine outside
    assert inside.asked == []
    assert set(opened) == {OUTSIDE}
    print(f"{fetch}: {count} redirects inwards, {len(inside.asked)} connections")


def test_the_listener_counts_who_knocks(inside):
    """What the tests above rest on: without the guard the same address is reached."""

    async def run():
        async with guarded_client(allow_private=True) as http:
            await request_capped(http, "GET", f"http://127.1:{inside.port}/reached")

    asyncio.run(run())
    assert inside.asked == ["/reached"]


def test_a_secret_of_a_provider_goes_to_its_api_alone(outside, opened, monkeypatch):
    """A file that lies elsewhere, or moves there, is fetched without the account's name and token."""
    seen = []

    async def keep(http, method, url, limit, auth=None):
        seen.append((url, auth))
        moved = {"location": "https://outside.example.com/two"} if len(seen) == 1 else {}
        return httpx.Response(302 if moved else 200, headers=moved, request=httpx.Request(method, url))

    monkeypatch.setattr(twilio, "request_capped", keep)
    asyncio.run(twilio.fetch_media("https://api.example.org/one", twilio_connection(), None))
    assert [(url, auth is not None) for url, auth in seen] == [
        ("https://api.example.org/one", True),
        ("https://outside.example.com/two", False),
    ]
    for near in ("http://api.example.org/", "https://api.example.org:444/", "https://api.example.org.example.net/"):
        seen.clear()
        seen.append(("", None))
        asyncio.run(twilio.fetch_media(near, twilio_connection(), None))
        assert seen[1][1] is None, near
