"""The two ends of the pipe to a parsing child: frames that are cut, answers that are too large, ways to die."""

import io
import os
import signal
import time

import pytest

from rondpoint.lib import isolation
from rondpoint.lib.isolation import Crashed, Isolated

BEHAVIOUR = """
import os

def large(payload):
    return bytes(100_000)

def mute(payload):
    os._exit(0)

def pid(payload):
    return str(os.getpid()).encode()
"""


@pytest.fixture
def behaviour(tmp_path, monkeypatch):
    (tmp_path / "conduct.py").write_text(BEHAVIOUR)
    monkeypatch.syspath_prepend(str(tmp_path))
    made = []

    def child(name: str) -> Isolated:
        made.append(Isolated(f"conduct:{name}", seconds=2))
        return made[-1]

    yield child
    for one in made:
        one.close()


def test_a_frame_is_read_whole_or_not_at_all():
    pipe = io.BytesIO()
    isolation._write_frame(pipe, b"o", b"hello")
    whole = pipe.getvalue()
    assert isolation._read_frame(io.BytesIO(whole), 100) == (b"o", b"hello")
    for cut in (0, 3, len(whole) - 1):
        with pytest.raises(EOFError):
            isolation._read_frame(io.BytesIO(whole[:cut]), 100)
    with pytest.raises(ValueError, match="too large"):
        isolation._read_frame(io.BytesIO(whole), 4)


@pytest.mark.parametrize(
    ("error", "kind", "said"),
    [
        (MemoryError(), b"f", b"more memory than allowed"),
        (RecursionError(), b"e", b"nested too deeply"),
        (ValueError("no subject"), b"e", b"no subject"),
        (LookupError(), b"e", b"LookupError"),
    ],
)
def test_what_breaks_a_parser_is_told_and_only_lack_of_memory_ends_the_child(error, kind, said):
    def parser(_: bytes) -> bytes:
        raise error

    told, answer = isolation._answer(parser, b"")
    assert told == kind
    assert said in answer


def test_a_good_answer_is_handed_back():
    assert isolation._answer(bytes.upper, b"abc") == (b"o", b"ABC")


def test_an_answer_that_is_too_large_is_not_read(behaviour, monkeypatch):
    monkeypatch.setattr(isolation, "_LARGEST_ANSWER", 99_999)
    with pytest.raises(Crashed):
        behaviour("large").call(b"")


def test_a_child_that_leaves_without_a_word_is_told(behaviour):
    with pytest.raises(Crashed, match="ended before it answered"):
        behaviour("mute").call(b"")


def test_a_child_that_died_between_two_calls_is_replaced(behaviour):
    child = behaviour("pid")
    first = int(child.call(b""))
    os.kill(first, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while child._child.poll() is None and time.monotonic() < deadline:
        pass
    assert int(child.call(b"")) != first


def test_a_process_that_was_forked_starts_a_child_of_its_own(behaviour, monkeypatch):
    """The pipes of the child belong to the parent's conversation."""
    child = behaviour("pid")
    first = int(child.call(b""))
    parents = child._child
    monkeypatch.setattr(isolation.os, "getpid", lambda: -1)
    assert int(child.call(b"")) != first
    monkeypatch.undo()
    assert parents.poll() is None  # the parent's child was left alone
    parents.kill()
    parents.wait()
    for pipe in (parents.stdin, parents.stdout):
        pipe.close()


def test_closing_what_never_began_is_harmless():
    idle = Isolated("conduct:pid")
    idle.close()
    idle.close()
