"""Search over all messages and notes, and the one box that finds customers, conversations and messages."""

from rondpoint.conversations.search.quick import quick
from rondpoint.conversations.search.schema import forget, rebuild

__all__ = ["forget", "quick", "rebuild"]
