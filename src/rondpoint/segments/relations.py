"""The relations that compiled statements read, in the words of each engine.

``facts``: of each customer those of the types asked for, with their ``age`` in microseconds, the beginning of their
``day`` and ``quarter`` of an hour, and the properties asked for as columns; ``people``: the living customers with the
lots they drew; ``companies``: to which they belong, with the ids asked for; ``company_traits``; ``traits``, ``reach``,
``inside``, ``agreed``. Live, all are cut to the customers given; in the lake they hold everybody.
"""

import hashlib
from collections.abc import Mapping
from json import dumps

from msgspec import Struct

from rondpoint.segments import elements
from rondpoint.segments.elements import quoted
from rondpoint.segments.rules.needs import Column, Needs
from rondpoint.segments.types import ANY

LARGEST = "1e11"  # larger numbers are not summed
PRIME = 2_147_483_647


def live(
    engine: str, statement: str, needed: Needs, now: int, segments: Mapping[str, int], companies: Mapping[str, int]
) -> str:
    """A statement with its relations on the database's own tables; its one parameter is the list of customers.

    ``engine``: ``sqlite`` takes it as JSON, ``postgresql`` as an array. ``segments`` and ``companies``: numbers by
    public id.
    """
    given = (
        "SELECT value AS customer_id FROM json_each(\0)"
        if engine == "sqlite"
        else "SELECT unnest(\0::bigint[]) AS customer_id"
    )
    among = "IN (SELECT customer_id FROM given)"
    types = ", ".join(quoted(name) for name in needed.types) or "NULL"
    relations = {
        "given": given,
        "people": f"SELECT id AS customer_id{_lots(needed, 'id')} FROM customers_customer "
        f"WHERE merged_into_id IS NULL AND id {among}",
        "facts": f"SELECT p.customer_id, e.id, e.type, e.occurred, {now} - e.occurred AS age, e.channel"
        f"{_beginnings('e.occurred')}{_properties(engine, needed, 'e.properties')} "
        "FROM customers_profile p JOIN events_event e ON e.profile_id = p.id "
        f"WHERE p.customer_id {among} AND e.type IN ({types})",
        "traits": f"SELECT customer_id, name, text, number, {_date(engine, 'text')} AS date FROM segments_knowntrait "
        f"WHERE customer_id {among}",
        "reach": f"SELECT customer_id, channel FROM segments_reach WHERE customer_id {among}",
        "inside": f"SELECT customer_id, {_named(segments)} AS segment FROM segments_member "
        f"WHERE customer_id {among} AND segment_id IN ({_numbers(segments)})",
        "companies": f"SELECT b.customer_id, b.company_id, n.company FROM customers_belonging b "
        f"LEFT JOIN ({_companies(companies)}) n ON n.company_id = b.company_id WHERE b.customer_id {among}",
        "company_traits": f"SELECT company_id, name, text, number, {_date(engine, 'text')} AS date "
        "FROM customers_companytrait "
        f"WHERE company_id IN (SELECT company_id FROM customers_belonging WHERE customer_id {among})",
        "agreed": f"SELECT customer_id, purpose, channel, until FROM consent_agreed WHERE customer_id {among} "
        f"AND {_agreed(now)}",
    }
    return _with(relations, statement).replace("%", "%%").replace("\0", "%s")


class Laid(Struct, frozen=True):
    """Facts of some types as they were laid out for many statements. ``tables``: by type the table that holds them,
    ``columns``: how each property is called there."""

    tables: Mapping[str, str]
    columns: Mapping[Column, str]

    def of(self, needed: Needs, now: int) -> str:
        """The relation ``facts`` of a statement."""
        names = [f"{self.columns[column]} AS {column.kind}{place}" for place, column in enumerate(needed.columns)]
        names.append("channel" if needed.channels else "'' AS channel")
        parts = [
            f"SELECT customer_id, id, {quoted(name)} AS type, occurred, {now} - occurred AS age"
            f"{_beginnings('occurred')}{''.join(f', {name}' for name in names)} FROM {self.tables[name]}"
            for name in needed.types
        ]
        return " UNION ALL ".join(parts) or NO_FACTS


