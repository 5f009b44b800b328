"""The figures of an audit, worked out by a child. Imports DuckDB."""

from typing import Any

import duckdb
import msgspec
from django.conf import settings
from msgspec import structs

from rondpoint.channels.models import Connection
from rondpoint.customers.models import Link
from rondpoint.events import catalogue
from rondpoint.events.lake import Kept, kept
from rondpoint.hub.models import Import, Sync
from rondpoint.hub.silos import access, feeds, keys
from rondpoint.hub.silos.types import FIELDS, Audit, Conflict, Overlap, Seer, Silo
from rondpoint.hub.silos.whole import Whole
from rondpoint.lib import clock
from rondpoint.lib.db import snapshot

EXAMPLES = 5
MOST_SOURCES = 60  # that are told one by one, the largest
MOST_CONFLICTS = 80
PARTS = ("first_name", "last_name")  # compared as one name

SILOS = """
WITH addresses AS (
  SELECT DISTINCT h.kind, h.value, p.customer FROM held h JOIN people p ON p.profile = h.profile
  WHERE h.kind IN ('email', 'phone')
), several AS (
  SELECT kind, value FROM addresses GROUP BY kind, value HAVING count(*) > 1
), reach AS (
  SELECT a.customer, bool_or(a.kind = 'email') AS email, bool_or(a.kind = 'phone') AS phone,
    bool_or(v.value IS NOT NULL) AS alike
  FROM addresses a LEFT JOIN several v ON v.kind = a.kind AND v.value = a.value GROUP BY a.customer
)
SELECT k.source, count(*),
  count(*) FILTER (WHERE o.sources = 1),
  count(*) FILTER (WHERE o.sources = 1 AND r.email),
  count(*) FILTER (WHERE o.sources = 1 AND r.phone),
  count(*) FILTER (WHERE o.sources = 1 AND r.alike),
  count(a.customer),
  CAST(median(greatest(0, {now} - k.newest)) AS BIGINT), max(k.newest)
FROM knows k JOIN known o ON o.customer = k.customer
LEFT JOIN reach r ON r.customer = k.customer
LEFT JOIN agreed a ON a.customer = k.customer
GROUP BY k.source ORDER BY count(*) DESC, k.source LIMIT {most}
"""
# Each field is a bit: first of a profile, then of a customer as a source knows her, so that nothing is sorted or told
# apart twice. A street reaches nobody without a postcode or a town.
FILLED = """
WITH bits AS (
  SELECT profile, bit_or(bit) AS bits FROM (
    SELECT profile, CASE trait
      WHEN 'name' THEN 1 WHEN 'birthday' THEN 16 WHEN 'birth_date' THEN 16 WHEN 'language' THEN 32
      WHEN 'address' THEN 8 WHEN 'street' THEN 256 ELSE 512 END AS bit
    FROM words
    WHERE trait IN ('name', 'birthday', 'birth_date', 'language', 'address', 'street', 'postcode', 'city')
    UNION ALL
    SELECT profile, CASE kind WHEN 'email' THEN 2 WHEN 'phone' THEN 4 ELSE 64 END FROM held
    WHERE kind IN ('email', 'phone', 'account')
    UNION ALL
    SELECT profile, 8 FROM placed
  ) GROUP BY profile
), said AS (
  SELECT s.source, s.customer, bit_or(CASE WHEN b.bits & 768 = 768 THEN b.bits | 8 ELSE b.bits END) AS bits
  FROM speaks s JOIN bits b ON b.profile = s.profile GROUP BY s.source, s.customer
)
SELECT source, count(*) FILTER (bits & 1 > 0), count(*) FILTER (bits & 2 > 0), count(*) FILTER (bits & 4 > 0),
  count(*) FILTER (bits & 8 > 0), count(*) FILTER (bits & 16 > 0), count(*) FILTER (bits & 32 > 0),
  count(*) FILTER (bits & 64 > 0)
FROM said GROUP BY source
"""
OVERLAPS = """
SELECT a.source, b.source, count(*) FROM knows a JOIN knows b ON a.customer = b.customer AND a.source < b.source
GROUP BY a.source, b.source ORDER BY count(*) DESC, a.source, b.source
"""
# What a source says of a customer is its newest word; what stands on one profile cannot contradict itself.
TRAITS = """
WITH said AS (
  SELECT s.source, s.customer, w.trait, arg_max(w.value, w.moment) AS value, arg_max(w.profile, w.moment) AS profile
  FROM speaks s JOIN known o ON o.customer = s.customer AND o.sources > 1
  JOIN words w ON w.profile = s.profile WHERE w.trait NOT IN ({parts})
  GROUP BY s.source, s.customer, w.trait
)
SELECT a.source, b.source, a.trait, count(*), count(*) FILTER (WHERE a.value <> b.value),
  max(a.customer, {examples}) FILTER (WHERE a.value <> b.value)
FROM said a JOIN said b ON a.customer = b.customer AND a.trait = b.trait AND a.source < b.source
  AND a.profile <> b.profile
GROUP BY a.source, b.source, a.trait
"""
# Of addresses people have several: two sources contradict each other where they share none.
ADDRESSES = """
WITH reach AS (
  SELECT DISTINCT s.source, s.customer, h.kind, h.value
  FROM speaks s JOIN known o ON o.customer = s.customer AND o.sources > 1
  JOIN held h ON h.profile = s.profile WHERE h.kind IN ('email', 'phone')
), has AS (SELECT DISTINCT source, customer, kind FROM reach),
same AS (
  SELECT DISTINCT a.source AS one, b.source AS other, a.customer, a.kind FROM reach a
  JOIN reach b ON a.customer = b.customer AND a.kind = b.kind AND a.value = b.value AND a.source < b.source
)
SELECT x.source, y.source, x.kind, count(*), count(*) FILTER (WHERE s.customer IS NULL),
  max(x.customer, {examples}) FILTER (WHERE s.customer IS NULL)
FROM has x JOIN has y ON x.customer = y.customer AND x.kind = y.kind AND x.source < y.source
LEFT JOIN same s ON s.one = x.source AND s.other = y.source AND s.customer = x.customer AND s.kind = x.kind
GROUP BY x.source, y.source, x.kind
"""


