"""What she has shown without saying it: the order she placed, the shop she came to, the page she looked at.

Told in our own words or in those of Segment's specification, which sites and tills speak.
"""

from zoneinfo import ZoneInfo

from msgspec import Struct

from rondpoint.conversations.briefing.greeting import Seen
from rondpoint.conversations.briefing.known import Said
from rondpoint.customers import queries as customers
from rondpoint.events.models import Event
from rondpoint.lib import clock

READ = 50
LONGEST = 120


class Kind(Struct, frozen=True):
    """Facts that show one thing. ``name``: how a greeting calls it; ``answers``: to which question it is an answer;
    ``named``: the properties that may hold its name, the first that does counts; ``fresh``: longer ago, in
    microseconds, a greeting does not name it."""

    name: str
    answers: str
    types: tuple[str, ...]
    named: tuple[str, ...]
    fresh: int


ORDER = Kind("order", "order", ("order.completed", "Order Completed"), ("number", "order_id"), 30 * clock.DAY)
VISIT = Kind("visit", "shop", ("shop.visited", "Store Visited"), ("shop", "store", "name", "city"), 7 * clock.DAY)
PAGE = Kind("page", "product", ("page.viewed", "Page Viewed"), ("title", "name"), clock.DAY)
PRODUCT = Kind("page", "product", ("Product Viewed",), ("name", "product", "title"), clock.DAY)
KINDS = {type_: kind for kind in (ORDER, VISIT, PRODUCT, PAGE) for type_ in kind.types}


def facts(customer_id: int) -> list[Event]:
    """Her latest orders, visits and pages, the newest first."""
    rows = Event.objects.filter(profile_id__in=customers.profile_ids(customer_id), type__in=KINDS)
    return list(rows.order_by("-occurred", "-id")[:READ])


def last_seen(rows: list[Event], now: int) -> Seen | None:
    """What a greeting may name: an order before a visit, a visit before a product or a page."""
    for kind in (ORDER, VISIT, PRODUCT, PAGE):
        row = next((row for row in rows if KINDS[row.type] is kind), None)
        if row is not None and row.occurred > now - kind.fresh and (said := _text(row)):
            return Seen(kind.name, said)
    return None


def said(rows: list[Event], zone: ZoneInfo) -> list[Said]:
    """The same as answers to what may be asked."""
    found = []
    for row in rows:
        kind = KINDS[row.type]
        found.append(Said(kind.answers, _text(row), 0, row.occurred, row.type))
        if kind is ORDER:
            day = clock.to_datetime(row.occurred).astimezone(zone).date()
            found.append(Said("bought", day.isoformat(), 0, row.occurred, row.type))
    return [answer for answer in found if answer.value]


def _text(row: Event) -> str:
    values = (row.properties.get(name) for name in KINDS[row.type].named)
    return next((str(value)[:LONGEST] for value in values if type(value) in (str, int) and value), "")