NO_FACTS = (
    "SELECT 0 AS customer_id, 0 AS id, '' AS type, 0 AS occurred, 0 AS age, 0 AS day, 0 AS quarter, '' AS channel "
    "WHERE 1 = 0"
)


def lay_out(table: str, name: str, since: int | None, columns: Mapping[Column, str], channels: bool) -> str:
    """What makes the table of the facts of a type out of ``lake_facts`` (profile_id, id, type, channel, occurred,
    properties) and ``moved`` (profile_id, customer_id: of the profiles that are not their own customer's first). Each
    property is taken out of its JSON once. ``since``: no older ones; ``channels``: with their channels."""
    paths = sorted({column.path for column in columns})
    values = "".join(f", json_extract(f.properties, {_path(path)}) AS v{place}" for place, path in enumerate(paths))
    taken = {path: f"v{place}" for place, path in enumerate(paths)}
    told = "".join(f", {_told(column, taken[column.path])} AS {called}" for column, called in columns.items())
    channel = ", channel" if channels else ""
    recent = "" if since is None else f" AND f.occurred >= {since}"
    return (
        f"CREATE TABLE {table} AS SELECT customer_id, id, occurred{channel}{told} FROM (SELECT "
        f"coalesce(m.customer_id, f.profile_id) AS customer_id, f.id, f.occurred{channel}{values} "
        "FROM lake_facts f LEFT JOIN moved m ON m.profile_id = f.profile_id "
        f"WHERE f.profile_id IS NOT NULL AND f.type = {quoted(name)}{recent})"
    )


def whole(
    statement: str,
    needed: Needs,
    now: int,
    segments: Mapping[str, int],
    companies: Mapping[str, int],
    laid: Laid,
) -> str:
    """A statement with its relations on the tables of the lake, for DuckDB: the facts that were laid out, ``everybody``
    (customer_id), ``lake_traits``, ``lake_reach``, ``lake_agreed`` (customer_id, purpose, channel, allowed, until),
    ``lake_members`` (customer_id, segment_id), ``lake_belonging`` (customer_id, company_id) and
    ``lake_company_traits``."""
    relations = {
        "people": f"SELECT customer_id{_lots(needed, 'customer_id')} FROM everybody",
        "facts": laid.of(needed, now),
        "traits": f"SELECT customer_id, name, text, number, {_date('duckdb', 'text')} AS date FROM lake_traits",
        "reach": "SELECT customer_id, channel FROM lake_reach",
        "inside": f"SELECT customer_id, {_named(segments)} AS segment FROM lake_members "
        f"WHERE segment_id IN ({_numbers(segments)})",
        "companies": "SELECT b.customer_id, b.company_id, n.company FROM lake_belonging b "
        f"LEFT JOIN ({_companies(companies)}) n ON n.company_id = b.company_id",
        "company_traits": f"SELECT company_id, name, text, number, {_date('duckdb', 'text')} AS date "
        "FROM lake_company_traits",
        "agreed": f"SELECT customer_id, purpose, channel, until FROM lake_agreed WHERE {_agreed(now)}",
    }
    return _with(relations, statement)


def _agreed(now: int) -> str:
    """Agreements that have not ended: the gate says no from the moment of their end on, and so does a segment."""
    return f"allowed AND (until IS NULL OR until > {now})"


def _with(relations: Mapping[str, str], statement: str) -> str:
    parts = ", ".join(f"{name} AS ({text})" for name, text in relations.items())
    return f"WITH {parts}, {statement}"


def _named(segments: Mapping[str, int]) -> str:
    if not segments:
        return "''"
    cases = " ".join(f"WHEN {number} THEN {quoted(name)}" for name, number in sorted(segments.items()))
    return f"CASE segment_id {cases} END"


