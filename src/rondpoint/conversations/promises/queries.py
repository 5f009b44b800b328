"""Reading promises: a conversation's, a colleague's, everybody's that one may see."""

import uuid

from msgspec import Struct

from rondpoint.accounts.models import User
from rondpoint.conversations.models import Commitment, Conversation, Message
from rondpoint.conversations.promises import rules
from rondpoint.conversations.queries.permitted import seen_by
from rondpoint.lib import clock

SHOWN = 500


class Proposal(Struct, frozen=True):
    """A promise found in a message that nobody has noted yet."""

    message: Message
    text: str
    due: int


def zone(conversation: Conversation) -> str:
    """The time zone in which the promises of a conversation are meant."""
    return conversation.brand.timezone if conversation.brand else "Europe/Paris"


def due_in(conversation: Conversation) -> list[Commitment]:
    """What is still to be kept in a conversation, the next first."""
    rows = Commitment.objects.filter(conversation=conversation, state__in=("open", "missed"))
    return list(rows.select_related("user").order_by("due", "id"))


def listed(user: User, mine: bool) -> list[Commitment]:
    """Open and missed promises of the conversations one may see, the next first; ``mine``: those one must keep."""
    rows = Commitment.objects.filter(state__in=("open", "missed"), conversation__in=seen_by(user).values("id"))
    if mine:
        rows = rows.filter(user=user)
    return list(rows.select_related("user", "conversation").order_by("due", "id")[:SHOWN])


def late_of_others(user: User) -> int:
    """How many promises of colleagues were missed in the conversations one may see."""
    rows = Commitment.objects.filter(state="missed", conversation__in=seen_by(user).values("id"))
    return rows.exclude(user=user).count()


def named(public_id: str) -> Commitment | None:
    """A promise by its public id, whoever may see it."""
    try:
        wanted = uuid.UUID(public_id)
    except ValueError:
        return None
    return Commitment.objects.select_related("user", "conversation", "message").filter(public_id=wanted).first()


def find(user: User, public_id: str) -> Commitment | None:
    """A promise by its public id, if one may see its conversation."""
    row = named(public_id)
    return row if row is not None and seen_by(user).filter(id=row.conversation_id).exists() else None


def told_by(conversation: Conversation, public_id: str) -> Message | None:
    """Our message in this conversation with this public id: what a promise may be noted of."""
    try:
        wanted = uuid.UUID(public_id)
    except ValueError:
        return None
    return Message.objects.filter(conversation=conversation, direction="out", public_id=wanted).first()


def proposal(conversation: Conversation, now: int | None = None) -> Proposal | None:
    """A promise in our last message that is still to come and not noted."""
    last = Message.objects.filter(conversation=conversation, direction="out").order_by("-id").first()
    if last is None or Commitment.objects.filter(message=last).exists():
        return None
    found = rules.recognise(last.text, last.at, zone(conversation))
    if found is None or found.due <= (now or clock.now()):
        return None
    return Proposal(last, found.text, found.due)
