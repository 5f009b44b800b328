"""What the desk shows of a customer, put together from the rooms' queries."""

from collections import Counter
from collections.abc import Collection

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from rondpoint.accounts.models import User
from rondpoint.consent import queries as consent
from rondpoint.conversations.desk.customer import lately
from rondpoint.conversations.desk.customer.agreements import shown as agreements
from rondpoint.conversations.desk.customer.timeline import Asked, timeline
from rondpoint.conversations.desk.ring import spokes
from rondpoint.conversations.models import Commitment, Conversation
from rondpoint.conversations.queries import hers, permitted
from rondpoint.conversations.queries.reasons import explain
from rondpoint.conversations.queries.roads import Ground, reachability
from rondpoint.conversations.types import Reach
from rondpoint.customers import queries as customers
from rondpoint.customers.models import Identifier
from rondpoint.customers.queries import companies
from rondpoint.customers.types import BY_HAND, STAFF, Evidence
from rondpoint.events import queries as events
from rondpoint.lib import clock
from rondpoint.lib.prepared import prepared

MOST_TALKS = 20

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


def person(customer_id: int, user: User, conversation: Conversation | None = None) -> dict:
    """The customer pane."""
    return _shown(customers.record(customer_id), user, conversation)


def page(customer_id: int, user: User, asked: Asked) -> dict:
    """Everything about a customer, for the page of her own; ``asked``: what of her timeline is wanted."""
    record = customers.record(customer_id)
    sorts = events.sorts([profile.id for profile in record.golden.profiles])
    context = _shown(record, user, asked=asked, sorts=sorts)
    sections, heard = lately.lately(sorts)
    return {
        **context,
        "sections": sections,
        "consents": lately.shut(context["addresses"]) + heard,
        **agreements(record, clock.now()),
        "companies": _companies(companies.of_customer(customer_id)),
        "perhaps_companies": companies.suggested_to(customer_id, [row.value for row in record.golden.identifiers]),
    }


def _shown(
    record: customers.Record,
    user: User,
    conversation: Conversation | None = None,
    asked: Asked | None = None,
    sorts: list[events.Sort] | None = None,
) -> dict:
    customer, golden = record.customer, record.golden
    profiles = [profile.id for profile in golden.profiles]
    about = hers.about([customer.id], profiles, user)
    theirs = hers.theirs(customer.id, about)[:MOST_TALKS]
    current = conversation or (theirs[0] if theirs else None)
    traffic = hers.traffic({row.id for row in (*theirs, current) if row}, profiles)
    ground = Ground(current, record, traffic) if current else None
    reach = reachability(current, ground=ground) if current else []
    joined, waiting = [link for link in record.links if link.rule != BY_HAND], record.suggestions
    reasons = customers.explanations([*joined, *(each.link for each in waiting)])
    return {
        "customer": customer,
        "golden": golden,
        "traits": traits(golden),
        "addresses": addresses(golden.identifiers, ground.shut if ground else None),
        "ring": _ring(_used(traffic, theirs), current, reach, conversation is not None and user.may("reply")),
        "reach": reach,
        "promised": _promised(profiles, user),
        "others": [row for row in theirs if conversation is None or row.id != conversation.id],
        "timeline": timeline(customer, profiles, user, asked or Asked(), about, sorts),
        "links": list(zip(joined, reasons, strict=False)),
        "suggestions": [(each.other, why) for each, why in zip(waiting, reasons[len(joined) :], strict=True)],
        "companies": _companies(companies.where(customer.id)),
        "conversation": conversation,
        "may_write": user.may("reply"),
        "may_link": user.may("link"),
    }


def traits(golden: customers.Golden) -> list[dict]:
    """What is known besides name and language, each with who said it."""
    said = [
        {"name": name, "label": label(name), "value": value.value, "source": said_by(value), "at": value.at}
        for name, value in golden.traits.items()
        if name not in ("name", "language") and name not in golden.computed
    ]
    return said + worked_out(golden)


def worked_out(golden: customers.Golden) -> list[dict]:
    """The computed traits, the values of one definition in one line."""
    lines: dict[str, dict] = {}
    for name, each in golden.computed.items():
        line = lines.setdefault(each.why, {"name": name, "label": each.label, "value": "", "at": each.at})
        line |= {"source": each.meaning, "why": each.why, "at": max(line["at"], each.at)}
        if each.said:
            told = f"{each.part} {each.said}" if each.part else each.said
            line["value"] = f"{line['value']} · {told}" if line["value"] else told
    return list(lines.values())


def label(name: str) -> str:
    """A trait's name as people say it; one that a site invented stays as it is."""
    return TRAITS[name]() if name in TRAITS else name


def said_by(value: customers.Value) -> str:
    """The source of a value in words."""
    return _("%(name)s, by hand") % {"name": value.by} if value.by else value.source


def addresses(identifiers: list[Identifier], suppressed: consent.Suppressions | None = None) -> list[dict]:
    """Each address with what vouches for it, and why nothing may be sent there. ``suppressed``: where it was looked up
    already."""
    rows = [row for row in identifiers if row.kind in ("email", "phone")]
    if suppressed is None:
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
            "suppressions": suppressed.get((row.kind, row.value), []),
        }
        for row in rows
    ]


def _used(traffic: list[hers.Traffic], talks: list[Conversation]) -> dict[str, int]:
    """How many messages came in by channel."""
    among, used = {row.id for row in talks}, Counter()
    for row in traffic:
        if row.direction == "in" and row.conversation_id in among:
            used[row.channel] += row.number
    return used


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
    return _waited_for(profiles, user.id, reach=permitted.reach(user))


@prepared
def _waited_for(
    profiles: Collection[int], user_id: int, /, *, reach: permitted.Reach
) -> QuerySet[Commitment, Commitment]:
    open_ = Conversation.objects.filter(permitted.open_now(reach, user_id), id=OuterRef("conversation"))
    found = Commitment.objects.filter(Exists(open_), profile_id__in=profiles, state="open")
    return found.select_related("conversation").order_by("due")
