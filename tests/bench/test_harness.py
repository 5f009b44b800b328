"""What all benchmarks rely on: percentiles, rounds, the line of result, and the same people every time."""

import json
import sys
from pathlib import Path

import pytest

BENCH = str(Path(__file__).parents[2] / "bench")


@pytest.fixture
def bench(monkeypatch):
    """The folder of benchmarks as their own scripts see it."""
    before = set(sys.modules)
    monkeypatch.syspath_prepend(BENCH)
    import generate
    import harness

    yield harness, generate
    for name in ("generate", "harness", "databases"):
        if name not in before:
            sys.modules.pop(name, None)


@pytest.mark.parametrize(("share", "value"), [(0.5, 50), (0.95, 95), (0.99, 99), (1.0, 100), (0.0, 1)])
def test_percentiles_are_values_that_were_measured(bench, share, value):
    assert bench[0].percentile(range(100, 0, -1), share) == value


def test_one_disturbed_round_changes_nothing(bench):
    harness, _ = bench
    taken = harness.Rounds([[1.0, 2.0], [1.0, 900.0], [1.0, 3.0]], [[1.0, 1.0]] * 3)
    assert taken.at(0.99) == 3.0
    assert taken.conditions(0.99)["rounds_ms"] == [2.0, 900.0, 3.0]


def test_each_question_is_asked_in_each_round(bench):
    asked = []
    taken = bench[0].rounds(asked.append, ["a", "b"], times=3, warm=1)
    assert asked == ["a", *["a", "b"] * 3]
    assert [len(one) for one in taken.wall] == [2, 2, 2]


@pytest.mark.parametrize(
    ("better", "value", "peer", "ratio", "reached"), [("higher", 300, 50, 6.0, True), ("lower", 20, 60, 3.0, False)]
)
def test_the_line_of_result(bench, capsys, better, value, peer, ratio, reached):
    goal = 250 if better == "higher" else 10
    bench[0].report("x", value, "/s", 9, better=better, goal=goal, peer="other", peer_value=peer, conditions={"a": 1})
    (line,) = capsys.readouterr().out.splitlines()
    said = json.loads(line)
    assert list(said) == ["name", "value", "unit", "n", "peer", "peer_value", "ratio", "conditions"]
    assert (said["ratio"], said["conditions"]["reached"], said["conditions"]["a"]) == (ratio, reached, 1)


def test_both_engines_are_asked_for_with_the_same_words(bench):
    words = ["--quick", "--engine", "both", "--customers", "5", "--engine=both"]
    assert list(bench[0]._without_engine(words)) == ["--quick", "--customers", "5"]


def test_people_are_the_same_every_time_and_nobody_is_real(bench):
    _, generate = bench
    people = [generate.person(number) for number in range(1, 400)]
    assert people == [generate.person(number) for number in range(1, 400)]
    assert len({one.email for one in people}) == len(people)
    assert all("@example." in one.email for one in people)
