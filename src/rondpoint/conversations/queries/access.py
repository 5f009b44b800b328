"""What a chat session may see."""

from django.db.models import Q, QuerySet

from rondpoint.conversations.models import ChatSession, Message, Participant
from rondpoint.conversations.queries.thread import MessageView, views
from rondpoint.customers import queries as customers


def visible(session: ChatSession) -> QuerySet[Message]:
    """The messages open to a session.

    One that proved who it is sees the history of its person, as far as evidence and not a guess joins it. Any other
    sees what it wrote itself, what was written to it, and a conversation it joined from that point on.
    """
    profiles = customers.rights(session.profile_id) if session.proved else [session.profile_id]
    allowed = Q(profile_id__in=profiles)
    joined = Participant.objects.filter(profile_id=session.profile_id, role="joined").select_related("conversation")
    for participant in joined:
        conversation_id = participant.conversation.merged_into_id or participant.conversation_id
        allowed |= Q(conversation_id=conversation_id, id__gt=participant.from_message)
    return Message.objects.filter(allowed)


def visible_to(
    session: ChatSession, after_id: int = 0, before_id: int | None = None, limit: int = 50
) -> list[MessageView]:
    """Messages a session may see, oldest first: those after an id, or the last ones before an id."""
    rows = visible(session)
    if after_id:
        return views(list(rows.filter(id__gt=after_id).order_by("id")[:limit]))
    if before_id is not None:
        rows = rows.filter(id__lt=before_id)
    return views(list(rows.order_by("-id")[:limit])[::-1])
