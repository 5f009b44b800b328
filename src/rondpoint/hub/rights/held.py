"""What holds keep: which rows of a kind of data, and whom that spares from being forgotten.

A hold of people keeps all that is theirs, of every profile that is joined with them now. A hold of a kind of data keeps
its rows of some days, and so also whoever has such a row, since forgetting her would take it along.
"""

import functools
import operator
from collections.abc import Callable, Collection

from django.db.models import Exists, OuterRef, Q, QuerySet

from rondpoint.channels.models import Delivery
from rondpoint.conversations.models import Conversation, Message, Participant
from rondpoint.customers.models import Customer, Identifier, Profile
from rondpoint.events.models import Event
from rondpoint.hub.models import HeldProfile, Hold
from rondpoint.lib import clock
from rondpoint.segments.models import Member
from rondpoint.sending.models import Decision, Dispatch

EVENTS, FACTS = "events", "events:"
PEOPLE = ("customers", "visitors")  # kinds of which a row is somebody
NONE = Q(pk__in=[])

People = QuerySet[Profile, dict[str, int]]


def live(now: int | None = None) -> list[Hold]:
    """The holds that hold now, the oldest first."""
    lasting = Q(ends=None) | Q(ends__gt=now or clock.now())
    return list(Hold.objects.filter(lasting, lifted=None).order_by("id"))


def of(kind: str, hold: Hold) -> Q:
    """The rows of a kind of data that a hold keeps."""
    if kind in PEOPLE:
        spared = _whom(hold) if hold.kind else _whom(hold) | _wrote_with(hold)
        return Q(Exists(Profile.objects.filter(spared, customer_id=OuterRef("pk"))))
    if not hold.kind:
        return _theirs(_sort(kind), hold)
    return _within(hold) if _sort(hold.kind) == _sort(kind) else NONE


def free(kind: str, rows: "QuerySet", holds: Collection[Hold]) -> "QuerySet":
    """Those rows of a kind that no hold keeps."""
    for hold in holds:
        rows = rows.filter(~of(kind, hold))
    return rows


def over(profile_ids: Collection[int], now: int | None = None) -> list[Hold]:
    """The holds for which these profiles may not be forgotten."""
    hers = Profile.objects.filter(id__in=profile_ids)
    return [hold for hold in live(now) if hers.filter(_whom(hold)).exists()]


def _sort(kind: str) -> str:
    return EVENTS if kind.startswith(FACTS) else kind


def _whom(hold: Hold) -> Q:
    """Of profiles, those that a hold keeps from being forgotten."""
    if hold.kind:
        return _having(hold)
    marked = Profile.objects.filter(id__in=HeldProfile.objects.filter(hold=hold).values("profile_id"))
    found = Q(customer_id__in=marked.filter(customer__isnull=False).values("customer_id"))
    if hold.segment:
        members = Member.objects.filter(segment__public_id=hold.segment)
        found |= Q(customer_id__in=members.values("customer_id"))
    return found


def _wrote_with(hold: Hold) -> Q:
    """Of profiles, those that wrote in a conversation of the people whom a hold is about: its words would go along."""
    people: People = Profile.objects.filter(_whom(hold)).values("id")
    theirs = Q(conversation__profile_id__in=people) | Q(
        conversation__in=Message.objects.filter(profile_id__in=people).values("conversation_id")
    )
    return Q(Exists(Message.objects.filter(theirs, profile_id=OuterRef("pk"))))


def _theirs(sort: str, hold: Hold) -> Q:
    """Rows that belong to the people whom a hold is about."""
    people: People = Profile.objects.filter(_whom(hold)).values("id")
    if sort == "deliveries":
        written = Message.objects.filter(Q(profile_id__in=people) | Q(conversation__profile_id__in=people))
        return Q(id__in=written.filter(delivery_id__isnull=False).values("delivery_id"))
    if sort == "conversations":
        return (
            Q(profile_id__in=people)
            | Q(id__in=Message.objects.filter(profile_id__in=people).values("conversation_id"))
            | Q(id__in=Participant.objects.filter(profile_id__in=people).values("conversation_id"))
        )
    if sort == "audit":
        return _named(hold)
    return Q(profile_id__in=people)


def _named(hold: Hold) -> Q:
    """Entries of the audit log that name her; for a segment all of it, since nothing says which are about whom."""
    if hold.segment:
        return ~NONE
    joined = Profile.objects.filter(_whom(hold)).values("id")
    numbers = {hold.customer, *Customer.objects.filter(id__in=joined).values_list("public_id", flat=True)}
    return functools.reduce(operator.or_, (Q(target__contains=str(number)) for number in numbers), NONE)


def _within(hold: Hold) -> Q:
    """Rows of the kind that a hold is about, of its days."""
    since, till = hold.since, hold.till
    if hold.kind == "conversations":
        return Q(created__lt=till) & (Q(closed=None) | Q(closed__gte=since))
    if hold.kind in PEOPLE:
        return Q(created__lt=till, last_seen__gte=since)
    column = {"deliveries": "received", "dispatches": "created"}.get(hold.kind, "at")
    if hold.kind.startswith(EVENTS):
        column = "occurred"
    found = Q(**{f"{column}__gte": since, f"{column}__lt": till})
    return found & Q(type=hold.kind.removeprefix(FACTS)) if hold.kind.startswith(FACTS) else found


def _having(hold: Hold) -> Q:
    """Of profiles, those with a row of the kind and of the days that a hold is about. The audit log outlives them."""
    return _HAVING[_sort(hold.kind)](hold)


def _in_talks(hold: Hold) -> Q:
    kept = Conversation.objects.filter(_within(hold))
    return (
        Q(Exists(kept.filter(profile_id=OuterRef("pk"))))
        | Q(Exists(Message.objects.filter(profile_id=OuterRef("pk"), conversation__in=kept)))
        | Q(Exists(Participant.objects.filter(profile_id=OuterRef("pk"), conversation__in=kept)))
    )


def _delivered(hold: Hold) -> Q:
    came = Delivery.objects.filter(_within(hold), id=OuterRef("delivery_id"))
    return Q(Exists(Message.objects.filter(Exists(came), profile_id=OuterRef("pk"))))


def _there(hold: Hold) -> Q:
    held = Identifier.objects.filter(profile__customer_id=OuterRef("customer_id")).exclude(kind="anonymous")
    addressed = Q(Exists(held)) if hold.kind == "customers" else ~Q(Exists(held))
    return addressed & Q(Exists(Customer.objects.filter(_within(hold), id=OuterRef("customer_id"))))


_HAVING: dict[str, Callable[[Hold], Q]] = {
    "deliveries": _delivered,
    "conversations": _in_talks,
    "visitors": _there,
    "customers": _there,
    "dispatches": lambda hold: Q(id__in=Dispatch.objects.filter(_within(hold)).values("profile_id")),
    "decisions": lambda hold: Q(Exists(Decision.objects.filter(_within(hold), profile_id=OuterRef("pk")))),
    "audit": lambda _hold: NONE,
    EVENTS: lambda hold: Q(Exists(Event.objects.filter(_within(hold), profile_id=OuterRef("pk")))),
}
