"""What happened to a customer, day by day: filtered, page after page, each entry leading to what it is about."""

from collections.abc import Collection

from django.http import QueryDict
from django.utils.translation import gettext as _
from msgspec import Struct

from rondpoint.accounts.models import User
from rondpoint.channels import registry
from rondpoint.conversations.models import Conversation
from rondpoint.conversations.queries import hers
from rondpoint.conversations.queries.listing import message_ids, public_ids
from rondpoint.conversations.queries.live import place
from rondpoint.conversations.queries.permitted import open_to
from rondpoint.customers.models import Customer
from rondpoint.events import queries as events
from rondpoint.events import titles
from rondpoint.events.models import Event
from rondpoint.events.types import OURS
from rondpoint.lib import clock
from rondpoint.ui import times

HIDDEN = ("conversation.assigned",)
SENT = ("message.state", "message.opened", "message.clicked")  # facts that name no more than what left
QUIET = ("message.state",)  # shown only to who asks for deliveries: each message has several
PAGE = 25
# What the kinds are called, what the types in them begin with, and their icons.
KINDS = {
    "messages": (lambda: _("Messages"), ("message.received", "message.queued", "message.withdrawn"), "chat"),
    "deliveries": (
        lambda: _("Deliveries"), SENT, "checks",
    ),
    "conversations": (lambda: _("Conversations"), ("conversation.", "continuation."), "inbox"),
    "promises": (lambda: _("Promises"), ("commitment.",), "promise"),
    "notes": (lambda: _("Notes"), ("note.",), "note"),
    "orders": (
        lambda: _("Orders"),
        ("order.", "Order ", "Cart ", "Checkout ", "Coupon ", "Payment Info ", "Product Added", "Product Removed"),
        "box",
    ),
    "visits": (
        lambda: _("Visits and pages"),
        ("page.", "article.", "shop.", "chat.", "Page ", "Screen ", "Product Viewed", "Product Reviewed",
         "Product List ", "Products ", "Article ", "Store ", "File "),
        "page",
    ),
    "forms": (lambda: _("Forms"), ("Form ",), "form"),
    "calls": (lambda: _("Calls"), ("call.", "Call "), "phone"),
    "record": (lambda: _("Who it is"), ("customer.", "company.", "Group ", "Person ", "Account "), "person"),
    "consent": (lambda: _("Consent"), ("consent.", "Tracking "), "hand"),
    "segments": (lambda: _("Segments"), ("segment.",), "filter"),
}
ICONS = {
    "article.read": "article",
    "Article Read": "article",
    "shop.visited": "shop",
    "Store Visited": "shop",
    "File Downloaded": "download",
    "message.opened": "eye",
    "message.clicked": "link",
    "Cart Viewed": "cart",
    "Product Added": "cart",
    "Product Removed": "cart",
    "Checkout Started": "cart",
    "company.joined": "company",
    "company.left": "company",
    "Group Joined": "company",
    "customer.linked": "merge",
    "customer.unlinked": "split",
}


class Asked(Struct, frozen=True):
    """What of a timeline is wanted. ``before``: (occurred, id) of the last fact seen."""

    kind: str = ""
    channel: str = ""
    before: tuple[int, int] | None = None

    def address(self, **other: str) -> str:
        """The question as a part of an address, with some of it changed."""
        said = {"kind": self.kind, "channel": self.channel, **other}
        query = QueryDict(mutable=True)
        query.update({name: value for name, value in said.items() if value})
        return f"?{query.urlencode()}"


class Entry(Struct, frozen=True):
    """One fact. ``day``: stands above it when it is the first of its day; ``url``: what it is about; ``who``: whom it
    is about, where that is not clear."""

    at: int
    title: str
    icon: str
    day: str
    url: str
    away: bool  # the address leads out of the desk
    who: Customer | None = None


class Pill(Struct, frozen=True):
    """One choice of a filter, and the address that chooses it or takes the choice back."""

    value: str
    label: str
    icon: str
    chosen: bool
    address: str


class Timeline(Struct, frozen=True):
    """A page of facts with its filters. ``own``: the address of the page it stands on; ``next`` is added to it for the
    page behind this one, empty at the end."""

    own: str
    entries: list[Entry]
    kinds: list[Pill]
    channels: list[Pill]
    asked: Asked
    next: str = ""

    @property
    def number(self) -> str:
        return self.own.rpartition("/")[2]


def read(query: QueryDict) -> Asked:
    """What an address asks for; what makes no sense in it is as if it were not there."""
    kind, channel = query.get("kind", ""), query.get("channel", "")
    place = query.get("before", "").split("-")
    before = (int(place[0]), int(place[1])) if len(place) == 2 and all(map(_number, place)) else None
    return Asked(kind if kind in KINDS else "", channel if channel in registry.kinds() else "", before)


def timeline(
    customer: Customer,
    profiles: list[int],
    user: User,
    asked: Asked,
    about: list[Conversation],
    sorts: list[events.Sort] | None = None,
) -> Timeline:
    """A page of what happened, without what happened in conversations that the reader may not see. ``about``: the
    conversations that her facts may name (``queries.hers``); ``sorts``: of her facts, where one may choose among them;
    without them there is no filter."""
    own = f"/customers/{customer.public_id}"
    return _timeline(own, dict.fromkeys(profiles, customer), user, asked, about, sorts, False)


