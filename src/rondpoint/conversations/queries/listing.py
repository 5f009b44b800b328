"""Conversations by what the API asks for."""

from collections.abc import Collection
from uuid import UUID

from django.db.models import Q, QuerySet

from rondpoint.conversations.models import Conversation, Message, Participant
from rondpoint.customers import queries as customers
from rondpoint.lib.prepared import prepared


def listing(
    customer_id: int | None = None,
    state: str | None = None,
    assignee: str | None = None,
    before: tuple[int, int] | None = None,
    limit: int = 50,
) -> list[Conversation]:
    """Conversations with the newest message first. ``assignee``: an e-mail address, or ``none`` for nobody's;
    ``before``: (last_message_at, id) of the last one seen."""
    found = Conversation.objects.filter(merged_into=None).select_related("assignee", "team")
    if customer_id is not None:
        found = found.filter(customer_id=customer_id)
    if state is not None:
        found = found.filter(state=state)
    if assignee == "none":
        found = found.filter(assignee=None)
    elif assignee is not None:
        found = found.filter(assignee__email__iexact=assignee)
    if before is not None:
        at, row = before
        found = found.filter(Q(last_message_at__lt=at) | Q(last_message_at=at, id__lt=row))
    return list(found.order_by("-last_message_at", "-id")[:limit])


def decisions_of(conversation: Conversation) -> Q:
    """Which decisions are about a conversation: those behind its messages, and refusals to write to the addresses in
    it since it began (a refused message has no row of its own)."""
    sent = Message.objects.filter(conversation=conversation, dispatch_id__isnull=False).values("dispatch_id")
    addresses = Participant.objects.filter(conversation=conversation).values("address")
    profiles = customers.profile_ids(conversation.customer_id)
    refused = Q(verdict="refuse", profile_id__in=profiles, at__gte=conversation.created, address__in=addresses)
    return Q(dispatch_id__in=sent) | refused


def public_ids(numbers: set[int]) -> dict[int, str]:
    """Public ids of conversations."""
    return {number: str(public_id) for number, public_id in _public_ids(numbers)}


@prepared
def _public_ids(numbers: Collection[int], /) -> QuerySet[Conversation, tuple[int, UUID]]:
    return Conversation.objects.filter(id__in=numbers).values_list("id", "public_id")


def message_ids(numbers: set[int]) -> dict[int, str]:
    """Public ids of messages."""
    return {number: str(public_id) for number, public_id in _message_ids(numbers)}


@prepared
def _message_ids(numbers: Collection[int], /) -> QuerySet[Message, tuple[int, UUID]]:
    return Message.objects.filter(id__in=numbers).values_list("id", "public_id")


def message(public_id) -> Message | None:
    """A message under its public id (a UUID)."""
    return Message.objects.select_related("conversation__merged_into").filter(public_id=public_id).first()
