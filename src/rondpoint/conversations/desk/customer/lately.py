"""What she ordered, read and visited, and what she said about being written to: short sections of her page."""

from decimal import Decimal

from babel.numbers import get_currency_precision, is_currency
from django.utils.translation import gettext as _
from msgspec import Struct

from rondpoint.channels import registry
from rondpoint.conversations.desk.customer.timeline import page_url
from rondpoint.conversations.queries.roads import explain
from rondpoint.events import queries as events
from rondpoint.events.models import Event

MOST = 5
CONSENT = "consent."
ALLOWING = ("consent.start", "consent.granted", "consent.confirmed", "consent.preferred")
# The type of the facts, what the section is called, its icon, and the property that names the thing.
SECTIONS = (
    ("order.completed", lambda: _("Orders"), "box", "number"),
    ("page.viewed", lambda: _("Last pages seen"), "page", "title"),
    ("article.read", lambda: _("Articles read"), "article", "title"),
    ("shop.visited", lambda: _("Shops visited"), "shop", "shop"),
)


class Thing(Struct, frozen=True):
    """One order, page, article or visit. ``amount``: in whole units of ``currency``, empty when not told."""

    name: str
    at: int
    url: str
    amount: str = ""
    currency: str = ""


class Section(Struct, frozen=True):
    """The latest things of one kind."""

    title: str
    icon: str
    things: list[Thing]


class Said(Struct, frozen=True):
    """One word about being written to: what it holds for, since when, and where it comes from."""

    allowed: bool
    text: str
    purpose: str
    channel: str
    address: str
    at: int
    source: str


def lately(sorts: list[events.Sort]) -> tuple[list[Section], list[Said]]:
    """Of the sorts of facts there are of her: the sections there is something in, and what she said about being
    written to, the newest first. A thing seen several times stands once, where it was last."""
    kinds = {type_ for type_, *_rest in SECTIONS}
    facts = events.newest([sort for sort in sorts if sort.type in kinds or sort.type.startswith(CONSENT)], MOST * 3)
    found = []
    for type_, title, icon, name in SECTIONS:
        rows = [fact for fact in facts if fact.type == type_][: MOST * 3]
        things = list({thing.name: thing for thing in (_thing(row, name) for row in rows[::-1])}.values())
        if things:
            found.append(Section(title(), icon, sorted(things, key=lambda thing: -thing.at)[:MOST]))
    return found, [_heard(fact) for fact in facts if fact.type.startswith(CONSENT)][:MOST]


def shut(addresses: list[dict]) -> list[Said]:
    """What is shut, address by address."""
    return [
        Said(
            False,
            explain(row.reason),
            _("promotions") if row.scope == "marketing" else _("all messages"),
            row.channel,
            address["value"],
            row.created,
            "",
        )
        for address in addresses
        for row in address["suppressions"]
    ]


def _thing(event: Event, name: str) -> Thing:
    said = event.properties
    total, currency = said.get("total"), said.get("currency")
    known = isinstance(total, int) and isinstance(currency, str) and is_currency(currency)
    amount = str(Decimal(total).scaleb(-get_currency_precision(currency))) if known else ""
    title = str(said.get(name) or said.get("url") or "–")[:120]
    return Thing(title, event.occurred, page_url(said), amount, str(currency or "EUR"))


def _heard(event: Event) -> Said:
    words = {
        "consent.start": _("May be written to again"),
        "consent.complaint": _("Reported a message as unwanted"),
        "consent.granted": _("Agreed"),
        "consent.confirmed": _("Confirmed that she agrees"),
        "consent.pending": _("Asked to confirm that she agrees"),
        "consent.withdrawn": _("Withdrew her agreement"),
        "consent.objected": _("Objected"),
        "consent.preferred": _("Chose how she wants to be written to"),
    }
    purpose = str(event.properties.get("purpose", ""))
    return Said(
        event.type in ALLOWING,
        words.get(event.type, _("Asked not to be written to")),
        purpose or (_("promotions") if event.type in ("consent.complaint", "consent.withdrawn") else _("all messages")),
        event.channel if event.channel in registry.kinds() else "",
        "",
        event.occurred,
        str(event.properties.get("text", ""))[:120],
    )
