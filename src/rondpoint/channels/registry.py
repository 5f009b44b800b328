"""The channels there are: one line each."""

import functools
import importlib

from rondpoint.channels.contract import Channel

CHANNELS = {
    "chat": "rondpoint.channels.chat.channel",
    "email": "rondpoint.channels.email.channel",
    "sms": "rondpoint.channels.sms.channel",
}


def kinds() -> list[str]:
    """The slugs of all channels, in the order of the registry."""
    return list(CHANNELS)


@functools.cache
def get(kind: str) -> Channel:
    """The channel of a slug. Raises KeyError for one that does not exist."""
    found: Channel = importlib.import_module(CHANNELS[kind]).channel
    return found


def every() -> list[Channel]:
    """All channels."""
    return [get(kind) for kind in kinds()]
