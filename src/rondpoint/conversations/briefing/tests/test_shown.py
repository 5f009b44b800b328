"""What shops, sites and tills tell is known to whoever answers, in whichever words it was told."""

from zoneinfo import ZoneInfo

import pytest

from rondpoint.conversations.briefing import shown
from rondpoint.conversations.briefing.greeting import Seen
from rondpoint.events.models import Event
from rondpoint.lib import clock

NOW = 1_770_000_000_000_000


def event(type_, ago=clock.HOUR, **said):
    return Event(type=type_, occurred=NOW - ago, properties=said)


@pytest.mark.parametrize(
    ("row", "seen"),
    [
        (event("order.completed", number="MH-1"), Seen("order", "MH-1")),
        (event("Order Completed", order_id="MH-2", total=20), Seen("order", "MH-2")),
        (event("Store Visited", store="Lyon"), Seen("visit", "Lyon")),
        (event("Page Viewed", title="Boots", path="/boots"), Seen("page", "Boots")),
        (event("Product Viewed", name="Red boots"), Seen("page", "Red boots")),
        (event("Order Completed", 31 * clock.DAY, order_id="MH-3"), None),
        (event("Page Viewed", path="/"), None),
        (event("Product Viewed", name=["a list"]), None),
    ],
)
def test_a_greeting_names_what_was_seen_lately(row, seen):
    assert shown.last_seen([row], NOW) == seen


def test_an_order_comes_before_a_newer_page():
    rows = [event("Page Viewed", title="Boots"), event("Order Completed", clock.DAY, order_id="MH-2")]
    assert shown.last_seen(rows, NOW) == Seen("order", "MH-2")


def test_answers_to_what_may_be_asked():
    rows = [event("Order Completed", order_id=17), event("Product Viewed", name="Boots"), event("Store Visited")]
    said = [(answer.kind, answer.value, answer.source) for answer in shown.said(rows, ZoneInfo("Europe/Paris"))]
    assert said == [
        ("order", "17", "Order Completed"), ("bought", "2026-02-02", "Order Completed"),
        ("product", "Boots", "Product Viewed"),
    ]  # fmt: skip
