"""The words of the index that begin in some way.

FTS5 reads a word's messages newest first and stops when a page is full. A beginning longer than its prefix indexes it
reads to the end, all words that begin so, before it gives the first: at a million messages that is hundreds of times
slower. So such a beginning is asked for as the few words that begin so. They are found by jumping through the index
from one word to the next (``fts5vocab``, https://sqlite.org/fts5.html#the_fts5vocab_virtual_table_module).
"""

from django.db import connection

from rondpoint.conversations.search import schema

MOST = 100  # words; when more begin so, they are rare ones, and reading them all costs little

_JUMPING = """
    WITH RECURSIVE found(term) AS (
      SELECT (SELECT term FROM {terms} WHERE term >= %s AND term < %s LIMIT 1)
      UNION ALL
      SELECT (SELECT term FROM {terms} WHERE term >= found.term || char(1) AND term < %s LIMIT 1)
      FROM found WHERE found.term IS NOT NULL
    )
    SELECT term FROM found WHERE term IS NOT NULL LIMIT %s"""


def words(index: str, beginning: str) -> list[str] | None:
    """The words of a SQLite index (``schema.MESSAGES`` or ``schema.NOTES``) that begin so, in order; None where the
    index itself is quick enough or there are too many."""
    if len(beginning) in schema.PREFIXES:
        return None
    behind = f"{beginning}\U0010ffff"
    with connection.cursor() as cursor:
        statement = _JUMPING.format(terms=schema.TERMS[index])
        cursor.execute(statement, [beginning, behind, behind, MOST + 1])
        found = [term for (term,) in cursor.fetchall()]
    return found if len(found) <= MOST else None
