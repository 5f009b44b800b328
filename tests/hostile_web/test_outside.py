"""What the house says to whoever knocks: headers, names of files, where somebody comes from, and when a line ends."""

import re
import socket
import time
from urllib.parse import quote

import httpx
import pytest

from tests.hostile_web.conftest import PASSWORD, STAFF
from tests.peers.house import wait_for

PROXY = "127.0.0.9"  # the house of these tests trusts it

ANSWERS = (
    ("GET", "/login", 200), ("GET", "/", 302), ("GET", "/inbox", 302), ("GET", "/nothing", 404), ("GET", "/me", 200),
    ("POST", "/login", 403), ("PUT", "/login", 403), ("GET", "/static/ui/css/base.css", 200), ("GET", "/static/x", 404),
    ("GET", "/static/../settings.py", 404), ("POST", "/static/ui/css/base.css", 404), ("GET", "/healthz", 200),
    ("GET", "/readyz", 200), ("GET", "/metrics", 200), ("GET", "/widget.js", 200), ("GET", "/widget.mjs", 200),
    ("GET", "/chat/v1/config", 404), ("POST", "/chat/v1/sessions", 422), ("POST", "/chat/v1/messages", 422),
    ("GET", "/chat/v1/stream", 401), ("GET", "/chat/v1/logo/x", 404), ("DELETE", "/chat/v1/messages", 404),
    ("POST", "/in/sms/x", 404), ("GET", "/in/nothing/x", 404), ("GET", "/api/v1/customers", 401),
    ("GET", "/api/v1/nothing", 404), ("GET", "/api/v1/openapi.json", 200), ("GET", "/files/x/x", 404),
    ("GET", "/desk/stream", 403), ("POST", "/desk/files", 403), ("GET", "/c/x", 404), ("GET", "/join/x", 404),
    ("GET", "/brand/logo", 404), ("GET", "/\udcff%ff", 400), ("GET", "/search?q=%ff%fe", 302), ("TRACE", "/login", 405),
)  # fmt: skip


def told(house, method, path):
    """The status and headers of an answer, asked for byte by byte: no client tidies the address."""
    with socket.create_connection(("127.0.0.1", house.port), timeout=10) as line:
        address = path.encode("utf-8", "surrogateescape")
        head = b"%s %s HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"
        line.sendall(head % (method.encode(), address))
        said = b""
        while b"\r\n\r\n" not in said and (more := line.recv(65536)):
            said += more
    lines = said.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines[1:])
    return int(lines[0].split()[1]), {name.lower(): value.strip() for name, _, value in pairs}


def test_every_answer_says_what_browsers_and_caches_may_do(house):
    wrong = []
    for method, path, usual in ANSWERS:
        status, headers = told(house, method, path)
        if status != usual:
            wrong.append((method, path, status, f"not {usual}"))
        if status == 400:
            continue  # the server's own word on what is no HTTP: it holds nothing of anybody's
        for name in ("x-content-type-options", "content-security-policy", "cache-control", "referrer-policy"):
            if name not in headers:
                wrong.append((method, path, status, f"no {name}"))
        policy = headers.get("content-security-policy", "")
        if "unsafe-inline" in policy.split("script-src")[-1].split(";")[0] or "unsafe-eval" in policy:
            wrong.append((method, path, status, policy))
        if "server" in headers or "x-powered-by" in headers:
            wrong.append((method, path, status, "it says what it is made of"))
    print(f"answers: {len(ANSWERS)} looked at, {len(wrong)} without their headers")
    assert wrong == [], wrong


@pytest.fixture
def desk(house):
    """A member of staff, signed in by a browser that gives no scripts a say."""
    with httpx.Client(base_url=house.url, timeout=20) as client:
        enter(client)
        yield client


def enter(client, password=PASSWORD, email=STAFF, **headers):
    page = client.get("/login", headers=headers)
    token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', page.text)[1]
    form = {"email": email, "password": password, "csrfmiddlewaretoken": token}
    return client.post("/login", data=form, headers=headers)


PRIVATE = ("/inbox", "/customers", "/settings/me", "/settings/people", "/settings/audit", "/connections", "/search?q=a")


def test_pages_of_staff_stay_out_of_shared_caches(desk):
    for path in PRIVATE:
        answer = desk.get(path)
        assert answer.status_code == 200, path
        assert re.search(r"\b(private|no-store)\b", answer.headers["cache-control"]), path
        assert "public" not in answer.headers["cache-control"]


NAMES = (
    "../../etc/passwd", "..\\..\\windows\\win.ini", "/etc/passwd", "C:\\boot.ini", "a\x00.png", "\u202egnp.exe",
    "a" * 10_000, "CON", "NUL.txt", "aux", "LPT1", ".", "..", "...", ".htaccess", " ", "", "a\r\nSet-Cookie: x=1",
    'a"; filename="b.exe', "a;b", "a'b", "%2e%2e%2fx", "%00", "..%2f", "a\n\nb", "<img src=x onerror=alert(1)>",
    "é\u0301\u200b", "\U0001f4a9" * 300, "a/b/c", "a\\b", "~root", "$(id)", "`id`", "|id", "-rf", "a\tb", "\ufeffa",
    "a.svg", "a.html", "file:///x", "//x/y",
)  # fmt: skip


