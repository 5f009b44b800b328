"""Storing what comes in, exactly as it came, before anybody is told that it is safe."""

import asyncio
import hashlib
import itertools

from msgspec import Struct

from rondpoint.channels.contract import ConnectionInfo, Raw
from rondpoint.channels.models import Connection, Delivery
from rondpoint.files import actions as files
from rondpoint.files import queries as stored
from rondpoint.jobs import wake
from rondpoint.lib import clock, counted, tracing
from rondpoint.lib.db import GroupWriter, insert_rows, update_rows

LARGE = 64 * 1024
KEPT_HEADERS = 60


class Incoming(Struct, frozen=True):
    """A delivery ready to be stored: a large body is already a file."""

    connection_id: int
    kind: str  # of the connection's channel
    external_id: str
    raw: Raw
    body_sha256: str = ""


def prepare(connection: ConnectionInfo, external_id: str, raw: Raw) -> Incoming:
    """Writes a large body to the file store, fsynced. Blocking; outside ``write()``."""
    if len(external_id) > 255:
        external_id = "sha256:" + hashlib.sha256(external_id.encode()).hexdigest()
    if len(raw.body) <= LARGE:
        return Incoming(connection.id, connection.kind, external_id, raw)
    return Incoming(connection.id, connection.kind, external_id, raw, files.save(raw.body))


def store(batch: list[Incoming]) -> list[bool]:
    """Stores a batch inside ``write()``; True for each that was new. A repeated delivery leaves the first as it is."""
    answers = _insert(batch)
    for kind in {item.kind for item, new in zip(batch, answers, strict=True) if new}:
        wake.notify(f"deliveries:{kind}")
    return answers


def _insert(batch: list[Incoming]) -> list[bool]:
    known = set(
        Delivery.objects.filter(
            connection_id__in={item.connection_id for item in batch},
            external_id__in={item.external_id for item in batch},
        ).values_list("connection_id", "external_id")
    )
    rows, answers = [], []
    for item in batch:
        key = (item.connection_id, item.external_id)
        answers.append(key not in known)
        if key in known:
            continue
        known.add(key)
        received = item.raw.received or clock.now()
        if item.body_sha256:
            files.register(item.body_sha256, len(item.raw.body))
        rows.append(
            Delivery(
                connection_id=item.connection_id,
                external_id=item.external_id,
                received=received,
                meta={
                    "headers": dict(list(item.raw.headers.items())[:KEPT_HEADERS]),
                    "url": item.raw.url,
                    "method": item.raw.method,
                },
                body=None if item.body_sha256 else item.raw.body,
                body_sha256=item.body_sha256,
            )
        )
    if rows:
        insert_rows(rows)
        _count(rows, {item.connection_id: item.kind for item in batch})
        Connection.objects.filter(id__in={row.connection_id for row in rows}).update(last_inbound=clock.now())
    return answers


def _count(rows: list[Delivery], kinds: dict[int, str]) -> None:
    now = clock.now()
    for connection_id, together in itertools.groupby(rows, key=lambda row: row.connection_id):
        kind, stored = kinds[connection_id], list(together)
        counted.stored.add(len(stored), kind)
        for row in stored if tracing.on() else ():
            tracing.point("stored", row.public_id, row.received, now, channel=kind)


def keep(batch: list[Incoming]) -> dict[tuple[int, str], int]:
    """Stores a batch whose caller works it off himself in the same ``write()``; the id of each delivery by its
    connection and external id."""
    _insert(batch)
    rows = Delivery.objects.filter(
        connection_id__in={item.connection_id for item in batch}, external_id__in={item.external_id for item in batch}
    )
    found = rows.values_list("id", "connection_id", "external_id")
    return {(connection_id, external_id): number for number, connection_id, external_id in found}


def settle(outcomes: dict[int, list[str]]) -> None:
    """Closes deliveries that were worked off, inside ``write()``: by id what became of each of their items."""
    now = clock.now()
    update_rows(
        [
            Delivery(id=number, state="done", processed=now, outcome=outcome, error="")
            for number, outcome in outcomes.items()
        ],
        ["state", "processed", "outcome", "error"],
    )


def raw(delivery: Delivery) -> Raw:
    """A stored delivery as it came."""
    body = stored.read(delivery.body_sha256) if delivery.body_sha256 else bytes(delivery.body or b"")
    return Raw(
        body=body,
        headers=delivery.meta.get("headers", {}),
        url=delivery.meta.get("url", ""),
        method=delivery.meta.get("method", "POST"),
        received=delivery.received,
    )


class Intake:
    """The inbound path of a process: ``await deliver(…)`` returns once the delivery is on disk."""

    def __init__(self) -> None:
        self._writer = GroupWriter(store, name="intake")

    async def deliver(self, connection: ConnectionInfo, external_id: str, raw: Raw) -> bool:
        """Stores one delivery; True when it was new. Raises what the database or disk raises: then nobody was told."""
        if len(raw.body) > LARGE:
            incoming = await asyncio.to_thread(prepare, connection, external_id, raw)
        else:
            incoming = prepare(connection, external_id, raw)
        new: bool = await self._writer.put(incoming)
        return new

    def close(self) -> None:
        self._writer.close()
