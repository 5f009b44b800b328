"""The inbox: rows, counts, and one conversation by its public id."""

import uuid

from django.db.models import BigIntegerField, Count, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from msgspec import Struct

from rondpoint.accounts.models import User
from rondpoint.conversations.models import Conversation, Draft, Mention
from rondpoint.conversations.queries.permitted import seen_by
from rondpoint.conversations.rules.filters import PRIORITIES, Filters
from rondpoint.customers import queries as customers
from rondpoint.customers.models import Customer
from rondpoint.lib import clock

LIVE = ("open", "waiting")
VIEWS: dict[str, Filters] = {
    "mine": Filters(state=LIVE, assignee="me"),
    "unassigned": Filters(state=LIVE, assignee="none"),
    "open": Filters(state=("open",)),
    "team": Filters(state=LIVE, team="mine"),
    "mentioned": Filters(mentioned="yes"),
    "waiting": Filters(state=("waiting",)),
    "snoozed": Filters(state=("snoozed",)),
    "closed": Filters(state=("closed",)),
    "all": Filters(),
}
COUNTED = ("mine", "unassigned", "open", "team", "waiting", "snoozed")  # what is settled only grows: not counted
NEVER = 2**62  # where somebody who does not wait stands among those who do
# What each order goes by, ascending. The last column makes it total.
ORDERS: dict[str, tuple[str, ...]] = {
    "newest": ("-last_message_at", "-id"),
    "oldest": ("last_message_at", "id"),
    "waiting": ("waits", "-last_message_at", "-id"),
    "priority": ("-priority", "-last_message_at", "-id"),
}


class Row(Struct, frozen=True):
    """One line of the inbox."""

    conversation: Conversation
    customer: object
    name: str
    channels: dict[str, int]  # messages she wrote by channel: how thick each spoke of her ring is
    mentioned: bool = False  # somebody named me here and I have not looked
    drafted: bool = False  # I have begun to write here


def get(public_id: str | uuid.UUID) -> Conversation | None:
    """The conversation under a public id, also one that was merged into another."""
    try:
        wanted = uuid.UUID(str(public_id))
    except ValueError:
        return None
    conversation = Conversation.objects.select_related("assignee", "team", "brand").filter(public_id=wanted).first()
    while conversation is not None and conversation.merged_into_id is not None:
        conversation = conversation.merged_into
    return conversation


def inbox(
    view: str,
    user: User,
    before: tuple[int, int] | None = None,
    limit: int = 50,
    customer_id: int | None = None,
) -> list[Row]:
    """What ``user`` may see of a view, the newest message first. ``before``: (last_message_at, id) of the last row."""
    found = seen_by(user).filter(narrowing(VIEWS[view], user))
    if customer_id is not None:
        found = found.filter(customer_id=customer_id)
    if before is not None:
        at, row = before
        found = found.filter(Q(last_message_at__lt=at) | Q(last_message_at=at, id__lt=row))
    return rows(found.order_by("-last_message_at", "-id")[:limit], user)


def of_customers(user: User, customer_ids: list[int], limit: int) -> list[Row]:
    """The live conversations of several customers that ``user`` may see, the newest message first."""
    found = seen_by(user).filter(customer_id__in=customer_ids, state__in=(*LIVE, "snoozed"))
    return rows(found.order_by("-last_message_at", "-id")[:limit], user)


def listed(filters: Filters, user: User, now: int | None = None) -> QuerySet[Conversation]:
    """What ``user`` may see and the filters let through, in no order."""
    return (
        seen_by(user)
        .filter(narrowing(filters, user, now))
        .annotate(waits=Coalesce("waiting_since", Value(NEVER), output_field=BigIntegerField()))
    )


def ordered(found: QuerySet[Conversation], sort: str, after: tuple[int, ...] | None = None) -> QuerySet[Conversation]:
    """``found`` in an order, from behind the place ``after`` on."""
    order = ORDERS[sort]
    if after is not None:
        found = found.filter(_behind(order, after))
    return found.order_by(*order)


def place(conversation: Conversation, sort: str) -> tuple[int, ...]:
    """Where a conversation stands in an order: smaller comes first."""
    return tuple(_value(conversation, name) * (-1 if name[0] == "-" else 1) for name in ORDERS[sort])


