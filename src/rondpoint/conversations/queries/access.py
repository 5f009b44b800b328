"""What a chat session may see."""

from django.db.models import Q, QuerySet

from rondpoint.conversations.models import ChatSession, Message, Participant
from rondpoint.conversations.queries.thread import MessageView, views
from rondpoint.customers import queries as customers
from rondpoint.lib import clock
from rondpoint.sending import queries as sending

MAY_BE_TAKEN_BACK = clock.MINUTE  # the most that RONDPOINT_UNDO_SECONDS may be


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
    found = Message.objects.filter(allowed)
    return found.exclude(id__in=not_yet_sent(found))


def not_yet_sent(messages: QuerySet[Message]) -> list[int]:
    """Answers by mail or SMS that may still be taken back: nobody but staff sees them before they leave."""
    young = messages.filter(direction="out", received__gt=clock.now() - MAY_BE_TAKEN_BACK).exclude(channel="chat")
    rows = dict(young.values_list("id", "dispatch_id"))
    states = sending.states([dispatch for dispatch in rows.values() if dispatch]) if rows else {}
    return [id_ for id_, dispatch in rows.items() if dispatch in states and states[dispatch].state == "queued"]


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