def _companies(named: Mapping[str, int]) -> str:
    """Each company with the public ids it is asked for by: several, where some were merged."""
    rows = [f"SELECT {number} AS company_id, {quoted(name)} AS company" for name, number in sorted(named.items())]
    return " UNION ALL ".join(rows) or "SELECT 0 AS company_id, '' AS company WHERE 1 = 0"


def _numbers(segments: Mapping[str, int]) -> str:
    return ", ".join(str(number) for number in sorted(segments.values())) or "NULL"


def _beginnings(occurred: str) -> str:
    """The day (UTC) and the quarter of an hour in which a fact lies, by their first microsecond."""
    spans = {"day": 86_400_000_000, "quarter": 900_000_000}
    return "".join(f", {occurred} - {occurred} % {span} AS {name}" for name, span in spans.items())


def _lots(needed: Needs, key: str) -> str:
    return "".join(f", {_lot(seed, key)} AS s{number}" for number, seed in enumerate(needed.seeds))


def _lot(seed: str, key: str) -> str:
    """0 to 999,999, the same on each engine and for ever: whole numbers below 2^62 only."""
    digest = hashlib.sha256(f"share:{seed}".encode()).digest()
    a, b, c, d = (int.from_bytes(digest[start : start + 8], "big") % (PRIME - 1) + 1 for start in (0, 8, 16, 24))
    mixed = f"((({key} % {PRIME}) * {a} + {b}) % {PRIME})"
    mixed = f"(({mixed} * ({mixed} + 1)) % {PRIME})"
    return f"((({mixed} * {c} + {d}) % {PRIME}) % 1000000)"


def _properties(engine: str, needed: Needs, json: str) -> str:
    read = {"sqlite": _sqlite, "postgresql": _postgresql}[engine]
    return "".join(f", {read(column, json)} AS {column.kind}{number}" for number, column in enumerate(needed.columns))


def _whole(number: str, truncated: str) -> str:
    """Ten-thousandths, halves away from nought."""
    half = f"CASE WHEN {number} < 0 THEN -0.5 ELSE 0.5 END"
    return f"CASE WHEN abs({number}) < {LARGEST} THEN {truncated.format(f'{number} * 10000 + {half}')} END"


def _date(engine: str, text: str) -> str:
    """The day that a text begins with, as a whole number: 20260131. The text ends there, or a time follows."""
    day = f"replace(substr({text}, 1, 10), '-', '')"
    if engine == "sqlite":
        shape = f"{text} GLOB '{'-'.join('[0-9]' * number for number in (4, 2, 2))}*'"
        return f"CASE WHEN {shape} AND substr({text}, 11, 1) IN ('', 'T', ' ') THEN CAST({day} AS INTEGER) END"
    matches = {"postgresql": "{} ~ {}", "duckdb": "regexp_matches({}, {})"}[engine]
    shape = matches.format(text, "'^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ]|$)'")
    return f"CASE WHEN {shape} THEN CAST({day} AS BIGINT) END"


def _sqlite(column: Column, json: str) -> str:
    if column.kind == "a":
        before, behind = (_sqlite_path(part) for part in elements.around(column.path))
        told = ("json_type(el.value, {})", "json_extract(el.value, {})") if behind != "'$'" else ("el.type", "el.value")
        inner = "el.type = 'object'" if behind != "'$'" else "1"
        kind, value = (f"(CASE WHEN {inner} THEN {each.format(behind)} END)" for each in told)
        holds = elements.holds("sqlite", column.tests, lambda wanted: _of_sqlite(wanted, kind, value))
        listed = f"json_each({json}, {before}) el WHERE json_type({json}, {before}) = 'array'"
        return elements.some(column.tests, f"EXISTS (SELECT 1 FROM {listed} AND {holds})")
    path = _sqlite_path(column.path)
    return _of_sqlite(column.kind, f"json_type({json}, {path})", f"json_extract({json}, {path})")


