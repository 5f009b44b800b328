"""What somebody typed into the search box, as words, phrases and filters. Pure: neither Django nor I/O.

Words are joined by *and*; ``"…"`` is a phrase, ``-`` leaves out, ``OR`` (French ``OU``) offers another word, and
``name:value`` filters. Any text is a question: what cannot be understood is looked for as words, and told in
``remarks``.
"""

import calendar
from datetime import date

from msgspec import Struct

from rondpoint.customers.rules.words import words as folded_words

LONGEST = 500  # characters; what comes after is not read
MOST_UNITS = 16
SHORTEST_BEGINNING = 2  # a shorter word stands for itself alone

FILTERS = {
    "from": "from",
    "de": "from",
    "to": "to",
    "à": "to",
    "customer": "customer",
    "client": "customer",
    "channel": "channel",
    "canal": "channel",
    "before": "before",
    "avant": "before",
    "after": "after",
    "après": "after",
    "apres": "after",
    "state": "state",
    "is": "state",
    "état": "state",
    "etat": "state",
    "assignee": "assignee",
    "assigné": "assignee",
    "team": "team",
    "équipe": "team",
    "equipe": "team",
    "has": "has",
    "avec": "has",
    "in": "in",
    "dans": "in",
    "direction": "direction",
    "sens": "direction",
}
VALUES = {
    "has": {"file": "file", "files": "file", "fichier": "file", "fichiers": "file"},
    "in": {"notes": "notes", "note": "notes", "messages": "messages"},
    "direction": {"in": "in", "received": "in", "reçu": "in", "out": "out", "sent": "out", "envoyé": "out"},
    "state": {
        "open": "open",
        "ouvert": "open",
        "waiting": "waiting",
        "attente": "waiting",
        "snoozed": "snoozed",
        "reporté": "snoozed",
        "closed": "closed",
        "clos": "closed",
    },
}
_QUOTES = {'"': '"', "“": "”", "«": "»"}


class Unit(Struct, frozen=True):
    """Words that stand together, in this order. ``begun``: the last may be only the beginning of a word."""

    words: tuple[str, ...]
    begun: bool


class Part(Struct, frozen=True):
    """One of these units is in what is looked for; or none of them, when ``wanted`` is false."""

    units: tuple[Unit, ...]
    wanted: bool = True


class Question(Struct, frozen=True):
    """``parts`` all hold; ``filters``: {name: value} of :data:`FILTERS`; ``remarks``: (name, value) not understood."""

    parts: tuple[Part, ...] = ()
    filters: dict[str, str] = {}
    remarks: tuple[tuple[str, str], ...] = ()

    @property
    def wanted(self) -> tuple[Part, ...]:
        """The parts that must be there."""
        return tuple(part for part in self.parts if part.wanted)


def read(text: str, given: dict[str, str] | None = None) -> Question:
    """The question in a text. ``given``: filters set by controls; those typed in the text count more."""
    filters: dict[str, str] = {}
    remarks: list[tuple[str, str]] = []
    parts: list[Part] = []
    joining = False
    for name, value in (given or {}).items():
        if value and not _take(filters, name, value):
            remarks.append((name, value))
    for raw, quoted in _tokens(text[:LONGEST]):
        if len(parts) >= MOST_UNITS:
            break
        if not quoted and raw in ("OR", "OU") and parts:
            joining = True
            continue
        name, colon, value = raw.partition(":")
        known = FILTERS.get(name.casefold()) if colon and value else None
        if known is not None:
            if _take(filters, known, value):
                continue
            remarks.append((name, value))
        part = _part(raw, quoted)
        if part is None:
            continue
        last = parts[-1] if parts else None
        if joining and last and last.wanted and part.wanted:
            parts[-1] = Part(last.units + part.units)
        else:
            parts.append(part)
        joining = False
    return Question(tuple(parts), filters, tuple(remarks))


def day(text: str) -> date | None:
    """The first day of ``2026-10-03``, ``2026-10`` or ``2026``; None for what is no date."""
    pieces = text.split("-")
    if not 1 <= len(pieces) <= 3 or not all(piece.isascii() and piece.isdigit() for piece in pieces):
        return None
    year, month, number = (int(piece[:4]) for piece in (*pieces, "1", "1")[:3])
    if not 1970 <= year <= 9000 or not 1 <= month <= 12 or not 1 <= number <= calendar.monthrange(year, month)[1]:
        return None
    return date(year, month, number)


def months(start: date | None, end: date | None, last: date) -> list[tuple[int, int]]:
    """The (year, month) that touch a span of days; a month 0 is a whole year. ``last`` bounds an open end.

    Years that lie wholly inside stand as one; at most sixty years.
    """
    first, stop = start or date(1970, 1, 1), end or last
    found: list[tuple[int, int]] = []
    for year in range(max(first.year, stop.year - 60), stop.year + 1):
        begin, finish = max(first, date(year, 1, 1)), min(stop, date(year, 12, 31))
        if (begin, finish) == (date(year, 1, 1), date(year, 12, 31)):
            found.append((year, 0))
        elif begin <= finish:
            found += [(year, month) for month in range(begin.month, finish.month + 1)]
    return found


def _take(filters: dict[str, str], name: str, value: str) -> bool:
    """Notes a filter; whether its value is one."""
    if name in VALUES:
        value = VALUES[name].get(value.casefold(), "")
    elif name in ("before", "after"):
        found = day(value)
        value = found.isoformat() if found else ""
    value = value.strip()
    if value:
        filters[name] = value
    return bool(value)


def _part(raw: str, quoted: bool) -> Part | None:
    wanted = not (raw.startswith("-") and len(raw) > 1)
    text = raw if wanted else raw[1:]
    found = tuple(folded_words(text))
    if not found:
        return None
    begun = not quoted and wanted and len(found[-1]) >= SHORTEST_BEGINNING
    return Part((Unit(found[:20], begun),), wanted)


def _tokens(text: str) -> list[tuple[str, bool]]:
    """Words with whether they were in quotation marks. ``-`` and ``name:`` stay before what they govern."""
    found: list[tuple[str, bool]] = []
    current, close = "", ""
    for sign in text:
        if close:
            if sign == close:
                found.append((current, not _is_filter(current)))
                current, close = "", ""
            else:
                current += sign
        elif sign in _QUOTES and (current in ("", "-") or current.endswith(":")):
            close = _QUOTES[sign]
        elif sign.isspace():
            if current:
                found.append((current, False))
            current = ""
        else:
            current += sign
    if current:
        found.append((current, bool(close) and not _is_filter(current)))
    return found


def _is_filter(text: str) -> bool:
    name, colon, _ = text.partition(":")
    return bool(colon) and name.casefold() in FILTERS
