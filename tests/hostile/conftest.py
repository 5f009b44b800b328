"""A running house with a connection of each channel, for the tests that knock at its doors."""

import json

import httpx
import pytest

from tests.peers.house import House
from tests.peers.sms_provider import Provider

ADDRESS = "help@shop.example.com"
SHOP = "https://shop.example.com"
SHARED = "a secret that the shop's site and the widget share"
WEBHOOK = "the provider's password of the tests"


@pytest.fixture(scope="session")
def house(tmp_path_factory):
    provider = Provider()
    house = House(tmp_path_factory.mktemp("hostile"))
    house.provider = provider
    house.sms = house.connect("sms", "SMS", **provider.settings("+33199001000"))
    house.mail = house.connect("email", "Mail", address=ADDRESS, webhook_secret=WEBHOOK)
    house.chat = house.connect("chat", "Chat", origins=SHOP, secret=SHARED)
    house.start()
    opened = chat(house, "sessions", {"key": house.chat["id"]})
    house.token = opened.json()["token"]
    assert chat(house, "messages", {"client_id": "first", "text": "Hello"}).status_code == 200
    house.conversation = house.api("GET", "/conversations").json()["items"][0]["id"]
    yield house
    assert house.stop() == 0
    provider.stop()


def chat(house, path: str, body: dict | bytes) -> httpx.Response:
    """A call of the chat protocol as the widget on the shop's site makes it."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Origin": SHOP, "Content-Type": "application/json"}
    if hasattr(house, "token"):
        headers["Authorization"] = f"Bearer {house.token}"
    return httpx.post(f"{house.url}/chat/v1/{path}", content=content, headers=headers, timeout=20)
