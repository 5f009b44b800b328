"""Reading a delivery: what it says, with the files it names. Knows no database, so that it can run ahead."""

import asyncio

import httpx
import msgspec
from django.conf import settings
from msgspec import Struct

from rondpoint.channels import registry
from rondpoint.channels.contract import ConnectionInfo, MessageIn, Parsed, Raw, unpack_parsed
from rondpoint.files import actions as files
from rondpoint.lib import isolation
from rondpoint.lib.http import TooLarge, guarded_client

QUICK, PATIENT = 3.0, 20.0  # seconds a parsing child gets at the first try, and at later ones

_children: dict[tuple[str, bool], isolation.Isolated] = {}


class Read(Struct, frozen=True):
    """What a delivery says; ``files``: of each item the (sha256, bytes) of its files, which are on disk."""

    items: list[Parsed]
    files: list[tuple[tuple[str, int], ...]]


NOTHING = Read([], [])


def read(raw: Raw, connection: ConnectionInfo, patient: bool = False) -> Read:
    """Parses a delivery, fetches what a provider only named, and stores all files. Raises what a parser raises."""
    return complete(parse(raw, connection, patient), connection)


def complete(items: list[Parsed], connection: ConnectionInfo) -> Read:
    """Items with their files fetched and stored. Their content is then let go: much may be read ahead."""
    whole = [_with_files(item, connection) for item in items]
    stored = [_store_files(item) for item in whole]
    return Read([_without_content(item) for item in whole], stored)


def parse(raw: Raw, connection: ConnectionInfo, patient: bool = False) -> list[Parsed]:
    """What a delivery says. Channels with hostile structure are parsed in a child with limits.

    ``patient``: in a child of its own with more time, so that what hung once holds nobody up again.
    """
    channel = registry.get(connection.kind)
    if not channel.manifest.isolate_parse:
        return channel.parse(raw, connection)
    target = f"{type(channel).__module__}:parse_isolated"
    if (target, patient) not in _children:
        _children[target, patient] = isolation.Isolated(target, seconds=PATIENT if patient else QUICK)
    secret = {field.name for field in channel.manifest.settings if field.secret}
    open_ = {name: value for name, value in connection.settings.items() if name not in secret}
    payload = msgspec.msgpack.encode((raw, msgspec.structs.replace(connection, settings=open_)))
    return unpack_parsed(_children[target, patient].call(payload))


def _with_files(item: Parsed, connection: ConnectionInfo) -> Parsed:
    """Fetches the files that a provider only named. One that is gone becomes a note, and the message still arrives."""
    if not isinstance(item, MessageIn) or not any(file.ref and not file.content for file in item.files):
        return item
    return asyncio.run(_fetch(item, connection))


async def _fetch(item: MessageIn, connection: ConnectionInfo) -> MessageIn:
    fetched = []
    async with guarded_client(allow_private=settings.ENVIRONMENT.allow_private) as http:
        for file in item.files:
            if file.ref and not file.content:
                try:
                    content = await registry.get(connection.kind).fetch_media(file.ref, connection, http)
                except (httpx.HTTPError, httpx.InvalidURL, TooLarge) as error:
                    note = f"{file.ref}: {type(error).__name__}".encode()
                    file = msgspec.structs.replace(
                        file, content=note, name=f"{file.name or 'file'}.txt", content_type="text/plain"
                    )
                else:
                    file = msgspec.structs.replace(file, content=content)
            fetched.append(file)
    return msgspec.structs.replace(item, files=tuple(fetched))


def _without_content(item: Parsed) -> Parsed:
    if not isinstance(item, MessageIn) or not item.files:
        return item
    return msgspec.structs.replace(
        item, files=tuple(msgspec.structs.replace(file, content=b"") for file in item.files)
    )


def _store_files(item: Parsed) -> tuple[tuple[str, int], ...]:
    if not isinstance(item, MessageIn):
        return ()
    return tuple((files.save(file.content), len(file.content)) for file in item.files)
