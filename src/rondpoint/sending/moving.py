"""Moving dispatches forward and telling it: the one place that changes their state after the gate."""

from rondpoint.events import actions as events
from rondpoint.events.types import Fact
from rondpoint.lib import counted
from rondpoint.lib.db import lock_row
from rondpoint.sending.models import Dispatch
from rondpoint.sending.rules.states import forward

_TIMES = {"sent": ("sent",), "delivered": ("sent", "delivered"), "read": ("sent", "delivered", "read")}


def locked(dispatch_ids: list[int]) -> dict[int, Dispatch]:
    """Dispatches by id, locked in the order of their ids."""
    rows = lock_row(Dispatch.objects.filter(id__in=dispatch_ids).order_by("id"))
    return {row.id: row for row in rows}


def move(news: list[tuple[Dispatch, str, str]], now: int) -> list[int]:
    """Applies (dispatch, new state, error) where that is forward, with a fact for each; the ids that moved.

    Inside ``write()`` on locked rows. A state implies those before it: what was read was delivered.
    """
    changed: dict[int, Dispatch] = {}
    facts = []
    for row, state, error in news:
        if not forward(row.state, state):
            continue
        row.state = state
        row.error = error[:500] if state in ("failed", "unknown") else ""
        row.in_flight, row.leased_by, row.lease_until = False, "", 0
        for name in _TIMES.get(state, ()):
            if getattr(row, name) is None:
                setattr(row, name, now)
        changed[row.id] = row
        counted.moved.add(1, row.channel, state)
        facts.append(_fact(row, now))
    Dispatch.objects.bulk_update(
        list(changed.values()),
        ["state", "error", "in_flight", "leased_by", "lease_until", "sent", "delivered", "read"],
    )
    events.record(facts)
    return list(changed)


def _fact(row: Dispatch, now: int) -> Fact:
    return Fact(
        profile_id=row.profile_id,
        type="message.state",
        occurred=now,
        source="sending",
        message_id=f"{row.id}:{row.state}",
        channel=row.channel,
        connection_id=row.connection_id,
        properties={"dispatch_id": row.id, "state": row.state, "error": row.error},
    )
