"""The benchmarks run, check their own results and say them in one form. Their short forms say nothing of speed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
KEYS = {"name", "value", "unit", "n", "peer", "peer_value", "ratio", "conditions"}


def run(*words):
    """A benchmark's exit code and the lines that it printed."""
    kept = {
        key: value for key, value in os.environ.items() if not key.startswith(("RONDPOINT_", "DJANGO_", "DATABASE"))
    }
    done = subprocess.run([sys.executable, *words], cwd=ROOT, env=kept, capture_output=True, text=True, timeout=240)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0 or not lines, done.stderr
    return done.returncode, lines, done.stderr


@pytest.mark.parametrize(
    ("bench", "units"),
    [
        ("find", {"find": "ms"}),
        ("search", {"search": "ms"}),
        ("customer_view", {"customer-view": "ms"}),
        ("gate", {"gate": "s"}),
        ("footprint", {"footprint": "MB"}),
        ("widget_weight", {"widget-weight": "kB"}),
        ("streams", {"streams": "MB", "streams-fan-out": "ms"}),
        ("link", {"link-train": "s", "link": "s", "link-one": "ms"}),
    ],
)
def test_a_benchmark_runs_and_says_its_result_in_one_form(bench, units):
    code, lines, errors = run(f"bench/{bench}.py", "--quick")
    assert code == 0, errors
    assert {line["name"]: line["unit"] for line in lines} == units
    for line in lines:
        assert line.keys() == KEYS
        assert line["value"] > 0 and line["n"] > 0
        assert {"engine", "cores", "load_before", "better", "quick"} <= line["conditions"].keys()


def test_a_wrong_answer_is_no_result(tmp_path):
    """The check of ``find``, with a house that finds nobody."""
    code, lines, errors = run(
        _with(tmp_path, "find", "from rondpoint.customers import finding\nfinding.find = none"), "--quick"
    )
    assert (code, lines) == (1, [])
    assert "should find" in errors


def test_a_lost_piece_of_news_is_no_result(tmp_path):
    """The check of ``streams``: one of the visitors is told nothing."""
    code, lines, errors = run(_with(tmp_path, "streams", "deaf(main)"), "--quick", "--streams", "5")
    assert (code, lines) == (1, [])
    assert "4 of 5 streams had the news" in errors


def _with(folder, bench, fault):
    """A benchmark that is told to do something wrong once its house stands."""
    script = folder / f"{bench}.py"
    script.write_text(
        f"""
import contextlib, sys
sys.path.insert(0, {str(ROOT / "bench")!r})
import harness
import {bench} as main

def none(*_):
    return []

def deaf(bench):
    tell = bench.tell
    bench.tell = lambda profiles, number: tell(profiles if number >= 1000 else profiles[1:], number)
    bench.PATIENCE = 3
    bench.Screens.news.__defaults__ = (3,)

house = harness.house

@contextlib.contextmanager
def faulty(*args):
    with house(*args) as home:
        {fault.replace(chr(10), chr(10) + "        ")}
        yield home

harness.house = faulty
harness.main(main.run, customers=300, questions=22, streams=5)
""",
        encoding="utf-8",
    )
    return script
