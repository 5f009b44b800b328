"""The messages of a conversation as people read them."""

from msgspec import Struct

from rondpoint.conversations.models import Attachment, Conversation, Message
from rondpoint.lib import bulk
from rondpoint.sending import queries as sending


class MessageView(Struct, frozen=True):
    """A message with what became of it. ``road``: the channel differs from the message before."""

    message: Message
    state: str  # received, or the dispatch's: queued sent delivered read failed unknown
    error: str
    segments: int
    attachments: list[Attachment]
    road: bool


def thread(
    conversation: Conversation, after: int = 0, limit: int = 200, before: int | None = None
) -> list[MessageView]:
    """Messages oldest first: those after an id, or the last ones before an id."""
    rows = Message.objects.filter(conversation=conversation, id__gt=after).select_related("connection")
    if before is not None:
        rows = rows.filter(id__lt=before)
    if after:
        page = list(rows.order_by("id")[:limit])
    else:
        page = list(rows.order_by("-id")[:limit])[::-1]
    return views(page)


def views(messages: list[Message]) -> list[MessageView]:
    """States and files for a page of messages, in two queries."""
    states = sending.states([message.dispatch_id for message in messages if message.dispatch_id])
    files: dict[int, list[Attachment]] = {}
    for file in bulk.fetch(Attachment, message_id=[message.id for message in messages]):
        files.setdefault(file.message_id, []).append(file)
    found, channel = [], None
    for message in messages:
        outcome = states.get(message.dispatch_id)
        found.append(
            MessageView(
                message=message,
                state=outcome.state if outcome else ("received" if message.direction == "in" else "sent"),
                error=outcome.error if outcome else "",
                segments=outcome.segments if outcome else 0,
                attachments=files.get(message.id, []),
                road=channel is not None and channel != message.channel,
            )
        )
        channel = message.channel
    return found
