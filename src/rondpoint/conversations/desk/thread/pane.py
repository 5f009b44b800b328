"""What the thread of a conversation shows."""

from rondpoint.conversations import queries
from rondpoint.conversations.models import Conversation


def thread(conversation: Conversation) -> dict:
    """The messages pane."""
    return {"conversation": conversation, "views": queries.thread(conversation)}
