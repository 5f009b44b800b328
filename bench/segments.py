"""``segments``: behavioural segments found anew from the lake; and ``segments-live``: how soon a fact shows in them.

``python bench/segments.py [--engine …] [--people N] [--facts N] [--segments N] [--touched N] [--quick]``

The lake holds all facts; the database those of the customers who are touched afterwards, so that both sides can say
the same of them. Time touches nobody else meanwhile: windows are of whole days or of ten, and no fact becomes as old
within four hours of the start. The rebuild is what the daily proof does: a snapshot of everybody, each segment's
statement, and the comparison with the live members. Live: a fact is told, and the time until its customer is in the
segment, with the worker as it always runs. In the end the proof must find no difference. In the same run plain DuckDB
answers the same segments, written by hand (``bench/peers``), and must find as many members.
"""

import contextlib
import time
from pathlib import Path

import generate
import harness

REBUILT, LIVE = 6.0, 2.0
TYPES = tuple(f"Event {number}" for number in range(20))
DAYS, HOUR = 365, 3_600


def run(bench: harness.Bench) -> None:
    """Seconds for all segments; seconds from a fact to its customer's membership."""
    with harness.house(bench.engine, f"segments-{bench.people}", lambda: generate.people(bench.people)) as home:
        from rondpoint.lib import clock
        from rondpoint.segments import actions, live, rebuilding, standing
        from rondpoint.segments.models import Proof, Segment

        now = clock.now()
        began = time.perf_counter()
        _lake(home.folder / "lake", bench, now)
        filled = time.perf_counter() - began
        by_hand, counts = _peer(home.folder, bench, now)
        while standing.fill():
            pass
        rows = [actions.define(f"Segment {number}", definition(number), "bench").id for number in range(bench.segments)]
        _alone(lambda: rebuilding.build(rows, "bench"))
        harness.check(Segment.objects.filter(state="live").count() == bench.segments, "a segment was not built")
        while live.one_round():
            pass
        took, seconds, worked = [], [], []
        for _ in range(3):
            began, started = time.perf_counter(), time.process_time()
            rebuilding.prove()
            took.append(time.perf_counter() - began)
            worked.append(time.process_time() - started)
            seconds.append(sum(Proof.objects.order_by("-id").values_list("seconds", flat=True)[: bench.segments]))
        _same()
        ours = dict(Segment.objects.values_list("name", "count"))
        differ = [number for number, count in enumerate(counts) if ours[f"Segment {number}"] != count]
        harness.check(not differ, f"written by hand, segments {differ[:5]} have other members")
        harness.report(
            "segments", min(took), "s", bench.segments, better="lower", goal=REBUILT,
            peer="DuckDB by hand, statements only", peer_value=round(by_hand, 2),
            conditions={"people": bench.people, "facts": bench.facts, "statements_s": round(min(seconds), 2),
                        "cpu_s": round(min(worked), 2),
                        "members": sum(Segment.objects.values_list("count", flat=True)),
                        "lake_written_s": round(filled, 1)},
        )  # fmt: skip
        waits = _live(home, bench)
        while live.one_round():
            pass
        rebuilding.prove()
        _same()
        harness.report(
            "segments-live", harness.percentile(waits, 0.99), "s", len(waits), better="lower", goal=LIVE,
            conditions={"p50_s": round(harness.percentile(waits, 0.5), 3), "segments": bench.segments},
        )  # fmt: skip


def definition(number: int) -> dict:
    """Behavioural segments of five kinds over twenty types of facts."""
    one, two = TYPES[number % 20], TYPES[(number * 7 + 3) % 20]
    days = 7 + number * 3 % 60
    kinds = (
        {"event": one, "count": {"gte": 2}, "within_days": days},
        {"all": [{"event": one, "within_days": days}, {"not": {"event": two, "within_days": days * 2}}]},
        {"event": one, "sum": {"property": "total", "gte": 300}, "within_days": days * 4},
        {"sequence": [{"event": one}, {"event": two, "within_hours": 240}], "within_days": days * 2},
        {"event": one, "last": {"property": "shop", "is": f"Lyon {number % 7}"}, "within_days": days},
    )
    return {"version": 1, **kinds[number % 5]}


def _facts(bench: harness.Bench, now: int, first: int, after: int) -> str:
    """A SELECT of facts by their numbers, as the lake holds them."""
    return f"""
        SELECT n AS id, 0::BIGINT AS "transaction", 1 + (n * 2654435761) % {bench.people} AS profile_id,
          'Event ' || (n * 40503 % 20)::VARCHAR AS type, 'web' AS channel, 'bench' AS source,
          {now} - (n // 20 * 7919 % {DAYS} * 86_400 + {HOUR * 4} + n * 613 % {HOUR * 16}) * 1000000 AS occurred,
          {now} AS received,
          '{{"total": ' || (n % 300)::VARCHAR || ', "shop": "Lyon ' || (n % 7)::VARCHAR || '"}}' AS properties
        FROM range({first}, {after}) facts(n)"""


