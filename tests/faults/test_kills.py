"""Whoever is killed while messages come and go: what was acknowledged is there, once, whole and in its order.

The long form: ``RONDPOINT_FAULT_DELIVERIES=100000 RONDPOINT_FAULT_KILLS=600``.
"""

import itertools
import os
import time
from collections.abc import Callable

import pytest
from tests.faults import matching
from tests.faults.ledger import Ledger
from tests.faults.reading import Tables
from tests.faults.replier import Provider, Replier
from tests.faults.roles import DESK, EDGE, WORKER, Roles
from tests.faults.senders import Sender
from tests.faults_outside.talkers import furnish
from tests.peers.house import wait_for

DELIVERIES = int(os.environ.get("RONDPOINT_FAULT_DELIVERIES", "600"))
KILLS = int(os.environ.get("RONDPOINT_FAULT_KILLS", "6"))
THREADS = {"webhook": 4, "mail": 4, "chat": 8}  # of people; a chat session may say two texts in a second at most
STEP = DELIVERIES // (KILLS + 1)  # deliveries from one kill to the next
RECOVERY = 30  # seconds
SOON = 3.0  # seconds that a kill waits for a call to cut off

pytestmark = pytest.mark.peer


@pytest.fixture
def provider():
    made = Provider().start()
    yield made
    made.stop()


@pytest.fixture
def house(tmp_path, provider):
    made = furnish(Roles(tmp_path), provider.url).start()
    yield made
    made.stop()


def test_nothing_acknowledged_is_lost_doubled_or_out_of_order(house, provider, tmp_path, capsys):
    ledger, killed = Ledger(), []
    tables = Tables(tmp_path / "home", house.environment.get("DATABASE_URL", ""))

    def pause(kind: str) -> float:
        """A channel that is ahead of the kills goes on, but slowly."""
        return 1.0 if ledger.count(kind) > (len(killed) + 2) * STEP / len(THREADS) else 0.0

    senders = [Sender(house, ledger, kind, (i, many), pause) for kind, many in THREADS.items() for i in range(many)]
    agent = Replier(house, ledger)
    for thread in (*senders, agent):
        thread.start()
    kill(house, provider, ledger, killed, lambda: next((s.error for s in (*senders, agent) if s.error), None))
    for sender in senders:
        sender.enough.set()
    for sender in senders:
        sender.join()
        assert sender.error is None, sender.error
    agent.finish()
    settle(tables)
    times = sorted(matching.recoveries(house.deaths[WORKER], tables))
    faults = {
        "lost": matching.lost(ledger, tables),
        "doubled": matching.doubled(ledger, tables),
        "out of order": matching.disordered(ledger, tables),
        "strayed": matching.strayed(ledger, tables),
        "without a fact of their own": matching.untold(tables),
        "answers astray": matching.answers(agent.accepted, provider.taken(), tables),
    }
    slowest = tables.number("SELECT max(processed - received) FROM channels_delivery") / 1e6
    unknown = tables.number("SELECT count(*) FROM sending_dispatch WHERE state = 'unknown'")
    again = tables.number("SELECT count(*) FROM sending_dispatch WHERE attempts > 1")
    everything = ledger.count()
    during = [count for count in killed if 0 < count < everything - STEP / 2]
    gap = max(after - before for before, after in itertools.pairwise([0, *killed, everything]))
    with capsys.disabled():
        print(
            f"\nkills: {everything} deliveries in {ledger.tries} tries ({_share(ledger.at_once, ledger)} at once, "
            f"{_share(ledger.repeated, ledger)} said again, {_share(ledger.late, ledger)} late), {KILLS} kills, "
            f"{killed[-1]} deliveries before the last, {len(during)} of them while more came, at most {gap} between "
            f"two; {', '.join(f'{len(found)} {what}' for what, found in faults.items())}; "
            f"{len(agent.accepted)} answers, {unknown} unknown, {again} tried again; "
            f"roles back within {max(house.away):.1f} s, recovery worst {times[-1]:.1f} s "
            f"(p99 {times[int(len(times) * 0.99)]:.1f} s), {slowest:.1f} s over all deaths"
        )
    assert not any(faults.values()), {what: found[:5] for what, found in faults.items()}
    assert len(during) >= 0.9 * KILLS, "kills must fall while deliveries come in"
    assert gap <= max(3 * everything / KILLS, everything / 10), "kills must be spread over all deliveries"
    assert min(len(ledger.at_once), len(ledger.late)) >= 0.1 * everything and len(ledger.repeated) >= 0.15 * everything
    assert times[-1] <= RECOVERY
    assert max(house.away) <= RECOVERY, f"a role was away for {max(house.away):.1f} s"


def kill(
    house: Roles, provider: Provider, ledger: Ledger, killed: list[int], trouble: Callable[[], BaseException | None]
) -> None:
    """Kills a role at every step of deliveries, each in its turn and once it is there again, and waits for another
    step. A worker dies during a call of the provider when there is one soon. ``killed`` gets the deliveries
    acknowledged before each."""
    for role in itertools.islice(itertools.cycle((WORKER, EDGE, DESK)), KILLS):
        _until(house, lambda: ledger.count() >= [0, *killed][-1] + STEP or trouble(), f"{STEP} deliveries")
        assert trouble() is None, trouble()
        _until(house, lambda role=role: role not in house.down(), f"{role} after its death")
        soon = time.monotonic() + SOON
        while role == WORKER and not provider.busy and time.monotonic() < soon:
            time.sleep(0.01)
        house.kill(role)
        killed.append(ledger.count())
    enough = max(killed[-1] + STEP, DELIVERIES)
    _until(house, lambda: ledger.count() >= enough or trouble(), f"{STEP} more deliveries")
    _until(house, lambda: not house.down(), "all roles")


def settle(tables: Tables) -> None:
    """Waits until all that came in is worked off and all that goes out has gone, or is given up."""
    for question, what in (
        ("channels_delivery WHERE state IN ('new', 'leased', 'waiting')", "deliveries to be worked off"),
        ("sending_dispatch WHERE state = 'queued'", "answers to go"),
    ):
        wait_for(lambda question=question: not tables.number(f"SELECT count(*) FROM {question}"), 120, what)


def _until(house: Roles, condition: Callable[[], object], what: str) -> None:
    wait_for(lambda: (house.down(), condition())[1], 180, f"{what}; see {house.folder / 'house.log'}")


def _share(some, ledger: Ledger) -> str:
    return f"{len(some) / ledger.count():.0%}"
