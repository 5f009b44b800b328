"""What the palette shows while somebody types: a few customers, conversations and messages."""

from django.utils.translation import gettext as _
from msgspec import Struct

from rondpoint.accounts.models import User
from rondpoint.conversations.search.finds import Search
from rondpoint.conversations.search.marking import excerpt
from rondpoint.conversations.search.question import read
from rondpoint.customers import queries as customers


class Row(Struct, frozen=True):
    """One line of an answer: ``kind`` is customer, conversation or message."""

    kind: str
    title: str
    subtitle: str
    url: str


def quick(user: User, q: str, limit: int = 8) -> list[Row]:
    """The best few answers to ``q`` that ``user`` may see, customers first."""
    question = read(q)
    search = Search(question, user)
    people = customers.typed(q, limit // 2) if question.wanted and not question.filters else []
    talks = search.conversations([row.id for row in people[:3]], limit // 2)
    found = search.messages(limit=limit).rows if search.asks else []
    names = {row.id: row.name for row in customers.by_ids({row.customer_id for row in talks}).values()}
    rows = [
        Row("customer", row.name or _("Visitor"), _addresses(row.id), f"/customers/{row.public_id}") for row in people
    ]
    rows += [
        Row(
            "conversation",
            row.subject or names.get(row.customer_id, "") or _("Conversation"),
            row.last_preview,
            f"/conversations/{row.public_id}",
        )
        for row in talks
    ]
    rows += [
        Row(
            "message",
            row.author_name or row.address,
            "".join(piece for piece, _marked in excerpt(row.text or row.subject, question, 100)),
            f"/conversations/{row.conversation.public_id}#m-{row.public_id}",
        )
        for row in found
    ]
    return rows[:limit]


def _addresses(customer_id: int) -> str:
    held = [row.value for row in customers.identifiers(customer_id) if row.kind != "chat"]
    return " · ".join(held[:2])
