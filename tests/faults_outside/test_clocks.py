"""Workers whose clocks are set an hour forward and back while they work, and workers that are stopped and go on.

``RONDPOINT_CLOCK_SECONDS`` is how long the clocks jump, ``RONDPOINT_STOPS`` how often a worker is stopped for longer
than its lease lasts.
"""

import os
import random
import signal
import sqlite3
import struct
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.faults_outside import provider as ways
from tests.faults_outside.talkers import Crowd, Hasty, Talkers, furnish, leaving_nothing, tree
from tests.peers.house import ROOT, wait_for

SECONDS = float(os.environ.get("RONDPOINT_CLOCK_SECONDS", "3"))
STOPS = int(os.environ.get("RONDPOINT_STOPS", "2"))
DUE = 12  # conversations put aside, and promises
SEED = int(os.environ.get("RONDPOINT_FAULT_SEED", "0")) or random.randrange(1, 1_000_000)
PATIENCE = {
    "rondpoint.sending.outbox:CALL_LIMIT": 1.0,
    "rondpoint.sending.outbox:SPARE": 0.5,
    "rondpoint.sending.worker:SWEEP": 0.3,
}
LEASE = 1.5  # seconds, by this patience


class Clock:
    """The wall clock of one process tree, set while it runs; the monotonic clock stays true, as on a machine."""

    def __init__(self, file: Path, library: Path):
        file.write_bytes(bytes(8))
        self._file = file
        self.environment = {"LD_PRELOAD": str(library), "CLOCK_FILE": str(file)}

    def set(self, seconds: int) -> None:
        """So far from the truth."""
        with open(self._file, "r+b") as file:
            file.write(struct.pack("=q", seconds * 1_000_000_000))


class Two:
    """A house with two workers: one beside the web processes, one alone; each tree has a clock."""

    def __init__(self, house: Hasty, library: Path, behave, channel: str = "sms"):
        self.house = house
        self.channel = channel
        self.provider = (ways.Postman if channel == "email" else ways.Faulty)(behave).start()
        self.clocks = [Clock(house.folder / name, library) for name in ("first", "second")]
        self.second: subprocess.Popen | None = None
        self.acknowledged: dict[str, dict] = {}
        self.talkers = Talkers(house, self._told)

    def begin(self) -> None:
        """All processes, and a conversation to answer in."""
        at = {"smtp_url" if self.channel == "email" else "api_base": self.provider.url}
        plain = furnish(self.house, **at).environment
        self.house.environment = plain | self.clocks[0].environment
        self.house.start()
        with open(self.house.folder / "second.log", "ab") as log:
            self.second = self.house.launch(log, "worker", **self.clocks[1].environment)
        assert self.talkers.mail() == 250 if self.channel == "email" else self.talkers.webhook() == 200
        found = wait_for(lambda: self.house.api("GET", "/conversations").json()["items"], 20, "the conversation")
        self.conversation = found[0]["id"]

    def _told(self, what: dict) -> None:
        self.acknowledged[what["key"]] = what  # one operation: threads need no lock

    def says(self):
        """Texts in and answers out."""
        return self.talkers.webhook, lambda name: self.talkers.reply(self.conversation, name, self.channel)

    def ask(self, question: str) -> list[tuple]:
        with sqlite3.connect(self.house.folder / "home" / "rondpoint.sqlite3") as database:
            return database.execute(question).fetchall()

    def worker_that_took_one(self, seconds: float = 20) -> int:
        """The process that just took a dispatch and has not called the provider yet, if the test is quick enough."""
        end = time.monotonic() + seconds
        with sqlite3.connect(self.house.folder / "home" / "rondpoint.sqlite3") as database:
            while time.monotonic() < end:
                row = database.execute(
                    "SELECT leased_by FROM sending_dispatch WHERE state = 'queued' AND in_flight AND lease_until > ?",
                    ((time.monotonic() + LEASE - 0.02) * 1_000_000,),
                ).fetchone()
                if row is not None:
                    return int(row[0].split(":")[1])
        raise AssertionError("no worker takes anything")

    def settled(self) -> bool:
        """Nothing waits any more, in or out."""
        waiting = "SELECT count(*) FROM channels_delivery WHERE state IN ('new', 'leased')"
        queued = "SELECT count(*) FROM sending_dispatch WHERE state = 'queued'"
        return self.ask(waiting)[0][0] == 0 and self.ask(queued)[0][0] == 0

    def wrong(self) -> list[str]:
        """What of the acknowledged is not there exactly once, and what left twice."""
        stored = Counter(row[0] for row in self.ask("SELECT text FROM conversations_message"))
        found = [f"{what['text']}: stored {stored[what['text']]} times" for what in self.acknowledged.values()
                 if stored[what["text"]] != 1]  # fmt: skip
        texts = {call.text for call in self.provider.calls}
        return found + [f"{text}: left twice" for text in texts if self.provider.taken(text) > 1]

    def end(self) -> None:
        """Stops in order; a process that was left stopped goes on first."""
        if self.second is not None:
            for pid in (*tree(self.house.process.pid), self.second.pid):
                os.kill(pid, signal.SIGCONT)
            self.second.send_signal(signal.SIGTERM)
            assert self.house.stop() == 0
            assert self.second.wait(timeout=40) == 0
        self.provider.stop()


