"""What she ordered, read and visited, and what she said about being written to: short sections of her page."""

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from msgspec import Struct

from rondpoint.channels import registry
from rondpoint.consent import queries as consent
from rondpoint.conversations.desk.customer import orders
from rondpoint.conversations.desk.customer.timeline import page_url
from rondpoint.conversations.queries.reasons import explain
from rondpoint.events import queries as events
from rondpoint.events.models import Event

MOST = 5
CONSENT = "consent."
ALLOWING = ("consent.start", "consent.granted", "consent.confirmed", "consent.preferred")
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


def lately(sorts: list[events.Sort]) -> tuple[list[Section], list[Said]]:
    """Of the sorts of facts there are of her: the sections there is something in, and what she said about being
    written to, the newest first. A thing seen several times stands once, where it was last."""
    kinds = {type_ for types, *_rest in SECTIONS for type_ in types}
    facts = events.newest([sort for sort in sorts if sort.type in kinds or sort.type.startswith(CONSENT)], MOST * 3)
    ordered = [
        Thing(each.number, each.at, each.url, each.amount, each.currency, each.remark)
        for each in orders.latest(sorts, MOST)
    ]
    found = [Section(_("Orders"), "box", ordered)] if ordered else []
    for types, title, icon, names in SECTIONS:
        rows = [fact for fact in facts if fact.type in types][: MOST * 3]
        things = list({thing.name: thing for thing in (_thing(row, names) for row in rows[::-1])}.values())
        if things:
            found.append(Section(title(), icon, sorted(things, key=lambda thing: -thing.at)[:MOST]))
    heard = [fact for fact in facts if fact.type.startswith(CONSENT)][:MOST]
    names = consent.purpose_names(get_language() or "en") if heard else {}
    return found, [_heard(fact, names) for fact in heard]


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


def _thing(event: Event, names: tuple[str, ...]) -> Thing:
    said = event.properties
    title = next((said[name] for name in (*names, "url") if said.get(name)), "–")
    return Thing(str(title)[:120], event.occurred, page_url(said))


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
