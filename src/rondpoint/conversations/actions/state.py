"""Closing, opening again, putting aside, assigning, reading: what staff do to one conversation."""

from rondpoint.accounts.models import Team, User
from rondpoint.conversations.actions.change import apply
from rondpoint.conversations.models import Conversation
from rondpoint.conversations.rules import changes
from rondpoint.lib import clock

WOKEN_AT_ONCE = 500


def close(conversation: Conversation, by: str, now: int | None = None) -> None:
    """The matter is settled. The person's next message on her own thread opens it again."""
    now = now or clock.now()
    _one(conversation, changes.closing(now), by, now)


def reopen(conversation: Conversation, by: str, now: int | None = None) -> None:
    """The matter is not settled after all; one that was put aside comes back at once."""
    _one(conversation, changes.reopening(), by, now)


def snooze(conversation: Conversation, until: int, by: str, now: int | None = None) -> None:
    """Puts it aside until a time in microseconds UTC, or until she writes. Raises ValueError for a time gone by."""
    now = now or clock.now()
    if until <= now:
        raise ValueError("until: choose a time to come")
    _one(conversation, changes.snoozing(until), by, now)


def wake_due(now: int | None = None) -> int:
    """Brings back what was put aside until now; how many came back. Runs periodically."""
    now = now or clock.now()
    due = Conversation.objects.filter(state=changes.SNOOZED, snoozed_until__lte=now, merged_into=None)
    woken = 0
    while numbers := list(due.order_by("snoozed_until").values_list("id", flat=True)[:WOKEN_AT_ONCE]):
        done = len(apply(numbers, changes.waking(), "", now))
        woken += done
        if not done:
            break
    return woken


def assign(
    conversation: Conversation, user: User | None, team: Team | None = None, by: str = "", now: int | None = None
) -> None:
    """Whose conversation it is; None gives it back to everybody."""
    given = changes.assigning(
        user.id if user else None, team.id if team else None, user.name if user else "", team.name if team else ""
    )
    _one(conversation, given, by, now)


def assign_team(conversation: Conversation, team: Team | None, by: str = "", now: int | None = None) -> None:
    """Gives it to a team, where anybody of the team may take it."""
    assign(conversation, None, team, by, now)


def set_priority(conversation: Conversation, priority: int, by: str, now: int | None = None) -> None:
    """How soon it wants an answer: -1 low to 2 urgent. Raises ValueError for another."""
    _one(conversation, changes.prioritising(priority), by, now)


def mark_read(conversation: Conversation, user: User | None = None) -> None:
    """Somebody of the staff has seen the last message."""
    if conversation.unread:
        _one(conversation, changes.marking(False), user.name if user else "")


def mark_unread(conversation: Conversation, user: User | None = None) -> None:
    """It wants to be read again."""
    _one(conversation, changes.marking(True), user.name if user else "")


def _one(conversation: Conversation, change: changes.Change, by: str, now: int | None = None) -> None:
    apply([conversation.id], change, by, now)
    conversation.refresh_from_db()
