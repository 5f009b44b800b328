"""The conversations of a customer or of several, and on which roads she and we have written in them."""

from collections.abc import Collection
from typing import NamedTuple

from django.db.models import Count, Max, Q, QuerySet

from rondpoint.accounts.models import User
from rondpoint.conversations.models import Conversation, Message
from rondpoint.conversations.queries.permitted import Reach, open_now, reach
from rondpoint.lib.prepared import prepared


class Traffic(NamedTuple):
    """The messages of one conversation on one road in one direction: how many, and the last one's number and time."""

    conversation_id: int
    direction: str
    channel: str
    connection_id: int | None
    address_kind: str
    address: str
    profile_id: int
    number: int
    last: int
    at: int


def about(customer_ids: Collection[int], profiles: Collection[int], user: User) -> list[Conversation]:
    """The customers' conversations, and those that their messages stand in or once stood in, the newest first. Each
    says with ``open_now`` whether ``user`` may see it, or the one it was merged into."""
    return _about(customer_ids, profiles, user.id, reach=reach(user))


def theirs(customer_id: int, among: list[Conversation]) -> list[Conversation]:
    """Of what :func:`about` found, the customer's living conversations that its reader may see."""
    return [row for row in among if row.open_now and row.customer_id == customer_id and row.merged_into_id is None]


def traffic(conversation_ids: Collection[int], profiles: Collection[int]) -> list[Traffic]:
    """What was written in these conversations, and what these profiles wrote anywhere."""
    return [Traffic(*row) for row in _traffic(conversation_ids, profiles)]


@prepared
def _about(
    customer_ids: Collection[int], profiles: Collection[int], user_id: int, /, *, reach: Reach
) -> QuerySet[Conversation, Conversation]:
    written = Message.objects.filter(profile_id__in=profiles)
    hers = Conversation.objects.filter(customer_id__in=customer_ids).values("id")
    stood = hers.union(written.values("conversation_id"), written.values("origin_conversation_id"))
    found = Conversation.objects.filter(id__in=stood).annotate(open_now=open_now(reach, user_id))
    return found.order_by("-last_message_at", "-id")


@prepared
def _traffic(conversation_ids: Collection[int], profiles: Collection[int], /) -> QuerySet[Message, tuple]:
    said = Message.objects.filter(Q(conversation__in=conversation_ids) | Q(profile_id__in=profiles, direction="in"))
    return (
        said.values_list(*Traffic._fields[:7])
        .annotate(number=Count("id"), last=Max("id"), latest=Max("at"))
        .order_by()
    )
