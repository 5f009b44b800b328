"""What a customer ordered, put together from what was told of each order: completed, changed, refunded, called off.

Shops tell it as Segment's specification of ecommerce events has it (``Order Completed`` with ``order_id``, ``total`` in
whole units of ``currency``); ``order.completed`` names a ``number`` and a ``total`` in the smallest unit.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from babel.numbers import get_currency_precision, is_currency
from django.utils.translation import gettext as _
from msgspec import Struct

from rondpoint.conversations.desk.customer.timeline import page_url
from rondpoint.events import queries as events
from rondpoint.events.models import Event

# What became of an order by the last fact of these types; each stands until a later one.
REMARKS: dict[str, Callable[[], str]] = {
    "Order Completed": lambda: "",
    "order.completed": lambda: "",
    "Order Updated": lambda: "",
    "Order Refunded": lambda: _("refunded"),
    "Order Cancelled": lambda: _("called off"),
}
WORTH = ("total", "revenue", "value")
LOOKED_AT, LONGEST = 60, 120


class Order(Struct, frozen=True):
    """One order. ``at``: when it was placed, as far as that was told; ``amount``: in whole units of ``currency``."""

    number: str
    at: int
    url: str
    amount: str
    currency: str
    remark: str


def latest(sorts: list[events.Sort], most: int) -> list[Order]:
    """The orders placed last, the newest first. ``sorts``: of her facts."""
    told: dict[str, list[Event]] = {}
    for event in events.newest([sort for sort in sorts if sort.type in REMARKS], LOOKED_AT):
        number = _number(event.properties)
        if number:
            told.setdefault(number, []).append(event)
    found = [_order(number, rows[::-1]) for number, rows in told.items()]
    return sorted(found, key=lambda order: -order.at)[:most]


def _order(number: str, rows: list[Event]) -> Order:
    """``rows``: what was told of it, oldest first. What was paid back is no longer what it is worth."""
    placed = next((row for row in rows if row.type.lower().endswith("completed")), rows[0])
    worth = [row for row in rows if row.type not in ("Order Refunded", "Order Cancelled")] or rows
    amount, currency = "", ""
    for row in worth:
        amount, currency = _amount(row) or (amount, currency)
    url = next((found for row in rows if (found := page_url(row.properties))), "")
    return Order(number[:LONGEST], placed.occurred, url, amount, currency, REMARKS[rows[-1].type]())


def _number(said: dict[str, Any]) -> str:
    return str(said.get("order_id") or said.get("number") or "")


def _amount(event: Event) -> tuple[str, str] | None:
    said = event.properties
    currency = said.get("currency") or "EUR"
    if not isinstance(currency, str) or not is_currency(currency):
        return None
    for name in WORTH:
        told = said.get(name)
        if isinstance(told, int | float) and not isinstance(told, bool):
            whole = Decimal(str(told))
            return str(whole.scaleb(-get_currency_precision(currency)) if event.type.islower() else whole), currency
    return None
