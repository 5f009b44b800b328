"""The full-text index over messages and notes, kept by triggers in the transaction that writes them.

Whatever writes a message (the pipeline, an answer, an import) is indexed by the engine itself, and what is deleted is
forgotten. SQLite: FTS5 over a view, so that no text is kept twice. PostgreSQL: a ``tsvector`` column with a GIN index.

These things are made after migrations and not by one: SQLite makes a table anew when a column changes, which would lose
its triggers, and refuses to do so while a view reads it. So they go before and come back after.
"""

from django.db import connection

from rondpoint.customers.rules.words import LETTERS

READ = 150_000  # characters indexed of one message; PostgreSQL refuses a tsvector of more than a megabyte

MESSAGES, NOTES = "conversations_message_words", "conversations_note_words"
PREFIXES = (2, 3)  # beginnings of so many letters FTS5 has an index of their own for
TERMS = {MESSAGES: "conversations_message_terms", NOTES: "conversations_note_terms"}  # the words of each index

_SQLITE_TABLES = {
    MESSAGES: "CREATE VIRTUAL TABLE conversations_message_words USING fts5(subject, text, files, tags, "
    "content='conversations_searchable', content_rowid='id', "
    f"tokenize='unicode61 remove_diacritics 2', prefix='{' '.join(map(str, PREFIXES))}')",
    NOTES: "CREATE VIRTUAL TABLE conversations_note_words USING fts5(text, "
    "content='conversations_searchable_note', content_rowid='id', "
    f"tokenize='unicode61 remove_diacritics 2', prefix='{' '.join(map(str, PREFIXES))}')",
}


def _opened(column: str) -> str:
    """A text with the letters opened that no engine folds by itself."""
    for letter, plain in LETTERS.items():
        column = f"replace({column}, '{letter}', '{plain}')"
        if len(letter.upper()) == 1:
            column = f"replace({column}, '{letter.upper()}', '{plain.upper()}')"
    return column


_SQLITE_VIEWS = {
    "conversations_searchable": f"""
        CREATE VIEW conversations_searchable AS SELECT m.id AS id,
          {_opened("m.subject")} AS subject,
          {_opened(f"substr(m.text, 1, {READ})")} AS text,
          coalesce((SELECT group_concat(a.name, ' ') FROM conversations_attachment a WHERE a.message_id = m.id), '')
            AS files,
          'xc' || m.channel || ' xd' || m.direction || ' xp' || m.profile_id
            || coalesce(strftime(' xm%Y%m xy%Y', m.at / 1000000, 'unixepoch'), '')
            || CASE WHEN EXISTS (SELECT 1 FROM conversations_attachment a WHERE a.message_id = m.id AND NOT a.inline)
               THEN ' xf' ELSE '' END AS tags
        FROM conversations_message m""",
    "conversations_searchable_note": f"""
        CREATE VIEW conversations_searchable_note AS
        SELECT id, {_opened(f"substr(text, 1, {READ})")} AS text FROM conversations_note""",
}


def _message_in(row: str) -> str:
    return (
        "INSERT INTO conversations_message_words(rowid, subject, text, files, tags) "
        f"SELECT id, subject, text, files, tags FROM conversations_searchable WHERE id = {row};"
    )


def _message_out(row: str) -> str:
    return (
        "INSERT INTO conversations_message_words(conversations_message_words, rowid, subject, text, files, tags) "
        f"SELECT 'delete', id, subject, text, files, tags FROM conversations_searchable WHERE id = {row};"
    )


def _note_in(row: str) -> str:
    return (
        "INSERT INTO conversations_note_words(rowid, text) "
        f"SELECT id, text FROM conversations_searchable_note WHERE id = {row};"
    )


def _note_out(row: str) -> str:
    return (
        "INSERT INTO conversations_note_words(conversations_note_words, rowid, text) "
        f"SELECT 'delete', id, text FROM conversations_searchable_note WHERE id = {row};"
    )


_COLUMNS = ("subject", "text", "channel", "direction", "profile_id", "at")
_CHANGED = " OR ".join(f"old.{name} IS NOT new.{name}" for name in _COLUMNS)
_MOVED = "old.message_id IS NOT new.message_id OR old.name IS NOT new.name OR old.inline IS NOT new.inline"

