"""Parts of a long message whose siblings never came: after ten minutes what there is is entered, gaps marked.

Ten minutes is what gammu-smsd waits by default (``MultipartTimeout``); Kannel waits thirty. A part that comes later
still is entered by itself.
"""

import secrets

from rondpoint.channels import connections, deliveries, pieces, pipeline, reading, registry
from rondpoint.channels.models import Connection, Delivery
from rondpoint.lib import clock, ids
from rondpoint.lib.db import lock_row, write

PATIENCE = 10 * clock.MINUTE
AT_ONCE = 200
_all_seen = False


def enter(now: int | None = None) -> int:
    """Enters what has waited long enough; how many messages. Run again and again by a worker."""
    global _all_seen
    late = (now or clock.now()) - PATIENCE
    waiting = Delivery.objects.filter(state="waiting", received__lte=late, connection__active=True).exclude(group="")
    if _all_seen:  # a process looks once at all there is, then at those of a day, by an index that is there anyway
        waiting = waiting.filter(public_id__gte=ids.first_uuid7(late - clock.DAY))
    found = list(waiting.order_by("public_id").values_list("connection_id", "group")[:AT_ONCE])
    _all_seen = _all_seen or len(found) < AT_ONCE
    return sum(_enter(connection_id, group, late) for connection_id, group in dict.fromkeys(found))


def _enter(connection_id: int, group: str, late: int) -> bool:
    info = connections.info(connection_id)
    known = Delivery.objects.filter(connection_id=connection_id, group=group)
    rows = list(known.filter(state="waiting").order_by("received", "id"))
    rows = [row for row in rows if row.received <= rows[0].received + pieces.TOGETHER]
    if not rows or rows[-1].received > late:
        return False  # one came lately: the rest may be on its way
    near = (rows[0].received - pieces.TOGETHER, rows[0].received + pieces.TOGETHER)
    entered = {pieces.text(row, info) for row in known.filter(state="done", received__range=near)}
    by_number = {pieces.number(row, info): row for row in reversed(rows) if pieces.text(row, info) not in entered}
    ordered = [by_number[number] for number in sorted(by_number)]
    numbers = [row.id for row in rows]
    first, lease = min(rows, key=lambda row: row.id), clock.now() + pipeline.RETRY_LEASE + secrets.randbelow(100_000)
    read = reading.NOTHING  # all of it is there already: the provider said it again
    if ordered:
        items = registry.get(info.kind).assemble([deliveries.raw(row) for row in ordered], info)
        read = reading.complete(items, info)
    with write():
        lock_row(Connection.objects.filter(id=connection_id)).get()  # a part that comes now is seen, or sees ours
        if known.filter(id__in=numbers, state="waiting").count() < len(numbers):
            return False
        Delivery.objects.filter(id=first.id).update(state="leased", due=lease)
    first.state, first.due = "leased", lease
    pipeline.apply([pipeline.Job(first, info, lease, read, tuple(numbers))])
    return bool(ordered)
