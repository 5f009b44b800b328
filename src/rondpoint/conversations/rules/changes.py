"""What can be done to a conversation as a whole: new values of its columns, and the fact that tells it."""

from typing import Any

from msgspec import Struct, field

OPEN, WAITING, SNOOZED, CLOSED = STATES = ("open", "waiting", "snoozed", "closed")
PRIORITIES = {-1: "low", 0: "normal", 1: "high", 2: "urgent"}


class Change(Struct, frozen=True):
    """``columns`` are set where the state is one of ``states`` and something differs; ``fact`` "" is told to nobody."""

    fact: str
    columns: dict[str, Any]
    states: tuple[str, ...] = STATES
    said: dict[str, Any] = field(default_factory=dict)


def closing(now: int) -> Change:
    """The matter is settled."""
    columns = {"state": CLOSED, "closed": now, "snoozed_until": None, "waiting_since": None, "unread": False}
    return Change("conversation.closed", columns, (OPEN, WAITING, SNOOZED))


def reopening() -> Change:
    """The matter is not settled after all, or is brought back before its time."""
    columns = {"state": OPEN, "closed": None, "snoozed_until": None}
    return Change("conversation.reopened", columns, (CLOSED, SNOOZED))


def snoozing(until: int) -> Change:
    """Put aside until a time, or until she writes."""
    columns = {"state": SNOOZED, "snoozed_until": until, "closed": None, "unread": False}
    return Change("conversation.snoozed", columns, said={"until": until})


def waking() -> Change:
    """Its time has come: back in the inbox, to be read."""
    return Change("conversation.woken", {"state": OPEN, "snoozed_until": None, "unread": True}, (SNOOZED,))


def assigning(assignee_id: int | None, team_id: int | None, assignee: str = "", team: str = "") -> Change:
    """Whose it is: a colleague's, a team's, both, or everybody's."""
    columns = {"assignee_id": assignee_id, "team_id": team_id}
    return Change("conversation.assigned", columns, said={"assignee": assignee or team, "team": team})


def handing(assignee_id: int | None, assignee: str = "") -> Change:
    """To a colleague, or to nobody in particular; its team keeps it."""
    return Change("conversation.assigned", {"assignee_id": assignee_id}, said={"assignee": assignee, "team": ""})


def prioritising(priority: int) -> Change:
    """How soon it wants an answer. Raises ValueError for a priority there is not."""
    if priority not in PRIORITIES:
        raise ValueError(f"priority: expected one of {', '.join(map(str, PRIORITIES))}")
    return Change("conversation.prioritised", {"priority": priority}, said={"priority": PRIORITIES[priority]})


def marking(unread: bool) -> Change:
    """Read, or unread again. Open screens hear it; it is no fact about the customer."""
    return Change("", {"unread": unread})
