"""Closing, reopening, assigning, reading."""

from rondpoint.accounts.models import Team, User
from rondpoint.conversations.actions import facts
from rondpoint.conversations.models import Conversation
from rondpoint.lib import clock
from rondpoint.lib.db import write


def close(conversation: Conversation, by: str, now: int | None = None) -> None:
    """The matter is settled. The person's next message on her own thread opens it again."""
    now = now or clock.now()
    with write():
        closed = Conversation.objects.filter(id=conversation.id).exclude(state="closed")
        if closed.update(state="closed", closed=now, waiting_since=None, unread=False):
            facts.tell(conversation, "conversation.closed", f"{conversation.id}:{now}", now, by=by)
        conversation.refresh_from_db()


def reopen(conversation: Conversation, by: str, now: int | None = None) -> None:
    """The matter is not settled after all."""
    now = now or clock.now()
    with write():
        if Conversation.objects.filter(id=conversation.id, state="closed").update(state="open", closed=None):
            facts.tell(conversation, "conversation.reopened", f"{conversation.id}:{now}", now, by=by)
        conversation.refresh_from_db()


def assign(
    conversation: Conversation, user: User | None, team: Team | None = None, by: str = "", now: int | None = None
) -> None:
    """Whose conversation it is; None gives it back to everybody."""
    now = now or clock.now()
    with write():
        Conversation.objects.filter(id=conversation.id).update(assignee=user, team=team)
        conversation.refresh_from_db()
        facts.tell(
            conversation,
            "conversation.assigned",
            f"{conversation.id}:{now}",
            now,
            by=by,
            assignee=user.name if user else "",
        )


def mark_read(conversation: Conversation, user: User | None = None) -> None:
    """Somebody of the staff has seen the last message."""
    if conversation.unread:
        with write():
            Conversation.objects.filter(id=conversation.id).update(unread=False)
        conversation.unread = False
