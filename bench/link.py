"""``link``: who is who among generated people, and ``link-one`` for one new record; ``link-train`` apart.

``python bench/link.py [--engine …] [--people N] [--asked N] [--quick] [--peers]``

The people are those of ``people.py``: 30 % are known to two to four sources. ``link`` is the whole child as the
worker starts it: its imports, the records out of the database, the comparison of all that share a key, and who is one
person with whom; what it found is checked against the truth (F1 over all pairs of records in one cluster). The
suggestions are not written. ``link-one`` is what a worker does for one profile that says something new: read it, keep
its keys, find those that share one, score them, suggest. With ``--peers`` plain Splink, untuned and tuned, gets the
same records in the same run, a process each.
"""

import itertools
import json
import multiprocessing
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import generate
import harness
from people import Said, records

GOAL_SECONDS, GOAL_BYTES, GOAL_F1, GOAL_ONE = 37.0, 1.5 * 2**30, 0.95, 20.0
CHUNK = 20_000
STRANGERS = 10_000_000  # profiles beyond this number are new


def run(bench: harness.Bench) -> None:
    """Seconds for everybody, with what it needed and how right it was; milliseconds for one more."""
    filled = f"link-{bench.people}"
    with harness.house(bench.engine, filled, lambda: fill(bench.people)) as home:
        folder = home.folder.parent
        truth = [said.person for said in records(bench.people)]
        trained = apart(train, folder)
        harness.report(
            "link-train", trained["value"], "s", len(truth),
            conditions={"cpu_s": trained["cpu_s"], "peak_mb": trained["peak_mb"], "prior": trained["prior"]},
        )  # fmt: skip
        found = apart(link, folder)
        right = rightness(truth, [tuple(pair) for pair in json.loads((folder / "joined.json").read_text())])
        peers = measured_peers(bench, folder, truth) if bench.peers else {}
        tuned, untuned = peers.get("tuned", {}), peers.get("untuned", {})
        harness.report(
            "link", found["value"], "s", len(truth), goal=GOAL_SECONDS,
            peer="splink untuned" if untuned else None, peer_value=untuned.get("value"),
            conditions={
                **right, "cpu_s": found["cpu_s"], "peak_mb": found["peak_mb"], "read_s": found["read_s"],
                "memory_reached": found["peak_mb"] * 2**20 <= GOAL_BYTES, "f1_reached": right["f1"] >= GOAL_F1,
                "pairs": found["pairs"], "untuned": untuned, "tuned": tuned,
            },
        )  # fmt: skip
        if not bench.quick:
            harness.check(right["f1"] >= GOAL_F1, f"cluster F1 is {right['f1']}, not {GOAL_F1}")
        one(bench)


def fill(people: int) -> None:
    """Profiles of all sources with their customers and their records as they are compared."""
    from rondpoint.customers.matching import keeping
    from rondpoint.customers.matching.models import Likeness
    from rondpoint.customers.matching.rules import reading
    from rondpoint.customers.models import Customer, Profile
    from rondpoint.events import following
    from rondpoint.events.types import Position
    from rondpoint.lib.db import write

    every = records(people)
    while rows := list(itertools.islice(every, CHUNK)):
        with write():
            generate.store(
                Customer, ("id", "public_id", "name", "created", "last_seen"),
                [(row.id, generate.public(row.id), f"{row.first} {row.last}", generate.START, generate.START)
                 for row in rows],
            )  # fmt: skip
            generate.store(
                Profile, ("id", "source", "key", "customer_id", "traits", "created"),
                [(row.id, "bench", str(row.id), row.id, _told(row), generate.START) for row in rows],
            )  # fmt: skip
            likeness = [keeping.row_of(row.id, reading.read(traits(row), [], [])) for row in rows]
            columns = ("profile_id", "said", *keeping.KEY_NAMES)
            generate.store(Likeness, columns, [tuple(getattr(row, name) for name in columns) for row in likeness])
    generate.go_on_from(Customer, Profile)
    with write():
        following.move(keeping.FILLED, Position(keeping.DONE, 0))


def traits(said: Said) -> dict[str, Any]:
    """What a source says, as the traits of a profile."""
    told = {
        "first_name": said.first, "last_name": said.last, "birth_date": said.born, "email": said.email,
        "phone": said.phone, "address": {"street": said.street, "postcode": said.postcode, "city": said.city},
    }  # fmt: skip
    return {name: value for name, value in told.items() if value}


def _told(said: Said) -> str:
    return json.dumps({name: {"value": value, "at": 1} for name, value in traits(said).items()}, ensure_ascii=False)


def train(folder: Path) -> dict[str, Any]:
    """Learns from all records. In a child."""
    import django

    django.setup()
    from rondpoint.customers.matching import whole

    matcher = whole.read()
    weights = whole.learn(matcher) if len(matcher) >= 2000 else None
    whole.store_shares(matcher)
    return {"prior": weights.prior if weights else None}


def link(folder: Path) -> dict[str, Any]:
    """Everybody, by the weights that were learned before. In a child."""
    began = time.perf_counter()
    import django

    django.setup()
    from rondpoint.customers.matching import weighing, whole
    from rondpoint.customers.matching.rules import scoring

    matcher = whole.read()
    read = time.perf_counter() - began
    choice = weighing.choice()
    found = whole.find(matcher, weighing.held().weights, scoring.bits(choice.suggest_from))
    told = {"read_s": round(read, 2), "pairs": found.pairs, "took_s": time.perf_counter() - began}
    (folder / "joined.json").write_text(json.dumps([(left, right) for left, right, _ in found.joined]))
    return told