# Each trigger: (its table and event, its body). Before a change the old words go, after it the new ones come.
_SQLITE_TRIGGERS = {
    "search_message_made": ("AFTER INSERT ON conversations_message", _message_in("new.id")),
    "search_message_going": ("BEFORE DELETE ON conversations_message", _message_out("old.id")),
    "search_message_changing": (
        f"BEFORE UPDATE OF {', '.join(_COLUMNS)} ON conversations_message WHEN {_CHANGED}",
        _message_out("old.id"),
    ),
    "search_message_changed": (
        f"AFTER UPDATE OF {', '.join(_COLUMNS)} ON conversations_message WHEN {_CHANGED}",
        _message_in("new.id"),
    ),
    "search_file_coming": (
        "BEFORE INSERT ON conversations_attachment WHEN new.message_id IS NOT NULL",
        _message_out("new.message_id"),
    ),
    "search_file_made": (
        "AFTER INSERT ON conversations_attachment WHEN new.message_id IS NOT NULL",
        _message_in("new.message_id"),
    ),
    "search_file_going": (
        "BEFORE DELETE ON conversations_attachment WHEN old.message_id IS NOT NULL",
        _message_out("old.message_id"),
    ),
    "search_file_gone": (
        "AFTER DELETE ON conversations_attachment WHEN old.message_id IS NOT NULL",
        _message_in("old.message_id"),
    ),
    "search_note_made": ("AFTER INSERT ON conversations_note", _note_in("new.id")),
    "search_note_going": ("BEFORE DELETE ON conversations_note", _note_out("old.id")),
    "search_note_changing": (
        "BEFORE UPDATE OF text ON conversations_note WHEN old.text IS NOT new.text",
        _note_out("old.id"),
    ),
    "search_note_changed": (
        "AFTER UPDATE OF text ON conversations_note WHEN old.text IS NOT new.text",
        _note_in("new.id"),
    ),
}
for _end, _do in (("old", "leaving"), ("new", "entering")):
    # A file that moves from one message to another changes both; where they are the same, once.
    _same = "" if _end == "old" else " AND old.message_id IS NOT new.message_id"
    _SQLITE_TRIGGERS[f"search_file_{_do}"] = (
        f"BEFORE UPDATE OF message_id, name, inline ON conversations_attachment WHEN ({_MOVED}){_same}",
        _message_out(f"{_end}.message_id"),
    )
    _SQLITE_TRIGGERS[f"search_file_{_do}_done"] = (
        f"AFTER UPDATE OF message_id, name, inline ON conversations_attachment WHEN ({_MOVED}){_same}",
        _message_in(f"{_end}.message_id"),
    )

_POSTGRESQL = (
    "ALTER TABLE conversations_message ADD COLUMN IF NOT EXISTS search tsvector",
    "ALTER TABLE conversations_note ADD COLUMN IF NOT EXISTS search tsvector",
    # As customers.rules.words.fold; signs between words become spaces, so that the parser sees plain words only.
    rf"""
    CREATE OR REPLACE FUNCTION conversations_fold(said text) RETURNS text IMMUTABLE PARALLEL SAFE LANGUAGE sql AS $$
      SELECT lower(normalize(regexp_replace(regexp_replace(
        normalize({_opened(f"left(said, {READ})")}, NFKD),
        '([A-Za-z])[\u0300-\u036f]+', '\1', 'g'),
        '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u2000-\u206f]+', ' ', 'g'), NFC))
    $$""",
    """
    CREATE OR REPLACE FUNCTION conversations_words(m conversations_message) RETURNS tsvector STABLE LANGUAGE sql AS $$
      SELECT setweight(to_tsvector('simple', conversations_fold(m.subject)), 'A')
        || setweight(to_tsvector('simple', conversations_fold(m.text)), 'B')
        || setweight(to_tsvector('simple', conversations_fold(coalesce(
             (SELECT string_agg(a.name, ' ') FROM conversations_attachment a WHERE a.message_id = m.id), ''))), 'C')
        || setweight(to_tsvector('simple', 'xc' || m.channel || ' xd' || m.direction || ' xp' || m.profile_id
             || to_char(to_timestamp(m.at / 1000000) AT TIME ZONE 'UTC', '" xm"YYYYMM" xy"YYYY')
             || CASE WHEN EXISTS (SELECT 1 FROM conversations_attachment a WHERE a.message_id = m.id AND NOT a.inline)
                THEN ' xf' ELSE '' END), 'D')
    $$""",
    """
    CREATE OR REPLACE FUNCTION conversations_message_search() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN NEW.search := conversations_words(NEW); RETURN NEW; END $$""",
    """
    CREATE OR REPLACE FUNCTION conversations_note_search() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN NEW.search := setweight(to_tsvector('simple', conversations_fold(NEW.text)), 'B'); RETURN NEW; END $$""",
    """
    CREATE OR REPLACE FUNCTION conversations_file_search() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP <> 'INSERT' THEN
        UPDATE conversations_message m SET search = conversations_words(m) WHERE m.id = OLD.message_id;
      END IF;
      IF TG_OP <> 'DELETE' THEN
        UPDATE conversations_message m SET search = conversations_words(m) WHERE m.id = NEW.message_id;
      END IF;
      RETURN NULL;
    END $$""",
    f"""
    CREATE OR REPLACE TRIGGER search_message BEFORE INSERT OR UPDATE OF {", ".join(_COLUMNS)} ON conversations_message
    FOR EACH ROW EXECUTE FUNCTION conversations_message_search()""",
    """
    CREATE OR REPLACE TRIGGER search_note BEFORE INSERT OR UPDATE OF text ON conversations_note
    FOR EACH ROW EXECUTE FUNCTION conversations_note_search()""",
    """
    CREATE OR REPLACE TRIGGER search_file AFTER INSERT OR DELETE OR UPDATE OF message_id, name, inline
    ON conversations_attachment FOR EACH ROW EXECUTE FUNCTION conversations_file_search()""",
    "UPDATE conversations_message m SET search = conversations_words(m) WHERE search IS NULL",
    "UPDATE conversations_note SET search = setweight(to_tsvector('simple', conversations_fold(text)), 'B') "
    "WHERE search IS NULL",
    f"CREATE INDEX IF NOT EXISTS {MESSAGES} ON conversations_message USING gin (search)",
    f"CREATE INDEX IF NOT EXISTS {NOTES} ON conversations_note USING gin (search)",
)


