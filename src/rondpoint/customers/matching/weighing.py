"""The weights that hold now, and the score of one record against those it shares a key with."""

import time
from collections.abc import Collection, Iterable
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from django.db import connection

from rondpoint.customers.matching.keeping import KEY_NAMES
from rondpoint.customers.matching.models import Likeness, MatchChoice, NameShare, Trained
from rondpoint.customers.matching.rules import levels, reading, scoring

SHIPPED = Path(__file__).with_name("shipped.json")
ENOUGH = 2000  # records of which something can be learned
FRESH = 10.0  # seconds that what a process saw of the weights holds


class Held(msgspec.Struct, frozen=True):
    """The weights that hold. ``trained``: of this installation's own records; None: those that are shipped."""

    weights: scoring.Weights
    trained: Trained | None


_held: tuple[float, Held | None] = (-FRESH, None)


@cache
def shipped() -> dict[str, Any]:
    """What is known before an installation has learned: weights, the records they come of, and shares of names."""
    told: dict[str, Any] = msgspec.json.decode(SHIPPED.read_bytes())
    return told


def choice() -> MatchChoice:
    """What the owner chose."""
    return MatchChoice.objects.filter(id=1).first() or MatchChoice()


def held() -> Held:
    """The weights for as many records as there are now, as this process saw them some seconds ago."""
    global _held
    if _held[1] is None or _held[0] < time.monotonic() - FRESH:
        _held = (time.monotonic(), _read(count()))
    assert _held[1] is not None
    return _held[1]


def forget() -> None:
    """The next question reads the weights anew."""
    global _held
    _held = (-FRESH, None)


def count() -> int:
    """How many records there are, roughly on PostgreSQL, where counting reads them all."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT reltuples::bigint FROM pg_class WHERE oid = 'customers_likeness'::regclass")
            estimated = int(cursor.fetchone()[0])
        if estimated > 10_000:
            return estimated
    return Likeness.objects.count()


def _read(records: int) -> Held:
    trained = Trained.objects.order_by("-at", "-id").first()
    told = {"weights": trained.weights, "records": trained.records} if trained else shipped()
    weights = scoring.read(told["weights"])
    return Held(scoring.among(weights, told["records"], records), trained)


def shares(records: Iterable[reading.Record]) -> dict[tuple[str, str], float]:
    """How frequent the names of these records are, in one query; a name without a share is rare."""
    wanted = {getattr(record, field) for record in records for field in levels.COMMON} - {""}
    if not wanted:
        return {}
    known = NameShare.objects.filter(name__in=wanted).values_list("field", "name", "share")
    found = {(field, name): share for field, name, share in known}
    if not found and not NameShare.objects.exists():
        told = shipped()["shares"]
        found = {(field, name): told[field][name] for field in levels.COMMON for name in wanted if name in told[field]}
    return found


def candidates(record: reading.Record, without: Collection[int] = ()) -> dict[int, reading.Record]:
    """The records that share a key with this one; a key that too many share says nothing. One query."""
    asked = [(name, key) for name, key in zip(KEY_NAMES, reading.keys(record), strict=True) if key is not None]
    if not asked:
        return {}
    parts = [
        f"SELECT * FROM (SELECT {place} AS place, profile_id, said FROM customers_likeness WHERE {name} = %s "
        f"LIMIT {reading.FULLEST + 1}) AS part{place}"
        for place, (name, _) in enumerate(asked)
    ]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), [key for _, key in asked])
        rows = cursor.fetchall()
    alike: dict[int, list[tuple[int, str]]] = {}
    for place, profile_id, said in rows:
        alike.setdefault(place, []).append((profile_id, said))
    return {
        profile_id: reading.unpack(said)
        for group in alike.values()
        if len(group) <= reading.FULLEST
        for profile_id, said in group
        if profile_id not in without
    }


def likely(
    profile_id: int, record: reading.Record, least: float, now: Held | None = None
) -> list[tuple[int, scoring.Score]]:
    """The records with at least ``least`` bits in favour of being the same person, the surest first."""
    now = now or held()
    others = candidates(record, {profile_id})
    if not others:
        return []
    known = shares([record])
    scored = [(number, scoring.score(record, other, now.weights, known)) for number, other in others.items()]
    return sorted((each for each in scored if each[1].weight >= least), key=lambda each: (-each[1].weight, each[0]))
