"""The product as a process tree, once for all that knock at it from outside."""

import pytest

from tests.peers.house import House

STAFF, PASSWORD = "ines@example.com", "roundabout-of-the-north-9"


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """An empty house with a chat, a mailbox and a member of staff."""
    running = House(tmp_path_factory.mktemp("hostile"))
    running.environment["RONDPOINT_TRUSTED_PROXIES"] = "127.0.0.9"
    running.start()
    running.run("user", "create", STAFF, "--admin", stdin=f"{PASSWORD}\n")
    running.chat = running.connect("chat", "site", origins="https://shop.example.com", secret="s" * 40)
    running.mail = running.connect("email", "box", address="bonjour@hirondelle.example.com")
    yield running
    assert running.stop() == 0
