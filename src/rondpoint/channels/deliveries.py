"""Storing what comes in, exactly as it came, before anybody is told that it is safe."""

import asyncio
import hashlib
import itertools
from collections import Counter

from django.db.models import QuerySet
from msgspec import Struct

from rondpoint.channels.contract import ConnectionInfo, Raw
from rondpoint.channels.models import Connection, Delivery
from rondpoint.files import actions as files
from rondpoint.files import queries as stored
from rondpoint.jobs import wake
from rondpoint.lib import bulk, clock, counted, tracing
from rondpoint.lib.db import GroupWriter

LARGE = 64 * 1024
KEPT_HEADERS = 60


class Incoming(Struct, frozen=True):
    """A delivery ready to be stored: its row is made, and a large body is already a file."""

    row: Delivery
    kind: str  # of the connection's channel
    size: int  # of the body, in bytes


def incoming(connection_id: int, kind: str, external_id: str, raw: Raw, body_sha256: str = "") -> Incoming:
    """A delivery as it will be stored. ``body_sha256``: of a body that is a file."""
    row = Delivery(
        connection_id=connection_id,
        external_id=external_id,
        received=raw.received or clock.now(),
        meta={"headers": dict(list(raw.headers.items())[:KEPT_HEADERS]), "url": raw.url, "method": raw.method},
        body=None if body_sha256 else raw.body,
        body_sha256=body_sha256,
    )
    return Incoming(row, kind, len(raw.body))


def prepare(connection: ConnectionInfo, external_id: str, raw: Raw) -> Incoming:
    """Writes a large body to the file store, fsynced. Blocking; outside ``write()``."""
    if len(external_id) > 255:
        external_id = "sha256:" + hashlib.sha256(external_id.encode()).hexdigest()
    body_sha256 = files.save(raw.body) if len(raw.body) > LARGE else ""
    return incoming(connection.id, connection.kind, external_id, raw, body_sha256)


def store(batch: list[Incoming]) -> list[bool]:
    """Stores a batch inside ``write()``; True for each that was new. A repeated delivery leaves the first as it is."""
    answers = _unknown(batch, set(_alike(batch).values_list("connection_id", "external_id")))
    new = list(itertools.compress(batch, answers))
    bulk.insert_new([item.row for item in new])
    _note(new)
    for kind in {item.kind for item in new}:
        wake.notify(f"deliveries:{kind}")
    return answers


def keep(batch: list[Incoming]) -> dict[tuple[int, str], int]:
    """Stores a batch whose caller works it off himself in the same ``write()``; the id of each delivery by its
    connection and external id."""
    alike = _alike(batch).values_list("connection_id", "external_id", "id")
    held = {(connection_id, external_id): number for connection_id, external_id, number in alike}
    new = list(itertools.compress(batch, _unknown(batch, set(held))))
    bulk.insert([item.row for item in new])
    _note(new)
    return held | {(item.row.connection_id, item.row.external_id): item.row.id for item in new}


def _unknown(batch: list[Incoming], known: set[tuple[int, str]]) -> list[bool]:
    """Whether each is to be stored: the first of its name. Notes the files of those."""
    answers = []
    for item in batch:
        key = (item.row.connection_id, item.row.external_id)
        answers.append(key not in known)
        if answers[-1] and item.row.body_sha256:
            files.register(item.row.body_sha256, item.size)
        known.add(key)
    return answers


def _alike(batch: list[Incoming]) -> QuerySet[Delivery]:
    """The deliveries that are stored under these names; perhaps others."""
    return Delivery.objects.filter(
        connection_id__in={item.row.connection_id for item in batch},
        external_id__in={item.row.external_id for item in batch},
    )


def _note(new: list[Incoming]) -> None:
    """What is to be seen of deliveries that were stored."""
    if not new:
        return
    Connection.objects.filter(id__in={item.row.connection_id for item in new}).update(last_inbound=clock.now())
    for kind, number in Counter(item.kind for item in new).items():
        counted.stored.add(number, kind)
    if tracing.on():
        now = clock.now()
        for item in new:
            tracing.point("stored", item.row.public_id, item.row.received, now, channel=item.kind)


def settle(outcomes: dict[int, list[str]]) -> None:
    """Closes deliveries that were worked off, inside ``write()``: by id what became of each of their items."""
    now = clock.now()
    bulk.update(
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
            item = await asyncio.to_thread(prepare, connection, external_id, raw)
        else:
            item = prepare(connection, external_id, raw)
        new: bool = await self._writer.put(item)
        return new

    def close(self) -> None:
        self._writer.close()
