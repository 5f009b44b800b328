"""Working off deliveries: parse, then hand each item to the room that takes it.

A delivery and everything it causes are one transaction. What fails is tried again with growing pauses; after five
tries it is quarantined with its raw form and its error, and blocks nobody.
"""

import asyncio
import logging
import traceback

import httpx
import msgspec
from django.conf import settings
from django.db import DatabaseError

from rondpoint.channels import connections, deliveries, handlers, registry
from rondpoint.channels.contract import (
    ConnectionInfo,
    Ignored,
    Incomplete,
    MessageIn,
    Parsed,
    Raw,
    unpack_parsed,
)
from rondpoint.channels.models import Delivery
from rondpoint.files import actions as files
from rondpoint.jobs import wake
from rondpoint.lib import clock, isolation
from rondpoint.lib.db import skip_locked, write
from rondpoint.lib.http import TooLarge, guarded_client

log = logging.getLogger("rondpoint.channels.pipeline")
MAX_ATTEMPTS = 5
LEASE = 60 * clock.SECOND
PAUSES = (1, 5, 20, 60)  # seconds before the second, third… try

_children: dict[str, isolation.Isolated] = {}


def work(limit: int = 50) -> int:
    """Takes up to ``limit`` deliveries that are due and works them off in the order they came; how many it took."""
    ids = _lease(limit)
    for delivery_id in ids:
        work_one(delivery_id)
    return len(ids)


def work_one(delivery_id: int) -> bool:
    """Works off one leased delivery; False when it has to be tried again or was quarantined."""
    delivery = Delivery.objects.select_related("connection__brand").get(id=delivery_id)
    connection = connections.info(delivery.connection)
    try:
        items = parse(deliveries.raw(delivery), connection)
        waiting = next((item for item in items if isinstance(item, Incomplete)), None)
        if waiting is not None:
            _wait(delivery, connection, waiting)
            return True
        apply(delivery, connection, items)
    except (Exception, isolation.Crashed) as error:
        _failed(delivery, error)
        return False
    return True


def parse(raw: Raw, connection: ConnectionInfo) -> list[Parsed]:
    """What a delivery says. Channels with hostile structure are parsed in a child with limits."""
    channel = registry.get(connection.kind)
    if not channel.manifest.isolate_parse:
        return channel.parse(raw, connection)
    target = f"{type(channel).__module__}:parse_isolated"
    child = _children.setdefault(target, isolation.Isolated(target))
    secret = {field.name for field in channel.manifest.settings if field.secret}
    open_ = {name: value for name, value in connection.settings.items() if name not in secret}
    payload = msgspec.msgpack.encode((raw, msgspec.structs.replace(connection, settings=open_)))
    return unpack_parsed(child.call(payload))


def apply(delivery: Delivery, connection: ConnectionInfo, items: list[Parsed], group: list[int] | None = None) -> None:
    """Gives the items to their rooms and closes the delivery, in one transaction. Replaying finds everything there."""
    items = [_with_files(item, connection) for item in items]
    stored = [_store_files(item) for item in items]
    with write():
        outcome = []
        for position, (item, shas) in enumerate(zip(items, stored, strict=True)):
            if isinstance(item, Ignored):
                outcome.append(item.reason)
                continue
            for sha256, size in shas:
                files.register(sha256, size)
            arrival = handlers.Arrival(
                delivery_id=delivery.id,
                connection=connection,
                item=item,
                key=f"{delivery.id}:{position}",
                received=delivery.received,
                files=tuple(sha256 for sha256, _ in shas),
            )
            outcome.append(handlers.handle(arrival))
        Delivery.objects.filter(id__in=group or [delivery.id]).update(
            state="done", processed=clock.now(), outcome=outcome, error=""
        )


def _lease(limit: int) -> list[int]:
    now = clock.now()
    due = Delivery.objects.filter(state__in=("new", "leased"), due__lte=now, connection__active=True)
    if not due.exists():
        return []
    with write():
        ids = list(skip_locked(due.order_by("due", "id").select_related(None)).values_list("id", flat=True)[:limit])
        Delivery.objects.filter(id__in=ids).update(state="leased", due=now + LEASE)
    return ids


def _with_files(item: Parsed, connection: ConnectionInfo) -> Parsed:
    """Fetches the files that a provider only named. One that is gone becomes a note, and the message still arrives."""
    if not isinstance(item, MessageIn) or not any(file.ref and not file.content for file in item.files):
        return item
    return asyncio.run(_fetch(item, connection))


async def _fetch(item: MessageIn, connection: ConnectionInfo) -> MessageIn:
    files = []
    async with guarded_client(allow_private=settings.ENVIRONMENT.allow_private) as http:
        for file in item.files:
            if file.ref and not file.content:
                try:
                    content = await registry.get(connection.kind).fetch_media(file.ref, connection, http)
                except (httpx.HTTPError, TooLarge) as error:
                    note = f"{file.ref}: {type(error).__name__}".encode()
                    file = msgspec.structs.replace(
                        file, content=note, name=f"{file.name or 'file'}.txt", content_type="text/plain"
                    )
                else:
                    file = msgspec.structs.replace(file, content=content)
            files.append(file)
    return msgspec.structs.replace(item, files=tuple(files))


def _store_files(item: Parsed) -> list[tuple[str, int]]:
    if not isinstance(item, MessageIn):
        return []
    return [(files.save(file.content), len(file.content)) for file in item.files]


def _wait(delivery: Delivery, connection: ConnectionInfo, part: Incomplete) -> None:
    """Keeps one part of a message; the last one to come works off the whole."""
    with write():
        Delivery.objects.filter(id=delivery.id).update(
            state="waiting", group=part.group[:200], outcome=[f"part {part.number} of {part.total}"]
        )
    # References of long SMS have 8 or 16 bits and come round again: only parts of about the same time belong together.
    near = (delivery.received - clock.HOUR, delivery.received + clock.HOUR)
    rows = Delivery.objects.filter(connection=delivery.connection, group=part.group[:200], received__range=near)
    parts = list(rows.order_by("id"))
    by_number = {}
    for row in parts:
        said = next(item for item in parse(deliveries.raw(row), connection) if isinstance(item, Incomplete))
        by_number.setdefault(said.number, row)
    if len(by_number) < part.total:
        return
    ordered = [by_number[number] for number in sorted(by_number)]
    items = registry.get(connection.kind).assemble([deliveries.raw(row) for row in ordered], connection)
    apply(min(ordered, key=lambda row: row.id), connection, items, group=[row.id for row in parts])


def _failed(delivery: Delivery, error: BaseException) -> None:
    attempts = delivery.attempts + 1
    last = attempts >= MAX_ATTEMPTS and not isinstance(error, DatabaseError)
    detail = "".join(traceback.format_exception(error))[-4000:]
    pause = PAUSES[min(attempts, len(PAUSES)) - 1] * clock.SECOND
    log.warning("delivery %s failed (%s of %s): %s", delivery.id, attempts, MAX_ATTEMPTS, type(error).__name__)
    with write():
        Delivery.objects.filter(id=delivery.id).update(
            state="quarantined" if last else "new",
            attempts=attempts,
            due=clock.now() + pause,
            error=f"{type(error).__name__}: {error}\n\n{detail}",
        )
        if last:
            wake.notify("events")
