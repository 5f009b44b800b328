"""Canned answers: which somebody may use, and in which language."""

from django.db.models import Q, QuerySet

from rondpoint.accounts.models import User
from rondpoint.conversations.models import CannedAnswer

SHOWN = 20


def usable(user: User) -> QuerySet[CannedAnswer]:
    """Everybody's answers and those of her teams; supervisors see all."""
    rows = CannedAnswer.objects.select_related("team").order_by("shortcut")
    if user.may("operate"):
        return rows
    return rows.filter(Q(team=None) | Q(team__in=user.teams.all()))


def matching(user: User, word: str, language: str) -> list[CannedAnswer]:
    """Answers whose shortcut begins with a word, then those that hold it in title or text; the most used first."""
    wanted = word.strip().lstrip("/").casefold()
    rows = sorted(usable(user), key=lambda row: (-row.used, row.shortcut))
    if not wanted:
        return rows[:SHOWN]
    ranked = [(_rank(row, wanted, language), row) for row in rows]
    return [row for rank, row in sorted(ranked, key=lambda entry: entry[0]) if rank < 3][:SHOWN]


def in_language(row: CannedAnswer, language: str) -> str:
    """The text in a language, else in the first it has."""
    return row.texts.get(language) or next((text for text in row.texts.values() if text), "")


def _rank(row: CannedAnswer, wanted: str, language: str) -> int:
    if row.shortcut.casefold().startswith(wanted):
        return 0
    if wanted in row.title.casefold():
        return 1
    return 2 if wanted in in_language(row, language).casefold() else 3
