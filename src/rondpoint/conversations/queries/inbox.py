"""The inbox: rows, counts, and one conversation by its public id."""

import uuid
from collections.abc import Collection, Sequence

from django.db.models import BigIntegerField, Count, Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from msgspec import Struct

from rondpoint.accounts.models import Team, User
from rondpoint.conversations.models import Conversation, Draft, Mention, Message
from rondpoint.conversations.queries.permitted import Reach, may_see, open_now, reach, within
from rondpoint.conversations.rules.filters import PRIORITIES, Filters
from rondpoint.customers.models import Customer
from rondpoint.lib import clock
from rondpoint.lib.prepared import prepared

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
    name: str  # the customer's
    channels: dict[str, int]  # messages she wrote by channel: how thick each spoke of her ring is
    mentioned: bool = False  # somebody named me here and I have not looked
    drafted: bool = False  # I have begun to write here


def get(public_id: str | uuid.UUID, user: User | None = None) -> Conversation | None:
    """The conversation under a public id, also one that was merged into another; with ``user`` only if she may see
    it."""
    try:
        wanted = uuid.UUID(str(public_id))
    except ValueError:
        return None
    number, seeing = (user.id, reach(user)) if user else (0, "all")
    conversation = next(iter(_public(wanted, number, reach=seeing)), None)
    if conversation is None or conversation.merged_into_id is None:
        return conversation if conversation and conversation.open_now else None
    while conversation.merged_into_id is not None:
        conversation = conversation.merged_into
    return conversation if user is None or may_see(user, conversation) else None


def page(
    filters: Filters,
    user: User,
    sort: str = "newest",
    after: tuple[int, ...] | None = None,
    limit: int = 50,
    now: int | None = None,
) -> list[Row]:
    """What ``user`` may see and the filters let through, in an order, from behind the place ``after`` on."""
    seeing, since = reach(user), _since(filters, now)
    return _rows(_page(user.id, since, _stored(sort, after), filters=filters, sort=sort, limit=limit, reach=seeing))


def some(
    filters: Filters, user: User, numbers: Collection[int], public_ids: Collection[uuid.UUID], now: int | None = None
) -> list[Row]:
    """Of some conversations, by number or public id, those that belong to a list."""
    return _rows(_some(user.id, _since(filters, now), numbers, public_ids, filters=filters, reach=reach(user)))


def of_customers(user: User, customer_ids: list[int], limit: int) -> list[Row]:
    """The live conversations of several customers that ``user`` may see, the newest message first."""
    return _rows(_of_customers(user.id, customer_ids, limit=limit, reach=reach(user)))


def place(conversation: Conversation, sort: str) -> tuple[int, ...]:
    """Where a conversation stands in an order: smaller comes first."""
    return tuple(_value(conversation, name) * (-1 if name[0] == "-" else 1) for name in ORDERS[sort])


def counts(user: User, saved: dict[str, Filters] | None = None, now: int | None = None) -> dict[str, int]:
    """How many conversations each view holds for ``user``, the ``saved`` ones too, in one pass over what is not
    closed; of a saved view that shows closed ones, those that are not."""
    wanted = {name: VIEWS[name] for name in COUNTED} | (saved or {})
    since = [_since(filters, now) for filters in wanted.values()]
    seeing = reach(user)
    [found] = _counts(user.id, since, views=tuple(wanted.values()), reach=seeing)
    [mentioned] = _mentioned(user.id, reach=seeing)
    return dict(zip(wanted, found, strict=True)) | {"mentioned": mentioned}


def channels_used(conversation_ids: Collection[int]) -> dict[int, dict[str, int]]:
    """How many messages came in by channel, for each conversation."""
    found: dict[int, dict[str, int]] = {}
    for conversation_id, channel, number in _channels_used(conversation_ids):
        found.setdefault(conversation_id, {})[channel] = number
    return found


def _rows(found: list[Conversation]) -> list[Row]:
    used = channels_used([row.id for row in found])
    return [Row(row, row.who, used.get(row.id, {}), row.named, row.begun) for row in found]


@prepared
def _public(public_id: uuid.UUID, user_id: int, /, *, reach: Reach) -> QuerySet[Conversation]:
    found = Conversation.objects.select_related("assignee", "team", "brand").filter(public_id=public_id)
    return found.annotate(open_now=open_now(reach, user_id))


@prepared
def _page(
    user_id: int, since: int, after: Collection[int], /, *, filters: Filters, sort: str, limit: int, reach: Reach
) -> QuerySet[Conversation]:
    order = ORDERS[sort]
    found = _listed(user_id, since, filters, reach)
    if after:
        found = found.filter(_behind(order, after))
    return _drawn(found.order_by(*order)[:limit], user_id).order_by(*order)


@prepared
def _of_customers(
    user_id: int, customer_ids: Collection[int], /, *, limit: int, reach: Reach
) -> QuerySet[Conversation]:
    order = ORDERS["newest"]
    found = within(reach, user_id).filter(customer_id__in=customer_ids, state__in=(*LIVE, "snoozed"))
    return _drawn(found.order_by(*order)[:limit], user_id).order_by(*order)


