"""One conversation as it flows: messages, notes, promises and what happened, in the order of time."""

from collections.abc import Collection
from datetime import date

from django.db.models import Q, QuerySet
from django.utils import timezone
from msgspec import Struct

from rondpoint.conversations.models import Commitment, Conversation, Message, Note
from rondpoint.conversations.queries.thread import MessageView, views
from rondpoint.customers import queries as customers
from rondpoint.events import titles
from rondpoint.events.models import Event
from rondpoint.lib import clock
from rondpoint.lib.prepared import prepared

PAGE = 40  # messages at a time: a thread of thousands stays light
MOST_NEWS = 200
MOST_ASIDE = 200  # notes, facts or promises between the messages of one page
HAPPENED = (
    "conversation.assigned",
    "conversation.closed",
    "conversation.reopened",
    "conversation.snoozed",
    "conversation.woken",
    "conversation.merged",
    "conversation.separated",
    "continuation.made",
    "continuation.used",
    "continuation.proved",
    "continuation.wished",
    "customer.linked",
    "customer.unlinked",
    "consent.stop",
    "consent.start",
    "consent.complaint",
)


class Entry(Struct):
    """One thing in the flow. ``kind``: message | note | promise | fact."""

    kind: str
    at: int
    view: MessageView | None = None
    note: Note | None = None
    promise: Commitment | None = None
    title: str = ""
    number: int = 0  # of a fact
    by: str = ""
    new_day: bool = False
    came_from: str = ""  # the channel before, where this message changes the road
    unread_from_here: bool = False
    again: bool = False  # by the same author on the same channel within minutes: the name need not be repeated


class Flow(Struct):
    """A page of the flow. ``earlier``: the message before which more can be asked for, 0 when there is none."""

    entries: list[Entry]
    earlier: int
    last: int  # the newest message of the page, or the one asked after
    since: int  # facts and notes are known up to here


def page(
    conversation: Conversation, before: int | None = None, limit: int = PAGE, profiles: list[int] | None = None
) -> Flow:
    """The last messages, or those before a message, with all that happened between them. ``profiles``: the customer's,
    where they are known already."""
    found = _messages(conversation.id, before, limit=limit + 1)[::-1]
    older = found.pop(0) if len(found) > limit else None
    start = found[0].at if older is not None else 0
    end = _at(conversation, before) if before is not None else None
    now = clock.now()
    flow = _woven(conversation, profiles, found, older, start, end)
    if before is None and conversation.unread:
        _mark_unread(flow)
    last = found[-1].id if found else 0
    return Flow(flow, found[0].id if older is not None else 0, last, now)


def news(conversation: Conversation, after: int, since: int) -> Flow:
    """What came after a message or was stored since a time (microseconds), and what happened since then.

    Some of it may be known already: whoever asks overlaps a little, because things are committed out of order.
    """
    found = _new(conversation.id, after, since)
    older = next(iter(_messages(conversation.id, found[0].id, limit=1)), None) if found else None
    now = clock.now()
    flow = _woven(conversation, None, found, older, since, None)
    return Flow(flow, 0, max(found[-1].id, after) if found else after, now)


def known(conversation: Conversation, public_ids: list[str]) -> list[MessageView]:
    """Those of these messages that are still there, with their state now."""
    return views(list(Message.objects.filter(conversation=conversation, public_id__in=public_ids[:100])))


@prepared
def _messages(conversation_id: int, before: int | None, /, *, limit: int) -> QuerySet[Message, Message]:
    rows = Message.objects.filter(conversation=conversation_id).select_related("user")
    if before is not None:
        rows = rows.filter(id__lt=before)
    return rows.order_by("-id")[:limit]


@prepared
def _new(conversation_id: int, after: int, since: int, /) -> QuerySet[Message, Message]:
    rows = Message.objects.filter(conversation=conversation_id).select_related("user")
    return rows.filter(Q(id__gt=after) | Q(received__gte=since)).order_by("id")[:MOST_NEWS]


