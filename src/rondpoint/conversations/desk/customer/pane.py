"""What the desk shows of a customer, put together from the rooms' queries."""

from rondpoint.accounts.models import User
from rondpoint.conversations import queries
from rondpoint.conversations.desk.ring import spokes
from rondpoint.conversations.models import Conversation
from rondpoint.conversations.queries.inbox import channels_used
from rondpoint.conversations.queries.permitted import open_to
from rondpoint.customers import queries as customers
from rondpoint.customers.types import Evidence
from rondpoint.events import queries as events
from rondpoint.events import titles
from rondpoint.events.models import Event

HIDDEN = ("message.state", "conversation.assigned")
TIMELINE = 25


def person(customer_id: int, user: User, conversation: Conversation | None = None) -> dict:
    """The customer pane."""
    golden = customers.golden(customer_id)
    theirs = queries.inbox("all", user, limit=20, customer_id=customer_id)
    used: dict[str, int] = {}
    for counted in channels_used([row.conversation.id for row in theirs]).values():
        for channel, number in counted.items():
            used[channel] = used.get(channel, 0) + number
    current = conversation or (theirs[0].conversation if theirs else None)
    reach = queries.reachability(current) if current else []
    profiles = [profile.id for profile in golden.profiles]
    return {
        "customer": customers.by_ids({customer_id})[customer_id],
        "golden": golden,
        "traits": [(name, value) for name, value in golden.traits.items() if name not in ("name", "language")],
        "addresses": [
            (row, Evidence(row.evidence).name.lower()) for row in golden.identifiers if row.kind in ("email", "phone")
        ],
        "ring": spokes(
            used, current.last_channel if current else "", {found.channel for found in reach if found.usable}
        ),
        "others": [row for row in theirs if conversation is None or row.conversation.id != conversation.id],
        "facts": [(event, titles.title(event)) for event in _facts(profiles, user)],
        "links": customers.links(customer_id),
        "suggestions": customers.suggestions(customer_id),
        "conversation": conversation,
    }


def _facts(profiles: list[int], user: User) -> list[Event]:
    """The newest facts, without what happened in conversations the reader may not see."""
    found: list[Event] = []
    before = None
    while len(found) < TIMELINE:
        page = events.timeline(profiles, before=before, limit=TIMELINE, hidden=HIDDEN)
        named = {event.properties["conversation_id"] for event in page if "conversation_id" in event.properties}
        open_ = open_to(user, named) if named else set()
        found += [event for event in page if event.properties.get("conversation_id") in {None, *open_}]
        if len(page) < TIMELINE:
            break
        before = (page[-1].occurred, page[-1].id)
    return found[:TIMELINE]
