"""What the desk shows of a customer, put together from the rooms' queries."""

from django.utils.translation import gettext as _

from rondpoint.accounts.models import User
from rondpoint.consent import queries as consent
from rondpoint.conversations import queries
from rondpoint.conversations.desk.customer import lately
from rondpoint.conversations.desk.customer.timeline import Asked, timeline
from rondpoint.conversations.desk.ring import spokes
from rondpoint.conversations.models import Commitment, Conversation
from rondpoint.conversations.queries.permitted import open_to
from rondpoint.conversations.queries.roads import explain
from rondpoint.conversations.types import Reach
from rondpoint.customers import queries as customers
from rondpoint.customers.models import Identifier
from rondpoint.customers.queries import companies
from rondpoint.customers.types import BY_HAND, STAFF, Evidence

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


def person(
    customer_id: int, user: User, conversation: Conversation | None = None, asked: Asked | None = None
) -> dict:
    """The customer pane; ``asked``: what of her timeline is wanted."""
    customer, golden = customers.by_ids({customer_id})[customer_id], customers.golden(customer_id)
    theirs = queries.inbox("all", user, limit=20, customer_id=customer_id)
    used: dict[str, int] = {}
    for row in theirs:
        for channel, number in row.channels.items():
            used[channel] = used.get(channel, 0) + number
    current = conversation or (theirs[0].conversation if theirs else None)
    profiles = [profile.id for profile in golden.profiles]
    reach = queries.reachability(current, profiles=profiles) if current else []
    return {
        "customer": customer,
        "golden": golden,
        "traits": traits(golden),
        "addresses": addresses(golden.identifiers),
        "ring": _ring(used, current, reach, conversation is not None and user.may("reply")),
        "reach": reach,
        "promised": _promised(profiles, user),
        "others": [row for row in theirs if conversation is None or row.conversation.id != conversation.id],
        "timeline": timeline(customer, profiles, user, asked or Asked()),
        "links": [link for link in customers.links(customer_id) if link.rule != BY_HAND],
        "suggestions": customers.suggestions(customer_id),
        "companies": _companies(companies.where(customer_id)),
        "conversation": conversation,
        "may_write": user.may("reply"),
        "may_link": user.may("link"),
    }


def page(customer_id: int, user: User, asked: Asked) -> dict:
    """Everything about a customer, for the page of her own."""
    context = person(customer_id, user, asked=asked)
    profiles = [profile.id for profile in context["golden"].profiles]
    return {
        **context,
        "sections": lately.sections(profiles),
        "consents": lately.consents(profiles, context["golden"].identifiers),
        "companies": _companies(companies.of_customer(customer_id)),
        "perhaps_companies": companies.suggested_to(customer_id),
    }


def traits(golden: customers.Golden) -> list[dict]:
    """What is known besides name and language, each with who said it."""
    return [
        {"name": name, "label": label(name), "value": value.value, "source": said_by(value), "at": value.at}
        for name, value in golden.traits.items()
        if name not in ("name", "language")
    ]


def label(name: str) -> str:
    """A trait's name as people say it; one that a site invented stays as it is."""
    return TRAITS[name]() if name in TRAITS else name


def said_by(value: customers.Value) -> str:
    """The source of a value in words."""
    return _("%(name)s, by hand") % {"name": value.by} if value.by else value.source


def addresses(identifiers: list[Identifier]) -> list[dict]:
    """Each address with what vouches for it, and why nothing may be sent there."""
    rows = [row for row in identifiers if row.kind in ("email", "phone")]
    suppressed = consent.suppressions([(row.kind, row.value) for row in rows])
    return [
        {
            "kind": row.kind,
            "value": row.value,
            "source": _("written by hand") if row.profile.source == STAFF else row.profile.source,
            "by_hand": row.profile.source == STAFF and row.evidence == Evidence.CLAIMED,
            "since": row.proved or row.created,
            "evidence": EVIDENCE[Evidence(row.evidence)](),
            "proved": row.evidence >= Evidence.SIGNED,
            "shut": next((explain(found.reason) for found in suppressed.get((row.kind, row.value), ())), ""),
        }
        for row in rows
    ]


def _companies(held: list[companies.Held]) -> list[tuple[companies.Held, str]]:
    return [(each, EVIDENCE[Evidence(each.evidence)]()) for each in held]


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
    found = Commitment.objects.filter(profile_id__in=profiles, state="open").select_related("conversation")
    rows = list(found.order_by("due"))
    open_ = open_to(user, {row.conversation_id for row in rows})
    return [row for row in rows if row.conversation_id in open_]
