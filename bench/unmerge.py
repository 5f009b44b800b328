"""``unmerge``: how long a customer with many facts and messages takes to come apart, and whether each fact goes home.

``python bench/unmerge.py [--engine …] [--facts N] [--histories N] [--times N] [--quick]``

First random histories of messages, merges and un-merges, many at a time, judged by an oracle that knows only the list
of merges in force; one that disagrees ends the benchmark. Then one customer of two people with half of ``--facts``
messages each, and as many facts: she is merged and un-merged ``--times`` times.
"""

import random
import statistics
import time
from typing import Any

import harness

GOAL = 1.0  # seconds
PEOPLE, STEPS, TOGETHER = 4, 12, 250  # of a history; histories played side by side
LANDED = 200  # messages at once


def run(bench: harness.Bench) -> None:
    """Seconds for one un-merge; the histories that were exact."""
    with harness.house(bench.engine):
        world = World()
        began = time.process_time()
        steps = sum(_histories(world, start, min(TOGETHER, bench.histories - start))
                    for start in range(0, bench.histories, TOGETHER))  # fmt: skip
        played = time.process_time() - began
        rounds = _coming_apart(world, bench.facts, bench.times)
        harness.report(
            "unmerge", statistics.median(took for took, _ in rounds), "s", bench.facts, better="lower", goal=GOAL,
            conditions={"worst_s": round(max(took for took, _ in rounds), 3),
                        "cpu_s": round(statistics.median(work for _, work in rounds), 3),
                        "histories_exact": bench.histories, "unmerges_in_them": steps,
                        "histories_cpu_s": round(played, 1)},
        )  # fmt: skip


class World:
    """A house that messages reach as the pipeline brings them."""

    def __init__(self) -> None:
        from rondpoint.accounts.models import Brand
        from rondpoint.channels import connections
        from rondpoint.channels.models import Connection
        from rondpoint.config.house import join_rooms
        from rondpoint.lib.db import write

        join_rooms()
        with write():
            made = Connection.objects.create(
                kind="email", name="Mail", brand=Brand.objects.first(), settings={"address": "desk@example.com"}
            )
        self.info, self.moment = connections.info(made), 0

    def land(self, addresses: list[str]) -> list[Any]:
        """A message from each address, in this order; what they became."""
        from rondpoint.channels.contract import Address, MessageIn
        from rondpoint.channels.handlers import Arrival
        from rondpoint.conversations import actions
        from rondpoint.conversations.models import Message
        from rondpoint.lib.db import write

        last = Message.objects.order_by("-id").values_list("id", flat=True).first() or 0
        arrivals = []
        for address in addresses:
            self.moment += 1
            item = MessageIn(
                event_id=f"e{self.moment}", at=self.moment * 1_000_000, account="us", text="Bonjour",
                sender=Address("email", address, "", "provider"),
            )  # fmt: skip
            arrivals.append(Arrival(self.moment, self.info, item, f"{self.moment}:0", item.at))
        with write():
            actions.receive(arrivals)
        return list(Message.objects.filter(id__gt=last).order_by("id"))


def _histories(world: World, start: int, number: int) -> int:
    """Plays histories side by side, each step of all at once; how many un-merges there were."""
    from rondpoint.conversations.tests.oracle import Oracle, wrong
    from rondpoint.customers import actions as customers
    from rondpoint.customers.models import Link
    from rondpoint.lib.db import write

    chances = [random.Random(seed) for seed in range(start, start + number)]
    oracles = [Oracle() for _ in chances]
    addresses: dict[int, str] = {}
    author: dict[int, int] = {}
    undone = 0
    for step in range(STEPS):
        writing: dict[str, int] = {}
        now = world.moment * 1_000_000 + step
        with write():  # one commit for all that happens in a step
            for place, (chance, oracle) in enumerate(zip(chances, oracles, strict=True)):
                what = chance.random()
                if what < 0.4 or len(oracle.people) < 2:
                    writing[f"h{start + place}p{chance.randrange(PEOPLE)}@example.com"] = place
                elif what < 0.75 and (pair := oracle.next_merge(chance)):
                    oracle.merges.append((customers.merge(*pair, "bench", now).id, *pair))
                elif what >= 0.75 and oracle.merges:
                    merge = oracle.merges.pop(chance.randrange(len(oracle.merges)))
                    customers.unmerge(Link.objects.get(id=merge[0]), "bench", now)
                    undone += 1
        for message in world.land(list(writing)):
            author[message.id] = message.profile_id
            addresses[message.profile_id] = message.address
            people = oracles[writing[message.address]].people
            if message.profile_id not in people:
                people.append(message.profile_id)
        if step % 4 == 3:
            found = wrong(oracles, addresses, author)
            harness.check(not found, f"histories from {start}, step {step}: {'; '.join(found[:3])}")
    return undone


def _coming_apart(world: World, facts: int, times: int) -> list[tuple[float, float]]:
    """A customer of two people with messages: seconds on the clock, and of work, each time she comes apart."""
    from rondpoint.conversations.models import Message
    from rondpoint.customers import actions as customers

    people = ["one@example.com", "two@example.com"]
    landed = []
    for start in range(0, facts, LANDED):
        landed += world.land([people[number % 2] for number in range(start, min(start + LANDED, facts))])
    one, two = landed[0].profile_id, landed[1].profile_id
    home = dict(Message.objects.filter(profile_id__in=(one, two)).values_list("id", "conversation_id"))
    harness.check(len(home) == facts and len(set(home.values())) == 2, "the messages did not land with two people")
    rounds = []
    for _ in range(times):
        link = customers.merge(one, two, "bench")
        worked, began = time.process_time(), time.perf_counter()
        customers.unmerge(link, "bench")
        rounds.append((time.perf_counter() - began, time.process_time() - worked))
        now = dict(Message.objects.filter(profile_id__in=(one, two)).values_list("id", "conversation_id"))
        harness.check(now == home, "a message did not go home")
    return rounds


if __name__ == "__main__":
    harness.main(run, facts=(10_000, 400), histories=(10_000, 20), times=(5, 1))