def together(own: str, people: dict[int, Customer], user: User, asked: Asked) -> Timeline:
    """The same of several customers, each fact with whom it is about. ``own``: the address of the page it stands on;
    ``people``: whose each profile is."""
    about = hers.about({customer.id for customer in people.values()}, people.keys(), user)
    return _timeline(own, people, user, asked, about, events.sorts(people.keys()), True)


def _timeline(
    own: str,
    people: dict[int, Customer],
    user: User,
    asked: Asked,
    about: list[Conversation],
    sorts: list[events.Sort] | None,
    named: bool,
) -> Timeline:
    talks = {row.id: row for row in about}
    shut = [row.id for row in about if not row.open_now]
    if asked.kind or asked.channel:
        found = events.newest(_chosen(sorts or [], asked), PAGE + 1, asked.before, shut)
    else:
        found = events.timeline(people.keys(), asked.before, PAGE + 1, (*HIDDEN, *QUIET), without=shut)
    page, behind = found[:PAGE], found[PAGE:]
    last = f"{page[-1].occurred}-{page[-1].id}" if behind else ""
    place([event for event in page if event.type in SENT])
    page = _permitted(page, talks.keys(), user)
    kinds, channels = ([], []) if asked.before or not sorts else _pills(events.told(_shown(sorts), shut), asked)
    entries = _entries(page, people, asked.before, talks, named)
    return Timeline(own, entries, kinds, channels, asked, asked.address(before=last) if last else "")


def _shown(sorts: list[events.Sort]) -> list[events.Sort]:
    return [sort for sort in sorts if sort.type not in HIDDEN]


def _chosen(sorts: list[events.Sort], asked: Asked) -> list[events.Sort]:
    return [
        sort
        for sort in _shown(sorts)
        if (asked.kind == "deliveries" or sort.type not in QUIET)
        and asked.kind in ("", kind_of(sort.type))
        and asked.channel in ("", sort.channel)
    ]


def kind_of(type_: str) -> str:
    """The kind that a type of facts belongs to; empty for one that nobody has sorted."""
    return next((name for name, (_label, starts, _icon) in KINDS.items() if type_.startswith(starts)), "")


def _permitted(page: list[Event], about: Collection[int], user: User) -> list[Event]:
    """A fact may name a conversation of somebody else, after an un-merge, or only the message that left; those are
    asked about one by one."""
    named = {_talk(event) for event in page} - {0, *about}
    shut = named - open_to(user, named)
    return [event for event in page if _talk(event) not in shut]


def _entries(
    page: list[Event],
    people: dict[int, Customer],
    before: tuple[int, int] | None,
    about: dict[int, Conversation],
    named: bool,
) -> list[Entry]:
    now = clock.now()
    elsewhere = {_talk(event) for event in page} - {0, *about}
    talks = {number: str(row.public_id) for number, row in about.items()} | public_ids(elsewhere)
    words = message_ids({event.properties.get("message_id") or 0 for event in page if _is_message(event)} - {0})
    above = times.day(before[0], now) if before else ""
    found = []
    for event in page:
        day = times.day(event.occurred, now)
        who = people[event.profile_id]
        url = _subject(event, f"/customers/{who.public_id}", talks, words)
        away = url == event.properties.get("url")
        stands = day if day != above else ""
        title = titles.title(event)
        found.append(Entry(event.occurred, title, _icon(event), stands, url, away, who if named else None))
        above = day
    return found


def _icon(event: Event) -> str:
    if event.channel in registry.kinds():
        return event.channel
    kind = kind_of(event.type)
    return ICONS.get(event.type) or (KINDS[kind][2] if kind else "dot")


def page_url(said: dict) -> str:
    """The address that a site told in a fact, if it is one that a browser may open; else an empty text."""
    url = said.get("url")
    if not isinstance(url, str) or not url.startswith(("https://", "http://", "/")) or url.startswith(("//", "/\\")):
        return ""
    return url


def _subject(event: Event, own: str, talks: dict[int, str], words: dict[int, str]) -> str:
    """The address of what a fact is about."""
    said = event.properties
    if talk := talks.get(_talk(event)):
        message = words.get(said.get("message_id")) if _is_message(event) else ""
        return f"/conversations/{talk}" + (f"#m-{message}" if message else "")
    if event.type in ("customer.linked", "customer.unlinked"):
        return f"{own}/links"
    return page_url(said)


def _talk(event: Event) -> int:
    """The number of the conversation that a fact of the house names; a site may tell anything under that name."""
    number = event.properties.get("conversation_id")
    return number if event.type.startswith(OURS) and type(number) is int else 0


def _is_message(event: Event) -> bool:
    return event.type.startswith("message.") and isinstance(event.properties.get("message_id"), int)


def _pills(told: set[tuple[str, str]], asked: Asked) -> tuple[list[Pill], list[Pill]]:
    """The choices there is something behind, and those that are chosen."""
    held = {kind_of(type_) for type_, _channel in told} | {asked.kind}
    used = {channel for _type, channel in told} | {asked.channel}
    kinds = [
        Pill(name, label(), icon, name == asked.kind, asked.address(kind="" if name == asked.kind else name))
        for name, (label, _starts, icon) in KINDS.items()
        if name in held
    ]
    channels = [
        Pill(kind, label, kind, kind == asked.channel, asked.address(channel="" if kind == asked.channel else kind))
        for kind, label in ((one.manifest.kind, one.manifest.label) for one in registry.every())
        if kind in used
    ]
    return kinds, channels


def _number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 19
