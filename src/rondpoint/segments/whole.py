"""Segments found from the whole lake. Imports DuckDB and pyarrow: for children and tests only.

All is read in one snapshot of the database: the facts behind the end of the lake, which customer each profile belongs
to, traits and reachability. Customers whom the live side has still to look at (``pending``) are known too, so that
both can be compared exactly while more comes in.
"""

import contextlib
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as csv
from django.conf import settings
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import F, QuerySet

from rondpoint.consent.models import Agreed
from rondpoint.customers.models import Belonging, CompanyTrait, Customer, Profile
from rondpoint.customers.queries import companies
from rondpoint.events import following
from rondpoint.events import lake as facts
from rondpoint.events import queries as events
from rondpoint.events.types import Position
from rondpoint.lake.store import connect
from rondpoint.segments import relations
from rondpoint.segments.live import FOLLOWER
from rondpoint.segments.models import Due, KnownTrait, Member, Reach, Segment, Touched
from rondpoint.segments.rules import needs as looking

LINES = 100_000  # rows that SQLite writes as one text, about
PIECE = 4 * 1024 * 1024  # bytes that are read as a table at once


class Whole:
    """Everybody, at one moment. Raises OSError or duckdb.Error where a part cannot be read (any more)."""

    def __init__(self, lake: facts.Kept | None, needed: Collection[looking.Needs], now: int):
        self.now = now
        self.segments = {
            str(name): number
            for name, number in Segment.objects.filter(
                public_id__in={name for need in needed for name in need.segments}
            ).values_list("public_id", "id")
        }
        self.companies = companies.numbers({name for need in needed for name in need.companies})
        self.database = lake.table.connect() if lake else connect(Path(settings.RONDPOINT_HOME) / "lake")
        self._people()
        self._facts(lake)
        self.laid = self._lay_out(needed)
        self._standing(needed)
        self.pending = self._pending()

    def members(self, statement: str, needed: looking.Needs) -> list[int]:
        """The customers whom a condition holds of, in order."""
        return [row[0] for row in self._ask(statement, needed, "customer_id")]

    def everybody(self) -> int:
        """How many customers there are."""
        return self._number("SELECT count(*) FROM everybody")

    def changes(self, statement: str, needed: looking.Needs) -> list[tuple[int, int]]:
        """When time alone may next change something: (customer, moment)."""
        return [(row[0], row[1]) for row in self._ask(statement, needed, "customer_id")]

    def stream(self, statement: str, needed: looking.Needs) -> Iterator[tuple[Any, ...]]:
        """The rows of a statement by the customer they are of, a portion in memory at a time."""
        text = relations.whole(statement, needed, self.now, self.segments, self.companies, self.laid)
        asked = self.database.cursor().execute(f"{text} ORDER BY customer_id")
        while rows := asked.fetchmany(20_000):
            yield from rows

    def compare(self, segment_id: int, statement: str, needed: looking.Needs) -> tuple[int, int, int]:
        """How many customers a condition holds of, how many of them are no members of the segment, and how many more
        members there are; those to be looked at again are in neither of the last two, all others are noted
        (:meth:`differing`). Segments that look at this one see what was found from now on."""
        text = relations.whole(statement, needed, self.now, self.segments, self.companies, self.laid)
        held = f"SELECT customer_id FROM live_members WHERE segment_id = {segment_id}"
        self.database.execute(f"CREATE OR REPLACE TABLE found AS {text}")
        self.database.execute(f"DELETE FROM lake_members WHERE segment_id = {segment_id}")
        if segment_id in self.segments.values():
            self.database.execute(f"INSERT INTO lake_members SELECT customer_id, {segment_id} FROM found")
        found = "SELECT customer_id FROM found"
        missing, extra = (self._note(f"{one} EXCEPT {other}") for one, other in ((found, held), (held, found)))
        return self._number("SELECT count(*) FROM found"), missing, extra

    def note(self, customer_ids: Collection[int]) -> None:
        """Of these something else is kept than was found."""
        self._insert("differing", pa.table({"customer_id": pa.array(sorted(customer_ids), pa.int64())}))

    def differing(self, size: int) -> Iterator[list[int]]:
        """The customers of whom something differs, in portions. Needs no snapshot."""
        asked = self.database.cursor().execute("SELECT DISTINCT customer_id FROM differing ORDER BY customer_id")
        while rows := asked.fetchmany(size):
            yield [number for (number,) in rows]

    def _note(self, differing: str) -> int:
        self.database.execute(f"CREATE OR REPLACE TABLE wrong AS {differing} EXCEPT FROM pending")
        self.database.execute("INSERT INTO differing FROM wrong")
        return self._number("SELECT count(*) FROM wrong")

    def take_members(self, segment_ids: Collection[int]) -> None:
        """Reads who is in these segments now, to compare."""
        rows = Member.objects.filter(segment_id__in=segment_ids).values_list("customer_id", "segment_id")
        self._numbers("live_members", ("customer_id", "segment_id"), rows)
        self._table("pending", pa.table({"customer_id": pa.array(sorted(self.pending), pa.int64())}))
        self._table("differing", pa.table({"customer_id": pa.array([], pa.int64())}))

    def _number(self, question: str) -> int:
        return int(self.database.execute(question).fetchall()[0][0])

    def _ask(self, statement: str, needed: looking.Needs, order: str) -> list[tuple[int, ...]]:
        text = relations.whole(statement, needed, self.now, self.segments, self.companies, self.laid)
        rows: list[tuple[int, ...]] = self.database.execute(f"{text} ORDER BY {order}").fetchall()
        return rows

    def _facts(self, lake: facts.Kept | None) -> None:
        ours = lake is not None and facts.ours(lake.manifest)  # or it is as good as nothing until it is written anew
        position = Position(*lake.manifest.position) if lake and ours else Position()
        self._table("tail", facts.nothing())
        while True:
            rows, position = facts.after(position)
            if not rows.num_rows:
                break
            self._insert("tail", rows)
        names = "profile_id, id, type, channel, occurred, properties"
        parts = [f"SELECT {names} FROM tail"]
        if lake and ours and lake.table.show(self.database, "kept", lake.manifest):
            parts.append(f"SELECT {names} FROM kept")
        self.database.execute(f"CREATE VIEW lake_facts AS {' UNION ALL '.join(parts)}")

    def _lay_out(self, needed: Collection[looking.Needs]) -> relations.Laid:
        """Reads the facts once for all statements: of each type those that somebody looks at, and their properties."""
        spans = looking.longest([pair for need in needed for pair in zip(need.types, need.spans, strict=True)])
        columns = looking.ordered(column for need in needed for column in need.columns)
        called = {column: f"p{place}" for place, column in enumerate(columns)}
        tables = {name: f"facts{place}" for place, name in enumerate(sorted(spans))}
        for name, table in tables.items():
            wanted = {column: called[column] for need in needed if name in need.types for column in need.columns}
            span = spans[name]
            since = None if span is None else self.now - span
            channels = any(need.channels for need in needed if name in need.types)
            self.database.execute(relations.lay_out(table, name, since, wanted, channels))
        return relations.Laid(tables, called)

    def _people(self) -> None:
        moved = Profile.objects.filter(customer_id__isnull=False).exclude(id=F("customer_id"))
        self._numbers("moved", ("profile_id", "customer_id"), moved.values_list("id", "customer_id"))
        self._numbers("everybody", ("customer_id",), Customer.objects.filter(merged_into=None).values_list("id"))

    def _standing(self, needed: Collection[looking.Needs]) -> None:
        names = {name for need in needed for name in need.traits}
        traits = KnownTrait.objects.filter(name__in=names).values_list("customer_id", "name", "text", "number")
        columns = {"customer_id": "BIGINT", "name": "VARCHAR", "text": "VARCHAR", "number": "DOUBLE"}
        self._copy("lake_traits", columns, traits)
        reach = Reach.objects.values_list("customer_id", "channel")
        wanted = any(need.standing for need in needed)
        columns = {"customer_id": "BIGINT", "channel": "VARCHAR"}
        self._copy("lake_reach", columns, reach if wanted else reach.none())
        agreed = Agreed.objects.filter(purpose__in={name for need in needed for name in need.purposes}, allowed=True)
        columns = {"customer_id": "BIGINT", "purpose": "VARCHAR", "channel": "VARCHAR", "until": "BIGINT"}
        columns["allowed"] = "BOOLEAN"
        self._copy("lake_agreed", columns, agreed.values_list("customer_id", "purpose", "channel", "until", "allowed"))
        self._belonging(any(need.belonging for need in needed))
        members = Member.objects.filter(segment_id__in=self.segments.values())
        self._numbers("lake_members", ("customer_id", "segment_id"), members.values_list("customer_id", "segment_id"))

    def _numbers(self, name: str, columns: tuple[str, ...], rows: "QuerySet[Any, Any]") -> None:
        """A table of whole numbers, a million of which are read in a fraction of a second: as text, many rows in one,
        which nobody makes an object of each of."""
        types = dict.fromkeys(columns, pa.int64())
        reading = {
            "read_options": csv.ReadOptions(column_names=columns),
            "convert_options": csv.ConvertOptions(column_types=types),
        }
        self._table(name, pa.table({column: pa.array([], pa.int64()) for column in columns}))
        with contextlib.suppress(EmptyResultSet):
            for text in filter(None, _lines(*rows.query.sql_with_params(), len(columns))):
                self._insert(name, csv.read_csv(pa.BufferReader(text), **reading))

    def _belonging(self, wanted: bool) -> None:
        held = Belonging.objects.values_list("customer_id", "company_id")
        columns = {"customer_id": "BIGINT", "company_id": "BIGINT"}
        self._copy("lake_belonging", columns, held if wanted else held.none())
        traits = CompanyTrait.objects.values_list("company_id", "name", "text", "number")
        columns = {"company_id": "BIGINT", "name": "VARCHAR", "text": "VARCHAR", "number": "DOUBLE"}
        self._copy("lake_company_traits", columns, traits if wanted else traits.none())

    def _copy(self, name: str, columns: dict[str, str], rows: "QuerySet[Any, Any]") -> None:
        types = {"BIGINT": pa.int64(), "VARCHAR": pa.string(), "DOUBLE": pa.float64(), "BOOLEAN": pa.bool_()}
        values: list[Any] = list(zip(*rows.iterator(chunk_size=20_000), strict=True)) or [[] for _ in columns]
        arrays = [pa.array(column, types[kind]) for column, kind in zip(values, columns.values(), strict=True)]
        self._table(name, pa.table(dict(zip(columns, arrays, strict=True))))

    def _table(self, name: str, rows: pa.Table) -> None:
        self.database.register("given", rows)
        self.database.execute(f"CREATE TABLE {name} AS SELECT * FROM given")
        self.database.unregister("given")

    def _insert(self, name: str, rows: pa.Table) -> None:
        self.database.register("given", rows)
        self.database.execute(f"INSERT INTO {name} SELECT * FROM given")
        self.database.unregister("given")

    def _pending(self) -> set[int]:
        profiles = set(Touched.objects.values_list("profile_id", flat=True))
        profiles |= events.whose_after(following.place(FOLLOWER))
        waiting = set(Due.objects.filter(at__lte=self.now).values_list("customer_id", flat=True))
        owners = Profile.objects.filter(id__in=profiles).values_list("customer_id", flat=True)
        return profiles | waiting | set(owners)


def _lines(question: str, given: tuple[Any, ...], columns: int) -> Iterator[bytes]:
    """The whole numbers that a question asks for, as lines of comma-separated values, in pieces."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY ({question}) TO STDOUT (FORMAT csv)", given) as copy:
                piece = bytearray()
                for rows in copy:
                    piece += rows
                    if len(piece) > PIECE:
                        yield bytes(piece)
                        piece.clear()
                yield bytes(piece)
            return
        names = [f"c{place}" for place in range(columns)]
        line = " || ',' || ".join(names)
        cursor.execute(
            f"WITH rows_({', '.join(names)}) AS ({question}) "
            f"SELECT group_concat({line}, char(10)) FROM rows_ GROUP BY c0 / {LINES}",
            given,
        )
        while found := cursor.fetchmany(16):
            for (text,) in found:
                yield text.encode()
