"""``gate``: how long it takes to decide, for everybody and each channel, whether a promotion goes out, and why not.

``python bench/gate.py [--engine …] [--people N] [--portion N] [--quick]``

Three channels to each person, by as many processes as there are cores, each with its share of the people; nothing is
written. Two in three agreed to offers by mail and SMS, one in ten wants a pause, one in ten has her own limit, one in
fifty addresses is shut, three in ten had a promotion lately, a tenth is held out, and the house has two caps and quiet
hours. Every candidate has a reason or is let through, and nobody who did not agree is. Some of the people go through
the gate one by one as well, and have to get the same answer.
"""

import gc
import json
import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import generate
import harness

GOAL, OF = 10.0, 3_000_000  # seconds for so many candidates
CHANNELS = (("email", "email"), ("sms", "phone"), ("chat", "chat"))
COMPARED = 500  # people who are judged one by one as well


def run(bench: harness.Bench) -> None:
    """Seconds for all candidates, and what they come to for as many as the goal names."""
    with harness.house(bench.engine, f"audience-{bench.people}", lambda: _fill(bench.people)):
        from django.db import connections

        from rondpoint.lib import clock
        from rondpoint.sending import house
        from rondpoint.sending.types import Cap, HouseRules

        day, week = clock.DAY, 7 * clock.DAY
        house.decide(HouseRules(10, caps=(Cap(1, day), Cap(3, week)), quiet={"sms": (1260, 480)}), "bench")
        _compare(bench.people)
        connections.close_all()
        cores = min(os.cpu_count() or 1, 4)
        share = -(-bench.people // cores)
        began = time.perf_counter()
        processes = [
            subprocess.Popen(
                [sys.executable, __file__, "share", str(1 + n * share), str(min(bench.people, (n + 1) * share)),
                 str(bench.portion)],
                stdout=subprocess.PIPE,
            )
            for n in range(cores)
        ]  # fmt: skip
        answers = [json.loads(process.communicate()[0]) for process in processes]
        took = time.perf_counter() - began
        reasons: Counter = Counter()
        for answer in answers:
            reasons.update(answer["reasons"])
        candidates = 3 * bench.people
        harness.check(sum(reasons.values()) == candidates, f"{reasons} of {candidates}")
        refused = sum(1 for number in range(1, bench.people + 1) if number % 3 == 0)
        harness.check(reasons["never_agreed"] >= 2 * refused + bench.people // 2, f"never agreed: {reasons}")
        for reason in ("send", "paused", "hold_out", "capped", "bounce", "per_week"):
            harness.check(reasons[reason] > 0, f"nobody had {reason}: {reasons}")
        harness.report(
            "gate", took, "s", candidates, better="lower", goal=GOAL if candidates == OF else None,
            conditions={"processes": cores, "cpu_s": round(sum(answer["cpu"] for answer in answers), 2),
                        "mb": max(answer["mb"] for answer in answers), "us_each": round(took / candidates * 1e6, 2),
                        "s_for_3m": round(took / candidates * OF, 1), "reasons": dict(reasons)},
        )  # fmt: skip


def share(first: int, last: int, portion: int) -> None:
    """Judges some of the people in a process of its own, and says how often there was which reason."""
    import django

    django.setup()
    from rondpoint.lib.spans import portions

    gc.disable()  # as in the product (hub.reach.measuring)
    crowd, counts = _crowd(), Counter()
    for numbers in portions(range(first, last + 1), portion):
        for row in crowd.judge(numbers):
            counts.update(row)
    reasons: Counter = Counter()
    for number, count in counts.items():
        reasons[crowd.outcomes[number].reason or crowd.outcomes[number].verdict] += count
    status = Path("/proc/self/status").read_text()
    mb = int(status.partition("VmHWM:")[2].split()[0]) // 1024
    print(json.dumps({"reasons": reasons, "cpu": time.process_time(), "mb": mb}))


def _now() -> int:
    """Noon: no quiet hours."""
    from rondpoint.lib import clock

    return clock.now() // clock.DAY * clock.DAY + 12 * clock.HOUR


def _crowd():
    from rondpoint.sending import queries

    return queries.Crowd("offers", _text(), queries.ways_of([channel for channel, _ in CHANNELS]), _now())


def _text():
    from rondpoint.channels.contract import Address, MessageOut

    return MessageOut(id="preview", to=Address("email", ""), text="Twenty per cent off everything until Sunday.")


def _compare(people: int) -> None:
    """Some of them one by one."""
    from rondpoint.channels.contract import Address
    from rondpoint.customers import queries as customers
    from rondpoint.sending import queries
    from rondpoint.sending.types import Request

    ways, crowd = queries.ways_of([channel for channel, _ in CHANNELS]), _crowd()
    numbers = list(range(1, people + 1, max(1, people // COMPARED)))
    held = customers.addressees(numbers, {way.kind for way in ways}).held
    for number, row in zip(numbers, crowd.judge(numbers), strict=True):
        for way, found in zip(ways, row, strict=True):
            address, profile = held[way.kind][number]
            to = Address(way.kind, address)
            alone = queries.preview(
                Request(profile, way.channel, way.connection_id, to, "offers", _text(), ""), crowd.now
            )
            outcome = crowd.outcomes[found]
            same = (alone.verdict, alone.step, alone.reason) == (outcome.verdict, outcome.step, outcome.reason)
            harness.check(same, f"{number} on {way.channel}: {outcome}, alone {alone.verdict} {alone.reason}")


def _fill(people: int) -> None:
    """What people said and the house decided."""
    from rondpoint.accounts.models import Brand
    from rondpoint.channels.models import Connection
    from rondpoint.consent.models import Agreed, Preference, Suppression
    from rondpoint.consent.suppressing import address_hash
    from rondpoint.customers.models import Identifier
    from rondpoint.customers.types import Evidence
    from rondpoint.lib import clock
    from rondpoint.lib.db import write
    from rondpoint.sending.models import Dispatch

    generate.people(people)
    now, settings = _now(), {"email": {"address": "us@example.com"}, "sms": {"number": "+33199000000"}}
    with write():
        brand = Brand.objects.first() or Brand.objects.create(slug="bench", name="Bench")
        lines = {
            kind: Connection.objects.create(kind=kind, name=kind, brand=brand, settings=settings.get(kind, {})).id
            for kind, _ in CHANNELS
        }
    said = {
        0: {"paused_until": {"value": now + clock.DAY, "at": 1}},
        1: {"per_week:": {"value": 0, "at": 1}},
    }
    for start in range(1, people + 1, generate.CHUNK):
        some = [generate.person(number) for number in range(start, min(people + 1, start + generate.CHUNK))]
        with write():
            generate.store(
                Identifier,
                ("profile_id", "kind", "value", "evidence", "created"),
                [(one.number, "chat", f"c{one.number}", Evidence.SIGNED.value, generate.START) for one in some],
            )
            generate.store(
                Agreed,
                ("customer_id", "purpose", "channel", "address_kind", "address", "allowed", "reason", "entry_id"),
                [
                    (one.number, "offers", channel, kind, getattr(one, kind), True, "granted", one.number)
                    for one in some
                    if one.number % 3
                    for channel, kind in CHANNELS[:2]
                ],
            )
            generate.store(
                Preference,
                ("profile_id", "said"),
                [(one.number, json.dumps(said[one.number % 10])) for one in some if one.number % 10 in said],
            )
            generate.store(
                Suppression,
                ("address_hash", "reason"),
                [(address_hash("email", one.email), "bounce") for one in some if one.number % 50 == 2],
            )
            generate.store(
                Dispatch,
                ("public_id", "connection_id", "channel", "profile_id", "address_kind", "address", "purpose",
                 "promotion", "content", "state", "due", "planned", "sent", "idempotency_key", "created"),
                [
                    (generate.public(one.number), lines["email"], "email", one.number, "email", one.email, "offers",
                     True, b"", "sent", at, at, at, f"before:{one.number}", at)
                    for one in some
                    if one.number % 10 > 6
                    for at in (now - (one.number % 40) * clock.HOUR,)
                ],
            )  # fmt: skip


if __name__ == "__main__":
    if sys.argv[1:2] == ["share"]:
        share(*map(int, sys.argv[2:]))
    else:
        harness.main(run, people=(33_334, 300), portion=(5_000, 300))
