"""A worker is killed in the middle of a periodic job: another takes the job over, and each turn has its effect once.

The long form, with the product's own lease of half a minute: ``RONDPOINT_JOB_KILLS=10``.
"""

import itertools
import os
import random
import subprocess
import sys
import time
from collections import Counter

import pytest
from tests.faults.reading import Tables
from tests.faults.rounds import TURN
from tests.peers.house import ROOT, House, free_port, wait_for

KILLS = int(os.environ.get("RONDPOINT_JOB_KILLS", "3"))
LONG = "RONDPOINT_JOB_KILLS" in os.environ
LEASE = 30.0 if LONG else 3.0  # seconds; the long form leaves the product's as it is
LATE = 5.0  # seconds by which a job may be taken over later than its lease ran out

pytestmark = pytest.mark.peer


class Diary:
    """What the job noted: (began or ended, turn, process, monotonic seconds)."""

    def __init__(self, path):
        self.path = path
        path.touch()

    def lines(self) -> list[tuple[str, int, int, float]]:
        whole = self.path.read_text("ascii").rpartition("\n")[0].splitlines()
        rows = (line.split() for line in whole)
        return [(what, int(turn), int(process), float(at)) for what, turn, process, at in rows]

    def in_the_middle(self) -> int:
        """The process that is in a turn now; 0 for none."""
        last = self.lines()[-1:]
        return last[0][2] if last and last[0][0] == "began" else 0

    def next_of(self, others: set[int], after: float) -> float:
        """When one of these processes first began a turn after a time; 0 while none did."""
        return next((at for what, _, who, at in self.lines() if what == "began" and who in others and at > after), 0)


class Workers:
    """Two of them on one home, by process id; one that is killed has a successor at once."""

    def __init__(self, house: House, diary: Diary):
        self._house, self._diary = house, diary
        self.alive: dict[int, subprocess.Popen] = {}

    def start(self) -> int:
        environment = self._house.environment | {
            "RONDPOINT_TEST_DIARY": str(self._diary.path),
            "RONDPOINT_TEST_LEASE": "" if LONG else str(LEASE),
            "RONDPOINT_PORT": str(free_port()),
        }
        with open(self._house.folder / "house.log", "ab") as log:
            made = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.rounds"], env=environment, stdout=log, stderr=log, cwd=ROOT
            )
        self.alive[made.pid] = made
        return made.pid

    def kill(self, process: int) -> float:
        """When it died."""
        dead = self.alive.pop(process)
        dead.kill()
        dead.wait(timeout=10)
        return time.monotonic()

    def stop(self) -> None:
        for process in self.alive.values():
            process.terminate()
        for process in self.alive.values():
            process.wait(timeout=40)


@pytest.fixture
def house(tmp_path):
    made = House(tmp_path)
    made.run("key", "create", "jobs")
    return made


def test_a_job_of_a_dead_worker_is_taken_over_and_has_its_effect_once(house, tmp_path, capsys):
    diary, chance = Diary(tmp_path / "diary"), random.Random(7)
    workers = Workers(house, diary)
    ended: dict[int, float] = {}
    waits = []
    try:
        workers.start()
        workers.start()
        for _ in range(KILLS):
            worker = wait_for(diary.in_the_middle, LEASE + 60, "a worker in the middle of the job")
            time.sleep(chance.uniform(0, TURN))
            ended[worker] = workers.kill(worker)
            heirs = {workers.start(), *workers.alive}
            taken = wait_for(
                lambda heirs=heirs, died=ended[worker]: diary.next_of(heirs, died), LEASE + 60, "the job's next turn"
            )
            waits.append(taken - ended[worker])
            done = diary.lines()[-1][1]
            wait_for(lambda done=done: diary.lines()[-1][1] > done + 1, 60, "two more turns")
    finally:
        workers.stop()
    lines = diary.lines()
    tables = Tables(tmp_path / "home", house.environment.get("DATABASE_URL", ""))
    scopes = [scope for (scope,) in tables.rows("SELECT scope FROM conversations_attempt WHERE scope LIKE 'turn %'")]
    turns = Counter(int(scope.split()[1]) for scope in scopes)
    begun = Counter(turn for what, turn, *_ in lines if what == "began")
    again = [turn for turn, times in begun.items() if times > 1]
    wrong = [turn for turn in range(max(turns) + 1) if turns[turn] != 1]
    together = overlaps(lines, ended)
    with capsys.disabled():
        print(
            f"\njobs: {KILLS} kills during a periodic job, {sum(turns.values())} turns, {len(again)} of them cut off "
            f"and run again, {len(wrong)} lost or doubled, {len(together)} run by two at once; "
            f"taken over within {max(waits):.1f} s of a death"
        )
    assert not wrong, wrong
    assert not together, together
    assert again, "no kill fell before the effect of a turn"
    assert max(waits) <= LEASE + LATE


def overlaps(lines: list[tuple[str, int, int, float]], ended: dict[int, float]) -> list[tuple[float, float]]:
    """Turns that began before another's end. A turn cut off ends with its process."""
    turns = []
    for place, (what, turn, process, at) in enumerate(lines):
        if what == "began":
            end = next((e for w, t, p, e in lines[place:] if (w, t, p) == ("ended", turn, process)), ended.get(process))
            turns.append((at, end if end is not None else float("inf")))
    return [(one[1], other[0]) for one, other in itertools.pairwise(sorted(turns)) if other[0] < one[1]]
