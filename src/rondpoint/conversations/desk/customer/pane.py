"""What the desk shows of a customer, put together from the rooms' queries."""

from django.utils.translation import gettext as _

from rondpoint.accounts.models import User
from rondpoint.consent import queries as consent
from rondpoint.conversations import queries
from rondpoint.conversations.desk.ring import spokes
from rondpoint.conversations.models import Commitment, Conversation
from rondpoint.conversations.queries.inbox import channels_used
from rondpoint.conversations.queries.permitted import open_to
from rondpoint.conversations.queries.roads import explain
from rondpoint.conversations.types import Reach
from rondpoint.customers import queries as customers
from rondpoint.customers.models import Identifier
from rondpoint.customers.types import Evidence
from rondpoint.events import queries as events
from rondpoint.events import titles
from rondpoint.events.models import Event

TRAITS = {
    "city": lambda: _("City"),
    "country": lambda: _("Country"),
    "company": lambda: _("Company"),
    "phone": lambda: _("Phone number"),
    "email": lambda: _("E-mail"),
    "address": lambda: _("Postal address"),
}
EVIDENCE = {
    Evidence.CLAIMED: lambda: _("claimed"),
    Evidence.PROVIDER: lambda: _("vouched for"),
    Evidence.SIGNED: lambda: _("signed"),
    Evidence.VERIFIED: lambda: _("proved by code"),
}
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
        "traits": [
            (TRAITS.get(name, lambda name=name: name)(), value)
            for name, value in golden.traits.items()
            if name not in ("name", "language")
        ],
        "addresses": _addresses(golden.identifiers),
        "ring": _ring(used, current, reach, conversation is not None and user.may("reply")),
        "promised": _promised(profiles, user),
        "others": [row for row in theirs if conversation is None or row.conversation.id != conversation.id],
        "facts": [(event, titles.title(event)) for event in _facts(profiles, user)],
        "links": customers.links(customer_id),
        "suggestions": customers.suggestions(customer_id),
        "conversation": conversation,
    }


def _addresses(identifiers: list[Identifier]) -> list[dict]:
    """Each address with what vouches for it, and why nothing may be sent there."""
    rows = [row for row in identifiers if row.kind in ("email", "phone")]
    suppressed = consent.suppressions([(row.kind, row.value) for row in rows])
    return [
        {
            "kind": row.kind,
            "value": row.value,
            "source": row.profile.source,
            "since": row.proved or row.created,
            "evidence": EVIDENCE[Evidence(row.evidence)](),
            "proved": row.evidence >= Evidence.SIGNED,
            "shut": next((explain(found.reason) for found in suppressed.get((row.kind, row.value), ())), ""),
        }
        for row in rows
    ]


def _ring(used: dict[str, int], current: Conversation | None, reach: list[Reach], links: bool) -> list[dict]:
    """The spokes; beside a conversation each leads to the composer on its channel."""
    found = spokes(used, current.last_channel if current else "", {way.channel for way in reach if way.usable})
    why = {way.channel: way.explanation for way in reach}
    for spoke in found:
        spoke["why"] = why.get(spoke["channel"], "")
        if links and spoke["open"]:
            spoke["url"] = "#composer"
    return found


def _promised(profiles: list[int], user: User) -> list[Commitment]:
    """What she was promised and still waits for, the nearest first."""
    rows = Commitment.objects.filter(profile_id__in=profiles, state="open").select_related("conversation")
    open_ = open_to(user, {row.conversation_id for row in rows})
    return [row for row in rows.order_by("due") if row.conversation_id in open_]


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