def rows(found: QuerySet[Conversation], user: User) -> list[Row]:
    """Conversations as lines of the inbox, in a constant number of queries."""
    page = list(found.select_related("assignee", "team"))
    numbers = [conversation.id for conversation in page]
    people = customers.by_ids({conversation.customer_id for conversation in page})
    used = channels_used(numbers)
    named = set(
        Mention.objects.filter(user=user, seen=None, note__conversation__in=numbers).values_list(
            "note__conversation_id", flat=True
        )
    )
    begun = set(
        Draft.objects.filter(user=user, conversation__in=numbers)
        .exclude(text="")
        .values_list("conversation_id", flat=True)
    )
    return [
        Row(
            conversation,
            people[conversation.customer_id],
            people[conversation.customer_id].name,
            used.get(conversation.id, {}),
            conversation.id in named,
            conversation.id in begun,
        )
        for conversation in page
    ]


def counts(user: User, saved: dict[str, Filters] | None = None, now: int | None = None) -> dict[str, int]:
    """How many conversations each view holds for ``user``, the ``saved`` ones too, in one pass over what is not
    closed; of a saved view that shows closed ones, those that are not."""
    wanted = {name: VIEWS[name] for name in COUNTED} | (saved or {})
    named = {f"view{number}": name for number, name in enumerate(wanted)}
    asked = {alias: Count("id", filter=narrowing(wanted[name], user, now)) for alias, name in named.items()}
    found = seen_by(user).filter(state__in=(*LIVE, "snoozed")).aggregate(**asked)
    counted = {name: found[alias] for alias, name in named.items()}
    counted["mentioned"] = seen_by(user).filter(narrowing(VIEWS["mentioned"], user)).count()
    return counted


def narrowing(filters: Filters, user: User, now: int | None = None) -> Q:
    """The filters as a condition on conversations. It joins nothing, so that it can stand inside a count."""
    found = Q()
    if filters.state:
        found &= Q(state__in=filters.state)
    if filters.channel:
        found &= Q(last_channel__in=filters.channel)
    if filters.priority:
        found &= Q(priority__in=[PRIORITIES[name] for name in filters.priority])
    if filters.assignee:
        found &= {"me": Q(assignee=user.id), "none": Q(assignee=None)}.get(filters.assignee) or Q(
            assignee=int(filters.assignee)
        )
    if filters.team == "mine":
        found &= Q(team__in=user.teams.values("id"))
    elif filters.team:
        found &= Q(team=None if filters.team == "none" else int(filters.team))
    if filters.brand:
        found &= Q(brand__slug=filters.brand)
    if filters.unread:
        found &= Q(unread=filters.unread == "yes")
    if filters.mentioned:
        unseen = Mention.objects.filter(user=user, seen=None)
        found &= Q(id__in=unseen.values("note__conversation_id"))
    if filters.waiting_over_minutes:
        found &= Q(waiting_since__lte=(now or clock.now()) - filters.waiting_over_minutes * clock.MINUTE)
    if filters.language:
        found &= Q(customer_id__in=Customer.objects.filter(language=filters.language).values("id"))
    if filters.text:
        found &= (
            Q(subject__icontains=filters.text)
            | Q(last_preview__icontains=filters.text)
            | Q(customer_id__in=Customer.objects.filter(name__icontains=filters.text).values("id"))
        )
    return found


def channels_used(conversation_ids: list[int]) -> dict[int, dict[str, int]]:
    """How many messages came in by channel, for each conversation."""
    counted = (
        Conversation.objects.filter(id__in=conversation_ids, messages__direction="in")
        .values_list("id", "messages__channel")
        .annotate(number=Count("messages__id"))
    )
    found: dict[int, dict[str, int]] = {}
    for conversation_id, channel, number in counted:
        found.setdefault(conversation_id, {})[channel] = number
    return found


def _behind(order: tuple[str, ...], after: tuple[int, ...]) -> Q:
    """Rows that come after a place: the same in the first columns and further in the next one."""
    found, same = Q(), Q()
    for name, value in zip(order, after, strict=True):
        column, down = name.lstrip("-"), name[0] == "-"
        stored = -value if down else value
        found |= same & Q(**{f"{column}__{'lt' if down else 'gt'}": stored})
        same &= Q(**{column: stored})
    # The first column alone lets the index skip what lies before.
    first, value = order[0], after[0]
    bound = Q(**{f"{first.lstrip('-')}__{'lte' if first[0] == '-' else 'gte'}": -value if first[0] == "-" else value})
    return bound & found


def _value(conversation: Conversation, name: str) -> int:
    column = name.lstrip("-")
    if column == "waits":
        return conversation.waiting_since or NEVER
    return getattr(conversation, column)
