"""What she ordered, read and visited, and what she said about being written to: short sections of her page."""

from decimal import Decimal

from babel.numbers import get_currency_precision, is_currency
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from msgspec import Struct

from rondpoint.channels import registry
from rondpoint.consent import queries as consent
from rondpoint.conversations.desk.customer.timeline import page_url
from rondpoint.conversations.queries.roads import explain
from rondpoint.customers.models import Identifier
from rondpoint.events import queries as events
from rondpoint.events.models import Event

MOST = 5
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


def sections(profiles: list[int]) -> list[Section]:
    """The sections there is something in; a thing seen several times stands once, where it was last."""
    found = []
    for type_, title, icon, name in SECTIONS:
        rows = events.timeline(profiles, limit=MOST * 3, beginning=(type_,))
        things = list({thing.name: thing for thing in (_thing(row, name) for row in rows[::-1])}.values())
        if things:
            found.append(Section(title(), icon, sorted(things, key=lambda thing: -thing.at)[:MOST]))
    return found


def consents(profiles: list[int], addresses: list[Identifier]) -> list[Said]:
    """What is shut, address by address, and then what she said herself, the newest first."""
    held = [(row.kind, row.value) for row in addresses if row.kind in ("email", "phone")]
    shut = [
        Said(
            False,
            explain(row.reason),
            _("promotions") if row.scope == "marketing" else _("all messages"),
            row.channel,
            address,
            row.created,
            "",
        )
        for (_kind, address), rows in consent.suppressions(held).items()
        for row in rows
    ]
    heard = events.timeline(profiles, limit=MOST, beginning=("consent.",))
    names = consent.purpose_names(get_language() or "en") if heard else {}
    return shut + [_heard(event, names) for event in heard]


def _thing(event: Event, name: str) -> Thing:
    said = event.properties
    total, currency = said.get("total"), said.get("currency")
    known = isinstance(total, int) and isinstance(currency, str) and is_currency(currency)
    amount = str(Decimal(total).scaleb(-get_currency_precision(currency))) if known else ""
    title = str(said.get(name) or said.get("url") or "–")[:120]
    return Thing(title, event.occurred, page_url(said), amount, str(currency or "EUR"))


def _heard(event: Event, names: dict[str, str]) -> Said:
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
    purpose = names.get(str(event.properties.get("purpose", "")), "")
    return Said(
        event.type in ALLOWING,
        words.get(event.type, _("Asked not to be written to")),
        purpose or (_("promotions") if event.type in ("consent.complaint", "consent.withdrawn") else _("all messages")),
        event.channel if event.channel in registry.kinds() else "",
        "",
        event.occurred,
        str(event.properties.get("text", ""))[:120],
    )
