"""One delivery in a hundred cannot be taken, each for another reason: it is set aside, and nobody else waits for it.

The long form: ``RONDPOINT_POISON_DELIVERIES=10000``.
"""

import os

import pytest
from tests.faults.reading import Tables
from tests.faults_outside.talkers import MAILBOX, NUMBER, Hasty, Talkers, furnish, signed
from tests.peers.house import wait_for

DELIVERIES = int(os.environ.get("RONDPOINT_POISON_DELIVERIES", "300"))
TRIES = 5
NEIGHBOURS = 5.0  # seconds within which nineteen in twenty of the others are worked off

pytestmark = pytest.mark.peer


@pytest.fixture
def house(tmp_path):
    made = furnish(Hasty(tmp_path, {"rondpoint.channels.pipeline:PAUSES": [0.1, 0.2, 0.3, 0.4]})).start()
    yield made
    made.stop()


def nested(name: str) -> str:
    """A mail in a mail in a mail…"""
    inner = f"{name}\r\n"
    for level in range(60):
        edge = f"b{level}"
        kind = f'Content-Type: multipart/mixed; boundary="{edge}"'
        inner = f"{kind}\r\n\r\n--{edge}\r\n{inner}\r\n--{edge}--\r\n"
    return inner


def crowded(name: str) -> str:
    """A mail of a thousand parts."""
    parts = "--x\r\nContent-Type: text/plain\r\n\r\nx\r\n" * 1000
    return f'Content-Type: multipart/mixed; boundary="x"\r\n\r\n{parts}--x--\r\n'


def poison(house: Hasty, talkers: Talkers, number: int) -> None:
    """Something that is acknowledged, since it is signed or addressed well, and that nobody can read."""
    name = f"poison{number}"
    if number % 3 == 0:  # a form without the number of its message
        path, body, headers = signed(house, house.sms, "", "+33199000123", NUMBER, name)
        assert talkers._post("webhook", path, body, headers)[0] == 200
        return
    content = (nested, crowded)[number % 2](name)
    codes = [0]
    head = f"From: awa@example.org\r\nTo: {MAILBOX}\r\nMessage-ID: <{name}@example.org>\r\nMIME-Version: 1.0\r\n"
    talkers._deliver(head + content, name, codes, 0)
    assert codes == [250]


def test_poison_is_set_aside_within_five_tries_and_delays_nobody(house, tmp_path, capsys):
    talkers = Talkers(house, lambda said: None)
    tables = Tables(tmp_path / "home", house.environment.get("DATABASE_URL", ""))
    bad = 0
    for number in range(DELIVERIES):
        say = talkers.chat if number % 10 == 9 else (talkers.webhook, talkers.mail)[number % 2]
        wait_for(lambda say=say, number=number: say(f"good{number}") in (200, 250), 30, "an acknowledgement")
        if number % 100 == 50:
            for sort in range(3):
                poison(house, talkers, bad * 3 + sort)
            bad += 1
    bad *= 3
    aside = "SELECT count(*) FROM channels_delivery WHERE state = 'quarantined'"
    wait_for(lambda: tables.number(aside) >= bad, 120, f"{bad} poisoned deliveries to be set aside")
    open_ = "SELECT count(*) FROM channels_delivery WHERE state IN ('new', 'leased')"
    wait_for(lambda: tables.number(open_) == 0, 60, "the others to be worked off")
    waits = [
        wait / 1e6
        for (wait,) in tables.rows("SELECT processed - received FROM channels_delivery WHERE state = 'done'")
    ]
    slow = sorted(waits)[int(len(waits) * 0.95)]
    missed = DELIVERIES - tables.number("SELECT count(*) FROM conversations_message WHERE direction = 'in'")
    tries = tables.number("SELECT max(attempts) FROM channels_delivery")
    with capsys.disabled():
        print(
            f"\npoison: {bad} of {DELIVERIES + bad} deliveries, {tables.number(aside)} set aside after {tries} tries, "
            f"{missed} others missing, the others worked off within {slow:.2f} s (p95)"
        )
    assert tables.number(aside) == bad
    assert tries == TRIES
    assert missed == 0
    assert slow < NEIGHBOURS
    told = tables.rows("SELECT error, body, body_sha256 FROM channels_delivery WHERE state = 'quarantined'")
    assert all(error and (body or stored) for error, body, stored in told)
