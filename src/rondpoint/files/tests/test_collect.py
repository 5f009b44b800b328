"""Contents that nobody refers to go; one that somebody refers to, saves just now or backs up never does."""

import contextlib
import os
import sys
import threading
import time
from unittest.mock import Mock

import pytest

from rondpoint.conversations.models import Attachment
from rondpoint.files import actions, collect, queries, references
from rondpoint.files.models import StoredFile
from rondpoint.lib import clock
from rondpoint.lib.db import write

pytestmark = [pytest.mark.data, pytest.mark.django_db]
OLD = time.time() - 2 * collect.GRACE


@pytest.fixture(autouse=True)
def _empty_store():
    for path in queries.path("0" * 64).parents[1].glob("??/*"):
        path.unlink()


@pytest.fixture
def pauses():
    held = []
    references.pause("a test", lambda: bool(held))
    yield held
    references._pauses.pop("a test")


def kept(content: bytes, referred: bool = False, aged: bool = True) -> str:
    sha256 = actions.save(content)
    with write():
        actions.register(sha256, len(content))
        if referred:
            Attachment.objects.create(sha256=sha256, name="a", content_type="text/plain", size=len(content))
        if aged:
            StoredFile.objects.filter(sha256=sha256).update(created=int(OLD * clock.SECOND))
    if aged:
        os.utime(queries.path(sha256), (OLD, OLD))
    return sha256


def is_there(sha256: str) -> tuple[bool, bool]:
    return queries.path(sha256).exists(), StoredFile.objects.filter(sha256=sha256).exists()


def test_what_nobody_refers_to_goes_after_a_day():
    unwanted, wanted, young = kept(b"unwanted"), kept(b"wanted", referred=True), kept(b"young", aged=False)
    stray = actions.save(b"saved, but its transaction failed")
    os.utime(queries.path(stray), (OLD, OLD))
    lost = kept(b"its content is gone already")
    queries.path(lost).unlink()
    assert collect.sweep(collect.FOLDERS) == 2
    assert is_there(unwanted) == is_there(stray) == is_there(lost) == (False, False)
    assert is_there(wanted) == is_there(young) == (True, True)


@pytest.mark.parametrize("few", [1000, 0])
def test_the_rounds_reach_the_whole_store(monkeypatch, few):
    monkeypatch.setattr(collect, "FEW", few)
    gone = [kept(b"content %d" % number) for number in range(200)]  # some for each turn, whatever the time of day
    now = time.time()
    collect.some(now)
    first = sum(not any(is_there(sha256)) for sha256 in gone)  # other tests may have left contents of their own
    assert first == 200 if few else 0 < first < 100
    for number in range(1, 16):
        collect.some(now + number * collect.EVERY)
    assert not any(any(is_there(sha256)) for sha256 in gone)


def test_an_upload_a_process_died_over_goes_too():
    folder = queries.path("0" * 64).parents[1]
    for name, age in (("dead", OLD), ("living", time.time())):
        (folder / f"{actions.PARTIAL}{name}").write_bytes(b"half")
        os.utime(folder / f"{actions.PARTIAL}{name}", (age, age))
    collect.sweep(["00"])
    assert [path.name for path in folder.glob(f"{actions.PARTIAL}*")] == [f"{actions.PARTIAL}living"]
    (folder / f"{actions.PARTIAL}living").unlink()


def test_nothing_goes_while_a_backup_is_open(pauses):
    unwanted = kept(b"unwanted")
    pauses.append(1)
    assert collect.sweep(collect.FOLDERS) == 0
    assert is_there(unwanted) == (True, True)
    pauses.clear()
    assert collect.sweep(collect.FOLDERS) == 1


def test_nothing_goes_when_nobody_says_who_refers(monkeypatch):
    unwanted = kept(b"unwanted")
    monkeypatch.setattr(references, "_holders", {})
    with pytest.raises(LookupError):
        collect.sweep(collect.FOLDERS)
    assert is_there(unwanted) == (True, True)


@pytest.mark.parametrize("when", ["before the references are read", "after they are read"])
def test_what_is_uploaded_again_while_collecting_stays(monkeypatch, when):
    """The bytes of an old, unwanted content come in again in the middle of a collection; their row comes later."""
    sha256 = kept(b"the same attachment again")
    really = references.held

    def held(low, high):
        first = really(low, high) if when.startswith("after") else None
        assert actions.save(b"the same attachment again") == sha256
        return really(low, high) if first is None else first

    monkeypatch.setattr(references, "held", held)
    assert collect.sweep(collect.FOLDERS) == 0
    with write():
        actions.register(sha256, 25)
    assert is_there(sha256) == (True, True)


def test_an_upload_never_finds_a_content_that_is_about_to_go(monkeypatch):
    """Saving and removing the same content at the same time, many times over: once saved, it is on disk."""
    monkeypatch.setattr(collect, "write", contextlib.nullcontext)  # the thread has no database
    monkeypatch.setattr(collect, "StoredFile", Mock())
    monkeypatch.setattr(references, "paused", lambda: False)
    rounds, lost, removed, stop = 500, [], [], threading.Event()
    sha256 = actions.save(b"a race")
    target = queries.path(sha256)

    def remove():
        while not stop.is_set():
            removed.append(collect._remove([sha256], time.time() - collect.GRACE))
            stop.wait(5e-5)

    thread = threading.Thread(target=remove)
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    thread.start()
    try:
        for number in range(rounds):
            with contextlib.suppress(FileNotFoundError):
                os.utime(target, (OLD, OLD))
            stop.wait(number % 20 * 1e-5)  # now the one comes first, now the other
            actions.save(b"a race")
            if not target.exists():
                lost.append(number)
    finally:
        stop.set()
        thread.join()
        sys.setswitchinterval(usual)
    print(f"saving against removing: N={rounds}, removed={sum(removed)}, lost={len(lost)}")
    assert sum(removed) > 10, "the two never met"
    assert not lost
