"""The conversation a person is in, and a new one for her."""

from collections.abc import Iterable

from rondpoint.conversations.actions import facts
from rondpoint.conversations.models import Conversation
from rondpoint.conversations.rules import wording
from rondpoint.customers.models import Profile


def open_conversation(customer_id: int, brand_id: int | None) -> Conversation | None:
    """The conversation a person is in now, if it is not closed."""
    open_ = Conversation.objects.filter(customer_id=customer_id, merged_into=None).exclude(state="closed")
    if brand_id is not None:
        open_ = open_.filter(brand_id=brand_id)
    return latest(open_)


def latest(rows: Iterable[Conversation]) -> Conversation | None:
    """The one of them where something was said last."""
    return max(rows, key=lambda row: (row.last_message_at, row.id or 0), default=None)


def start(profile_id: int, brand_id: int | None, subject: str, now: int) -> Conversation:
    """A new conversation of a person."""
    customer_id = Profile.objects.values_list("customer_id", flat=True).get(id=profile_id)
    conversation = begun(profile_id, customer_id, brand_id, subject, now)
    conversation.save()
    facts.tell(conversation, "conversation.opened", str(conversation.id), now)
    return conversation


def begun(profile_id: int, customer_id: int, brand_id: int | None, subject: str, now: int) -> Conversation:
    """A conversation that is not stored yet."""
    return Conversation(
        profile_id=profile_id,
        customer_id=customer_id,
        brand_id=brand_id,
        subject=wording.bare_subject(subject)[:300],
        created=now,
        last_message_at=now,
    )


def current(conversation: Conversation | None) -> Conversation | None:
    """Where a conversation goes on, if it was merged into another."""
    while conversation is not None and conversation.merged_into_id is not None:
        conversation = conversation.merged_into
    return conversation
