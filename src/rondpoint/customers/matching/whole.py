"""All records compared at once, in a child: what is learned of them, and who is likely to be one person.

Imports Splink and DuckDB: for children and tests only.
"""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
from django.conf import settings
from django.db.models import F
from msgspec import Struct

from rondpoint.customers.matching import suggesting, weighing
from rondpoint.customers.matching.linker import Matcher, train
from rondpoint.customers.matching.models import Likeness, MatchRun, NameShare, Trained
from rondpoint.customers.matching.progress import Progress
from rondpoint.customers.matching.rules import clusters, expecting, reading, scoring
from rondpoint.customers.models import Profile
from rondpoint.lib import bulk, clock
from rondpoint.lib.db import write

READ = 50_000  # records at once
WRITTEN = 2000  # shares of names in one transaction
LONGEST = 120  # letters of a name that are kept
LEAST = float(expecting.LOWEST)  # bits that a pair has to have to be looked at


# Who is told how much of a step is done: fn(so much, of so much).
Told = Callable[[int, int], None]


def _nobody(_part: int, _of: int) -> None:
    """Nobody waits for it."""


class Found(Struct, frozen=True):
    """``joined``: pairs (two profiles, and the bits in favour) that join customers, the surest first; ``pairs``: how
    many were compared and not far from likely; ``spread``: those by bits."""

    joined: list[clusters.Pair]
    pairs: int
    spread: dict[str, int]


def work(run: int) -> dict[str, int]:
    """Does what a :class:`MatchRun` asks for and writes down what came of it; how many became suggestions and links.

    Raises ValueError when there is too little to learn from.
    """
    row, choice, began = MatchRun.objects.get(id=run), weighing.choice(), time.monotonic()
    progress = Progress(run)
    progress.begin("reading")
    matcher = read(progress.done)
    if row.train:
        progress.begin("learning")
    learned = learn(matcher) if row.train else None
    progress.begin("names")
    store_shares(matcher, progress.done)
    weighing.forget()
    weights = learned or weighing.held().weights
    least = scoring.bits(choice.suggest_from)
    progress.begin("comparing")
    found = find(matcher, weights, least)
    progress.begin("noting")
    noted = store(found, weights, progress.done)
    with write():
        MatchRun.objects.filter(id=run).update(
            records=len(matcher), pairs=found.pairs, spread=found.spread, suggested=noted.suggested,
            opened=noted.opened, seconds=time.monotonic() - began,
        )  # fmt: skip
    return {"suggested": noted.suggested, "opened": noted.opened}


def read(told: Told = _nobody) -> Matcher:
    """The records of the operational database in a DuckDB of this process."""
    return Matcher(Path(settings.ENVIRONMENT.lake), _portions(told))


def _portions(told: Told) -> Iterator[tuple[tuple[int, ...], tuple[str, ...]]]:
    rows = Likeness.objects.order_by("profile_id").values_list("profile_id", "said")
    after, done, number = 0, 0, Likeness.objects.count()
    while portion := list(rows.filter(profile_id__gt=after)[:READ]):  # nothing is read while progress is written
        ids, said = zip(*portion, strict=True)
        yield ids, said
        after, done = ids[-1], done + len(ids)
        told(done, number)


def learn(matcher: Matcher) -> scoring.Weights:
    """Learns the weights and keeps them. Raises ValueError when there are too few records."""
    if len(matcher) < weighing.ENOUGH:
        raise ValueError(
            f"there are {len(matcher)} records that say enough; {weighing.ENOUGH} are needed to learn from them"
        )
    began = time.monotonic()
    weights = train(matcher, weighing.held().weights)
    with write():
        Trained.objects.create(
            weights=scoring.write(weights), records=len(matcher), seconds=time.monotonic() - began, at=clock.now()
        )
    return weights


def store_shares(matcher: Matcher, told: Told = _nobody) -> None:
    """Keeps how frequent names are, for records that come one by one. In portions, so that nobody waits long: for a
    moment some shares are of now and some of before, which does no harm."""
    now = {(field, name[:LONGEST]): share for field, name, share in matcher.shares()}
    held = {(row.field, row.name): row for row in NameShare.objects.all()}
    gone = [row.id for key, row in held.items() if key not in now]
    changed = [row for key, row in held.items() if key in now and row.share != now[key]]
    for row in changed:
        row.share = now[row.field, row.name]
    new = [NameShare(field=key[0], name=key[1], share=share) for key, share in now.items() if key not in held]
    most = max(len(gone), len(changed), len(new))
    for start in range(0, most, WRITTEN):
        told(start, most)
        part = slice(start, start + WRITTEN)
        with write():
            NameShare.objects.filter(id__in=gone[part]).delete()
            bulk.update(changed[part], ["share"])
            bulk.insert_new(new[part])


