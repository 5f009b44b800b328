"""A question in the words of the engine: FTS5's MATCH or PostgreSQL's tsquery. Only folded words get into either."""

import json
from collections.abc import Iterable

from django.db import connection
from django.db.models.expressions import RawSQL

from rondpoint.conversations.search import beginnings, schema
from rondpoint.conversations.search.question import Part, Unit

COLUMNS = {schema.MESSAGES: "subject text files", schema.NOTES: "text"}
RECENT = 4000  # messages that PostgreSQL looks through before it asks its index
RANKED = 2000  # of so many of the newest finds the most fitting are shown first

Tags = Iterable[Iterable[str]]  # of each group one tag must be there


def messages(parts: Iterable[Part], tags: Tags, before: int | None, limit: int, subject: bool = False) -> list[int]:
    """Ids of messages that hold the parts and a tag of each group, the newest first. ``before``: only ids below."""
    question = _question(parts, tags, subject)
    if not question:
        return []
    return _newest(schema.MESSAGES, "conversations_message", question, before, limit)


def notes(parts: Iterable[Part], before: int | None, limit: int) -> list[int]:
    """Ids of notes that hold the parts, the newest first."""
    question = _question(parts, (), False, schema.NOTES)
    return _newest(schema.NOTES, "conversations_note", question, before, limit) if question else []


def fitting(parts: Iterable[Part], tags: Tags) -> list[int]:
    """Ids of the newest messages that hold the parts, the most fitting first."""
    question = _question(parts, tags, False)
    if not question:
        return []
    if connection.vendor == "sqlite":
        statement = (
            "SELECT rowid, bm25(conversations_message_words, 4.0, 1.0, 2.0, 0.0) FROM conversations_message_words "
            "WHERE conversations_message_words MATCH %s ORDER BY rowid DESC LIMIT %s"
        )
        values = [question, RANKED]
    else:
        statement = (
            "SELECT id, -ts_rank_cd('{0, 0.5, 0.25, 1}', search, %s::tsquery) FROM conversations_message "
            "WHERE search @@ %s::tsquery ORDER BY id DESC LIMIT %s"
        )
        values = [question, question, RANKED]
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        found = sorted(cursor.fetchall(), key=lambda row: (row[1], -row[0]))
    return [number for number, _ in found]


def listed(numbers: list[int]) -> RawSQL:
    """Many ids as one value: as thousands of values they cost more than the question they stand in."""
    if connection.vendor == "sqlite":
        return RawSQL("SELECT value FROM json_each(%s)", [json.dumps(numbers)])
    return RawSQL("SELECT unnest(%s::bigint[])", [numbers])


def _newest(index: str, table: str, question: str, before: int | None, limit: int) -> list[int]:
    older, values = ("", []) if before is None else (" AND {key} < %s", [before])
    if connection.vendor == "sqlite":
        where = f"{index} MATCH %s{older.format(key='rowid')}"
        return _ids(f"SELECT rowid FROM {index} WHERE {where} ORDER BY rowid DESC LIMIT %s", [question, *values, limit])
    older, holds = older.format(key="id"), "search @@ %s::tsquery"
    if limit > RECENT // 10:
        where = f"{holds}{older}"
        return _ids(f"SELECT id FROM {table} WHERE {where} ORDER BY id DESC LIMIT %s", [question, *values, limit])
    # GIN finds all rows that hold a word before it gives the newest: a common one is met sooner by looking. When it is
    # not met soon, the planner would go on looking, since it does not know that words and days go together.
    newest = f"SELECT id, search FROM {table} WHERE true{older} ORDER BY id DESC LIMIT {RECENT}"
    found = _ids(
        f"SELECT id FROM ({newest}) AS newest WHERE {holds} ORDER BY id DESC LIMIT %s", [*values, question, limit]
    )
    if len(found) == limit:
        return found
    all_ = f"WITH found AS MATERIALIZED (SELECT id FROM {table} WHERE {holds}{older})"
    return _ids(f"{all_} SELECT id FROM found ORDER BY id DESC LIMIT %s", [question, *values, limit])


def _ids(statement: str, values: list) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [number for (number,) in cursor.fetchall()]


def _question(parts: Iterable[Part], tags: Tags, subject: bool, index: str = schema.MESSAGES) -> str:
    wanted = [part for part in parts if part.wanted]
    unwanted = [part for part in parts if not part.wanted]
    groups = [sorted(group) for group in tags]
    if not wanted and not groups:
        return ""
    if connection.vendor == "sqlite":
        return _match(wanted, unwanted, groups, index, "subject" if subject else COLUMNS[index])
    return _tsquery(wanted, unwanted, groups, "A" if subject else "ABC")


def _match(wanted: list[Part], unwanted: list[Part], groups: list[list[str]], index: str, columns: str) -> str:
    """FTS5's language: https://sqlite.org/fts5.html#full_text_query_syntax"""
    found = [f"{{{columns}}} : ({' OR '.join(_fts_unit(unit, index) for unit in part.units)})" for part in wanted]
    found += [f"tags : ({' OR '.join(f'{chr(34)}{tag}{chr(34)}' for tag in group)})" for group in groups]
    question = " AND ".join(f"({one})" for one in found)
    if not unwanted:
        return question
    without = " OR ".join(_fts_unit(unit, index) for part in unwanted for unit in part.units)
    return f"({question}) NOT ({{{columns}}} : ({without}))"


def _fts_unit(unit: Unit, index: str) -> str:
    *first, last = unit.words
    known = beginnings.words(index, last) if unit.begun else None
    if not known:  # a whole word, a beginning that is quick by itself, or one that no word has
        return f'"{" ".join(unit.words)}"{"*" if unit.begun else ""}'
    return " OR ".join(f'"{" ".join([*first, word])}"' for word in known)


def _tsquery(wanted: list[Part], unwanted: list[Part], groups: list[list[str]], weights: str) -> str:
    """PostgreSQL's: https://www.postgresql.org/docs/15/datatype-textsearch.html"""
    found = [f"({' | '.join(_ts_unit(unit, weights) for unit in part.units)})" for part in wanted]
    found += [f"({' | '.join(f'{chr(39)}{tag}{chr(39)}:D' for tag in group)})" for group in groups]
    found += [f"!({_ts_unit(unit, weights)})" for part in unwanted for unit in part.units]
    return " & ".join(found)


def _ts_unit(unit: Unit, weights: str) -> str:
    *first, last = unit.words
    words = [f"'{word}':{weights}" for word in first] + [f"'{last}':{'*' if unit.begun else ''}{weights}"]
    return f"({' <-> '.join(words)})"
