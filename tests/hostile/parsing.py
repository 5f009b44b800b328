"""The parser of mail as the worker runs it: in a child with limits."""

import msgspec

from rondpoint.channels.contract import ConnectionInfo, Parsed, Raw, unpack_parsed
from rondpoint.lib.isolation import Isolated

CONNECTION = ConnectionInfo(1, "c1", "email", "Shop", {"address": "help@shop.example.com"}, "Lumen")
NOW = 1_710_234_720_000_000
TARGET = "rondpoint.channels.email.channel:parse_isolated"


def ask(child: Isolated, data: bytes) -> list[Parsed]:
    """What the child reads in a mail. Raises ValueError or ``isolation.Crashed``, as the worker sees it."""
    return unpack_parsed(child.call(msgspec.msgpack.encode((Raw(data, received=NOW), CONNECTION))))


def texts(value: object) -> list[str]:
    """Every text in parsed items, however deep."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, list | tuple):
        return [text for inner in value for text in texts(inner)]
    if isinstance(value, msgspec.Struct):
        return texts([getattr(value, name) for name in value.__struct_fields__])
    return []
