"""PostgreSQL goes away and comes back, and its backends die: nothing acknowledged is lost or doubled, nobody helps.

``RONDPOINT_POSTGRES_ROUNDS`` is how often the server is restarted and a shower of backends killed.
"""

import os
import random
import shutil
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

import httpx
import psycopg
import pytest
from tests.faults_outside.talkers import Crowd, Talkers, furnish, leaving_nothing
from tests.peers.house import House, wait_for
from tests.peers.postgres import Postgres
from tests.peers.sms_provider import Provider

ROUNDS = int(os.environ.get("RONDPOINT_POSTGRES_ROUNDS", "1"))
SECONDS = float(os.environ.get("RONDPOINT_POSTGRES_SECONDS", "1.5"))
RECOVERY = 30.0


class Server(Postgres):
    """One that is treated badly."""

    def restart(self, mode: str) -> None:
        """``fast`` ends all sessions in order, ``immediate`` as in a crash."""
        self._run("pg_ctl", "-D", self._folder / "data", "-m", mode, "-w", "-l", self._folder / "log", "restart")

    def start_again(self) -> None:
        """After ``stop()``."""
        options = (self._folder / "data" / "postmaster.opts").read_text().split(" ", 1)[1].replace('"', "'")
        self._run("pg_ctl", "-D", self._folder / "data", "-w", "-l", self._folder / "log", "-o", options, "start")

    def ask(self, question: str, *values) -> list[tuple]:
        """Rows of a query of the test's own."""
        with psycopg.connect(self.url, autocommit=True) as handle:
            return handle.execute(question, values).fetchall()

    def shoot(self, chance: random.Random) -> int:
        """Ends one of the house's sessions in the middle of whatever it does; how many were there."""
        pids = [
            row[0]
            for row in self.ask(
                "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
            )
        ]
        if pids:
            self.ask("SELECT pg_terminate_backend(%s)", chance.choice(pids))
        return len(pids)


@pytest.fixture(scope="module")
def server():
    folder = Path(tempfile.mkdtemp(prefix="rondpoint-postgres-"))  # pytest's own folders are closed to other users
    server = Server(folder).start()
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def house(tmp_path_factory, server):
    provider = Provider()
    house = House(tmp_path_factory.mktemp("house"))
    house.environment |= {"DATABASE_URL": server.url, "RONDPOINT_UNDO_SECONDS": "0"}
    house.provider = provider
    with leaving_nothing(house):
        yield furnish(house, provider.url).start()
        assert house.stop() == 0
    provider.stop()


def test_nothing_is_lost_or_doubled_when_postgresql_fails(house, server):
    chance = random.Random(int(os.environ.get("RONDPOINT_FAULT_SEED", "7")))
    acknowledged: dict[str, dict] = {}
    turn = threading.Lock()

    def told(what: dict) -> None:
        with turn:
            acknowledged[what["key"]] = what

    talkers = Talkers(house, told)
    assert talkers.webhook() == 200
    found = wait_for(lambda: house.api("GET", "/conversations").json()["items"], what="the conversation")
    conversation = found[0]["id"]
    replies = [lambda name: talkers.reply(conversation, name)] * 3
    says = (talkers.webhook, talkers.mail, talkers.chat, *replies)
    listening = _listening(server)
    assert listening >= 2, "web and worker listen for wake-ups"
    shots, worst = 0, 0.0
    with Crowd(talkers, *says, pause=0.02) as crowd:
        for _ in range(ROUNDS):
            for mode in ("fast", "immediate"):
                crowd.wait(SECONDS * chance.uniform(0.5, 1))
                server.restart(mode)
                worst = max(worst, _recovery(talkers))
            end = time.monotonic() + SECONDS * 2
            while time.monotonic() < end:
                shots += 1 if server.shoot(chance) else 0
                crowd.wait(chance.uniform(0.01, 0.1))
            worst = max(worst, _recovery(talkers))
            crowd.wait(SECONDS)
    since = time.monotonic()
    wait_for(lambda: _settled(server), 60, "all work done")
    wait_for(lambda: _listening(server) >= listening, 10, "all listen again")
    worst = max(worst, time.monotonic() - since)
    lost, doubled, unknown = _compare(server, house.provider, acknowledged)
    print(
        f"\npostgresql: {len(acknowledged)} acknowledged, {2 * ROUNDS} restarts, {shots} backends killed,"
        f" {len(lost)} lost, {len(doubled)} doubled, {unknown} unknown, recovery worst {worst:.1f} s"
    )
    assert (lost, doubled) == ([], [])
    assert worst <= RECOVERY


def test_while_postgresql_is_away_everybody_is_asked_to_come_again(house, server):
    talkers = Talkers(house, lambda what: None)
    wait_for(lambda: talkers.chat() == 200, 30, "a chat")
    count = len(talkers.answers)
    server.stop()
    try:
        assert [talkers.webhook(), talkers.chat(), talkers.upload()] == [503, 503, 503]
        assert talkers.reply("01900000-0000-7000-8000-000000000000", "away") == 503
        assert talkers.mail() in (451, 452)
        for kind, status, headers in talkers.answers[count:]:
            if status == 503:
                assert int(headers["retry-after"]) > 0, kind
                assert headers["content-type"] == "application/problem+json", kind
        assert httpx.get(f"{house.url}/healthz").status_code == 200
        assert httpx.get(f"{house.url}/readyz").status_code == 503
    finally:
        server.start_again()
    _recovery(talkers)


def _recovery(talkers: Talkers) -> float:
    since = time.monotonic()
    wait_for(lambda: talkers.webhook() == 200, RECOVERY, "webhooks again")
    wait_for(lambda: talkers.mail() == 250, RECOVERY, "mail again")
    wait_for(lambda: talkers.chat() in (200, 429), RECOVERY, "chat again")
    wait_for(lambda: httpx.get(f"{talkers.house.url}/readyz", timeout=5).status_code == 200, RECOVERY, "ready again")
    return time.monotonic() - since


def _listening(server: Server) -> int:
    return server.ask("SELECT count(*) FROM pg_stat_activity WHERE query = 'LISTEN rondpoint_wake'")[0][0]


def _settled(server: Server) -> bool:
    waiting = server.ask("SELECT count(*) FROM channels_delivery WHERE state NOT IN ('done', 'quarantined')")[0][0]
    queued = server.ask("SELECT count(*) FROM sending_dispatch WHERE state = 'queued' AND NOT in_flight")[0][0]
    return waiting == 0 and queued == 0


def _compare(server: Server, provider: Provider, acknowledged: dict[str, dict]) -> tuple[list[str], list[str], int]:
    """What was lost, what is there twice, and how many sends nobody can be sure of."""
    stored = Counter(row[0].strip() for row in server.ask("SELECT text FROM conversations_message"))
    sent = Counter(fields["Body"].strip() for fields in provider.sent)
    unknown = {
        row[0].strip()
        for row in server.ask(
            "SELECT m.text FROM conversations_message m JOIN sending_dispatch d ON d.id = m.dispatch_id"
            " WHERE d.state = 'unknown' OR (d.state = 'queued' AND d.in_flight)"
        )
    }
    texts = {what["text"]: what["kind"] for what in acknowledged.values()}
    lost = [text for text, kind in texts.items() if not stored[text]]
    lost += [
        f"sent: {text}" for text, kind in texts.items() if kind == "reply" and not sent[text] and text not in unknown
    ]
    doubled = [text for text in texts if stored[text] > 1 or sent[text] > 1]
    return lost, doubled, len(unknown)
