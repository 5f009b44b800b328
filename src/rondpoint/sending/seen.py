"""Messages that were opened and links that were followed, as providers tell it: facts, each once, of who lets us note
it. The house itself puts neither pictures nor links into messages that would tell."""

from urllib.parse import urlsplit, urlunsplit

from rondpoint.channels.contract import Seen
from rondpoint.channels.handlers import Arrival
from rondpoint.consent import queries as consent
from rondpoint.consent.types import OPENS_AND_CLICKS, Asked
from rondpoint.events import actions as events
from rondpoint.events.types import Fact
from rondpoint.lib import bulk, clock
from rondpoint.sending import receipts
from rondpoint.sending.models import Dispatch

OWN = frozenset("cru")  # what our own links begin with


def hear(arrivals: list[Arrival]) -> list[str]:
    """The handler of such items, inside ``write()``. Nothing of a dispatch changes by it: an opened mail need not have
    been read by anybody."""
    told = [(arrival.connection.id, arrival.item) for arrival in arrivals if isinstance(arrival.item, Seen)]
    found = receipts.dispatches({(connection, item.external_id) for connection, item in told})
    rows = {row.id: row for row in bulk.fetch(Dispatch, id=set(found.values()))}
    noted = _noted({row.profile_id for row in rows.values()})
    facts, words = [], []
    for connection, item in told:
        number = found.get((connection, receipts.stored(item.external_id)))
        if number is None:
            words.append("its message is not known")
            continue
        if rows[number].profile_id not in noted:
            words.append(f"the message of dispatch {rows[number].public_id}: what she opens and follows is not noted")
            continue
        facts.append(_fact(rows[number], connection, item))
        words.append(f"the message of dispatch {rows[number].public_id} was {item.action}")
    events.record(facts)
    return words


def _noted(profile_ids: set[int]) -> set[int]:
    """Of these profiles those of people of whom it may be noted what they open and follow."""
    asked = [Asked(OPENS_AND_CLICKS, profile_id=number) for number in sorted(profile_ids)]
    answers = consent.standing(asked, clock.now()) if asked else []
    return {each.profile_id or 0 for each, holds in zip(asked, answers, strict=True) if holds.allowed}


def _fact(row: Dispatch, connection: int, item: Seen) -> Fact:
    properties: dict[str, object] = {"dispatch_id": row.id}
    if link := plain(item.link):
        properties["url"] = link
    if item.machine:
        properties["machine"] = True
    return Fact(
        profile_id=row.profile_id,
        type=f"message.{item.action}",
        occurred=item.at,
        source=f"connection:{connection}",
        message_id=f"{item.action}:{item.event_id}"[:200],
        channel=row.channel,
        connection_id=connection,
        properties=properties,
    )


def plain(link: str) -> str:
    """A link without what may be a secret in it: who signs in, the question, the fragment, and the token of a link of
    our own (``/c/…``, ``/r/…``, ``/u/…``)."""
    try:
        parts = urlsplit(link)
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not host:
        return ""
    first, _, rest = parts.path.lstrip("/").partition("/")
    path = f"/{first}/" if first in OWN and rest else parts.path
    return urlunsplit((parts.scheme, host, path, "", ""))