def measured_peers(bench: harness.Bench, folder: Path, truth: list[int]) -> dict[str, dict[str, Any]]:
    """Plain Splink with the same records: seconds, memory, and its rightness at the threshold of its guide and at the
    best of several, chosen by the truth, which nobody has."""
    apart(write_table, folder, bench.people)
    answers = {}
    for how in ("untuned", "tuned"):
        told = apart(peer, folder, how, bench.quick)
        pairs = json.loads((folder / f"{how}.json").read_text())
        by_threshold = {}
        for chance, least in ((0.5, 0.0), (0.8, 2.0), (0.95, 4.2479), (0.99, 6.63), (0.999, 9.96)):
            by_threshold[chance] = rightness(truth, [(left, right) for left, right, bits in pairs if bits >= least])
        best = max(by_threshold, key=lambda chance: by_threshold[chance]["f1"])
        answers[how] = {**told, **by_threshold[0.95], "best": {"threshold": best, **by_threshold[best]}}
    return answers


def write_table(folder: Path, people: int) -> dict[str, Any]:
    """The raw records as a Parquet file, folded as a careful user would."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from rondpoint.customers.rules.words import fold

    columns: dict[str, list[Any]] = {name: [] for name in ("unique_id", *Said._fields[2:])}
    for said in records(people):
        columns["unique_id"].append(said.id)
        for name in Said._fields[2:]:
            columns[name].append(fold(getattr(said, name)) or None)
    pq.write_table(pa.table(columns), folder / "people.parquet")
    return {}


def peer(folder: Path, how: str, quick: bool) -> dict[str, Any]:
    """Plain Splink. In a child."""
    import pyarrow.parquet as pq

    from peers import plain_splink

    told = plain_splink.measure(folder / "people.parquet", how, folder / f"{how}.parquet", quick)
    found = pq.read_table(folder / f"{how}.parquet").to_pydict()
    (folder / f"{how}.json").write_text(json.dumps(list(zip(found["l"], found["r"], found["bits"], strict=True))))
    return told


def apart(work: Callable[..., dict[str, Any]], folder: Path, *more: Any) -> dict[str, Any]:
    """What ``work`` answers in a process of its own, with its seconds from start to end where it gives none, its
    processor's seconds and the most memory it held."""
    answers = multiprocessing.get_context("spawn").SimpleQueue()
    process = multiprocessing.get_context("spawn").Process(target=_inside, args=(answers, work, folder, *more))
    began = time.perf_counter()
    process.start()
    process.join()
    harness.check(process.exitcode == 0, f"{work} ended with {process.exitcode}")
    took, told = time.perf_counter() - began, answers.get()
    return {"value": told.pop("took_s", took), **told} if "value" not in told else told


def _inside(answers: Any, work: Callable[..., dict[str, Any]], folder: Path, *more: Any) -> None:
    told = work(folder, *more)
    used = resource.getrusage(resource.RUSAGE_SELF)
    answers.put({"cpu_s": round(used.ru_utime + used.ru_stime, 2), "peak_mb": round(used.ru_maxrss / 1024), **told})


def rightness(truth: list[int], joined: Iterable[tuple[int, int]]) -> dict[str, float]:
    """Precision, recall and F1 over all pairs of records in one cluster. ``truth``: the person of each record, whose
    numbers begin with 1."""
    parent = list(range(len(truth) + 1))

    def root(number: int) -> int:
        while parent[number] != number:
            parent[number] = parent[parent[number]]
            number = parent[number]
        return number

    for left, right in joined:
        parent[root(left)] = root(right)
    clusters = [root(number) for number in range(1, len(truth) + 1)]
    both, found, real = (_pairs(each) for each in (zip(clusters, truth, strict=True), clusters, truth))
    return {
        "precision": round(both / max(found, 1), 4),
        "recall": round(both / max(real, 1), 4),
        "f1": round(2 * both / max(found + real, 1), 4),
    }


def _pairs(groups: Iterable[Any]) -> int:
    return sum(number * (number - 1) // 2 for number in Counter(groups).values())


def one(bench: harness.Bench) -> None:
    """A source tells of somebody; the worker compares her with everybody."""
    from rondpoint.customers.matching import weighing, working
    from rondpoint.customers.models import Customer, Profile
    from rondpoint.lib import bulk
    from rondpoint.lib.db import write

    new = list(_later(bench.people, bench.asked))
    with write():
        bulk.insert([Customer(id=STRANGERS + n, name="", created=1, last_seen=1) for n in range(len(new))])
        bulk.insert(
            [
                Profile(
                    id=STRANGERS + n, source="new", key=str(n), customer_id=STRANGERS + n, created=1,
                    traits={name: {"value": value, "at": 1} for name, value in traits(said).items()},
                )
                for n, said in enumerate(new)
            ]
        )  # fmt: skip
    weighing.held()
    suggested = []
    taken = harness.rounds(
        lambda n: suggested.append(working.compare({STRANGERS + n}).suggested), list(range(len(new))), times=1, warm=0
    )
    harness.check(sum(suggested) > 0, "nobody was recognised")
    harness.report(
        "link-one", taken.at(0.99), "ms", len(new), goal=GOAL_ONE,
        conditions={**taken.conditions(0.99), "among": weighing.count(), "recognised": sum(map(bool, suggested))},
    )  # fmt: skip


def _later(people: int, number: int) -> Iterator[Said]:
    """More records of the same people, as another source has them."""
    step = max(1, people // number)
    every = records(people, again=True)
    last = -1
    for said in every:
        if said.person >= last + step:
            last = said.person
            yield said


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    harness.main(run, "peers", people=(1_000_000, 2_000), asked=(2_000, 60))
