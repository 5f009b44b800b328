"""The segments of the benchmark as an analyst writes them by hand: DuckDB over one Parquet file, sorted for them.

Nobody's memberships are kept, nothing is compared, no company, consent or merged customer is looked at: what the scan
and the arithmetic alone cost. ``measure`` answers how many are in each, which the benchmark compares with ours.
"""

import time
from pathlib import Path
from typing import Any

import duckdb

DAY = 86_400_000_000
HOUR = DAY // 24


def write(database: duckdb.DuckDBPyConnection, facts: str, path: Path) -> None:
    """All facts (a SELECT) as one file, sorted by type and person."""
    columns = "profile_id, type, occurred, (properties->>'total')::BIGINT AS total, properties->>'shop' AS shop"
    database.execute(f"COPY (SELECT {columns} FROM ({facts}) ORDER BY type, profile_id) TO '{path}' (FORMAT PARQUET)")


def measure(path: Path, definitions: list[dict[str, Any]], now: int) -> tuple[float, list[int]]:
    """Seconds for all, and the number of members of each."""
    with duckdb.connect() as database:
        database.execute("SET threads = 2")
        database.execute(f"CREATE VIEW facts AS SELECT * FROM read_parquet('{path}')")
        began = time.perf_counter()
        found = [database.execute(f"SELECT count(*) FROM ({question(each, now)})").fetchall() for each in definitions]
        return time.perf_counter() - began, [rows[0][0] for rows in found]


def question(definition: dict[str, Any], now: int) -> str:
    """A SELECT of the people whom one of the five kinds of definitions means."""
    if "all" in definition:
        one, two = definition["all"][0], definition["all"][1]["not"]
        return f"{_people(one, now)} EXCEPT {_people(two, now)}"
    if "sequence" in definition:
        first, second = definition["sequence"]
        since = now - definition["within_days"] * DAY
        within = second["within_hours"] * HOUR
        return f"""SELECT DISTINCT a.profile_id FROM facts a JOIN facts b USING (profile_id)
            WHERE a.type = '{first["event"]}' AND b.type = '{second["event"]}' AND a.occurred >= {since}
            AND b.occurred > a.occurred AND b.occurred <= a.occurred + {within}"""
    found = _people(definition, now)
    if "count" in definition:
        return f"{found} GROUP BY profile_id HAVING count(*) >= {definition['count']['gte']}"
    if "sum" in definition:
        return f"{found} GROUP BY profile_id HAVING sum(total) >= {definition['sum']['gte']}"
    shop = definition["last"]["is"]
    return f"{found} GROUP BY profile_id HAVING arg_max(shop, occurred) = '{shop}'"


def _people(event: dict[str, Any], now: int) -> str:
    since = now - event["within_days"] * DAY
    return f"SELECT profile_id FROM facts WHERE type = '{event['event']}' AND occurred >= {since}"
