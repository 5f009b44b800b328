"""A backup of a house at work: nobody waits for it, and it holds one moment."""

import contextlib
import json
import os
import smtplib
import subprocess
import tarfile
import time

import pytest

from tests.operations.homes import Home
from tests.peers.house import COMMAND, ROOT, House

MAILS = int(os.environ.get("RONDPOINT_BACKUP_MAILS", "60"))
OURS = "bonjour@hirondelle.example.com"
MOST_SECONDS = 2.5  # for one mail, on a machine that does much else
# A backup that waits in the middle of its snapshot until it is told to go on.
SLOW = """
import sys
import django; django.setup()
from rondpoint.config import cli
from rondpoint.config.safekeeping import backup
really = backup._files
def slowly(writer):
    print("reading", flush=True)
    sys.stdin.readline()
    return really(writer)
backup._files = slowly
cli.main(["backup", sys.argv[1]])
"""

pytestmark = pytest.mark.data


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    house = House(tmp_path_factory.mktemp("running"))
    house.connect("email", "Mail", address=OURS)
    house.start()
    yield house
    assert house.stop() == 0


@contextlib.contextmanager
def backup_held_open(house, file):
    environment = {**house.environment, "DJANGO_SETTINGS_MODULE": "rondpoint.config.settings"}
    process = subprocess.Popen(
        [COMMAND[0], "-c", SLOW, str(file)],
        env=environment,
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout.readline() == "reading\n"
        yield
        said, _ = process.communicate("go on\n", timeout=60)
        assert process.returncode == 0 and "written and read again" in said
    finally:
        process.kill()
        process.wait()


def deliver(house, marks: list[str]) -> list[float]:
    """Hands mails in one after the other; the seconds until each was acknowledged."""
    waited = []
    with smtplib.LMTP("127.0.0.1", house.lmtp_port, timeout=60) as line:
        for mark in marks:
            mail = (
                f"From: Ann <ann@example.org>\r\nTo: {OURS}\r\nSubject: {mark}\r\nMessage-ID: <{mark}@example.org>\r\n"
                f"Date: Mon, 23 Nov 2026 10:00:00 +0000\r\n\r\n{mark} {'lamp ' * 11000}\r\n"
            )
            began = time.monotonic()
            line.sendmail("ann@example.org", [OURS], mail)
            waited.append(time.monotonic() - began)
    return waited


def deliveries(file) -> int:
    with tarfile.open(file) as tar:
        manifest = json.load(tar.extractfile("manifest.json"))
    return next(table["rows"] for table in manifest["tables"] if table["name"] == "channels_delivery")


def test_deliveries_are_acknowledged_while_a_backup_is_open(house, tmp_path):
    deliver(house, [f"before-{number}" for number in range(3)])
    with backup_held_open(house, tmp_path / "slow"):
        waited = deliver(house, [f"during-{number}" for number in range(MAILS)])
        with pytest.raises(AssertionError, match="another backup"):
            house.run("backup", str(tmp_path / "second"))
    print(f"mails acknowledged under an open backup: N={MAILS}, slowest {max(waited):.2f} s, failures=0")
    assert max(waited) < MOST_SECONDS, sorted(waited)[-5:]
    assert deliveries(tmp_path / "slow") == 3
    house.run("backup", str(tmp_path / "after"))
    assert deliveries(tmp_path / "after") == 3 + MAILS


def test_a_backup_made_while_mail_comes_in_is_one_moment(house, tmp_path):
    """What was acknowledged before it began is in it; no row in it refers to one that is not."""
    file, before, during = tmp_path / "live", [], []
    before += deliver(house, [f"sooner-{number}" for number in range(5)])
    making = subprocess.Popen([*COMMAND, "backup", str(file)], env=house.environment, cwd=ROOT)
    while making.poll() is None:
        during += deliver(house, [f"live-{len(during)}"])
    assert making.returncode == 0
    restored = Home(tmp_path)
    restored.run("restore", file)
    kept = "SELECT count(*) FROM channels_delivery WHERE instr(CAST(body AS text), 'Subject: {}-') > 0"
    assert restored.query(kept.format("sooner")) == [(5,)]
    assert restored.query(kept.format("live"))[0][0] <= len(during)
    assert restored.query("PRAGMA foreign_key_check") == []
