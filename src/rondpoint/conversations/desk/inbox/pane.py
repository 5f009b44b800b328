"""What the list of the desk shows."""

from rondpoint.accounts.models import User
from rondpoint.conversations import queries
from rondpoint.conversations.desk.ring import spokes
from rondpoint.conversations.queries.inbox import VIEWS


def rows(view: str, user: User, before: tuple[int, int] | None = None) -> dict:
    """The list pane."""
    view = view if view in VIEWS else "open"
    found = queries.inbox(view, user, before, limit=50)
    last = found[-1].conversation if len(found) == 50 else None
    return {
        "view": view,
        "counts": queries.counts(user),
        "rows": [(row, spokes(row.channels, row.conversation.last_channel)) for row in found],
        "more": f"{last.last_message_at}-{last.id}" if last else "",
    }
