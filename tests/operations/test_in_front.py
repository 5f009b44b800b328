"""The house behind a real Caddy with the Caddyfile of ``deploy/``: what comes through, and who is believed."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import httpx
import pytest

from tests.peers.caddy import Caddy
from tests.peers.house import House, free_port, wait_for

MEGABYTE = 1024 * 1024


@pytest.fixture(scope="module")
def front(tmp_path_factory):
    """Caddy in front of an empty house with a chat; ``front.house`` is that house, ``front.webhook`` takes its SMS."""
    port = free_port()
    house = House(tmp_path_factory.mktemp("behind"))
    house.environment |= {"RONDPOINT_URL": f"https://localhost:{port}", "RONDPOINT_TRUSTED_PROXIES": "127.0.0.1"}
    house.chat = house.connect("chat", "Chat", origins="*")
    sms = house.connect("sms", "SMS", provider="twilio", number="+33199001000", account_sid="AC0", auth_token="t" * 32)
    house.start()
    running = Caddy(tmp_path_factory.mktemp("front"), port, f"127.0.0.1:{house.port}")
    running.house, running.webhook = house, urlsplit(sms["inbound_url"]).path
    yield running
    running.stop()
    if house.process.poll() is None:
        assert house.stop() == 0


def wrong_passwords(front, count, **forged):
    """How many of so many wrong passwords, each for another address, were looked at."""
    looked = 0
    with front.client(**forged) as browser:
        for _ in range(count):
            said = {"email": f"n{uuid.uuid4().hex}@example.org", "password": "wrong"}
            page = browser.get("/login")
            said["csrfmiddlewaretoken"] = page.text.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
            answer = browser.post("/login", data=said, headers={"Referer": f"{front.url}/login"})
            assert answer.status_code in {422, 429}, answer.text[:300]
            looked += answer.status_code == 422
    return looked


def test_a_page_comes_with_tls_compressed_and_says_nothing_of_the_servers(front):
    with front.client(**{"Accept-Encoding": "gzip"}) as browser:
        page = browser.get("/login")
        assert page.status_code == 200
        assert page.headers["strict-transport-security"].startswith("max-age=")
        assert page.headers["content-encoding"] == "gzip"
        assert "server" not in page.headers
        cookies = page.headers.get_list("set-cookie")
        assert cookies
        assert all("Secure" in cookie for cookie in cookies)


@pytest.mark.parametrize("path", ["/metrics", "/readyz"])
def test_what_is_for_monitoring_stays_inside(front, path):
    assert httpx.get(f"{front.house.url}{path}", timeout=20).status_code == 200
    with front.client() as world:
        assert world.get(path).status_code == 404


def test_what_is_too_large_ends_at_the_door(front):
    with front.client() as world:
        assert world.post(front.webhook, content=b"x" * (MEGABYTE + 1000)).status_code == 413
        assert world.post(front.webhook, content=b"x").status_code == 403
        assert world.post("/login", content=b"x" * (27 * MEGABYTE)).status_code in {413, 502}  # before Caddy 2.8: 502


def test_what_happens_in_a_chat_comes_through_at_once(front):
    heard, opened = [], threading.Event()

    def listen(bearer):
        with front.client(**bearer) as browser, browser.stream("GET", "/chat/v1/stream") as stream:
            for line in stream.iter_lines():
                opened.set()
                heard.append(line)
                if "Bonjour du salon" in line or line.startswith("event: message"):
                    return

    with front.client() as visitor, ThreadPoolExecutor(1) as pool:
        session = visitor.post("/chat/v1/sessions", json={"key": front.house.chat["id"]}).json()
        bearer = {"Authorization": f"Bearer {session['token']}"}
        listening = pool.submit(listen, bearer)
        assert opened.wait(20), "the first line was kept back"
        said = {"client_id": uuid.uuid4().hex, "text": "Bonjour du salon"}
        assert visitor.post("/chat/v1/messages", json=said, headers=bearer).status_code == 200
        listening.result(timeout=20)
    assert heard


def test_who_forges_an_address_is_seen_as_what_she_is(front):
    looked = 0
    for number in range(6):
        forged = {"X-Forwarded-For": f"198.51.100.{number}", "X-Real-IP": f"198.51.100.{number}",
                  "Forwarded": f"for=198.51.100.{number}"}  # fmt: skip
        looked += wrong_passwords(front, 1, **forged)
    assert looked == 5


def test_a_restart_of_the_house_is_waited_out(front):
    assert front.house.stop() == 0
    with front.client() as browser, ThreadPoolExecutor(1) as pool:
        asked = pool.submit(browser.get, "/login")
        front.house.start()
        assert asked.result(timeout=30).status_code == 200


def test_the_log_tells_neither_tickets_nor_cookies(front):
    with front.client(Cookie="rondpoint=crumbs-of-hers", Authorization="Bearer key-of-hers") as browser:
        browser.get("/login?ticket=slip-of-hers&q=name-of-hers")
    wait_for(lambda: '"/login"' in front.log.read_text(), 20, "a line for the request")
    told = front.log.read_text()
    assert '"method":"GET"' in told
    assert "-of-hers" not in told
