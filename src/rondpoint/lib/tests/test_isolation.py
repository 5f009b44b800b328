"""A function in a child process: its answers, its errors, and what happens when it dies."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from rondpoint.lib.isolation import Crashed, Isolated

BEHAVIOUR = """
import os

def run(payload):
    word, _, rest = payload.partition(b" ")
    if word == b"echo":
        return rest
    if word == b"pid":
        return str(os.getpid()).encode()
    if word == b"print":
        print("noise", flush=True)
        os.write(1, b"more noise")
        return b"quiet"
    if word == b"fail":
        raise KeyError("no such thing")
    if word == b"memory":
        return bytes(10**10)[:1]
    if word == b"spin":
        while True:
            pass
    if word == b"sleep":
        import time
        time.sleep(float(rest))
        return b"slept"
    if word == b"die":
        os.abort()
    if word == b"environment":
        return " ".join(sorted(os.environ)).encode()
    if word == b"files":
        return str(len([os.open("/dev/null", os.O_RDONLY) for _ in range(100)])).encode()
    if word == b"modules":
        import sys
        return b"yes" if "django" in sys.modules else b"no"
"""


@pytest.fixture
def child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "behaviour.py").write_text(BEHAVIOUR)
    monkeypatch.syspath_prepend(str(tmp_path))
    isolated = Isolated("behaviour:run", memory_mb=256, seconds=2, max_input=3_000_000, calls=50)
    yield isolated
    isolated.close()


def test_bytes_go_in_and_come_back(child):
    payload = os.urandom(2_000_000)
    assert child.call(b"echo " + payload) == payload
    assert child.call(b"echo ") == b""


def test_one_child_serves_many_calls_and_is_replaced_in_the_end(child):
    pids = [child.call(b"pid") for _ in range(101)]
    assert len(set(pids)) == 3
    assert len(set(pids[:50])) == 1


def test_an_error_comes_back_as_value_error_and_the_child_lives(child):
    before = child.call(b"pid")
    with pytest.raises(ValueError, match="no such thing"):
        child.call(b"fail")
    assert child.call(b"pid") == before


@pytest.mark.parametrize(
    ("word", "reason"), [(b"memory", "memory"), (b"spin", "longer than 2 seconds"), (b"die", "SIGABRT")]
)
def test_death_is_reported_and_the_next_call_works(child, word, reason):
    with pytest.raises(Crashed, match=reason):
        child.call(word)
    assert child.call(b"echo again") == b"again"


def test_print_does_not_garble_the_answer(child):
    assert child.call(b"print") == b"quiet"


def test_too_large_an_input_is_refused_before_it_is_sent(child):
    with pytest.raises(ValueError, match="at most"):
        child.call(bytes(3_000_001))


def test_the_child_knows_no_secret_opens_few_files_and_has_no_django(child, monkeypatch):
    monkeypatch.setenv("RONDPOINT_SECRET", "very secret")
    assert b"RONDPOINT_SECRET" not in child.call(b"environment")
    with pytest.raises(ValueError, match="open files"):
        child.call(b"files")
    assert child.call(b"modules") == b"no"


def test_threads_share_one_child(child):
    answers: dict[int, bytes] = {}

    def work(number: int) -> None:
        answers[number] = child.call(b"echo %d" % number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {number: b"%d" % number for number in range(20)}


def test_a_target_that_cannot_be_loaded_says_so():
    isolated = Isolated("rondpoint.no_such_module:run")
    with pytest.raises(Crashed, match="cannot be loaded"):
        isolated.call(b"")
    isolated.close()


def test_the_child_ends_with_its_parent(tmp_path):
    (tmp_path / "behaviour.py").write_text(BEHAVIOUR)
    script = "from rondpoint.lib.isolation import Isolated\nprint(Isolated('behaviour:run').call(b'pid').decode())"
    environment = {"PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}
    pid = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, check=True).stdout
    deadline = time.monotonic() + 5
    while Path(f"/proc/{int(pid)}").exists() and time.monotonic() < deadline:
        threading.Event().wait(0.05)
    assert not Path(f"/proc/{int(pid)}").exists()


def test_time_that_others_take_does_not_count_but_nobody_waits_for_ever(child, monkeypatch):
    child.seconds = 0.5
    assert child.call(b"sleep 1") == b"slept"  # as on a busy machine: longer by the clock, not by its own doing
    monkeypatch.setattr("rondpoint.lib.isolation.PATIENCE", 1)
    with pytest.raises(Crashed, match="longer than 0.5 seconds"):
        child.call(b"sleep 30")
    assert child.call(b"echo again") == b"again"
