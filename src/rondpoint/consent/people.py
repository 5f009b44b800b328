"""What is known of people that the law looks at: where they are, and what makes exceptions. Read for many at once."""

from collections.abc import Collection, Mapping
from typing import Any

from msgspec import Struct

from rondpoint.consent.places import Place, place_of
from rondpoint.consent.rules.law import Facts, RuleVerdict
from rondpoint.consent.types import PHONE
from rondpoint.customers import queries as customers
from rondpoint.events import queries as events
from rondpoint.lib import clock

BOUGHT, ASKED = ("order.completed", "Order Completed"), ("message.received",)


class Person(Struct, frozen=True):
    """One of them. ``told``: the traits that matter; ``phone``: the number at which she is called; ``bought`` and
    ``asked``: when last, microseconds UTC."""

    told: Mapping[str, Any] = {}
    phone: str = ""
    bought: int | None = None
    asked: int | None = None

    def place(self, fallback: str, phone: str = "") -> Place:
        """Where she is. ``phone``: the number that is written to, if one is; ``fallback``: the country of the house."""
        return place_of(self.told, fallback, phone or self.phone)

    def facts(self, now: int) -> Facts:
        """What makes exceptions at this moment."""
        return Facts(
            customer=self.bought is not None,
            business=self.told.get("business") is True,
            since_purchase=_days(self.bought, now),
            since_inquiry=_days(self.asked, now),
        )

    def until(self, verdict: RuleVerdict) -> int | None:
        """When an agreement that a rule implies ends; None for what has no end."""
        if verdict.reason == "purchase" and self.bought is not None:
            return self.bought + verdict.rule.implied["purchase"] * clock.DAY
        if verdict.reason == "inquiry" and self.asked is not None:
            return self.asked + verdict.rule.implied["inquiry"] * clock.DAY
        return None


def people(customer_ids: Collection[int], now: int, exceptions: bool = True) -> dict[int, Person]:
    """These customers, of whom there are profiles; three statements for any number. Without ``exceptions`` what they
    bought and asked is not read."""
    found = customers.addressees(sorted(customer_ids), {PHONE})
    last = lately(found.owners, now) if exceptions else {}
    return {number: person(number, found, last) for number in set(found.owners.values())}


def person(number: int, found: customers.Addressees, last: Mapping[int, tuple[int | None, int | None]]) -> Person:
    """One of many. ``found``: with telephone numbers; ``last``: of :func:`lately`."""
    phone = found.held[PHONE].get(number)
    return Person(found.told.get(number, {}), phone[0] if phone else "", *last.get(number, ()))


def lately(owners: Mapping[int, int], now: int) -> dict[int, tuple[int | None, int | None]]:
    """When customers bought last and when they asked last, by ``now``; of those who did. ``owners``: by profile the
    customer, of all of them."""
    found: dict[int, tuple[int | None, int | None]] = {}
    for profile, kind, at in events.last(owners, (*BOUGHT, *ASKED), now):
        owner = owners[profile]
        bought, asked = found.get(owner, (None, None))
        if kind in ASKED:
            found[owner] = bought, max(at, asked or at)
        else:
            found[owner] = max(at, bought or at), asked
    return found


def _days(at: int | None, now: int) -> int | None:
    return None if at is None else (now - at) // clock.DAY