def _woven(
    conversation: Conversation,
    profiles: list[int] | None,
    messages: list[Message],
    older: Message | None,
    start: int,
    end: int | None,
) -> list[Entry]:
    """Messages keep the order in which they were stored; what is beside them is put in by its time."""
    entries: list[Entry] = []
    latest = start
    for view in views(messages):
        latest = max(latest, view.message.at)
        entries.append(Entry("message", latest, view=view))
    among = _family(conversation)
    if profiles is None:
        profiles = customers.profile_ids(conversation.customer_id)
    aside = _notes(among, start, end) + _promises(among, start, end)
    aside += _facts(profiles, among, max(start, conversation.created) if len(among) == 1 else start, end)
    entries = sorted(entries + aside, key=lambda entry: entry.at)
    _mark(entries, older)
    return entries


def _mark(entries: list[Entry], older: Message | None) -> None:
    day = _day(older.at) if older else None
    message = older
    speaking = None
    for entry in entries:
        entry.new_day = _day(entry.at) != day
        day = _day(entry.at)
        if entry.kind != "message":
            speaking = None
            continue
        this = entry.view.message
        if message is not None and message.channel != this.channel:
            entry.came_from = message.channel
        elif message is None:
            entry.came_from = "start"
        voice = (this.direction, this.author_name, this.address, this.channel)
        close = message is not None and this.at - message.at < 5 * clock.MINUTE
        entry.again = voice == speaking and close and not entry.new_day
        message, speaking = this, voice


def _mark_unread(entries: list[Entry]) -> None:
    """The line above the first of her messages that nobody has read: after our last answer."""
    first = None
    for entry in reversed(entries):
        if entry.kind != "message":
            continue
        if entry.view.message.direction == "out":
            break
        first = entry
    if first is not None and any(entry is not first for entry in entries if entry.kind == "message"):
        first.unread_from_here = True


def _family(conversation: Conversation) -> list[int]:
    """The conversation and those that were merged into it: their messages moved, what stands beside them did not."""
    found, young = [conversation.id], [conversation.id]
    while young:
        young = _merged_into(young)
        found += young
    return found


@prepared
def _merged_into(conversation_ids: Collection[int], /) -> QuerySet[Conversation, int]:
    return Conversation.objects.filter(merged_into__in=conversation_ids).values_list("id", flat=True)


def _notes(among: list[int], start: int, end: int | None) -> list[Entry]:
    return [Entry("note", row.at, note=row, by=row.author_name) for row in _notes_of(among, start, end)]


@prepared
def _notes_of(among: Collection[int], start: int, end: int | None, /) -> QuerySet[Note, Note]:
    return Note.objects.filter(_between("at", start, end), conversation__in=among).order_by("-at")[:MOST_ASIDE]


def _promises(among: list[int], start: int, end: int | None) -> list[Entry]:
    return [Entry("promise", row.created, promise=row) for row in _kept(among, start, end)]


@prepared
def _kept(among: Collection[int], start: int, end: int | None, /) -> QuerySet[Commitment, Commitment]:
    rows = Commitment.objects.filter(_between("created", start, end), conversation__in=among)
    rows = rows.filter(state="kept").select_related("user")  # what is still to be kept stands above the thread
    return rows.order_by("-created")[:MOST_ASIDE]


def _facts(profiles: list[int], among: list[int], start: int, end: int | None) -> list[Entry]:
    return [
        Entry("fact", row.occurred, title=titles.title(row), number=row.id, by=str(row.properties.get("by") or ""))
        for row in _happened(profiles, start, end)
        if row.properties.get("conversation_id") in (None, *among)
    ]


@prepared
def _happened(profiles: Collection[int], start: int, end: int | None, /) -> QuerySet[Event, Event]:
    rows = Event.objects.filter(_between("occurred", start, end), profile_id__in=profiles, type__in=HAPPENED)
    return rows.order_by("-occurred", "-id")[:MOST_ASIDE]


def _between(column: str, start: int, end: int | None) -> Q:
    found = Q(**{f"{column}__gte": start})
    return found & Q(**{f"{column}__lt": end}) if end is not None else found


def _at(conversation: Conversation, number: int) -> int | None:
    return Message.objects.filter(conversation=conversation, id=number).values_list("at", flat=True).first()


def _day(at: int) -> date:
    return timezone.localtime(clock.to_datetime(at)).date()
