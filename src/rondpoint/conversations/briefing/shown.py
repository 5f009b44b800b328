"""What she has shown without saying it: the order she placed, the shop she came to, the page she looked at."""

from zoneinfo import ZoneInfo

from rondpoint.conversations.briefing.greeting import Seen
from rondpoint.conversations.briefing.known import Said
from rondpoint.customers import queries as customers
from rondpoint.events.models import Event
from rondpoint.lib import clock

ORDER, VISIT, PAGE = "order.completed", "shop.visited", "page.viewed"
READ = 50
FRESH = {ORDER: 30 * clock.DAY, VISIT: 7 * clock.DAY, PAGE: clock.DAY}  # longer ago, a greeting does not name it
NAMED = {ORDER: ("order", "number"), VISIT: ("visit", "shop"), PAGE: ("page", "title")}
LONGEST = 120


def facts(customer_id: int) -> list[Event]:
    """Her latest orders, visits and pages, the newest first."""
    rows = Event.objects.filter(profile_id__in=customers.profile_ids(customer_id), type__in=(ORDER, VISIT, PAGE))
    return list(rows.order_by("-occurred", "-id")[:READ])


def last_seen(rows: list[Event], now: int) -> Seen | None:
    """What a greeting may name: an order before a visit, a visit before a page."""
    for type_ in (ORDER, VISIT, PAGE):
        row = next((row for row in rows if row.type == type_), None)
        kind, name = NAMED[type_]
        if row is not None and row.occurred > now - FRESH[type_] and (said := _text(row, name)):
            return Seen(kind, said)
    return None


def said(rows: list[Event], zone: ZoneInfo) -> list[Said]:
    """The same as answers to what may be asked."""
    found = []
    for row in rows:
        if row.type == ORDER:
            found.append(Said("order", _text(row, "number"), 0, row.occurred, ORDER))
            day = clock.to_datetime(row.occurred).astimezone(zone).date()
            found.append(Said("bought", day.isoformat(), 0, row.occurred, ORDER))
        elif row.type == VISIT:
            found.append(Said("shop", _text(row, "shop"), 0, row.occurred, VISIT))
        else:
            found.append(Said("product", _text(row, "title"), 0, row.occurred, PAGE))
    return [answer for answer in found if answer.value]


def _text(row: Event, name: str) -> str:
    value = row.properties.get(name)
    return str(value)[:LONGEST] if isinstance(value, str | int) else ""
