"""Answers to a question: messages, notes and conversations that somebody may see."""

from collections.abc import Callable

from django.db.models import Exists, OuterRef, QuerySet
from msgspec import Struct

from rondpoint.accounts.models import User
from rondpoint.conversations.models import Attachment, Conversation, Message, Note
from rondpoint.conversations.queries.permitted import seen_by
from rondpoint.conversations.search import engine
from rondpoint.conversations.search.filters import Bounds, bounds, visible
from rondpoint.conversations.search.question import Question

STEPS = (80, 400, 2000, 6000)  # so many finds are looked through at a time, until a page is full …
BUDGET = 20_000  # … or so many were: then the reader is asked whether to look further back


class Page(Struct, frozen=True):
    """``rows``: messages or notes; ``next``: where the page after begins, None at the end; ``unfinished``: there may be
    more further back that nobody has looked at yet."""

    rows: list
    next: int | None = None
    unfinished: bool = False


class Search:
    """One question of one reader. ``user`` None: a key of the API, which sees all conversations."""

    def __init__(self, question: Question, user: User | None):
        self.question = question
        self.bounds: Bounds = bounds(question, user)
        seen = seen_by(user) if user is not None else Conversation.objects.filter(merged_into=None)
        self._seen = visible(seen, self.bounds)
        self.asks = bool(question.wanted or question.filters)

    def messages(self, before: int | None = None, limit: int = 20) -> Page:
        """Messages, the newest first. ``before``: an id, or the ``next`` of the page before."""
        if not self.asks:
            return Page([])

        def read(before: int | None, size: int) -> list[int]:
            if self.question.wanted or self.bounds.tags:
                return engine.messages(self.question.parts, self.bounds.tags, before, size)
            rows = Message.objects.all() if before is None else Message.objects.filter(id__lt=before)
            return list(rows.order_by("-id").values_list("id", flat=True)[:size])

        return self._walk(read, self._messages(), before, limit)

    def fitting(self, start: int = 0, limit: int = 20) -> Page:
        """Messages, the most fitting of the newest first. ``start``: how many were shown already."""
        if not self.question.wanted:
            return self.messages(limit=limit)
        ranked = engine.fitting(self.question.parts, self.bounds.tags)
        allowed = set(self._messages().filter(id__in=engine.listed(ranked)).values_list("id", flat=True))
        ranked = [number for number in ranked if number in allowed]
        rows = {row.id: row for row in self._messages().filter(id__in=ranked[start : start + limit])}
        page = [rows[number] for number in ranked[start : start + limit] if number in rows]
        return Page(page, start + limit if len(ranked) > start + limit else None)

    def notes(self, before: int | None = None, limit: int = 20) -> Page:
        """Notes among colleagues, the newest first."""
        if not self.question.wanted or self.bounds.on_messages:
            return Page([])
        rows = Note.objects.filter(self.bounds.notes, self._allowed()).select_related("conversation")
        return self._walk(lambda before, size: engine.notes(self.question.parts, before, size), rows, before, limit)

    def conversations(self, people: list[int], limit: int = 5) -> list[Conversation]:
        """Conversations whose subject holds the question, and those of the people found; newest first."""
        subject: list[int] = []
        if self.question.wanted:
            subject = engine.messages(self.question.parts, self.bounds.tags, None, STEPS[0], subject=True)
        by_subject = self._seen.filter(id__in=Message.objects.filter(id__in=subject).values("conversation_id"))
        found = {row.id: row for row in by_subject.order_by("-last_message_at", "-id")[:limit]}
        if people and not self.bounds.on_messages:
            theirs = self._seen.filter(customer_id__in=people).order_by("-last_message_at", "-id")
            found.update({row.id: row for row in theirs[:limit]})
        return sorted(found.values(), key=lambda row: (-row.last_message_at, -row.id))[:limit]

    def _messages(self) -> QuerySet[Message]:
        rows = Message.objects.filter(self.bounds.rows, self._allowed())
        if "has" in self.question.filters:
            rows = rows.distinct()
        return rows.select_related("conversation")

    def _allowed(self) -> Exists:
        """That a row's conversation may be seen; asked row by row, since a list of all conversations would be long."""
        return Exists(self._seen.filter(id=OuterRef("conversation_id")))

    @staticmethod
    def _walk(read: Callable[[int | None, int], list[int]], rows: QuerySet, before: int | None, limit: int) -> Page:
        """Reads finds from the newest on, keeps those among ``rows``, and stops when a page is full."""
        kept: list = []
        looked, last = 0, before
        for step in (*STEPS, *[STEPS[-1]] * (BUDGET // STEPS[-1])):
            numbers = read(last, step)
            if numbers:
                kept += rows.filter(id__in=engine.listed(numbers)).order_by("-id")[: limit + 1 - len(kept)]
                looked, last = looked + len(numbers), numbers[-1]
            if len(kept) > limit:
                return Page(kept[:limit], kept[limit - 1].id)
            if len(numbers) < step:
                return Page(kept)
            if looked >= BUDGET:
                break
        return Page(kept, last, unfinished=True)


def files(messages: list[Message]) -> dict[int, list[str]]:
    """The names of the files of messages."""
    found: dict[int, list[str]] = {}
    rows = Attachment.objects.filter(message__in=messages, inline=False).order_by("id")
    for number, name in rows.values_list("message_id", "name"):
        found.setdefault(number, []).append(name)
    return found
