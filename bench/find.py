"""``find``: how quickly customers are found as they are typed. Every answer is checked.

``python bench/find.py [--engine …] [--customers N] [--questions N] [--quick]``
"""

import random

import harness
from generate import Person, people, person

GOALS = {100_000: 20, 1_000_000: 50}  # ms at so many customers


def run(bench: harness.Bench) -> None:
    """Names whole and begun, slips, telephone numbers, addresses; p99 over all of them, the middle of three rounds."""
    with harness.house(bench.engine, f"people-{bench.customers}", lambda: people(bench.customers)):
        from rondpoint.customers import finding

        chance = random.Random(7)
        asked = [ask(person(chance.randint(1, bench.customers)), n, chance) for n in range(bench.questions)]
        taken = harness.rounds(lambda one: _answer(finding, *one), asked, warm=22)
        harness.report(
            "find", taken.at(0.99), "ms", len(asked), goal=GOALS.get(bench.customers),
            conditions={
                **taken.conditions(0.99),
                "questions": "names whole and begun, slips, phones whole and last four digits, addresses, nobody",
            },
        )  # fmt: skip


def ask(one: Person, number: int, chance: random.Random) -> tuple[str, str]:
    """A question as somebody types it, and who must be among twenty answers ("": nobody in particular)."""
    first, last = one.name.split()
    place = chance.randrange(1, len(last) - 1)
    slip = last[:place] + last[place + 1 :]
    phone = one.phone
    return [
        (phone, one.name),
        (f"0{phone[3]} {phone[4:6]} {phone[6:8]} {phone[8:10]} {phone[10:]}", one.name),
        (one.email, one.name),
        (phone[-4:], ""),
        (one.name, ""),
        (f"{last[:3]} {first}", ""),
        (first, ""),
        (first[:2], ""),
        (f"{slip} {first}", ""),
        (last, ""),
        ("colette introuvable", ""),
    ][number % 11]


def _answer(finding, question: str, expected: str) -> None:
    found = finding.find(question, 20)
    if expected:
        names = [row.name for row in found]
        harness.check(expected in names, f"{question!r} should find {expected}, found {names}")


if __name__ == "__main__":
    harness.main(run, customers=(100_000, 2_000), questions=(990, 110))
