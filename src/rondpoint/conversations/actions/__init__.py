"""Everything that changes a conversation."""

from rondpoint.conversations.actions.hear import hear_consent
from rondpoint.conversations.actions.receive import receive, receive_chat
from rondpoint.conversations.actions.reply import reply
from rondpoint.conversations.actions.state import assign, close, mark_read, mark_unread, reopen, snooze

__all__ = [
    "assign",
    "close",
    "hear_consent",
    "mark_read",
    "mark_unread",
    "receive",
    "receive_chat",
    "reopen",
    "reply",
    "snooze",
]