@pytest.fixture
def two(tmp_path, wrong_clock, request):
    house = Hasty(tmp_path, request.param[1])
    with leaving_nothing(house):
        two = Two(house, wrong_clock, request.param[0], *request.param[2:])
        try:
            two.begin()
            yield two
        finally:
            two.end()


@pytest.mark.parametrize("two", [(ways.healthy, {})], indirect=True)
def test_clocks_that_jump_double_nothing_and_hold_up_nothing(two):
    chance, jumps = random.Random(SEED), 0
    with Crowd(two.talkers, *two.says(), pause=0.02) as crowd:
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            chance.choice(two.clocks).set(chance.choice((-3600, -60, 0, 60, 3600)))
            jumps += 1
            crowd.wait(chance.uniform(0.05, 0.4))
    for each in two.clocks:
        each.set(0)
    wait_for(two.settled, 30, "all work done, though some was written an hour ahead")
    states = Counter(row[0] for row in two.ask("SELECT state FROM sending_dispatch"))
    wrong = two.wrong()
    print(
        f"\nclocks: {jumps} jumps, {len(two.acknowledged)} acknowledged, {states['sent']} sent, {states['unknown']}"
        f" unknown, {len(wrong)} lost or doubled (seed {SEED})"
    )
    assert wrong == []
    assert set(states) == {"sent"}


def slow(provider: ways.Faulty, call: ways.Call, line) -> None:
    provider.wait(0.15)
    ways.healthy(provider, call, line)


def slow_mail(provider: ways.Postman, call: ways.Call, line) -> None:
    provider.wait(0.15)


@pytest.mark.parametrize(
    "two", [(slow, PATIENCE), (slow_mail, PATIENCE, "email")], indirect=True, ids=["HTTP", "SMTP"]
)
def test_a_worker_stopped_for_longer_than_its_lease_neither_sends_nor_writes_over(two):
    chance = random.Random(SEED)
    with Crowd(two.talkers, *two.says(), pause=0.3) as crowd:
        for _ in range(STOPS):
            crowd.wait(chance.uniform(0.0, 0.5))
            worker = two.worker_that_took_one()
            os.kill(worker, signal.SIGSTOP)
            crowd.wait(LEASE + chance.uniform(0.7, 1.5))
            os.kill(worker, signal.SIGCONT)
    wait_for(two.settled, 40, "all work done")
    # A dispatch given up says when: a call that came later is one the fence should have held.
    given_up = two.ask(
        "SELECT m.text, e.occurred FROM events_event e JOIN sending_dispatch d"
        " ON d.id = json_extract(e.properties, '$.dispatch_id') JOIN conversations_message m ON m.dispatch_id = d.id"
        " WHERE e.type = 'message.state' AND json_extract(e.properties, '$.state') = 'unknown'"
    )
    ahead = time.time() - time.monotonic()
    late = [
        text for text, when in given_up for call in two.provider.calls
        if call.text == text and call.at + ahead > when / 1_000_000
    ]  # fmt: skip
    wrong = two.wrong()
    print(
        f"\nstopped workers, {two.channel}: {STOPS} stops, {len(two.acknowledged)} acknowledged,"
        f" {len(given_up)} given up as unknown, {len(late)} sent by a late worker, {len(wrong)} lost or doubled"
        f" (seed {SEED})"
    )
    assert (wrong, late) == ([], [])


