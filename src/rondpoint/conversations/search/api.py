"""``/search``: customers as they are typed, and messages by their words."""

from typing import Literal

from django.http import HttpRequest
from ninja import Query, Router, Schema

from rondpoint.conversations.models import Message, Note
from rondpoint.conversations.search.finds import Search, files
from rondpoint.conversations.search.marking import excerpt
from rondpoint.conversations.search.question import LONGEST, Question, read
from rondpoint.customers import queries as customers
from rondpoint.lib import clock
from rondpoint.ui import paging
from rondpoint.ui.problems import bad_field

router = Router(tags=["search"])
PEOPLE = 10


class Piece(Schema):
    """A piece of a text; ``found``: it is a word that was looked for."""

    text: str
    found: bool


class Find(Schema):
    """A message or a note that was found, with a stretch of its text around the words."""

    kind: Literal["message", "note"]
    id: str
    conversation: str
    channel: str
    direction: str
    author: str
    subject: str
    excerpt: list[Piece]
    files: list[str]
    at: str


class PersonFound(Schema):
    """A customer; ``/customers/{id}`` says the rest."""

    id: str
    name: str
    last_seen_at: str


class Finds(Schema):
    """``unfinished``: so many messages have these words that the rest is looked through with the next page."""

    customers: list[PersonFound]
    items: list[Find]
    next: str | None
    unfinished: bool


@router.get("/search", response=Finds, summary="Find customers and messages")
def search(
    request: HttpRequest,
    q: str = Query("", max_length=LONGEST, description='words, `"a phrase"`, `-without`, `a OR b`, `name:value`'),
    channel: str = Query("", max_length=24),
    direction: Literal["in", "out"] | None = None,
    state: Literal["open", "waiting", "snoozed", "closed"] | None = None,
    assignee: str = Query("", max_length=254, description="an e-mail address or a name, or `none`"),
    team: str = Query("", max_length=120),
    customer: str = Query("", max_length=320, description="an id, or what `q` of /customers would find"),
    after: str = Query("", max_length=10, description="from this day on: 2026-10-01, 2026-10 or 2026"),
    before: str = Query("", max_length=10, description="before this day"),
    has: Literal["file"] | None = None,
    in_: Literal["messages", "notes"] = Query("messages", alias="in"),
    limit: int = Query(20, ge=1, le=paging.LARGEST_PAGE),
    cursor: str | None = Query(None, max_length=200),
):
    """Newest first. Customers stand on the first page, and only where nothing but words was asked."""
    said = {
        "channel": channel,
        "direction": direction or "",
        "state": state or "",
        "assignee": assignee,
        "team": team,
        "customer": customer,
        "after": after,
        "before": before,
        "has": has or "",
    }
    question = read(q, said)
    found = Search(question, None)
    if not found.asks:
        raise bad_field("q", "say what to look for: words, or a filter such as channel:sms")
    _check(found, said)
    begin = paging.position(cursor, 1)
    before_id = begin[0] if begin else None
    where = question.filters.get("in", in_)
    page = found.notes(before_id, limit) if where == "notes" else found.messages(before_id, limit)
    bare = question.wanted and not question.filters and begin is None
    people = customers.typed(q, PEOPLE) if bare else []
    held = files(page.rows) if where != "notes" else {}
    return {
        "customers": [
            {"id": str(row.public_id), "name": row.name, "last_seen_at": clock.iso(row.last_seen)} for row in people
        ],
        "items": [_find(row, question, held.get(row.id, [])) for row in page.rows],
        "next": paging.cursor(page.next) if page.next is not None else None,
        "unfinished": page.unfinished,
    }


def _check(found: Search, said: dict[str, str]) -> None:
    for name, value in found.bounds.remarks:
        if said.get(name) == value:
            expected = "expected a date as 2026-10-01, 2026-10 or 2026" if name in ("after", "before") else "not known"
            raise bad_field(name, f"{value!r}: {expected}")


def _find(row: Message | Note, question: Question, names: list[str]) -> dict:
    note = isinstance(row, Note)
    return {
        "kind": "note" if note else "message",
        "id": str(row.public_id),
        "conversation": str(row.conversation.public_id),
        "channel": "" if note else row.channel,
        "direction": "" if note else row.direction,
        "author": row.author_name or ("" if note else row.address),
        "subject": "" if note else row.subject,
        "excerpt": [{"text": piece, "found": marked} for piece, marked in excerpt(row.text, question)],
        "files": names,
        "at": clock.iso(row.at),
    }