def install(**_signal) -> None:
    """Makes what is missing, and fills an index that was made just now."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            if not _has_column(cursor):
                for statement in _POSTGRESQL:
                    cursor.execute(statement)
            return
        held = _held(cursor)
        for name, body in _SQLITE_VIEWS.items():
            if name not in held:
                cursor.execute(body)
        for name, body in _SQLITE_TABLES.items():
            if name not in held:
                cursor.execute(body)
                _tell(cursor, name, "rebuild")
        for index, name in TERMS.items():
            if name not in held:
                cursor.execute(f"CREATE VIRTUAL TABLE {name} USING fts5vocab({index}, 'instance')")
        for name, (event, body) in _SQLITE_TRIGGERS.items():
            if name not in held:
                cursor.execute(f"CREATE TRIGGER {name} {event} BEGIN {body} END")


def step_aside(plan: list, **_signal) -> None:
    """Takes away, before migrations that touch this room, what would hinder SQLite in making a table anew."""
    touched = any(migration.app_label == "conversations" for migration, _ in plan)
    if connection.vendor != "sqlite" or not touched:
        return
    with connection.cursor() as cursor:
        held = _held(cursor)
        for name in _SQLITE_TRIGGERS:
            if name in held:
                cursor.execute(f"DROP TRIGGER {name}")
        for name in _SQLITE_VIEWS:
            if name in held:
                cursor.execute(f"DROP VIEW {name}")


def rebuild() -> None:
    """Makes the whole index anew; inside ``write()``."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("UPDATE conversations_message m SET search = conversations_words(m)")
            cursor.execute("UPDATE conversations_note SET text = text")
            return
        for name in _SQLITE_TABLES:
            _tell(cursor, name, "rebuild")


def forget() -> None:
    """Wipes what was deleted out of the index's pages; inside the ``write()`` that erased it.

    FTS5 only marks a deleted row, and keeps its words until its segments are merged. On PostgreSQL vacuum does it.
    """
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            for name in _SQLITE_TABLES:
                _tell(cursor, name, "optimize")


def _held(cursor) -> set[str]:
    cursor.execute("SELECT name FROM sqlite_master")
    return {name for (name,) in cursor.fetchall()}


def _has_column(cursor) -> bool:
    cursor.execute(
        "SELECT 1 FROM pg_trigger WHERE tgname = 'search_file' AND tgrelid = 'conversations_attachment'::regclass"
    )
    return cursor.fetchone() is not None


def _tell(cursor, index: str, command: str) -> None:
    cursor.execute(f"INSERT INTO {index}({index}) VALUES (%s)", [command])
