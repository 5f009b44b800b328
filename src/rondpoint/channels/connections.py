"""Connections as their channels see them, with the secrets opened."""

import asyncio
import time
import uuid
from collections.abc import Collection
from typing import Any

from django.conf import settings
from django.db import close_old_connections
from django.db.models import QuerySet

from rondpoint.accounts.models import Brand
from rondpoint.accounts.queries import accounts_of
from rondpoint.channels import registry
from rondpoint.channels.contract import ConnectionInfo
from rondpoint.channels.models import Connection
from rondpoint.lib import bulk, signing
from rondpoint.lib.prepared import prepared

FRESH = 1.0  # seconds that what a process saw of the connections holds

_cache: dict[int, tuple[tuple[Any, ...], ConnectionInfo]] = {}


def inbound_url(connection: Connection) -> str:
    """Where the provider sends its webhooks."""
    return f"{settings.RONDPOINT_URL}/in/{connection.kind}/{connection.public_id}"


def info(connection: Connection | int) -> ConnectionInfo:
    """A connection with opened secrets. Kept per process while the row does not change."""
    if isinstance(connection, int):
        connection = Connection.objects.select_related("brand").get(id=connection)
    brand = connection.brand
    about_brand = brand and (brand.name, brand.country, brand.language)
    version = (connection.name, connection.secrets, str(connection.settings), about_brand)
    known = _cache.get(connection.id)
    if known and known[0] == version:
        return known[1]
    opened = {**connection.settings, **signing.unseal(settings.SECRET_KEY, connection.secrets)}
    view = ConnectionInfo(
        id=connection.id,
        public_id=str(connection.public_id),
        kind=connection.kind,
        name=connection.name,
        settings=opened,
        brand_name=brand.name if brand else connection.name,
        country=opened.get("country") or (brand.country if brand else "FR"),
        language=brand.language if brand else "fr",
        inbound_url=inbound_url(connection),
    )
    _cache[connection.id] = (version, view)
    return view


def account_scope(info: ConnectionInfo) -> str:
    """The scope of the account numbers that a connection's site signs: its own, or, where the settings say so, that of
    its brand, whose sources number people alike."""
    if info.get("accounts") != "brand":
        return f"{info.kind}:{info.public_id}"
    return accounts_of(Connection.objects.values_list("brand_id", flat=True).get(id=info.id))


def by_public_id(kind: str, public_id: str) -> Connection | None:
    """The active connection of a channel under its public id, or None."""
    try:
        wanted = uuid.UUID(public_id)
    except ValueError:
        return None
    found = Connection.objects.select_related("brand").filter(kind=kind, public_id=wanted).first()
    return found if found and found.active else None


def names(sources: Collection[str]) -> dict[str, str]:
    """What connections are called that tell facts, by ``connection:<number>``."""
    numbers = {int(text.partition(":")[2]): text for text in sources}
    return {numbers[row.id]: row.name for row in Connection.objects.filter(id__in=numbers)}


def by_ids(ids: Collection[int]) -> dict[int, Connection]:
    """Connections with their brands, by their ids."""
    found = {row.id: row for row in bulk.fetch(Connection, id=ids)}
    brands = {row.id: row for row in bulk.fetch(Brand, id={row.brand_id for row in found.values()} - {None})}
    for row in found.values():
        row.brand = brands[row.brand_id] if row.brand_id else None
    return found


def active(kind: str | None = None) -> list[Connection]:
    """Active connections, oldest first."""
    return _active([kind] if kind else registry.kinds())


@prepared
def _active(kinds: Collection[str], /) -> QuerySet[Connection, Connection]:
    found = Connection.objects.select_related("brand").filter(active=True, kind__in=kinds)
    return found.order_by("id")


def first(kind: str, brand_id: int | None) -> Connection | None:
    """The brand's oldest active connection of a channel, else anybody's."""
    found = active(kind)
    return next((row for row in found if row.brand_id == brand_id), found[0] if found else None)


class Directory:
    """The active connections as this process saw them at most a second ago, for doors that are asked thousands of
    times a second. What is not found is looked for anew."""

    def __init__(self) -> None:
        self._known: dict[str, dict[str, ConnectionInfo]] = {}
        self._read = -FRESH
        self._reading = asyncio.Lock()

    async def get(self, kind: str, public_id: str) -> ConnectionInfo | None:
        """The active connection of a channel under its public id, or None. Raises what the database raises."""
        found = (await self._every()).get(kind, {}).get(public_id)
        return found or (await self._every(time.monotonic())).get(kind, {}).get(public_id)

    async def of(self, kind: str, since: float = 0.0) -> list[ConnectionInfo]:
        """The active connections of a channel, oldest first, not older than ``since`` on the monotonic clock."""
        return list((await self._every(since)).get(kind, {}).values())

    async def _every(self, since: float = 0.0) -> dict[str, dict[str, ConnectionInfo]]:
        asked = max(time.monotonic() - FRESH, since)
        if self._read < asked:
            async with self._reading:
                if self._read < asked:
                    began = time.monotonic()
                    self._known = await asyncio.to_thread(_every)
                    self._read = began
        return self._known


def _every() -> dict[str, dict[str, ConnectionInfo]]:
    close_old_connections()
    found: dict[str, dict[str, ConnectionInfo]] = {}
    for row in active():
        found.setdefault(row.kind, {})[str(row.public_id)] = info(row)
    return found
