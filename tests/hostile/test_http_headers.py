"""What people type into names and addresses never becomes a header of an HTTP answer."""

import re
import time
from urllib.parse import quote, unquote

import httpx
import pytest

from tests.hostile.conftest import SHOP, chat
from tests.peers.house import wait_for

pytestmark = pytest.mark.data
INJECTED = "X-Injected: yes"
BREAKS = ["\r\n", "\n", "\r", "\u2028", "\u560d\u560a", "%0d%0a", "\0\r\n", "\x85"]
NAMES = [
    *(f"a{broken}{INJECTED}{broken}{broken}<script>.txt" for broken in BREAKS),
    'a"; filename=evil.exe; x="',
    "../../etc/passwd",
    "..\\..\\a.txt",
    "a\u202egpj.exe",
    ".",
    "é" * 300,
    "",
    "%",
    "=?utf-8?q?a=0D=0A?=",
]


@pytest.mark.parametrize("name", NAMES)
def test_the_name_of_a_file(house, name):
    headers = {"Authorization": f"Bearer {house.token}", "Origin": SHOP, "Content-Type": "text/html"}
    headers["X-Filename"] = quote(name, safe="")
    url, content = f"{house.url}/chat/v1/files", b"<script>1</script>"
    while (kept := httpx.post(url, content=content, headers=headers, timeout=20)).status_code == 429:
        time.sleep(int(kept.headers["retry-after"]))  # one session may send only so many at once
    assert kept.status_code == 200, kept.text
    answer = httpx.get(kept.json()["url"].replace("%", "%25"), timeout=20)
    assert answer.status_code == 200
    assert_own(answer)
    told = answer.headers.get_list("content-disposition")
    assert len(told) == 1
    found = re.fullmatch(r"attachment; filename\*=UTF-8''([A-Za-z0-9._~%!$&'()*+,:;=@-]*)", told[0])
    assert found, told
    shown = unquote(found[1])
    assert not set(shown) & set("/\\\0\r\n\u202e") and shown not in ("", ".", "..")
    assert answer.headers["content-type"] == "application/octet-stream"  # never a page of ours
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("broken", BREAKS)
@pytest.mark.parametrize(
    "address",
    [
        "/login?next=/{}",
        "/{}",
        "/inbox/{}",
        "/api/v1/customers/{}",
        "/static/{}",
        "/c/{}",
        "/chat/v1/config?key={}",
        "//{}",
    ],
)
def test_an_address(house, address, broken):
    answer = httpx.get(house.url + address.format(quote(broken + INJECTED + broken, safe="")), timeout=20)
    assert answer.status_code < 500
    assert_own(answer)


@pytest.mark.parametrize("broken", BREAKS)
def test_a_redirect_after_signing_in(house, broken):
    """Back to where one wanted to go: to an address of ours, or nowhere."""
    for wanted in (f"/inbox{broken}{INJECTED}", f"https://evil.example.net/{broken}", f"//evil.example.net{broken}"):
        with httpx.Client(base_url=house.url, timeout=20) as browser:
            page = browser.get("/login")
            token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
            fields = {"email": "nobody@example.org", "password": "x", "next": wanted}
            answer = browser.post("/login", data={**fields, "csrfmiddlewaretoken": token[1] if token else ""})
        assert answer.status_code < 500
        assert_own(answer)
        assert "evil.example.net" not in answer.headers.get("location", "")


def test_a_file_that_goes_by_sms_can_be_fetched_whatever_its_name(house):
    file = {"name": "50 % é?#%0d%0a.txt", "content_type": "text/plain", "content": "SGVsbG8="}
    body = {"channel": "sms", "to": "+33199000777", "text": "The file", "attachments": [file]}
    answer = house.api("POST", f"/conversations/{house.conversation}/messages", json=body)
    assert answer.status_code == 202, answer.text
    links = wait_for(
        lambda: [sent["MediaUrl"] for sent in house.provider.sent if sent["To"] == "+33199000777"], 60, "the SMS"
    )
    fetched = httpx.get(links[0], timeout=20)
    assert (fetched.status_code, fetched.content) == (200, b"Hello")


def test_an_origin_is_repeated_and_nothing_more(house):
    answer = chat(house, "typing", {})
    assert answer.headers["access-control-allow-origin"] == SHOP
    assert "access-control-allow-credentials" not in answer.headers


def assert_own(answer: httpx.Response) -> None:
    assert "x-injected" not in answer.headers
    assert not any(set(value) & set("\r\n\0") for value in answer.headers.values())