def test_names_of_files_go_nowhere_and_say_nothing_to_a_header(house):
    opened = httpx.post(f"{house.url}/chat/v1/sessions", json={"key": house.chat["id"]}).json()["token"]
    before = {path for path in (house.folder / "home").rglob("*") if path.is_file()}
    tries = 0
    for place, name in enumerate(NAMES):
        if place % 12 == 0:  # a session may send so many in a minute
            opened = httpx.post(f"{house.url}/chat/v1/sessions", json={"key": house.chat["id"]}).json()["token"]
        headers = {"Authorization": f"Bearer {opened}", "X-Filename": quote(name, safe=""), "Content-Type": "text/html"}
        content = b"<script>alert(1)</script>" + name.encode()
        kept = httpx.post(f"{house.url}/chat/v1/files", content=content, headers=headers)
        tries += 1
        if kept.status_code == 431 or kept.status_code == 400:
            continue  # a header that long reaches nobody
        assert kept.status_code == 200, (name[:40], kept.text)
        shown = kept.json()["name"]
        assert shown
        assert shown.isprintable()
        assert len(shown) <= 120
        assert not set(shown) & set("/\\\x00\u202e\u200b\ufeff"), ascii(shown)
        assert shown not in (".", "..")
        answer = httpx.get(f"{house.url}/files/{kept.json()['id']}/{quote(shown)}")
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/octet-stream"
        disposition = answer.headers.get_list("content-disposition")
        assert len(disposition) == 1
        assert re.fullmatch(r"attachment; filename\*=UTF-8''[\w.~!$&+^`|#%-]*", disposition[0]), disposition
        assert "set-cookie" not in answer.headers
    written = {path for path in (house.folder / "home").rglob("*") if path.is_file()} - before
    ours = re.compile(r"/(files/([0-9a-f]{2}|\.lock)|run|rondpoint\.sqlite3)")
    outside = [path for path in written if not ours.search(str(path))]
    assert outside == []
    print(f"names of files: {tries} tries, {len(outside)} went elsewhere")


def tries(house, count, forward, local=None):
    """How many wrong passwords were looked at, each for another address; ``local``: the machine they come from."""
    looked = 0
    transport = httpx.HTTPTransport(local_address=local or "127.0.0.1")
    with httpx.Client(base_url=house.url, timeout=20, transport=transport) as client:
        for number in range(count):
            answer = enter(client, "wrong", f"n{time.time_ns()}@example.org", **forward(number))
            looked += answer.status_code == 422
    return looked


def test_a_forged_way_through_proxies_is_not_believed(house):
    """Nobody in between is trusted here, so each try counts for the machine that really asks."""
    looked = tries(house, 6, lambda n: {"X-Forwarded-For": f"198.51.100.{n}", "X-Real-IP": f"198.51.100.{n}",
                                        "Forwarded": f"for=198.51.100.{n}"}, "127.0.0.3")  # fmt: skip
    assert looked == 5


def test_a_trusted_proxy_is_believed_for_the_last_hop_alone(house):
    """What stands left of the hop that our proxy saw was written by whoever asks."""
    same = tries(house, 6, lambda n: {"X-Forwarded-For": f"203.0.113.{n}, 198.51.100.77"}, PROXY)
    through_itself = tries(house, 6, lambda n: {"X-Forwarded-For": f"203.0.113.{n}, 198.51.100.78, {PROXY}"}, PROXY)
    apart = tries(house, 6, lambda n: {"X-Forwarded-For": f"198.51.100.{100 + n}"}, PROXY)
    assert (same, through_itself, apart) == (5, 5, 6)


def test_limits_outlive_a_restart(house):
    assert tries(house, 6, lambda n: {}, "127.0.0.4") == 5
    assert house.stop() == 0
    house.start()
    assert tries(house, 2, lambda n: {}, "127.0.0.4") == 0


def test_a_live_line_ends_within_five_seconds_of_a_new_password(house):
    house.run("user", "create", "zoe@example.com", "--admin", stdin=f"{PASSWORD}\n")
    there, here = (httpx.Client(base_url=house.url, timeout=20) for _ in range(2))
    with there, here:
        for client in (there, here):
            assert enter(client, email="zoe@example.com").status_code == 302
        ticket = there.get("/desk/ticket").json()["ticket"]
        with there.stream("GET", "/desk/stream", params={"ticket": ticket}, timeout=10) as line:
            assert line.status_code == 200
            page = here.get("/settings/me").text
            token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', page)[1]
            form = {"old": PASSWORD, "password": f"{PASSWORD}-new", "csrfmiddlewaretoken": token}
            changed = here.post("/settings/me/password", data=form)
            assert changed.status_code == 302
            began = time.monotonic()
            for _piece in line.iter_raw():
                assert time.monotonic() - began < 6
            assert time.monotonic() - began <= 5
        assert there.get("/settings/me").status_code == 302
        assert here.get("/settings/me").status_code == 200
        assert wait_for(lambda: there.get("/desk/stream", params={"ticket": ticket}).status_code == 403)
