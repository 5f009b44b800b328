"""What a visitor says of herself. It is claimed, never proven: it opens nothing."""

from rondpoint.channels.contract import ConnectionInfo
from rondpoint.conversations.models import ChatSession
from rondpoint.customers import actions as customers
from rondpoint.customers.types import Evidence, IdentifierIn
from rondpoint.lib import addresses, clock
from rondpoint.lib.db import write

MAX_NAME = 120


def claim(session: ChatSession, info: ConnectionInfo, name: str, typed: dict[str, str]) -> tuple[str, str]:
    """Keeps a name and addresses, by kind as they were typed; the kind of the first that is none, and why. Of somebody
    who proved who she is nothing is overwritten."""
    held, wrong = [], ("", "")
    for kind, text in typed.items():
        try:
            held.append(IdentifierIn(kind, addresses.normalise(kind, text, info.country), Evidence.CLAIMED))
        except addresses.BadAddress as error:
            wrong = wrong if wrong[0] else (kind, str(error))
    if not session.proved and (held or name):
        with write():
            customers.identify(session.profile_id, held, clock.now(), {"name": name} if name else {})
    return wrong
