"""The tables of conversations."""

from rondpoint.conversations.models.core import (
    Attachment,
    Conversation,
    Message,
    MessageReference,
    Participant,
)
from rondpoint.conversations.models.desk import (
    CannedAnswer,
    Commitment,
    Draft,
    Mention,
    Note,
    SavedView,
    Summary,
)
from rondpoint.conversations.models.ways import Attempt, ChatSession, Continuation

__all__ = [
    "Attachment",
    "Attempt",
    "CannedAnswer",
    "ChatSession",
    "Commitment",
    "Continuation",
    "Conversation",
    "Draft",
    "Mention",
    "Message",
    "MessageReference",
    "Note",
    "Participant",
    "SavedView",
    "Summary",
]
