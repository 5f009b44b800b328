"""Connections as their channels see them, with the secrets opened."""

import uuid

from django.conf import settings

from rondpoint.channels import registry
from rondpoint.channels.contract import ConnectionInfo
from rondpoint.channels.models import Connection
from rondpoint.lib import signing

_cache: dict[int, tuple[tuple, ConnectionInfo]] = {}


def inbound_url(connection: Connection) -> str:
    """Where the provider sends its webhooks."""
    return f"{settings.RONDPOINT_URL}/in/{connection.kind}/{connection.public_id}"


def info(connection: Connection | int) -> ConnectionInfo:
    """A connection with opened secrets. Kept per process while the row does not change."""
    if isinstance(connection, int):
        connection = Connection.objects.select_related("brand").get(id=connection)
    brand = connection.brand
    version = (connection.name, connection.secrets, str(connection.settings), brand and (brand.name, brand.country))
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


def by_public_id(kind: str, public_id: str) -> Connection | None:
    """The active connection of a channel under its public id, or None."""
    try:
        wanted = uuid.UUID(public_id)
    except ValueError:
        return None
    found = Connection.objects.select_related("brand").filter(kind=kind, public_id=wanted).first()
    return found if found and found.active else None


def active(kind: str | None = None) -> list[Connection]:
    """Active connections, oldest first."""
    found = Connection.objects.select_related("brand").filter(active=True, kind__in=registry.kinds())
    if kind:
        found = found.filter(kind=kind)
    return list(found.order_by("id"))


def first(kind: str, brand_id: int | None) -> Connection | None:
    """The brand's oldest active connection of a channel, else anybody's."""
    found = active(kind)
    return next((row for row in found if row.brand_id == brand_id), found[0] if found else None)