def _peer(folder: Path, bench: harness.Bench, now: int) -> tuple[float, list[int]]:
    """Seconds of the same segments written by hand, and how many members each has: the best of three."""
    from peers import plain_duckdb
    from rondpoint.lake.store import connect

    path = folder.parent / "facts.parquet"
    with contextlib.closing(connect(folder / "lake")) as database:
        plain_duckdb.write(database, _facts(bench, now, 1, bench.facts + 1), path)
    definitions = [definition(number) for number in range(bench.segments)]
    found = min(plain_duckdb.measure(path, definitions, now) for _ in range(3))
    path.unlink()
    return found


def _lake(folder: Path, bench: harness.Bench, now: int) -> None:
    """All facts into the lake, and those of the customers who will be touched into the database."""
    from django.db import connection

    from rondpoint.events import following, lake
    from rondpoint.events.models import Event
    from rondpoint.events.types import Position
    from rondpoint.lake.store import connect
    from rondpoint.lib.db import write
    from rondpoint.segments.live import FOLLOWER

    table = lake.table(folder)
    with contextlib.closing(connect(folder)) as database:
        everything = _facts(bench, now, 1, bench.facts + 1)
        rows = database.execute(f"{everything} WHERE profile_id <= {bench.touched} OR id = {bench.facts}")
        with write():
            while found := rows.fetchmany(20_000):
                names = ("id", "profile_id", "type", "channel", "source", "message_id", "occurred", "received")
                generate.store(
                    Event, (*names, "properties"), [(*row[:1], *row[2:6], str(row[0]), *row[6:]) for row in found]
                )
        generate.go_on_from(Event)
        if connection.vendor == "postgresql":
            with write(), connection.cursor() as cursor:
                cursor.execute('UPDATE events_event SET "transaction" = 0')
        for start in range(0, bench.facts, lake.PORTION * 5):
            end = min(start + lake.PORTION * 5, bench.facts)
            part = database.sql(_facts(bench, now, start + 1, end + 1))
            table.append(part.to_arrow_table(), (0, end), lake.mark(bench.facts))
    with write():
        following.move(FOLLOWER, Position(0, bench.facts))


def _alone(work) -> None:
    """Under the lane's lease, as a worker builds."""
    from rondpoint.jobs import leases
    from rondpoint.segments.live import LANE, LANE_SECONDS

    leases.acquire(LANE, "bench", LANE_SECONDS)
    work()
    leases.release(LANE, "bench")


def _same() -> None:
    from rondpoint.segments.models import Proof

    found = list(Proof.objects.exclude(missing=0, extra=0).values_list("segment__name", "missing", "extra"))
    harness.check(not found, f"live and rebuilt differ: {found[:5]}")


def _live(home: harness.Home, bench: harness.Bench) -> list[float]:
    """Facts that bring customers into a segment, one every tenth of a second, and how long each took to show."""
    from rondpoint.events import actions as events
    from rondpoint.events.types import Fact
    from rondpoint.lib import clock
    from rondpoint.lib.db import write
    from rondpoint.segments.models import Member, Segment

    sought = Segment.objects.get(name="Segment 2")  # a sum: one dear fact is enough
    inside = set(Member.objects.filter(segment=sought).values_list("customer_id", flat=True))
    strangers = [number for number in range(1, bench.touched + 1) if number not in inside][: bench.told]
    told: dict[int, float] = {}
    waits: list[float] = []

    def tell(number: int) -> None:
        with write():
            events.record(
                [Fact(number, TYPES[2], clock.now(), "bench", f"live {number}", properties={"total": 1000})]
            )
        told[number] = time.perf_counter()

    def await_all() -> None:
        deadline = time.perf_counter() + 60
        while told:
            harness.check(time.perf_counter() < deadline, f"{len(told)} customers never came in")
            _seen(sought, told, waits)
            time.sleep(0.02)

    with harness.running(home, "worker"):
        tell(strangers[0])  # its first rounds are not counted
        await_all()
        waits.clear()
        for number in strangers[1:]:
            tell(number)
            _seen(sought, told, waits)
            time.sleep(0.1)
        await_all()
    return waits


def _seen(sought, told: dict[int, float], waits: list[float]) -> None:
    from rondpoint.segments.models import Member

    found = Member.objects.filter(segment=sought, customer_id__in=list(told)).values_list("customer_id", flat=True)
    for number in found:
        waits.append(time.perf_counter() - told.pop(number))


if __name__ == "__main__":
    harness.main(
        run, people=(1_000_000, 20_000), facts=(20_000_000, 200_000), segments=(50, 10), touched=(5_000, 500),
        told=(300, 30),
    )  # fmt: skip
