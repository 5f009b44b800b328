"""The inbox: rows, counts, and one conversation by its public id."""

import uuid

from django.db.models import Count, Q, QuerySet
from msgspec import Struct

from rondpoint.accounts.models import User
from rondpoint.conversations.models import Conversation
from rondpoint.conversations.queries.permitted import seen_by
from rondpoint.customers import queries as customers

VIEWS = ("mine", "unassigned", "open", "waiting", "closed", "all")


class Row(Struct, frozen=True):
    """One line of the inbox."""

    conversation: Conversation
    customer: object
    name: str
    channels: dict[str, int]  # messages she wrote by channel: how thick each spoke of her ring is


def get(public_id: str | uuid.UUID) -> Conversation | None:
    """The conversation under a public id, also one that was merged into another."""
    try:
        wanted = uuid.UUID(str(public_id))
    except ValueError:
        return None
    conversation = Conversation.objects.select_related("assignee", "team", "brand").filter(public_id=wanted).first()
    while conversation is not None and conversation.merged_into_id is not None:
        conversation = conversation.merged_into
    return conversation


def inbox(
    view: str,
    user: User,
    before: tuple[int, int] | None = None,
    limit: int = 50,
    customer_id: int | None = None,
) -> list[Row]:
    """What ``user`` may see of a view, the newest message first. ``before``: (last_message_at, id) of the last row."""
    found = _view(view, user).select_related("assignee", "brand")
    if customer_id is not None:
        found = found.filter(customer_id=customer_id)
    if before is not None:
        at, row = before
        found = found.filter(Q(last_message_at__lt=at) | Q(last_message_at=at, id__lt=row))
    page = list(found.order_by("-last_message_at", "-id")[:limit])
    people = customers.by_ids({conversation.customer_id for conversation in page})
    used = channels_used([conversation.id for conversation in page])
    return [
        Row(
            conversation,
            people[conversation.customer_id],
            people[conversation.customer_id].name,
            used.get(conversation.id, {}),
        )
        for conversation in page
    ]


def counts(user: User) -> dict[str, int]:
    """How many conversations each view holds for ``user``."""
    return seen_by(user).aggregate(
        mine=Count("id", filter=Q(assignee=user) & ~Q(state="closed")),
        unassigned=Count("id", filter=Q(assignee=None) & ~Q(state="closed")),
        open=Count("id", filter=Q(state="open")),
        waiting=Count("id", filter=Q(state="waiting")),
        closed=Count("id", filter=Q(state="closed")),
        all=Count("id"),
    )


def channels_used(conversation_ids: list[int]) -> dict[int, dict[str, int]]:
    """How many messages came in by channel, for each conversation."""
    rows = (
        Conversation.objects.filter(id__in=conversation_ids, messages__direction="in")
        .values_list("id", "messages__channel")
        .annotate(number=Count("messages__id"))
    )
    found: dict[int, dict[str, int]] = {}
    for conversation_id, channel, number in rows:
        found.setdefault(conversation_id, {})[channel] = number
    return found


def _view(view: str, user: User) -> QuerySet[Conversation]:
    living = seen_by(user)
    if view == "mine":
        return living.filter(assignee=user).exclude(state="closed")
    if view == "unassigned":
        return living.filter(assignee=None).exclude(state="closed")
    if view in ("open", "waiting", "closed"):
        return living.filter(state=view)
    return living
