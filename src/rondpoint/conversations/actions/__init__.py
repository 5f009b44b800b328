"""Everything that changes a conversation."""

from rondpoint.conversations.actions.receive import hear_consent, receive, receive_chat
from rondpoint.conversations.actions.reply import reply
from rondpoint.conversations.actions.state import assign, close, mark_read, reopen

__all__ = ["assign", "close", "hear_consent", "mark_read", "receive", "receive_chat", "reopen", "reply"]
