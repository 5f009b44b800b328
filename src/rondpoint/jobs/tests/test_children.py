"""Children answer, say what was wrong, and never outstay."""

import os
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from rondpoint.jobs import children

HERE = "rondpoint.jobs.tests.test_children"


def add(one, two):
    print("what libraries print is no answer")
    return {"sum": one + two}


def refuse():
    raise ValueError("all[0].count: expected a number")


def die():
    raise SystemExit(9)


def fail():
    raise KeyError("nothing")


def stay():
    time.sleep(60)


def niceness():
    return os.nice(0)


def test_what_somebody_waits_for_goes_before_a_child():
    assert children.run(f"{HERE}:niceness", {}, 60) == min(19, os.nice(0) + children.NICE)


def test_a_child_answers():
    assert children.run(f"{HERE}:add", {"one": 1, "two": 2}, 60) == {"sum": 3}


def test_what_it_refuses_is_a_value_error_with_its_words():
    with pytest.raises(ValueError, match=r"^all\[0\].count: expected a number$"):
        children.run(f"{HERE}:refuse", {}, 60)


@pytest.mark.parametrize(("target", "said"), [("fail", "KeyError"), ("die", "ended with 9")])
def test_one_that_breaks_says_how(target, said):
    with pytest.raises(children.Broken, match=said):
        children.run(f"{HERE}:{target}", {}, 60)


def test_one_that_stays_too_long_is_ended_while_leases_are_kept(monkeypatch):
    monkeypatch.setattr(children, "PAUSE", 0.5)
    kept = []
    began = time.monotonic()
    with pytest.raises(children.Broken, match="longer than 3 s"):
        children.run(f"{HERE}:stay", {}, 3, meanwhile=lambda: kept.append(1))
    assert time.monotonic() - began < 30
    assert len(kept) >= 3


def test_a_stop_ends_those_that_run():
    with ThreadPoolExecutor(1) as thread:
        answer = thread.submit(children.run, f"{HERE}:stay", {}, 60)
        deadline = time.monotonic() + 30
        while not children._running:
            assert time.monotonic() < deadline
        children.end()
        with pytest.raises(children.Ended):
            answer.result(30)
    assert not children._running and not children._ended


def test_the_heavy_libraries_stay_out_of_what_always_runs():
    """They would cost each process of the house 80 MB and more."""
    found = children.run(f"{HERE}:loaded", {}, 60)
    assert found == []


def loaded():
    import sys

    from rondpoint.config import api, house, urls  # noqa: F401
    from rondpoint.config.roles import edge, worker  # noqa: F401

    house.join_rooms()
    return sorted({"ibis", "duckdb", "pyarrow", "pandas", "numpy", "splink", "typst"} & set(sys.modules))
