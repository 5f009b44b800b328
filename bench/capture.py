"""``capture``: what a web site tells, acknowledged once it is on disk; and ``capture-applied``: worked off to facts.

``python bench/capture.py [--engine …] [--batches N] [--facts N] [--people N] [--quick]``

Batches of a hundred calls by the HTTP API, as Segment's libraries send them; one call in twenty says who somebody is,
one in fifty comes twice. First as many as go, then at the goal's pace, which the p99 is of. Then the worker alone works
off what waits, in a house that holds ``--facts`` facts already. In the end each call is one fact of the right person.
In the same run a bare server (``bench/peers``) takes half of the batches, and recognises nobody.
"""

import json
import random
import time
import uuid

import generate
import harness
import load

GOAL, SLOWEST, APPLIED = 20_000, 100.0, 5_000
CALLS, LINES = 100, 16  # calls in a batch; open connections
KEY = "write-key-of-the-bench"
EVENTS = ("Product Viewed", "Product Added", "Product List Viewed", "Article Read", "Order Completed")


def run(bench: harness.Bench) -> None:
    """Calls acknowledged a second; calls worked off a second."""

    def fill() -> None:
        generate.people(bench.people)
        generate.facts(bench.people, bench.facts)

    with harness.house(bench.engine, f"capture-{bench.people}-{bench.facts}", fill) as home:
        from rondpoint.lib.db import write
        from rondpoint.tracking.models import Source

        with write():
            Source.objects.create(kind="website", name="Shop", write_key=KEY)
        _taken_in(bench.facts)
        bodies = [batch(number, bench.people) for number in range(bench.batches)]
        asked = [load.request("POST", "/v1/batch", body, Content_Type="application/json") for body in bodies]
        with harness.running(home, "edge") as house:
            port = int(house.url.rpartition(":")[2])
            half = len(asked) // 2
            burst = load.send(port, asked[:half], LINES)
            paced = load.send(port, asked[half:], LINES, rate=GOAL / CALLS)
        harness.check(all(answer.status == 200 for answer in (*burst, *paced)), "a batch was refused")
        bare = _peer(home, asked[:half]) if bench.engine == "sqlite" else None
        milliseconds = [answer.seconds * 1000 for answer in paced]
        slowest = harness.percentile(milliseconds, 0.99)
        harness.report(
            "capture", half * CALLS / burst[-1].at, "/s", len(asked) * CALLS, better="higher", goal=GOAL,
            peer="bare Starlette and SQLite" if bare else None, peer_value=bare,
            conditions={
                "calls_in_a_batch": CALLS, "bytes_of_a_batch": len(bodies[0]), "lines": LINES,
                "paced_per_s": GOAL, "paced_p99_ms": round(slowest, 1), "paced_p99_reached": slowest <= SLOWEST,
            },
        )  # fmt: skip
        waiting = _waiting()
        began = time.perf_counter()
        with harness.running(home, "worker") as house:
            while _waiting():
                harness.check(time.perf_counter() - began < 60 + waiting, "the worker does not come to an end")
                time.sleep(0.2)
            took, worked = time.perf_counter() - began, harness.cpu(house.processes())
        _check(bodies)
        harness.report(
            "capture-applied", waiting * CALLS / took, "/s", waiting * CALLS, better="higher", goal=APPLIED,
            conditions={"facts_before": bench.facts, "backlog_batches": waiting,
                        "worker_cpu_us_a_call": round(worked * 1e6 / (waiting * CALLS), 1)},
        )  # fmt: skip


def _taken_in(number: int) -> None:
    """An installation takes in the customers and facts that were there before once in its life: that is not measured
    here."""
    from django.conf import settings

    from rondpoint.customers.matching import keeping
    from rondpoint.events import catalogue, following, lake
    from rondpoint.events import queries as facts
    from rondpoint.events.types import Position
    from rondpoint.lib.db import write
    from rondpoint.segments import live, standing

    with write():
        following.move(standing.FILLED, Position(standing.DONE))
        following.move(keeping.FILLED, Position(keeping.DONE))
        following.move(live.FOLLOWER, facts.end())
        following.move(catalogue.FOLLOWER, facts.end())
    harness.check(lake.keep_up(settings.ENVIRONMENT.lake) == number, "the lake does not hold all facts")


def _peer(home: harness.Home, asked: list[bytes]) -> float:
    """Calls a second of a server that does nothing but store them."""
    from peers import bare_starlette

    with bare_starlette.running(home.folder.parent, harness.free_port()) as port:
        answers = load.send(port, asked, LINES)
    harness.check(all(answer.status == 200 for answer in answers), "the bare server refused a batch")
    return round(len(asked) * CALLS / answers[-1].at)


def batch(number: int, people: int) -> bytes:
    """A batch as a library for browsers sends it."""
    chance = random.Random(number)
    calls = []
    for place in range(CALLS):
        who = chance.randrange(people)
        call = {
            "messageId": f"ajs-next-{uuid.UUID(int=chance.getrandbits(128))}",
            "anonymousId": str(uuid.UUID(int=who << 64 | 0x4000800000000000)),
            "timestamp": "2026-11-23T12:00:00.123Z",
            "context": {
                "page": {"path": "/shop/kitchen", "url": "https://shop.example.com/shop/kitchen", "title": "Kitchen"},
                "userAgent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)",
                "locale": "fr-FR",
                "library": {"name": "analytics.js", "version": "npm:next-1.84.3"},
            },
        }
        kind = chance.random()
        if kind < 0.05:
            call |= {"type": "identify", "userId": f"u{who}", "traits": {"email": f"u{who}@example.com", "plan": "pro"}}
        elif kind < 0.4:
            call |= {"type": "page", "name": "Kitchen", "properties": {"path": "/shop/kitchen", "title": "Kitchen"}}
        else:
            properties = {"product_id": f"SKU-{chance.randrange(1000)}", "price": 19.9, "currency": "EUR"}
            call |= {"type": "track", "event": chance.choice(EVENTS), "properties": properties}
        if place and chance.random() < 0.02:
            call = calls[-1]
        calls.append(call)
    return json.dumps({"batch": calls, "writeKey": KEY, "sentAt": "2026-11-23T12:00:01.000Z"}).encode()


def _waiting() -> int:
    from rondpoint.tracking.models import Batch

    return Batch.objects.filter(state="new").count()


def _check(bodies: list[bytes]) -> None:
    """Each call is one fact, of the profile it named."""
    from rondpoint.customers.models import Profile
    from rondpoint.events.models import Event
    from rondpoint.tracking.models import Batch, Refusal, Source

    knows = f"track:{Source.objects.get().id}"
    expected = {}
    for body in bodies:
        for call in json.loads(body)["batch"]:
            user = call.get("userId")
            expected[call["messageId"]] = f"user:{user}" if user else f"anon:{call['anonymousId']}"
    keys = dict(Profile.objects.filter(source=knows).values_list("id", "key"))
    found = dict(Event.objects.filter(source=knows).values_list("message_id", "profile_id").iterator(10_000))
    harness.check(len(found) == len(expected), f"{len(expected)} calls became {len(found)} facts")
    wrong = sum(keys.get(found.get(name)) != key for name, key in expected.items())
    harness.check(not wrong, f"{wrong} facts are somebody else's")
    harness.check(not Refusal.objects.exists(), "calls were refused")
    harness.check(not Batch.objects.exclude(state="done").exists(), "batches were set aside")


if __name__ == "__main__":
    harness.main(run, batches=(2_000, 6), facts=(10_000_000, 2_000), people=(100_000, 200))
