"""How quickly messages are found by their words: ``python bench/search.py [messages] [questions]``.

Makes a house of its own in a temporary folder, fills it with invented messages, asks as an agent and as a supervisor
would, checks answers, and prints JSON lines: the search, newest first, and what the index adds to storing a message.
"""

import json
import os
import random
import statistics
import sys
import tempfile
import time
import uuid

COMMON = ["bonjour", "merci", "colis", "commande", "livraison", "retour", "facture", "taille", "adresse", "paiement"]
CHANNELS = ("email", "sms", "chat")
MONTH = 30 * 86_400 * 1_000_000
START = 1_700_000_000_000_000


def main(messages: int, questions: int) -> None:
    home = tempfile.TemporaryDirectory(prefix="rondpoint-bench-")
    os.environ |= {"RONDPOINT_HOME": home.name, "DJANGO_SETTINGS_MODULE": "rondpoint.config.settings"}
    import django

    django.setup()
    from rondpoint.config.setup import prepare
    from rondpoint.conversations.search.finds import Search
    from rondpoint.conversations.search.question import read

    prepare()
    chance = random.Random(11)
    words = COMMON + sorted(
        {
            "".join(
                chance.choices("bcdflmnprst", k=2)
                + chance.choices("aeiou", k=2)
                + chance.choices("abcdefilmnorst", k=chance.randint(0, 5))
            )
            for _ in range(40_000)
        }
    )
    weights = [1 / (rank + 2) for rank in range(len(words))]
    stored = fill(messages, words, weights, chance)
    agent, supervisor = staff()
    for number in range(13):  # the first of each kind loads modules and pages
        Search(read(ask(number, chance, words, weights)), agent).messages(limit=20)
    taken, worked = [], []
    for number in range(questions):
        text = ask(number, chance, words, weights)
        started, begun = time.perf_counter(), time.process_time()
        page = Search(read(text), (agent, supervisor)[number % 2]).messages(limit=20)
        taken.append((time.perf_counter() - started) * 1000)
        worked.append((time.process_time() - begun) * 1000)
        check(text, page.rows)
    show("search messages newest first, p99", taken, worked, questions, messages)
    print(
        json.dumps(
            {
                "name": "store a message with the index, mean",
                "value": round(stored, 4),
                "unit": "ms",
                "n": messages,
                "conditions": {"batches": 5000, "words_a_message": "5 to 40"},
            }
        )
    )


def fill(messages: int, words: list[str], weights: list[float], chance: random.Random) -> float:
    """Invented messages in conversations of five; milliseconds a message."""
    from rondpoint.conversations.models import Conversation, Message
    from rondpoint.customers.models import Customer, Profile
    from rondpoint.lib.db import write

    spent = 0.0
    pool = chance.choices(words, weights, k=400_000)
    for start in range(1, messages + 1, 5000):
        numbers = range(start, min(start + 5000, messages + 1))
        people = sorted({(number - 1) // 5 + 1 for number in numbers})
        rows = []
        for number in numbers:
            place = chance.randrange(len(pool) - 40)
            rows.append(
                Message(
                    id=number, public_id=uuid.UUID(int=number), conversation_id=(number - 1) // 5 + 1,
                    origin_conversation_id=(number - 1) // 5 + 1, profile_id=(number - 1) // 5 + 1,
                    direction="in" if number % 3 else "out", channel=CHANNELS[number % 3], address_kind="phone",
                    address="+33199001234", author_kind="customer",
                    text=" ".join(pool[place : place + 5 + number % 36]),
                    at=START + number * (24 * MONTH // messages), source_key=f"bench:{number}",
                )
            )  # fmt: skip
        with write():
            known = {"created": START}
            new = [n for n in people if (n - 1) * 5 + 1 >= start]
            Customer.objects.bulk_create([Customer(id=n, name=f"Customer {n}", **known) for n in new])
            Profile.objects.bulk_create([Profile(id=n, source="b", key=str(n), customer_id=n, **known) for n in new])
            Conversation.objects.bulk_create(
                [
                    Conversation(
                        id=n, profile_id=n, customer_id=n, state=("open", "closed", "closed")[n % 3],
                        last_message_at=START + n, **known,
                    )
                    for n in new
                ]
            )  # fmt: skip
            began = time.perf_counter()
            Message.objects.bulk_create(rows)
            spent += time.perf_counter() - began
    return spent * 1000 / messages


def staff() -> tuple:
    """An agent in a team of her own, who sees what is nobody's, and a supervisor, who sees all."""
    from rondpoint.accounts.models import Team, User
    from rondpoint.lib.db import write

    with write():
        agent = User.objects.create(email="agent@example.com", name="Agent", role="agent")
        agent.teams.add(Team.objects.create(name="Returns"))
        return agent, User.objects.create(email="supervisor@example.com", name="Supervisor", role="supervisor")


def ask(number: int, chance: random.Random, words: list[str], weights: list[float]) -> str:
    """A question as somebody types it: common and rare words, phrases, beginnings, filters."""
    common, other = chance.choices(COMMON, k=2)
    rare = chance.choices(words, weights)[0]
    return [
        common,
        rare,
        f"{common} {rare}",
        f"{common} {other}",
        f'"{common} {other}"',
        f"{common} -{other}",
        f"{common} OR {rare}",
        common[:3],
        rare[:4],
        f"{common} channel:sms direction:in",
        f"{common} before:2024-03",
        f"{common} state:closed",
        f"{rare} after:2025-01 is:open",
    ][number % 13]


def check(text: str, rows: list) -> None:
    """Every answer holds what was asked, and the newest is first."""
    ids = [row.id for row in rows]
    assert ids == sorted(ids, reverse=True), text
    plain = [word for word in text.split() if word.isalpha()]
    for row in rows:
        held = row.text.split()
        if "OR" not in plain and '"' not in text:
            assert all(any(word.startswith(one) for word in held) for one in plain), (text, row.text)
        assert "channel:sms" not in text or row.channel == "sms"
        assert "before:" not in text or row.at < 1_709_251_200_000_000


def show(name: str, taken: list[float], worked: list[float], questions: int, messages: int) -> None:
    taken.sort()
    worked.sort()
    conditions = {
        "messages": messages,
        "engine": "postgresql" if "DATABASE_URL" in os.environ else "sqlite",
        "median_ms": round(statistics.median(taken), 2),
        "worst_ms": round(taken[-1], 2),
        "cpu_p99_ms": round(worked[int(questions * 0.99)], 2),
        "load": round(os.getloadavg()[0], 1),
        "cores": os.cpu_count(),
        "readers": "an agent in a team and a supervisor",
    }
    value = round(taken[int(questions * 0.99)], 2)
    print(json.dumps({"name": name, "value": value, "unit": "ms", "n": questions, "conditions": conditions}))


if __name__ == "__main__":
    main(*(int(value.replace("_", "")) for value in (sys.argv[1:] + ["300000", "650"][len(sys.argv) - 1 :])[:2]))
