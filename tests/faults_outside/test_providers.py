"""Providers that misbehave in every way we know: nothing leaves twice, what is uncertain is called so, a wait is kept.

``RONDPOINT_PROVIDER_MESSAGES`` messages are sent through each.
"""

import os
import sqlite3
import threading
from collections import Counter
from urllib.parse import urlsplit

import httpx
import pytest
from tests.faults_outside import provider as ways
from tests.faults_outside.talkers import Hasty, connect, leaving_nothing, signed, sms
from tests.peers.house import free_port, wait_for

MESSAGES = int(os.environ.get("RONDPOINT_PROVIDER_MESSAGES", "3"))
PATIENCE = {
    "rondpoint.lib.http:CONNECT_SECONDS": 1.5,
    "rondpoint.lib.http:READ_SECONDS": 2.0,
    "rondpoint.sending.outbox:CALL_LIMIT": 4.0,  # before the worker is loaded, which makes it its default
    "rondpoint.sending.worker:FAREWELL": 1.0,
    "rondpoint.sending.rules.pauses:FIRST": 0.5,
}
UNREACHABLE = ("refused", "not TLS", "no such name")


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    """A house with a connection to each provider and a conversation on each, and all answers written."""
    house = Hasty(tmp_path_factory.mktemp("providers"), PATIENCE)
    peers = {way.__name__: ways.Faulty(way).start() for way in (ways.healthy, *ways.CERTAIN, *ways.UNCERTAIN)}
    bases = {name: peer.url for name, peer in peers.items()}
    closed = f"127.0.0.1:{free_port()}"
    bases |= dict(zip(UNREACHABLE, (f"http://{closed}", f"https://{urlsplit(peers['healthy'].url).netloc}",
                                    "http://provider.invalid"), strict=True))  # fmt: skip
    numbers = {name: f"+331990020{number:02d}" for number, name in enumerate(bases)}
    accounts = connect(house, [("sms", name, sms(numbers[name], base)) for name, base in bases.items()])
    with leaving_nothing(house):
        house.start()
        for account, (name, number) in zip(accounts, numbers.items(), strict=True):
            path, body, headers = signed(house, account, f"SM{name}", number.replace("0020", "0030"), number, name)
            assert httpx.post(house.url + path, content=body, headers=headers).status_code == 200
        conversations = wait_for(lambda: _conversations(house, len(bases)), 30, "a conversation on each number")
        threads = [threading.Thread(target=_write, args=(house, *pair)) for pair in conversations.items()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        yield house, peers
        assert house.stop() == 0
    for peer in peers.values():
        peer.stop()


def test_nothing_leaves_twice_and_only_what_is_uncertain_is_unknown(scene):
    house, peers = scene
    states = wait_for(lambda: _settled(house, peers), 60, "every message sent, unknown or waiting for its provider")
    twice = [text for text in states if any(peer.taken(text) > 1 for peer in peers.values())]
    assert twice == [], "these left twice"
    problems, certain, uncertain = [], {way.__name__ for way in ways.CERTAIN}, {way.__name__ for way in ways.UNCERTAIN}
    for text, state in states.items():
        name = text.partition(":")[0]
        left = peers[name].taken(text) if name in peers else 0
        wanted = "sent" if name in certain | {"healthy"} else "unknown" if name in uncertain else "queued"
        if state != wanted or (state == "sent" and left != 1):
            problems.append(f"{text} is {state} and left {left} times; it should be {wanted}")
    early = {name: len(peer.too_early()) for name, peer in peers.items() if peer.too_early()}
    counts = Counter(states.values())
    print(
        f"\nproviders: {len(states)} messages over {len(peers) + len(UNREACHABLE)} providers, {counts['sent']} sent,"
        f" {counts['unknown']} unknown, {counts['queued']} waiting, {len(problems)} wrong, {sum(early.values())}"
        " calls before Retry-After"
    )
    assert problems == []
    assert early == {}


def _conversations(house: Hasty, wanted: int) -> dict[str, str]:
    rows = _ask(
        house,
        "SELECT m.text, c.public_id FROM conversations_message m"
        " JOIN conversations_conversation c ON c.id = m.conversation_id WHERE m.direction = 'in'",
    )
    return dict(rows) if len(rows) == wanted else {}


def _write(house: Hasty, name: str, conversation: str) -> None:
    for number in range(MESSAGES):
        body = {"channel": "sms", "text": f"{name}:{number}"}
        answer = house.api("POST", f"/conversations/{conversation}/messages", json=body)
        assert answer.status_code == 202, answer.text


def _settled(house: Hasty, peers: dict[str, ways.Faulty]) -> dict[str, str]:
    """The state of every message, once nothing is under way but what waits for a provider that was tried in vain: after
    some failures its connection rests, and the messages behind those that failed are not tried until it is back.

    As soon as something left twice there is nothing to wait for.
    """
    rows = _ask(
        house,
        "SELECT m.text, d.state, d.error, d.in_flight FROM sending_dispatch d"
        " JOIN conversations_message m ON m.dispatch_id = d.id",
    )
    failed = {text.partition(":")[0] for text, _, error, _ in rows if error}
    resting = failed & set(UNREACHABLE)
    done = [row for row in rows if row[1] != "queued" or (row[0].partition(":")[0] in resting and not row[3])]
    wanted = (len(ways.CERTAIN) + len(ways.UNCERTAIN) + 1 + len(UNREACHABLE)) * MESSAGES
    twice = any(peer.taken(row[0]) > 1 for row in rows for peer in peers.values())
    return {row[0]: row[1] for row in rows} if len(done) == wanted or twice else {}


def _ask(house: Hasty, question: str) -> list[tuple]:
    with sqlite3.connect(house.folder / "home" / "rondpoint.sqlite3") as database:
        return database.execute(question).fetchall()
