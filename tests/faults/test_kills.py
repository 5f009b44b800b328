"""Whoever is killed while messages come and go: what was acknowledged is there, once, whole and in its order.

The long form: ``RONDPOINT_FAULT_DELIVERIES=100000 RONDPOINT_FAULT_KILLS=200``.
"""

import itertools
import os
import random
import threading
import time
from collections import Counter

import pytest
from tests.faults.reading import Tables
from tests.faults.roles import DESK, EDGE, WORKER, Roles
from tests.faults.senders import Ledger, Replier, Sender
from tests.faults_outside.talkers import furnish
from tests.peers.house import wait_for
from tests.peers.sms_provider import Provider

DELIVERIES = int(os.environ.get("RONDPOINT_FAULT_DELIVERIES", "600"))
KILLS = int(os.environ.get("RONDPOINT_FAULT_KILLS", "9"))
KINDS, EACH = ("webhook", "mail", "chat"), 4  # threads of people for each kind
RECOVERY = 30  # seconds

pytestmark = pytest.mark.peer


@pytest.fixture
def provider():
    made = Provider()
    yield made
    made.stop()


@pytest.fixture
def house(tmp_path, provider):
    made = furnish(Roles(tmp_path), provider.url).start()
    yield made
    made.stop()


def test_nothing_acknowledged_is_lost_doubled_or_out_of_order(house, provider, tmp_path, capsys):
    ledger = Ledger()
    tables = Tables(tmp_path / "home", house.environment.get("DATABASE_URL", ""))
    share, enough = -(-DELIVERIES // (len(KINDS) * EACH)), threading.Event()
    senders = [Sender(house, ledger, kind, number, share, enough) for kind in KINDS for number in range(EACH)]
    replier = Replier(house, EACH)
    for thread in (*senders, replier):
        thread.start()
    kills, back = kill(house)
    enough.set()
    for sender in senders:
        sender.join()
        assert sender.error is None, sender.error
    replier.finish()
    waiting = "SELECT count(*) FROM channels_delivery WHERE state IN ('new', 'leased', 'waiting')"
    wait_for(lambda: tables.number(waiting) == 0, 120 + DELIVERIES / 100, "deliveries to be worked off")
    wait_for(
        lambda: tables.number("SELECT count(*) FROM sending_dispatch WHERE state = 'queued'") == 0, 120, "answers to go"
    )
    slowest = tables.number("SELECT max(processed - received) FROM channels_delivery") / 1e6
    rows = tables.rows("SELECT text, id, conversation_id FROM conversations_message WHERE direction = 'in' ORDER BY id")
    lost, doubled, disordered, strayed = compare(ledger, rows)
    twice = [text for text, times in Counter(sent["Body"] for sent in provider.sent).items() if times > 1]
    unknown = tables.number("SELECT count(*) FROM sending_dispatch WHERE state = 'unknown'")
    with capsys.disabled():
        print(
            f"\nkills: {len(ledger.texts)} deliveries in {ledger.tries} tries, {kills} kills, {len(lost)} lost, "
            f"{len(doubled)} doubled, {len(disordered)} out of order; {len(replier.accepted)} answers, {len(twice)} "
            f"sent twice, {unknown} unknown; back within {back:.1f} s, slowest worked off after {slowest:.1f} s"
        )
    assert not lost, sorted(lost)[:10]
    assert not doubled, sorted(doubled)[:10]
    assert not disordered, disordered[:10]
    assert not strayed, strayed[:10]
    assert tables.number("SELECT count(*) FROM events_event WHERE type = 'message.received'") == len(rows)
    numbers = {text: number for text, number, _ in rows}
    assert all(numbers[text] == sequence for text, sequence in ledger.sequences.items())
    assert not twice, twice[:10]
    gone = {sent["Body"] for sent in provider.sent}
    kept = len([text for text in replier.accepted if text not in gone])
    assert kept <= unknown, f"{kept} accepted answers neither left nor are unknown"
    assert back < RECOVERY, f"a role was away for {back:.1f} s"


def kill(house: Roles) -> tuple[int, float]:
    """Kills the roles at random moments, the worker and the edge twice as often as the desk, each once it is there
    again: how many deaths, and the longest that a role was away."""
    chance, away, done = random.Random(5), 0.0, 0
    for role in itertools.cycle((WORKER, EDGE, DESK, WORKER, EDGE)):
        if done >= KILLS:
            break
        time.sleep(chance.uniform(0.0, 1.0))
        away = max(away, _there(house, role))
        house.kill(role)
        done += 1
    return done, max(away, *(_there(house, role) for role in (EDGE, DESK, WORKER)))


def _there(house: Roles, role: str) -> float:
    seconds: list[float] = []

    def again() -> bool:
        found = house.again(role)
        seconds.extend([] if found is None else [found])
        return bool(seconds)

    wait_for(again, 90, f"{role} after its death; see {house.folder / 'house.log'}")
    return seconds[0]


def compare(ledger: Ledger, rows: list[tuple[str, int, int]]) -> tuple[set[str], list[str], list[str], list[str]]:
    """What of the ledger is not there, what is there more than once, whose words changed places, and who is in more
    than one conversation."""
    found = Counter(text for text, _, _ in rows)
    numbers = {text: number for text, number, _ in rows}
    conversations: dict[str, set[int]] = {}
    for text, _, conversation in rows:
        conversations.setdefault(text.rsplit(" ", 2)[0], set()).add(conversation)
    disordered = []
    for person, steps in ledger.steps.items():
        last = 0
        for step in steps:
            here = [numbers[text] for text in step if text in numbers]
            if here and min(here) < last:
                disordered.append(person)
            last = max([last, *here])
    return (
        ledger.texts - set(found),
        [text for text, times in found.items() if times > 1],
        disordered,
        [person for person, places in conversations.items() if len(places) > 1],
    )
