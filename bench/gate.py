"""``gate``: how long it takes to decide, for everybody and each channel, whether a promotion goes out, and why not.

``python bench/gate.py [--engine …] [--people N] [--batch N] [--quick]``

Three channels to each person, in batches as a campaign asks; nothing is written. Two in three agreed to offers by mail
and SMS, one in ten wants a pause, one in ten has her own limit, a tenth is held out, and the house has two caps and
quiet hours. Every candidate has a reason or is let through, and nobody who did not agree is.
"""

import json
import time
from collections import Counter

import generate
import harness

GOAL, OF = 10.0, 3_000_000  # seconds for so many candidates
CHANNELS = (("email", "email"), ("sms", "phone"), ("chat", "chat"))


def run(bench: harness.Bench) -> None:
    """Seconds for all candidates, and what they come to for as many as the goal names."""
    with harness.house(bench.engine, f"people-{bench.people}", lambda: generate.people(bench.people)):
        from rondpoint.lib import clock
        from rondpoint.sending import queries

        now = clock.now() // clock.DAY * clock.DAY + 12 * clock.HOUR  # noon: no quiet hours
        wishes = _prepared(bench.people, now)
        reasons: Counter = Counter()
        began, worked = time.perf_counter(), time.process_time()
        for start in range(0, len(wishes), bench.batch):
            verdicts = queries.previews(wishes[start : start + bench.batch], now)
            reasons.update(verdict.reason or verdict.verdict for verdict in verdicts)
        took, cpu = time.perf_counter() - began, time.process_time() - worked
        harness.check(sum(reasons.values()) == 3 * bench.people, f"{reasons} of {3 * bench.people}")
        agreed = sum(1 for number in range(1, bench.people + 1) if number % 3)
        harness.check(reasons["never_agreed"] == 3 * bench.people - 2 * agreed, f"never agreed: {reasons}")
        harness.check(reasons["send"] > agreed and reasons["paused"] > 0 and reasons["hold_out"] > 0, f"{reasons}")
        harness.report(
            "gate", took, "s", len(wishes), better="lower", goal=GOAL if len(wishes) == OF else None,
            conditions={"cpu_s": round(cpu, 2), "us_each": round(took / len(wishes) * 1e6, 1),
                        "s_for_3m": round(took / len(wishes) * OF), "reasons": dict(reasons)},
        )  # fmt: skip


def _prepared(people: int, now: int) -> list:
    """What people said and the house decided; the wish for each person and channel."""
    from rondpoint.accounts.models import Brand
    from rondpoint.channels.contract import Address, MessageOut
    from rondpoint.channels.models import Connection
    from rondpoint.consent.models import Agreed, Preference
    from rondpoint.lib import clock
    from rondpoint.lib.db import write
    from rondpoint.sending import house
    from rondpoint.sending.types import Cap, HouseRules, Request

    persons = [generate.person(number) for number in range(1, people + 1)]
    with write():
        brand = Brand.objects.first() or Brand.objects.create(slug="bench", name="Bench")
        lines = {kind: Connection.objects.create(kind=kind, name=kind, brand=brand).id for kind, _ in CHANNELS}
        yes = [one for one in persons if one.number % 3]
        generate.store(
            Agreed,
            ("customer_id", "purpose", "channel", "address_kind", "address", "allowed", "reason", "entry_id"),
            [
                (one.number, "offers", channel, kind, getattr(one, kind), True, "granted", one.number)
                for one in yes
                for channel, kind in CHANNELS[:2]
            ],
        )
        said = {0: {"paused_until": {"value": now + clock.DAY, "at": 1}}, 1: {"per_week:": {"value": 1, "at": 1}}}
        generate.store(
            Preference,
            ("profile_id", "said"),
            [(one.number, json.dumps(said[one.number % 10])) for one in persons if one.number % 10 in said],
        )
    day, week = clock.DAY, 7 * clock.DAY
    house.decide(HouseRules(10, caps=(Cap(1, day), Cap(3, week)), quiet={"sms": (1260, 480)}), "bench")
    text = MessageOut(id="preview", to=Address("email", ""), text="Twenty per cent off everything until Sunday.")
    places = [
        (one, channel, Address(kind, getattr(one, kind, f"c{one.number}")))
        for one in persons
        for channel, kind in CHANNELS
    ]
    return [Request(one.number, channel, lines[channel], to, "offers", text, "") for one, channel, to in places]


if __name__ == "__main__":
    harness.main(run, people=(33_334, 300), batch=(1_500, 300))
