"""What the panes of the desk show, put together from the rooms' queries."""

from rondpoint.accounts.models import User
from rondpoint.channels import registry
from rondpoint.conversations import queries
from rondpoint.conversations.models import Conversation
from rondpoint.conversations.queries.inbox import VIEWS, channels_used
from rondpoint.customers import queries as customers
from rondpoint.customers.types import Evidence
from rondpoint.events import queries as events
from rondpoint.events import titles

HIDDEN = ("message.state", "conversation.assigned")
TIMELINE = 25


def rows(view: str, user: User, before: tuple[int, int] | None = None) -> dict:
    """The list pane."""
    view = view if view in VIEWS else "open"
    found = queries.inbox(view, user, before, limit=50)
    last = found[-1].conversation if len(found) == 50 else None
    return {
        "view": view,
        "counts": queries.counts(user),
        "rows": [(row, spokes(row.channels, row.conversation.last_channel)) for row in found],
        "more": f"{last.last_message_at}-{last.id}" if last else "",
    }


def spokes(used: dict[str, int], last: str, open_: set[str] | None = None) -> list[dict]:
    """The ring's data; without ``open_`` a channel counts as open when she has used it."""
    most = max(used.values(), default=1)
    return [
        {
            "channel": channel.manifest.kind,
            "label": channel.manifest.label,
            "use": used.get(channel.manifest.kind, 0) / most,
            "open": channel.manifest.kind in (open_ if open_ is not None else used),
            "last": channel.manifest.kind == last,
        }
        for channel in registry.every()
    ]


def thread(conversation: Conversation) -> dict:
    """The messages pane."""
    return {"conversation": conversation, "views": queries.thread(conversation)}


def person(customer_id: int, conversation: Conversation | None = None) -> dict:
    """The customer pane."""
    golden = customers.golden(customer_id)
    theirs = queries.inbox("all", None, limit=20, customer_id=customer_id)
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
        "facts": [(event, titles.title(event)) for event in events.timeline(profiles, limit=TIMELINE, hidden=HIDDEN)],
        "links": customers.links(customer_id),
        "suggestions": customers.suggestions(customer_id),
        "conversation": conversation,
    }
