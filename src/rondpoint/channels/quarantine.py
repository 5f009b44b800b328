"""Deliveries that failed five times: shown with their raw form and error, and replayed."""

import uuid

from rondpoint.accounts import actions as accounts
from rondpoint.channels.models import Delivery
from rondpoint.jobs import wake
from rondpoint.lib import clock
from rondpoint.lib.db import write


def listing(before: int | None = None, limit: int = 50) -> list[Delivery]:
    """Quarantined deliveries, newest first; ``before``: the id of the last one seen."""
    rows = Delivery.objects.filter(state="quarantined").select_related("connection")
    if before is not None:
        rows = rows.filter(id__lt=before)
    return list(rows.order_by("-id")[:limit])


def get(public_id: str) -> Delivery | None:
    """A delivery in any state under its public id."""
    try:
        wanted = uuid.UUID(public_id)
    except ValueError:
        return None
    return Delivery.objects.select_related("connection").filter(public_id=wanted).first()


def replay(delivery: Delivery, by: str) -> None:
    """Puts a delivery back to work, as if it had just come. Harmless for one that was worked off."""
    with write():
        Delivery.objects.filter(id=delivery.id).update(state="new", attempts=0, due=clock.now())
        accounts.audit(by, "delivery.replay", str(delivery.public_id))
        wake.notify("deliveries")


def replay_all(by: str, every: bool = False) -> int:
    """Replays the whole quarantine, or with ``every`` all deliveries there ever were; how many."""
    rows = Delivery.objects.all() if every else Delivery.objects.filter(state="quarantined")
    with write():
        count = rows.update(state="new", attempts=0, due=clock.now())
        accounts.audit(by, "delivery.replay", "every delivery" if every else "the whole quarantine")
        wake.notify("deliveries")
    return count


def by_id(delivery_id: int) -> Delivery | None:
    """A delivery under its own number."""
    return Delivery.objects.select_related("connection").filter(id=delivery_id).first()
