"""How quickly customers are found as they are typed: ``python bench/find.py [customers] [questions]``.

Makes a house of its own in a temporary folder, fills it with invented customers, asks what people type, checks every
answer, and prints one JSON line.
"""

import json
import os
import random
import statistics
import sys
import tempfile
import time

SYLLABLES = [first + second for first in "bdflmnrstv" for second in ("a", "e", "i", "o", "ar", "el")]
FIRST = [
    "Awa",
    "Marie",
    "Jean",
    "Éloïse",
    "Paul",
    "Zoé",
    "Luc",
    "Inès",
    "Noé",
    "Anaïs",
    "Hugo",
    "Rémi",
    "Fanta",
    "Yann",
]


def main(customers: int, questions: int) -> None:
    home = tempfile.TemporaryDirectory(prefix="rondpoint-bench-")
    os.environ |= {"RONDPOINT_HOME": home.name, "DJANGO_SETTINGS_MODULE": "rondpoint.config.settings"}
    import django

    django.setup()
    from rondpoint.config.setup import prepare
    from rondpoint.customers import finding

    prepare()
    chance = random.Random(7)
    people = fill(customers, chance)
    started = time.perf_counter()
    finding.rebuild()
    built = time.perf_counter() - started
    taken, worked = [], []
    for number in range(questions):
        name, phone, email = people[chance.randrange(len(people))]
        question, expected = ask(name, phone, email, number, chance)
        started, begun = time.perf_counter(), time.process_time()
        found = finding.find(question, 20)
        taken.append((time.perf_counter() - started) * 1000)
        worked.append((time.process_time() - begun) * 1000)
        if expected:
            assert any(row.name == name for row in found), (question, name, [row.name for row in found])
    taken.sort()
    worked.sort()
    print(
        json.dumps(
            {
                "name": "find customers as typed, p99",
                "value": round(taken[int(len(taken) * 0.99)], 2),
                "unit": "ms",
                "n": questions,
                "conditions": {
                    "customers": customers,
                    "engine": "sqlite" if "DATABASE_URL" not in os.environ else "postgresql",
                    "median_ms": round(statistics.median(taken), 2),
                    "worst_ms": round(taken[-1], 2),
                    "cpu_p99_ms": round(worked[int(len(worked) * 0.99)], 2),
                    "load": round(os.getloadavg()[0], 1),
                    "index_built_s": round(built, 1),
                    "cores": os.cpu_count(),
                    "questions": "names whole and begun, slips, phones whole and last four digits, addresses",
                },
            }
        )
    )


def fill(customers: int, chance: random.Random) -> list[tuple[str, str, str]]:
    """Invented customers with a phone number and an address each, written past the actions."""
    from rondpoint.customers.models import Customer, Identifier, Profile
    from rondpoint.customers.types import Evidence
    from rondpoint.lib.db import write

    lasts = sorted({"".join(chance.choices(SYLLABLES, k=chance.randint(2, 4))).title() for _ in range(60_000)})
    weights = [1 / (rank + 5) for rank in range(len(lasts))]
    people = []
    for start in range(1, customers + 1, 10_000):
        numbers = range(start, min(start + 10_000, customers + 1))
        rows = []
        for number, last in zip(numbers, chance.choices(lasts, weights, k=len(numbers)), strict=True):
            name = f"{chance.choice(FIRST)} {last}"
            email = f"{last.lower()}{number}@example.{chance.choice(('com', 'org', 'net'))}"
            rows.append((number, name, f"+331{number:08d}", email))
        with write():
            Customer.objects.bulk_create([Customer(id=n, name=name, last_seen=n) for n, name, _, _ in rows])
            Profile.objects.bulk_create(
                [
                    Profile(id=n, source="bench", key=str(n), customer_id=n, traits={"name": {"value": name, "at": 1}})
                    for n, name, _, _ in rows
                ]
            )
            Identifier.objects.bulk_create(
                [
                    Identifier(profile_id=n, kind=kind, value=value, evidence=Evidence.SIGNED)
                    for n, _, phone, email in rows
                    for kind, value in (("phone", phone), ("email", email))
                ]
            )
        people += [row[1:] for row in rows]
    return people


def ask(name: str, phone: str, email: str, number: int, chance: random.Random) -> tuple[str, bool]:
    """A question as somebody types it, and whether the person must be among twenty answers."""
    first, last = name.split()
    place = chance.randrange(1, len(last) - 1)
    slip = last[:place] + last[place + 1 :]
    return [
        (phone, True),
        (f"0{phone[3]} {phone[4:6]} {phone[6:8]} {phone[8:10]} {phone[10:]}", True),
        (email, True),
        (phone[-4:], False),
        (name, False),
        (f"{last[:3]} {first}", False),
        (first, False),
        (first[:2], False),
        (f"{slip} {first}", False),
        (last, False),
        ("colette introuvable", False),
    ][number % 11]


if __name__ == "__main__":
    main(*(int(value.replace("_", "")) for value in (sys.argv[1:] + ["100000", "1000"][len(sys.argv) - 1 :])[:2]))
