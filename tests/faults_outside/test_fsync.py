"""The power fails at any moment: what was acknowledged is on disk, whole, and the house starts again on it.

``RONDPOINT_POWER_CUTS`` is how many moments are tried, ``RONDPOINT_POWER_RESTARTS`` on how many of them the house is
really started. See ``disk`` for what is simulated.
"""

import os
import random
import sqlite3
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from tests.faults_outside.disk import Disk, read
from tests.faults_outside.power import Generation, cuts, losses
from tests.faults_outside.talkers import leaving_nothing, move_in
from tests.peers.house import House, wait_for

CUTS = int(os.environ.get("RONDPOINT_POWER_CUTS", "12"))
RESTARTS = int(os.environ.get("RONDPOINT_POWER_RESTARTS", "1"))
LONG = "RONDPOINT_POWER_CUTS" in os.environ
SEED = int(os.environ.get("RONDPOINT_FAULT_SEED", "0")) or random.randrange(1, 1_000_000)
SECONDS = 2.0

LAX_SQLITE = """
from rondpoint.lib import db
pragmas = db.connection_pragmas
db.connection_pragmas = lambda: pragmas().replace("synchronous=FULL", "synchronous=OFF")
"""
LAX_FILES = """
import os
truth = os.fsync
os.fsync = lambda handle: None
"""


class Reopened(House):
    """After a death mail comes in again when the lease of the dead has run out; the rest is there at once."""

    def _ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/readyz", timeout=2).status_code == 200
        except httpx.TransportError:
            return False


def test_what_was_acknowledged_survives_a_power_cut(tmp_path, outside, furnished):
    chance, acknowledged, found, looked = random.Random(SEED), {}, [], 0
    house = furnished.copy_to(tmp_path)

    def look(home: Path, told: dict) -> None:
        nonlocal looked
        looked += 1
        found.extend(f"cut {looked}: {loss}" for loss in losses(home, told))

    for number in range(RESTARTS):
        generation = Generation(tmp_path, outside)
        house = generation.live(SECONDS * chance.uniform(0.3, 1.5), house)
        cuts(generation, CUTS // RESTARTS - 1, chance, look, acknowledged)
        assert not found, f"seed {SEED}, generation {number}: {found[:5]}"
    with leaving_nothing(move_in(Reopened(tmp_path), house)) as last:
        last.start()
        wait_for(lambda: _waiting(last.folder / "home") == 0, 30, "all that survived is worked off")
        assert httpx.get(f"{last.url}/readyz").status_code == 200
        assert last.stop() == 0
    print(
        f"\npower cuts: {looked} cuts, {RESTARTS} restarts, {len(acknowledged)} acknowledged, {len(found)} lost"
        f" (seed {SEED})"
    )


SAVE_TWICE = """
import os, pathlib, django
django.setup()
from rondpoint.files import actions
for attempt in range(2):
    try:
        print(actions.save(b"an invoice"))
    except OSError as error:
        print("refused:", error.strerror)
    pathlib.Path(os.environ["OUTSIDE_EIO_FOLDERS"]).unlink(missing_ok=True)
"""


def test_a_content_is_not_taken_for_safe_because_it_is_there(tmp_path, outside, furnished):
    house = furnished.copy_to(tmp_path)
    home, journal, failing = tmp_path / "home", tmp_path / "journal", tmp_path / "failing"
    disk = Disk(home)
    failing.touch()
    environment = house.environment | {
        "DJANGO_SETTINGS_MODULE": "rondpoint.config.settings",
        "LD_PRELOAD": str(outside),
        "OUTSIDE_HOME": str(home),
        "OUTSIDE_JOURNAL": str(journal),
        "OUTSIDE_EIO_FOLDERS": str(failing),
    }
    done = subprocess.run(
        [sys.executable, "-c", SAVE_TWICE], env=environment, capture_output=True, text=True, check=True
    )
    refused, sha256 = done.stdout.split("\n")[:2]
    assert refused == "refused: Input/output error"
    for record in read(journal):
        disk.apply(record)
    for seed in range(20):
        disk.cut(random.Random(seed), tmp_path / "after")
        assert (tmp_path / "after" / "files" / sha256[:2] / sha256).read_bytes() == b"an invoice"


@pytest.mark.proof("RONDPOINT_POWER_CUTS")  # a proof of the proof
@pytest.mark.parametrize("lax", [LAX_SQLITE, LAX_FILES], ids=["sqlite", "files"])
def test_the_proof_finds_a_house_that_does_not_fsync(tmp_path, outside, furnished, lax):
    (tmp_path / "sitecustomize.py").write_text(lax)
    extra = {"PYTHONPATH": os.pathsep.join([str(tmp_path), *filter(None, sys.path)])}
    found = []
    house = furnished.copy_to(tmp_path)
    generation = Generation(tmp_path, outside, extra)
    generation.live(SECONDS, house)
    cuts(generation, 12, random.Random(1), lambda home, told: found.extend(losses(home, told)), {})
    assert found, "nothing was lost although nothing was fsynced: the proof proves nothing"


def _waiting(home: Path) -> int:
    with sqlite3.connect(home / "rondpoint.sqlite3") as database:
        rows = database.execute("SELECT count(*) FROM channels_delivery WHERE state IN ('new', 'leased')")
        return rows.fetchone()[0]
