"""``search``: how quickly messages are found by their words, newest first. Answers are checked.

``python bench/search.py [--engine …] [--messages N] [--questions N] [--quick]``
"""

import random
from collections.abc import Callable

import generate
import harness

GOAL = 100  # ms, p99 over a million messages


def run(bench: harness.Bench) -> None:
    """Common and rare words, phrases, beginnings and filters, asked by an agent and by a supervisor in turn."""
    people = bench.messages // generate.A_CONVERSATION
    with harness.house(bench.engine, f"messages-{bench.messages}", lambda: fill(people)):
        from rondpoint.conversations.search.finds import Search
        from rondpoint.conversations.search.question import read

        readers = generate.staff()
        words, weights = generate.vocabulary()
        chance = random.Random(11)
        asked = [(ask(n, chance, words, weights), readers[n % 2]) for n in range(bench.questions)]

        def answer(one: tuple) -> None:
            check(one[0], Search(read(one[0]), one[1]).messages(limit=20).rows)

        taken = harness.rounds(answer, asked, warm=26)
        harness.report(
            "search", taken.at(0.99), "ms", len(asked), goal=GOAL,
            conditions={
                **taken.conditions(0.99),
                "readers": "an agent in a team and a supervisor",
                "slowest_kinds_ms": slowest(taken, asked),
            },
        )  # fmt: skip


def fill(people: int) -> None:
    """A conversation of five messages for each of so many people."""
    generate.people(people)
    generate.staff()
    generate.conversations(people, people)


def ask(number: int, chance: random.Random, words: list[str], weights: list[float]) -> str:
    """A question as somebody types it: common and rare words, phrases, beginnings, filters."""
    common, other = chance.choices(generate.COMMON, k=2)
    rare = chance.choices(words, weights)[0]
    return KINDS[number % len(KINDS)](common, other, rare)


KINDS: list[Callable[[str, str, str], str]] = [
    lambda common, other, rare: common,
    lambda common, other, rare: rare,
    lambda common, other, rare: f"{common} {rare}",
    lambda common, other, rare: f"{common} {other}",
    lambda common, other, rare: f'"{common} {other}"',
    lambda common, other, rare: f"{common} -{other}",
    lambda common, other, rare: f"{common} OR {rare}",
    lambda common, other, rare: common[:3],
    lambda common, other, rare: rare[:4],
    lambda common, other, rare: f"{common} channel:sms direction:in",
    lambda common, other, rare: f"{common} before:2024-03",
    lambda common, other, rare: f"{common} state:closed",
    lambda common, other, rare: f"{rare} after:2025-01 is:open",
]


def check(text: str, rows: list) -> None:
    """Every answer holds what was asked, and the newest is first."""
    ids = [row.id for row in rows]
    harness.check(ids == sorted(ids, reverse=True), f"{text}: {ids} are not the newest first")
    plain = [word for word in text.split() if word.isalpha()]
    for row in rows:
        held = row.text.split()
        if "OR" not in plain and '"' not in text:
            found = all(any(word.startswith(one) for word in held) for one in plain)
            harness.check(found, f"{text}: not in {row.text!r}")
        harness.check("channel:sms" not in text or row.channel == "sms", f"{text}: a message by {row.channel}")
        harness.check("before:" not in text or row.at < 1_709_251_200_000_000, f"{text}: a message of {row.at}")


def slowest(taken: harness.Rounds, asked: list[tuple]) -> dict[str, float]:
    """The three kinds of question that take longest, with the p95 of each in the last round."""
    kinds: dict[int, list[float]] = {}
    for number, spent in enumerate(taken.wall[-1]):
        kinds.setdefault(number % len(KINDS), []).append(spent)
    ranked = sorted(((harness.percentile(one, 0.95), kind) for kind, one in kinds.items()), reverse=True)
    return {asked[kind][0]: round(spent, 1) for spent, kind in ranked[:3]}


if __name__ == "__main__":
    harness.main(run, messages=(1_000_000, 5_000), questions=(650, 130))