def find(matcher: Matcher, weights: scoring.Weights, least: float) -> Found:
    """Who is likely to be one person with at least ``least`` bits in favour, apart from who is one already."""
    database = matcher.database
    _owners(matcher)
    matcher.pairs(weights, LEAST).create_view("likely")
    spread = database.execute(
        f"SELECT floor(least(bits, {expecting.HIGHEST}) * 10)::BIGINT, count(*) FROM likely GROUP BY ALL"
    ).fetchall()
    database.execute(
        "CREATE TABLE owned AS SELECT coalesce(a.owner, l) AS a, coalesce(b.owner, r) AS b, l, r, bits FROM likely "
        "LEFT JOIN owners a ON a.profile_id = l LEFT JOIN owners b ON b.profile_id = r"
    )
    database.execute(
        "CREATE TABLE best AS SELECT least(a, b) AS a, greatest(a, b) AS b, max(bits) AS bits, arg_max(l, bits) AS l, "
        "arg_max(r, bits) AS r FROM owned WHERE a <> b GROUP BY 1, 2"
    )
    joined = _joined(matcher, least)
    return Found(joined, sum(number for _, number in spread), expecting.spread(spread))


def _owners(matcher: Matcher) -> None:
    """Which customer the profiles belong to that are not customers of their own."""
    rows = Profile.objects.exclude(customer_id=F("id")).order_by().values_list("id", "customer_id")
    ids, owners = zip(*rows.iterator(chunk_size=READ), strict=True) if rows.exists() else ((), ())
    given = pa.table({"profile_id": pa.array(ids, pa.int64()), "owner": pa.array(owners, pa.int64())})
    matcher.database.register("given", given)
    matcher.database.execute("CREATE TABLE owners AS SELECT * FROM given")
    matcher.database.unregister("given")


def _joined(matcher: Matcher, least: float) -> list[clusters.Pair]:
    """The pairs that join. Those whose two customers are in no other likely pair need no further thought."""
    database = matcher.database
    database.execute(f"CREATE OR REPLACE TABLE strong AS SELECT * FROM best WHERE bits >= {least}").fetchall()
    database.execute(
        "CREATE OR REPLACE TABLE busy AS SELECT n FROM (SELECT a AS n FROM strong UNION ALL SELECT b FROM strong) "
        "GROUP BY n HAVING count(*) > 1"
    ).fetchall()
    alone = database.execute(
        "SELECT l, r, bits FROM strong WHERE a NOT IN (FROM busy) AND b NOT IN (FROM busy)"
    ).fetchall()
    rest = database.execute("SELECT a, b, bits, l, r FROM strong WHERE a IN (FROM busy) OR b IN (FROM busy)").fetchall()
    profiles = {(a, b): (left, right) for a, b, _, left, right in rest}
    weights = {(a, b): bits for a, b, bits, _, _ in rest}
    database.execute(
        "CREATE OR REPLACE TABLE grouped AS SELECT n FROM busy UNION SELECT a FROM strong WHERE b IN (FROM busy) "
        "UNION SELECT b FROM strong WHERE a IN (FROM busy)"
    ).fetchall()
    against = database.execute(
        f"SELECT a, b, bits FROM best WHERE bits < {least} AND a IN (FROM grouped) AND b IN (FROM grouped)"
    ).fetchall()
    weights |= {(a, b): bits for a, b, bits in against}
    joined = clusters.join(((a, b, weights[a, b]) for a, b in profiles), least, weights)
    found = alone + [(*profiles[a, b], bits) for a, b, bits in joined]
    return sorted(found, key=lambda pair: -pair[2])


def store(found: Found, weights: scoring.Weights, told: Told = _nobody) -> suggesting.Noted:
    """The pairs become suggestions, or links where the owner allows it: of each portion the records are read and
    scored again, so that every suggestion says why."""
    choice, noted = weighing.choice(), suggesting.Noted()
    for start in range(0, len(found.joined), suggesting.PORTION):
        told(start, len(found.joined))
        part = found.joined[start : start + suggesting.PORTION]
        surest = scoring.probability(part[0][2])
        if suggesting.waiting() >= suggesting.MOST_WAITING and (choice.open_from is None or surest < choice.open_from):
            break
        rows = bulk.fetch(Likeness, profile_id={number for pair in part for number in pair[:2]})
        records = {row.profile_id: reading.unpack(row.said) for row in rows}
        shares = weighing.shares(records.values())
        likely = [
            suggesting.Likely(left, right, scoring.score(records[left], records[right], weights, shares))
            for left, right, _ in part
            if left in records and right in records
        ]
        done = suggesting.note(likely, choice, clock.now())
        noted.suggested += done.suggested
        noted.opened += done.opened
    return noted