def _sqlite_path(path: tuple[str, ...]) -> str:
    # Before 3.45 SQLite compares names as they are written, and Django writes é as \u00e9.
    return quoted("$" + "".join(f".{dumps(name)}" for name in path))


def _of_sqlite(wanted: str, kind: str, value: str) -> str:
    number = f"(CASE WHEN {kind} IN ('integer', 'real') THEN CAST({value} AS REAL) END)"
    match wanted:
        case "e":
            return f"coalesce({kind} <> 'null', 0)"
        case "t":
            return f"CASE {kind} WHEN 'text' THEN {value} WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' END"
        case "d":
            return f"CASE WHEN {kind} = 'text' THEN {_date('sqlite', value)} END"
        case "n":
            return number
        case _:
            return _whole(number, "CAST({} AS INTEGER)")


def _postgresql(column: Column, json: str) -> str:
    if column.kind == "a":
        before, behind = (_array(part) for part in elements.around(column.path))
        kind, value = f"jsonb_typeof(el.told #> {behind})", f"(el.told #>> {behind})"
        holds = elements.holds("postgresql", column.tests, lambda wanted: _of_postgresql(wanted, kind, value))
        listed = f"CASE WHEN jsonb_typeof({json} #> {before}) = 'array' THEN {json} #> {before} ELSE '[]'::jsonb END"
        listed = f"jsonb_array_elements({listed}) AS el(told)"
        return elements.some(column.tests, f"EXISTS (SELECT 1 FROM {listed} WHERE {holds})")
    path = _array(column.path)
    return _of_postgresql(column.kind, f"jsonb_typeof({json} #> {path})", f"({json} #>> {path})")


def _array(path: tuple[str, ...]) -> str:
    return f"ARRAY[{', '.join(quoted(name) for name in path)}]::text[]"


def _of_postgresql(wanted: str, kind: str, value: str) -> str:
    number = f"(CASE WHEN {kind} = 'number' THEN {value}::numeric::double precision END)"
    match wanted:
        case "e":
            return f"coalesce({kind} <> 'null', false)"
        case "t":
            return f"CASE WHEN {kind} IN ('string', 'boolean') THEN {value} END"
        case "d":
            return f"CASE WHEN {kind} = 'string' THEN {_date('postgresql', value)} END"
        case "n":
            return number
        case _:
            return _whole(number, "trunc({})::bigint")


def _path(path: tuple[str, ...]) -> str:
    """In DuckDB's words; through a list it leads to the values of all elements that have one."""
    return quoted("$" + "".join("[*]" if name == ANY else f'."{name}"' for name in path))


def _told(column: Column, json: str) -> str:
    """A property that was taken out as JSON, in DuckDB's words."""
    if column.kind == "a":
        holds = elements.holds("duckdb", column.tests, lambda wanted: _of_duckdb(wanted, "el"))
        return elements.some(column.tests, f"coalesce(len(list_filter({json}, lambda el: {holds})) > 0, false)")
    return _of_duckdb(column.kind, json)


def _of_duckdb(wanted: str, json: str) -> str:
    kind, value = f"json_type({json})", f"({json} ->> '$')"
    number = f"(CASE WHEN {kind} IN ('BIGINT', 'UBIGINT', 'HUGEINT', 'DOUBLE') THEN CAST({value} AS DOUBLE) END)"
    match wanted:
        case "e":
            return f"coalesce({kind} <> 'NULL', false)"
        case "t":
            return f"CASE WHEN {kind} IN ('VARCHAR', 'BOOLEAN') THEN {value} END"
        case "d":
            return f"CASE WHEN {kind} = 'VARCHAR' THEN {_date('duckdb', value)} END"
        case "n":
            return number
        case _:
            return _whole(number, "CAST(trunc({}) AS BIGINT)")
