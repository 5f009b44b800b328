"""Messages that come in parts, a delivery each: every part waits until all are there.

References of long SMS have 8 or 16 bits and come round again, so only parts of about the same time belong together.
"""

from msgspec import Struct

from rondpoint.channels import deliveries, reading, registry
from rondpoint.channels.contract import ConnectionInfo, Incomplete, MessageIn
from rondpoint.channels.models import Connection, Delivery
from rondpoint.lib import clock
from rondpoint.lib.db import lock_row, write

TOGETHER = clock.HOUR


class Whole(Struct):
    """A message whose parts are all there. ``lease``: what stands on its first delivery, which is in our hands."""

    first: Delivery
    lease: int
    read: reading.Read
    deliveries: tuple[int, ...]


def keep(
    row: Delivery, lease: int, part: Incomplete, connection: ConnectionInfo, next_lease: int
) -> Whole | None:
    """Notes a part that is held under ``lease``; once all are there, the whole, its first part held by ``next_lease``.

    That the part waits, or that the whole is begun, is one transaction: a worker that dies leaves either a part that
    still has to be worked off or a whole that has. None too when somebody else took the part over.
    """
    group = part.group[:200]
    near = (row.received - TOGETHER, row.received + TOGETHER)
    siblings = Delivery.objects.filter(connection_id=row.connection_id, group=group, received__range=near)
    siblings = siblings.exclude(id=row.id)
    while True:
        near_by = list(siblings.all())
        parts = sorted([row, *_of_one_message(row, near_by, connection)], key=lambda each: each.id)
        whole = _whole(parts, part.total, connection)
        with write():
            # Two parts may be in two hands: whoever comes second sees the first.
            lock_row(Connection.objects.filter(id=row.connection_id)).get()
            if {(each.id, each.state) for each in near_by} != set(siblings.values_list("id", "state")):
                continue
            mine = Delivery.objects.filter(id=row.id, state="leased", due=lease)
            outcome = [f"part {part.number} of {part.total}"]
            if not mine.update(state="waiting", group=group, outcome=outcome, error="") or whole is None:
                return None
            first, read = whole
            Delivery.objects.filter(id=first.id).update(state="leased", due=next_lease)
        return Whole(first, next_lease, read, tuple(each.id for each in parts))


def number(row: Delivery, connection: ConnectionInfo) -> int:
    """Which part of its message a delivery is, from 1."""
    items = reading.parse(deliveries.raw(row), connection)
    return next(item.number for item in items if isinstance(item, Incomplete))


def text(row: Delivery, connection: ConnectionInfo) -> str:
    """What a part says by itself, with its place: the same when the provider sends it again."""
    items = registry.get(connection.kind).assemble([deliveries.raw(row)], connection)
    return next((item.text for item in items if isinstance(item, MessageIn)), "")


def _of_one_message(row: Delivery, siblings: list[Delivery], connection: ConnectionInfo) -> list[Delivery]:
    """Those that belong to the same message as the part in hand.

    What was worked off was another message under the same reference, or was entered without this part (``overdue``),
    unless the part in hand was in it: it is replayed, or was sent again.
    """
    done = [each for each in siblings if each.state == "done"]
    mine = _said(row, connection) if done else None
    if row.processed is not None or any(_said(each, connection) == mine for each in done):
        return siblings
    return [each for each in siblings if each.state != "done"]


def _said(row: Delivery, connection: ConnectionInfo) -> tuple[int, str]:
    return number(row, connection), text(row, connection)


def _whole(parts: list[Delivery], total: int, connection: ConnectionInfo) -> tuple[Delivery, reading.Read] | None:
    """What the parts of a message say together, and the first of them to come; None while some are missing."""
    by_number: dict[int, Delivery] = {}
    for row in parts:
        by_number.setdefault(number(row, connection), row)
    if len(by_number) < total:
        return None
    ordered = [by_number[each] for each in sorted(by_number)]
    items = registry.get(connection.kind).assemble([deliveries.raw(row) for row in ordered], connection)
    return min(ordered, key=lambda row: row.id), reading.complete(items, connection)
