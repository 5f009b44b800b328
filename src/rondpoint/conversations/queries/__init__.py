"""Reading conversations."""

from rondpoint.conversations.queries.access import visible_to
from rondpoint.conversations.queries.inbox import counts, get
from rondpoint.conversations.queries.roads import reachability
from rondpoint.conversations.queries.thread import thread, views

__all__ = ["counts", "get", "reachability", "thread", "views", "visible_to"]