@pytest.mark.proof("RONDPOINT_CLOCK_SECONDS")  # these jobs come round every 20 seconds
@pytest.mark.parametrize("two", [(ways.healthy, {})], indirect=True)
def test_what_is_put_aside_or_promised_comes_once_whatever_the_clocks_say(two):
    chance = random.Random(SEED)
    for number in range(DUE):
        assert two.talkers.webhook(sender=f"+3319900{2000 + number}") == 200
    items = wait_for(
        lambda: found if len(found := two.house.api("GET", "/conversations").json()["items"]) > DUE else None,
        20,
        "the conversations",
    )
    others = [item["id"] for item in items if item["id"] != two.conversation]
    for number, name in enumerate(others):
        due = datetime.fromtimestamp(time.time() + 2 + 6 * number / DUE, UTC).isoformat()
        promise = {"text": f"promise {number}", "due": due}
        assert two.house.api("POST", f"/conversations/{name}/commitments", json=promise).status_code == 201
        assert two.house.api("PUT", f"/conversations/{name}/snooze", json={"until": due}).status_code == 200
    end = time.monotonic() + max(SECONDS, 8)
    while time.monotonic() < end:
        chance.choice(two.clocks).set(chance.choice((-3600, -60, 0, 60, 3600)))
        time.sleep(chance.uniform(0.05, 0.4))
    for each in two.clocks:
        each.set(0)
    aside = "SELECT count(*) FROM conversations_conversation WHERE state = 'snoozed'"
    kept = "SELECT count(*) FROM conversations_commitment WHERE state = 'open'"
    wait_for(lambda: two.ask(aside)[0][0] == two.ask(kept)[0][0] == 0, 60, "all of it came")
    told = Counter(
        two.ask("SELECT type, json_extract(properties, '$.conversation_id'), json_extract(properties, '$.text')"
                " FROM events_event WHERE type IN ('conversation.woken', 'commitment.missed', 'commitment.due')")
    )  # fmt: skip
    once = Counter(kind for kind, *_ in told)
    twice = [what for what, times in told.items() if times > 1]
    print(
        f"\nclocks: {DUE} put aside and {DUE} promised, {once['conversation.woken']} came back,"
        f" {once['commitment.missed']} were noted, {len(twice)} twice (seed {SEED})"
    )
    assert twice == []
    assert once["conversation.woken"] == once["commitment.missed"] == DUE


def test_no_two_hold_a_lease_whatever_their_clocks_say(tmp_path, wrong_clock, furnished):
    house = furnished.copy_to(tmp_path)
    chance, log, turns = random.Random(SEED), tmp_path / "held", max(3, int(SECONDS * 2))
    clocks = [Clock(tmp_path / name, wrong_clock) for name in ("one", "two", "three")]
    holders = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.faults_outside.holder", f"h{number}", str(log), str(turns)],
            env=house.environment | each.environment,
            cwd=ROOT,
        )
        for number, each in enumerate(clocks)
    ]
    while any(holder.poll() is None for holder in holders):
        chance.choice(clocks).set(chance.choice((-3600, 0, 3600)))
        time.sleep(0.05)
    assert [holder.returncode for holder in holders] == [0, 0, 0]
    rows = [line.split() for line in log.read_text().splitlines()]
    held = sorted((int(began), int(ended), int(fence)) for _, began, ended, fence in rows)
    overlaps = [pair for pair in zip(held, held[1:], strict=False) if pair[1][0] < pair[0][1]]
    print(f"\nleases: held {len(held)} times by 3 processes with jumping clocks, {len(overlaps)} at the same time")
    assert overlaps == []
    assert len(held) == 3 * turns
    fences = [int(fence) for _, _, _, fence in sorted(rows, key=lambda row: int(row[1]))]
    assert fences == sorted(fences) and fences[-1] >= 3, "a fence grows with each new holder"