def measure(lake: str = "") -> dict[str, Any]:
    """All figures, of one snapshot of the database; as JSON holds them. ``lake``: another than the house's. Begun once
    more where parts of the lake were removed while they were read."""
    place = lake or str(settings.ENVIRONMENT.lake)
    before = kept(place)
    try:
        return _measured(before)
    except (OSError, duckdb.Error):
        now = kept(place)
        if before is None or (now and now.manifest == before.manifest):
            raise
    return _measured(now)


def _measured(before: Kept | None) -> dict[str, Any]:
    with snapshot():
        now = clock.now()
        connections = list(Connection.objects.order_by("id"))
        whole = Whole(before, now)
        told = [source for (source,) in whole.ask("SELECT DISTINCT source FROM told")]
        behind = keys.of_facts(told, connections)
        whole.join(behind, _origins())
        [(customers, shared)] = whole.ask(
            "SELECT (SELECT count(DISTINCT customer) FROM people), (SELECT count(*) FROM known WHERE sources > 1)"
        )
        silos = _silos(whole)
        ours = {silo.key for silo in silos}
        found = Audit(
            at=now,
            customers=customers,
            shared=shared,
            waiting=Link.objects.filter(suggested__isnull=False, opened=None, closed=None).count(),
            feeds=feeds.every(connections, _spoken(whole, behind), sorted(ours), now),
            silos=silos,
            overlaps=[Overlap(*row) for row in whole.ask(OVERLAPS) if {row[0], row[1]} <= ours],
            conflicts=_conflicts(whole, ours),
            seers=_seers(whole, ours, now),
            looks=access.looks(now),
            differing=catalogue.waiting(),
        )
    said: dict[str, Any] = msgspec.to_builtins(found)
    return said


def _origins() -> set[str]:
    """The systems whose files were brought in."""
    return {
        *Import.objects.order_by().values_list("origin", flat=True).distinct(),
        *Sync.objects.order_by().values_list("origin", flat=True).distinct(),
    }


def _spoken(whole: Whole, behind: dict[str, str]) -> dict[str, tuple[int, int, int]]:
    """By source of profiles, its facts: when the newest came, how many lately, and how many in the month before."""
    rows = whole.ask("SELECT source, max(newest), sum(lately)::BIGINT, sum(before)::BIGINT FROM told GROUP BY source")
    found: dict[str, tuple[int, int, int]] = {}
    for source, newest, lately, before in rows:
        if source in behind:
            last = found.get(behind[source], (0, 0, 0))
            found[behind[source]] = (max(last[0], newest), last[1] + lately, last[2] + before)
    return found


def _silos(whole: Whole) -> list[Silo]:
    """Whoever wrote on a channel told it her address there."""
    filled = {source: numbers for source, *numbers in whole.ask(FILLED)}
    nothing = [0] * (len(FIELDS) - 1)
    return [
        Silo(
            key=key, customers=customers, alone=alone, alone_email=alone_email, alone_phone=alone_phone,
            alone_alike=alone_alike,
            filled={
                name: customers if name == key else number
                for name, number in zip(FIELDS, [*filled.get(key, nothing), agreed], strict=True)
            },
            age=age, newest=newest,
        )
        for key, customers, alone, alone_email, alone_phone, alone_alike, agreed, age, newest in whole.ask(
            SILOS.format(now=whole.now, most=MOST_SOURCES)
        )
    ]  # fmt: skip


def _seers(whole: Whole, ours: set[str], now: int) -> list[Seer]:
    """Who sees and uses what, with the sources that are told one by one."""
    return [
        structs.replace(seer, sources={key: number for key, number in seer.sources.items() if key in ours})
        for seer in access.seers(whole, now)
    ]


def _conflicts(whole: Whole, ours: set[str]) -> list[Conflict]:
    parts = ", ".join(f"'{name}'" for name in PARTS)
    rows = whole.ask(TRAITS.format(parts=parts, examples=EXAMPLES)) + whole.ask(ADDRESSES.format(examples=EXAMPLES))
    found = [
        Conflict(one, other, trait, both, different, examples or [])
        for one, other, trait, both, different, examples in rows
        if different and {one, other} <= ours
    ]
    found.sort(key=lambda each: (-each.different, each.one, each.other, each.trait))
    return found[:MOST_CONFLICTS]
