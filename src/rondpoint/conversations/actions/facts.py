"""The facts that conversations write, and the cached columns of the inbox."""

from django.db.models import Max

from rondpoint.conversations.models import Conversation, Message, Participant
from rondpoint.conversations.rules import wording
from rondpoint.events import actions as events
from rondpoint.events.types import Fact


def of(conversation: Conversation, type_: str, key: str, now: int, **properties) -> Fact:
    """That something happened to a conversation, as a fact to be recorded."""
    return Fact(
        profile_id=conversation.profile_id,
        type=type_,
        occurred=now,
        source="conversations",
        message_id=f"{type_}:{key}",
        properties={"conversation_id": conversation.id, **properties},
    )


def of_message(message: Message, type_: str) -> Fact:
    """That a message came or was written, as a fact to be recorded."""
    return Fact(
        profile_id=message.profile_id,
        type=type_,
        occurred=message.at,
        source="conversations",
        message_id=f"message:{message.id}",
        channel=message.channel,
        connection_id=message.connection_id,
        properties={
            "conversation_id": message.conversation_id,
            "message_id": message.id,
            "preview": wording.preview(message.text or message.subject),
            "author": message.author_name,
        },
    )


def tell(conversation: Conversation, type_: str, key: str, now: int, **properties) -> None:
    """Records that something happened to a conversation."""
    events.record([of(conversation, type_, key, now, **properties)])


def tell_message(message: Message, type_: str) -> None:
    """Records a message that came or was written."""
    events.record([of_message(message, type_)])


def take_part(
    conversation: Conversation,
    profile_id: int | None,
    kind: str,
    address: str,
    role: str,
    name: str = "",
    from_message: int = 0,
) -> Participant:
    """Notes somebody in a conversation; one who is there already keeps her place."""
    participant, new = Participant.objects.get_or_create(
        conversation=conversation,
        address_kind=kind,
        address=address[:320],
        defaults={
            "profile_id": profile_id,
            "role": role,
            "name": name[:200],
            "from_message": from_message,
        },
    )
    if not new and participant.profile_id is None and profile_id is not None:
        participant.profile_id = profile_id
        participant.save(update_fields=["profile_id"])
    return participant


def recount(conversation: Conversation) -> None:
    """Brings the cached columns of a conversation in step with its messages."""
    messages = Message.objects.filter(conversation=conversation)
    last = messages.order_by("-id").first()
    if last is None:
        return
    theirs = messages.filter(direction="in").order_by("-id").first()
    answered = messages.filter(direction="out").aggregate(last=Max("id"))["last"] or 0
    waiting = messages.filter(direction="in", automated="", id__gt=answered).order_by("id").first()
    conversation.last_message_at = last.at
    conversation.last_preview = wording.preview(last.text or last.subject)
    conversation.last_channel = theirs.channel if theirs else last.channel
    conversation.waiting_since = waiting.at if waiting and conversation.state != "closed" else None
    conversation.save(update_fields=["last_message_at", "last_preview", "last_channel", "waiting_since"])
