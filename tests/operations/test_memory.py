"""A backup and a restore take no more memory for a large house than for a small one."""

import os
import subprocess

import pytest

from tests.peers.house import COMMAND, ROOT

ROWS = int(os.environ.get("RONDPOINT_BACKUP_ROWS", "60000"))
MORE_KILOBYTES = 40_000


# What the kernel says of the process itself: resource usage would count its parent's memory before the exec.
MEASURED = """
import re, sys
from rondpoint.config import cli
cli.main(sys.argv[1:])
print(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read()).group(1))
"""


def peak(home, *arguments) -> int:
    """The most memory a command had, in kB."""
    command = [COMMAND[0], "-c", MEASURED, *map(str, arguments)]
    done = subprocess.run(command, env=home.environment, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return int(done.stdout.split()[-1])


@pytest.fixture
def large(first_day):
    """Many rows of nearly a kilobyte."""
    first_day.change(
        f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {ROWS}) "
        "INSERT INTO events_event (type, channel, source, message_id, occurred, received, properties, \"transaction\") "
        "SELECT 'page.viewed', 'web', 'shop', i, i, i, json_object('path', hex(randomblob(400))), 0 FROM n"
    )
    return first_day


def test_memory_stays_as_it_was(small, large, on_sqlite, tmp_path):
    few = peak(small, "backup", tmp_path / "few")
    many = peak(large, "backup", tmp_path / "many")
    few_in, many_in = on_sqlite(), on_sqlite()
    into_few, into_many = peak(few_in, "restore", tmp_path / "few"), peak(many_in, "restore", tmp_path / "many")
    size = (tmp_path / "many").stat().st_size / 1e6
    print(
        f"memory of a backup: N={ROWS} rows, {size:.0f} MB, {many} kB after {few}; "
        f"of its restore {into_many} kB after {into_few}, failures=0"
    )
    assert many_in.query("SELECT count(*) FROM events_event") == [(ROWS,)]
    assert many - few < MORE_KILOBYTES
    assert into_many - into_few < MORE_KILOBYTES + 64_000  # SQLite's cache, which is bounded