@prepared
def _some(
    user_id: int,
    since: int,
    numbers: Collection[int],
    public_ids: Collection[uuid.UUID],
    /,
    *,
    filters: Filters,
    reach: Reach,
) -> QuerySet[Conversation]:
    found = _listed(user_id, since, filters, reach)
    return _drawn(found.filter(Q(id__in=numbers) | Q(public_id__in=public_ids)), user_id)


def _listed(user_id: int, since: int, filters: Filters, reach: Reach) -> QuerySet[Conversation]:
    return _waits(within(reach, user_id).filter(_narrowing(filters, user_id, since)))


def _waits(found: QuerySet[Conversation]) -> QuerySet[Conversation]:
    return found.annotate(waits=Coalesce("waiting_since", Value(NEVER), output_field=BigIntegerField()))


def _drawn(found: QuerySet[Conversation], user_id: int) -> QuerySet[Conversation]:
    """Conversations with what their lines say. They are chosen first, so that this is asked of no others."""
    unseen = Mention.objects.filter(user=user_id, seen=None, note__conversation=OuterRef("id"))
    begun = Draft.objects.filter(user=user_id, conversation=OuterRef("id")).exclude(text="")
    return (
        _waits(Conversation.objects.filter(id__in=found.values("id")))
        .select_related("assignee", "team")
        .annotate(
            who=Subquery(Customer.objects.filter(id=OuterRef("customer_id")).values("name")),
            named=Exists(unseen),
            begun=Exists(begun),
        )
    )


@prepared
def _counts(
    user_id: int, since: Sequence[int], /, *, views: tuple[Filters, ...], reach: Reach
) -> QuerySet[Conversation, tuple[int, ...]]:
    counted = {
        f"view{number}": Count("id", filter=_narrowing(filters, user_id, since[number]))
        for number, filters in enumerate(views)
    }
    found = within(reach, user_id).filter(state__in=(*LIVE, "snoozed"))
    return found.values(one=Value(1)).annotate(**counted).values_list(*counted)  # one group of all, also of none


@prepared
def _mentioned(user_id: int, /, *, reach: Reach) -> QuerySet[Conversation, int]:
    found = within(reach, user_id).filter(_narrowing(VIEWS["mentioned"], user_id, 0))
    return found.values(one=Value(1)).annotate(number=Count("id")).values_list("number", flat=True)


@prepared
def _channels_used(conversation_ids: Collection[int], /) -> QuerySet[Message, tuple[int, str, int]]:
    theirs = Message.objects.filter(conversation__in=conversation_ids, direction="in")
    return theirs.values_list("conversation_id", "channel").annotate(number=Count("id")).order_by()


def _since(filters: Filters, now: int | None) -> int:
    """Who waits longer than the filter says has waited since then."""
    return (now or clock.now()) - filters.waiting_over_minutes * clock.MINUTE


def _narrowing(filters: Filters, user_id: int, since: int) -> Q:
    """The filters as a condition on conversations. It joins nothing, so that it can stand inside a count."""
    found = Q()
    if filters.state:
        found &= Q(state__in=filters.state)
    if filters.channel:
        found &= Q(last_channel__in=filters.channel)
    if filters.priority:
        found &= Q(priority__in=[PRIORITIES[name] for name in filters.priority])
    if filters.assignee:
        found &= {"me": Q(assignee=user_id), "none": Q(assignee=None)}.get(filters.assignee) or Q(
            assignee=int(filters.assignee)
        )
    if filters.team == "mine":
        found &= Q(team__in=Team.members.through.objects.filter(user=user_id).values("team"))
    elif filters.team:
        found &= Q(team=None if filters.team == "none" else int(filters.team))
    if filters.brand:
        found &= Q(brand__slug=filters.brand)
    if filters.unread:
        found &= Q(unread=filters.unread == "yes")
    if filters.mentioned:
        unseen = Mention.objects.filter(user=user_id, seen=None)
        found &= Q(id__in=unseen.values("note__conversation_id"))
    if filters.waiting_over_minutes:
        found &= Q(waiting_since__lte=since)
    if filters.language:
        found &= Q(customer_id__in=Customer.objects.filter(language=filters.language).values("id"))
    if filters.text:
        found &= (
            Q(subject__icontains=filters.text)
            | Q(last_preview__icontains=filters.text)
            | Q(customer_id__in=Customer.objects.filter(name__icontains=filters.text).values("id"))
        )
    return found


def _stored(sort: str, after: tuple[int, ...] | None) -> list[int]:
    """A place as the columns hold it."""
    return [-value if name[0] == "-" else value for name, value in zip(ORDERS[sort], after or (), strict=False)]


def _behind(order: tuple[str, ...], after: Collection[int]) -> Q:
    """Rows that come after a place: the same in the first columns and further in the next one. ``after``: what the
    columns hold there; a prepared statement may repeat the last one."""
    found, same = Q(), Q()
    for name, stored in zip(order, after, strict=False):
        column = name.lstrip("-")
        found |= same & Q(**{f"{column}__{'lt' if name[0] == '-' else 'gt'}": stored})
        same &= Q(**{column: stored})
    # The first column alone lets the index skip what lies before.
    first, [stored, *_rest] = order[0], after
    return Q(**{f"{first.lstrip('-')}__{'lte' if first[0] == '-' else 'gte'}": stored}) & found


def _value(conversation: Conversation, name: str) -> int:
    column = name.lstrip("-")
    if column == "waits":
        return conversation.waiting_since or NEVER
    return getattr(conversation, column)
