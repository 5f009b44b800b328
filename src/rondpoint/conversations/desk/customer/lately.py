"""What she ordered, read and visited, and what she said about being written to: short sections of her page."""

from django.utils.translation import gettext as _
from msgspec import Struct

from rondpoint.channels import registry
from rondpoint.consent import queries as consent
from rondpoint.conversations.desk.customer import orders
from rondpoint.conversations.desk.customer.timeline import page_url
from rondpoint.conversations.queries.roads import explain
from rondpoint.customers.models import Identifier
from rondpoint.events import queries as events
from rondpoint.events.models import Event

MOST = 5
# The types of the facts, what the section is called, its icon, and the properties that name the thing.
SECTIONS = (
    (("page.viewed", "Page Viewed"), lambda: _("Last pages seen"), "page", ("title", "name", "path")),
    (("article.read", "Article Read"), lambda: _("Articles read"), "article", ("title", "name")),
    (("shop.visited", "Store Visited"), lambda: _("Shops visited"), "shop", ("shop", "store", "name", "city")),
)


class Thing(Struct, frozen=True):
    """One order, page, article or visit. ``amount``: in whole units of ``currency``, empty when not told; ``remark``:
    what became of it."""

    name: str
    at: int
    url: str
    amount: str = ""
    currency: str = ""
    remark: str = ""


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
    ordered = [Thing(each.number, each.at, each.url, each.amount, each.currency, each.remark)
               for each in orders.latest(profiles, MOST)]  # fmt: skip
    found = [Section(_("Orders"), "box", ordered)] if ordered else []
    for types, title, icon, names in SECTIONS:
        rows = events.timeline(profiles, limit=MOST * 3, beginning=types)
        things = list({thing.name: thing for thing in (_thing(row, names) for row in rows[::-1])}.values())
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
    return shut + [_heard(event) for event in heard]


def _thing(event: Event, names: tuple[str, ...]) -> Thing:
    said = event.properties
    title = next((said[name] for name in (*names, "url") if said.get(name)), "–")
    return Thing(str(title)[:120], event.occurred, page_url(said))


def _heard(event: Event) -> Said:
    words = {
        "consent.start": _("May be written to again"),
        "consent.complaint": _("Reported a message as unwanted"),
    }
    return Said(
        event.type == "consent.start",
        words.get(event.type, _("Asked not to be written to")),
        _("promotions") if event.type == "consent.complaint" else _("all messages"),
        event.channel if event.channel in registry.kinds() else "",
        "",
        event.occurred,
        str(event.properties.get("text", ""))[:120],
    )
