"""Who knows whom, of everybody at one moment, in tables of DuckDB. For children and tests only.

- ``people(profile, customer, source, created)`` and ``held(profile, kind, value, scope)``: as the database has them;
  values are hashes.
- ``words(profile, trait, moment, value)``: each trait as it is compared: the hash of its words without case, accents
  and signs, in any order. First and last name are a name, where nobody says a whole one.
- ``placed(profile)``: those whose postal address is told in parts under one name (Segment's ``address``).
- ``knows(source, customer, newest)``: a source holds a profile of a customer, gave her a number, told facts of her, or
  brought messages of hers.
- ``speaks(source, profile, customer)``: what a profile says is the word of this source.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from django.conf import settings
from django.db import connection

from rondpoint.events import lake as facts
from rondpoint.events.types import Position
from rondpoint.hub.silos.keys import CONNECTION, FILES
from rondpoint.hub.silos.types import LATELY_DAYS
from rondpoint.lake.store import connect
from rondpoint.lib import clock

PORTION = 20_000  # rows in memory
LATELY = LATELY_DAYS * clock.DAY
PEOPLE = {"profile": pa.int64(), "customer": pa.int64(), "source": pa.string(), "created": pa.int64()}
HELD = {"profile": pa.int64(), "kind": pa.string(), "value": pa.string(), "scope": pa.string()}
WRITTEN = {"source": pa.string(), "profile": pa.int64(), "newest": pa.int64()}
AGREED = {"customer": pa.int64()}

# A text as two sources are compared: “Éloïse  DUPONT” and “dupont, Éloise” are one name.
PLAIN = "trim(regexp_replace(lower(strip_accents({0})), '[^\\pL\\pN]+', ' ', 'g'))"
SORTED = "list_aggregate(list_sort(string_split({0}, ' ')), 'string_agg', ' ')"
BOTH_HALVES = "(t->'first_name'->>'value') || ' ' || (t->'last_name'->>'value')"


class Whole:
    """Everybody, inside one snapshot of the database. ``lake``: where facts are read from, as far as it reaches."""

    def __init__(self, lake: facts.Kept | None, now: int):
        self.now = now
        self.database: duckdb.DuckDBPyConnection = (
            lake.table.connect() if lake else connect(Path(settings.RONDPOINT_HOME) / "lake")
        )
        self._people()
        self._facts(lake)

    def join(self, sources_of_facts: Mapping[str, str], origins: set[str]) -> None:
        """Works out who knows whom. ``sources_of_facts``: the source of profiles behind each source of facts, which
        are all that count; ``origins``: systems whose files were brought in."""
        pairs = list(sources_of_facts.items())
        self.give("behind", {"said": pa.string(), "source": pa.string()}, pairs)
        scopes = [(origin, f"{FILES}{origin}") for origin in sorted(origins)]
        self.give("origins", {"scope": pa.string(), "source": pa.string()}, scopes)
        self.database.execute("""
            CREATE TABLE speaks AS
            SELECT source, profile, customer FROM people
            UNION
            SELECT o.source, h.profile, p.customer FROM held h
            JOIN origins o ON o.scope = h.scope JOIN people p ON p.profile = h.profile WHERE h.kind = 'account';
            CREATE TABLE knows AS
            WITH newest AS (SELECT profile, max(moment) AS moment FROM words GROUP BY profile)
            SELECT source, customer, max(moment) AS newest FROM (
              SELECT s.source, s.customer, greatest(p.created, n.moment) AS moment FROM speaks s
              JOIN people p ON p.profile = s.profile LEFT JOIN newest n ON n.profile = s.profile
              UNION ALL
              SELECT b.source, p.customer, t.newest FROM told t
              JOIN behind b ON b.said = t.source JOIN people p ON p.profile = t.profile
              UNION ALL
              SELECT b.source, p.customer, m.newest FROM written m
              JOIN behind b ON b.said = m.source JOIN people p ON p.profile = m.profile
            ) GROUP BY source, customer;
            CREATE TABLE known AS SELECT customer, count(*) AS sources FROM knows GROUP BY customer;
        """)

    def give(self, name: str, columns: dict[str, pa.DataType], rows: Any) -> None:
        """Makes a table of rows."""
        self.database.register("given", _table(columns, list(rows)))
        self.database.execute(f"CREATE TABLE {name} AS SELECT * FROM given")
        self.database.unregister("given")

    def ask(self, question: str, *given: Any) -> list[tuple[Any, ...]]:
        """The rows of a question."""
        rows: list[tuple[Any, ...]] = self.database.execute(question, list(given)).fetchall()
        return rows

    def _people(self) -> None:
        text = "traits::text" if connection.vendor == "postgresql" else "traits"
        self.database.execute("CREATE TABLE people (profile BIGINT, customer BIGINT, source VARCHAR, created BIGINT)")
        self.database.execute("CREATE TABLE placed (profile BIGINT)")
        self.database.execute("CREATE TABLE words (profile BIGINT, trait VARCHAR, moment BIGINT, value UBIGINT)")
        columns = {**PEOPLE, "traits": pa.string()}
        for rows in _read(
            f"SELECT id, customer_id, source, created, {text} FROM customers_profile WHERE customer_id IS NOT NULL"
        ):
            self.database.register("given", _table(columns, rows))
            self.database.execute(f"""
                INSERT INTO people SELECT profile, customer, source, created FROM given;
                INSERT INTO words SELECT profile, trait, moment, hash({SORTED.format("value")}) FROM (
                  SELECT profile, e.key AS trait, CAST(e.value->>'at' AS BIGINT) AS moment,
                    {PLAIN.format("e.value->'value'->>'$'")} AS value
                  FROM (
                    SELECT profile, unnest(map_entries(CAST(traits::JSON AS MAP(VARCHAR, JSON)))) AS e
                    FROM given WHERE traits <> '{{}}'
                  ) WHERE json_type(e.value->'value') NOT IN ('ARRAY', 'OBJECT', 'NULL')
                ) WHERE value <> '';
                INSERT INTO words SELECT profile, 'name', moment, hash({SORTED.format("value")}) FROM (
                  SELECT profile, {PLAIN.format(BOTH_HALVES)} AS value,
                    greatest(CAST(t->'first_name'->>'at' AS BIGINT), CAST(t->'last_name'->>'at' AS BIGINT)) AS moment
                  FROM (SELECT profile, traits::JSON AS t FROM given)
                  WHERE (t->'name') IS NULL AND (t->'first_name') IS NOT NULL AND (t->'last_name') IS NOT NULL
                ) WHERE value <> '';
                INSERT INTO placed SELECT profile FROM (
                  SELECT profile, (traits::JSON->'address')->'value' AS place
                  FROM given WHERE traits LIKE '%"address"%'
                ) WHERE json_type(place) = 'OBJECT' AND place::VARCHAR <> '{{}}';
            """)
            self.database.unregister("given")
        self.database.execute("CREATE TABLE held (profile BIGINT, kind VARCHAR, value UBIGINT, scope VARCHAR)")
        for rows in _read("SELECT profile_id, kind, value, scope FROM customers_identifier"):
            self.database.register("given", _table(HELD, rows))
            self.database.execute("INSERT INTO held SELECT profile, kind, hash(value), scope FROM given")
            self.database.unregister("given")
        agreed = (
            "SELECT DISTINCT customer_id FROM consent_agreed"
            f" WHERE allowed AND (until IS NULL OR until > {int(self.now)})"
        )
        written = (
            "SELECT connection_id, profile_id, max(received) FROM conversations_message"
            " WHERE direction = 'in' AND connection_id IS NOT NULL GROUP BY connection_id, profile_id"
        )
        self.give("written", WRITTEN, (
            (f"{CONNECTION}{number}", profile, newest) for rows in _read(written) for number, profile, newest in rows
        ))
        self.give("agreed", AGREED, (row for rows in _read(agreed) for row in rows))

    def _facts(self, lake: facts.Kept | None) -> None:
        ours = lake is not None and facts.ours(lake.manifest)
        position = Position(*lake.manifest.position) if lake and ours else Position()
        self.database.execute("CREATE TABLE tail (source VARCHAR, profile_id BIGINT, received BIGINT)")
        while True:
            rows, position = facts.after(position)
            if not rows.num_rows:
                break
            self.database.register("given", rows)
            self.database.execute("INSERT INTO tail SELECT source, profile_id, received FROM given")
            self.database.unregister("given")
        parts = ["SELECT source, profile_id, received FROM tail"]
        if lake and ours and lake.table.show(self.database, "kept", lake.manifest):
            parts.append("SELECT source, profile_id, received FROM kept")
        since = self.now - LATELY
        self.database.execute(f"""
            CREATE TABLE told AS SELECT source, profile_id AS profile, max(received) AS newest,
              count(*) FILTER (WHERE received > {since}) AS lately,
              count(*) FILTER (WHERE received > {since - LATELY} AND received <= {since}) AS before
            FROM ({" UNION ALL ".join(parts)}) WHERE profile_id IS NOT NULL GROUP BY source, profile_id
        """)


def _read(question: str) -> Iterator[list[tuple[Any, ...]]]:
    """The rows of a question to the database, in portions, past the models: a million of them are counted, not used."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(question)
        while rows := cursor.fetchmany(PORTION):
            yield rows


def _table(columns: dict[str, pa.DataType], rows: list[tuple[Any, ...]]) -> pa.Table:
    values = list(zip(*rows, strict=True)) or [() for _ in columns]
    arrays = [pa.array(column, kind) for column, kind in zip(values, columns.values(), strict=True)]
    return pa.table(dict(zip(columns, arrays, strict=True)))
