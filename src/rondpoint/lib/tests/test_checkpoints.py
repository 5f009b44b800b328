"""The write-ahead log is folded back, by one only, whatever the disk says."""

import contextlib
import os
import sqlite3
import threading
import time
from pathlib import Path

import pytest

from rondpoint.lib import db


@pytest.fixture
def database(tmp_path: Path):
    """A database whose log nobody folds back by himself; yields its path and a writer's connection."""
    path = tmp_path / "house.sqlite3"
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("PRAGMA journal_mode=WAL")
        writer.execute("PRAGMA wal_autocheckpoint=0")
        writer.execute("CREATE TABLE rows (text TEXT)")
        yield path, writer


class Looks(threading.Event):
    """A keeper's clock that counts how often he woke."""

    looks = 0

    def wait(self, timeout: float | None = None) -> bool:
        self.looks += 1
        return super().wait(timeout)


def log_size(path: Path) -> int:
    return path.with_name(f"{path.name}-wal").stat().st_size


def wait_for(condition, seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        threading.Event().wait(0.01)
    assert condition()


def test_a_log_that_grew_is_folded_back_and_the_rows_stay(database):
    path, writer = database
    writer.executemany("INSERT INTO rows VALUES (?)", [("x" * 1000,)] * 50)
    assert log_size(path) > 4 * 4096
    keeper = db.Checkpointer(path, every_seconds=0.01, pages=4)
    keeper.start()
    wait_for(lambda: log_size(path) == 0)
    keeper.stop()
    assert writer.execute("SELECT count(*) FROM rows").fetchone() == (50,)


def test_a_small_log_is_left_alone_and_a_missing_one_harms_nobody(database, tmp_path):
    path, writer = database
    writer.execute("INSERT INTO rows VALUES ('x')")
    size = log_size(path)
    keepers = [db.Checkpointer(path, 0.01, pages=1000), db.Checkpointer(tmp_path / "none.sqlite3", 0.01)]
    for keeper in keepers:
        keeper._stop = Looks()
        keeper.start()
    wait_for(lambda: all(keeper._stop.looks > 3 for keeper in keepers))
    for keeper in keepers:
        keeper.stop()
    assert log_size(path) == size > 0
    assert not (tmp_path / "none.sqlite3").exists()


def test_a_disk_that_fails_once_does_not_end_the_keeper(database, monkeypatch):
    path, writer = database
    writer.executemany("INSERT INTO rows VALUES (?)", [("x" * 1000,)] * 50)
    tried = []
    fold = db.checkpoint

    def sick(target: Path) -> None:
        tried.append(target)
        if len(tried) == 1:
            raise sqlite3.OperationalError("disk I/O error")
        if len(tried) == 2:
            raise OSError(28, "No space left on device")
        fold(target)

    monkeypatch.setattr(db, "checkpoint", sick)
    keeper = db.Checkpointer(path, every_seconds=0.01, pages=4)
    keeper.start()
    wait_for(lambda: log_size(path) == 0)
    keeper.stop()
    assert len(tried) >= 3


def test_who_waits_for_a_lock_in_vain_leaves_no_file_open(tmp_path, monkeypatch):
    def broken(*_: object) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr(db.fcntl, "flock", broken)
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(OSError, match="No locks available"):
        db._lock(str(tmp_path / "turnstile"))
    assert len(os.listdir("/proc/self/fd")) == before
