"""Trying the gate: what it would say to one message to one person at one time, step by step. Nothing is written."""

from collections.abc import Mapping

from django.db.models import Max
from msgspec import Struct

from rondpoint.channels import connections, registry
from rondpoint.channels.contract import Address, MessageOut
from rondpoint.conversations.models import Message
from rondpoint.conversations.queries import law, why
from rondpoint.customers import queries as customers
from rondpoint.customers.models import Customer
from rondpoint.lib.spans import within
from rondpoint.sending import queries as sending
from rondpoint.sending.types import Fail, Request, Verdict

SAMPLE = "…"  # no word of its own, so nothing is said about words that were sent before


class Tried(Struct, frozen=True):
    """What the gate says. ``address``: where it would go, empty where she has none for the channel; ``law``: the rules
    on promotions where she is, None for what is none."""

    verdict: Verdict
    sentence: str
    steps: list[why.Step]
    address: str
    law: law.Found | None


def attempt(customer: Customer, purpose: str, channel: str, at: int, text: str = "") -> Tried:
    """What the gate would say. ``at``: microseconds UTC; without a ``text`` nothing is said about its words."""
    kind = registry.get(channel).manifest.address_kind if channel in registry.kinds() else ""
    connection = connections.first(channel, None) if kind else None
    address, profile_id = customers.best_addresses(customer.id, {kind}).get(kind, ("", 0))
    if connection is None or not address:
        verdict = _nowhere("no_connection" if connection is None else "no_address")
    else:
        to = Address(kind, address)
        message = MessageOut(id="preview", to=to, text=text or SAMPLE, purpose=purpose, at=at, automated=True)
        owners = dict.fromkeys(customers.profile_ids(customer.id), customer.id)
        last = last_inbound(channel, owners).get(customer.id)
        verdict = sending.preview(Request(profile_id, channel, connection.id, to, purpose, message, "", last), at)
    promotion = bool(sending.promoting([purpose]))
    return Tried(
        verdict,
        why.sentence(verdict, promotion),
        why.steps(verdict.notes),
        address,
        law.on_channel(customer.id, at, purpose, channel, (kind, address)) if promotion else None,
    )


def _nowhere(reason: str) -> Verdict:
    return Verdict(None, "", "refuse", "reachable", reason, notes=(sending.note("reachable", Fail(reason)),))


def last_inbound(channel: str, owners: Mapping[int, int]) -> dict[int, int]:
    """When customers last wrote on a channel, of those who did. ``owners``: by profile the customer, of all of them."""
    heard = Message.objects.filter(within("profile_id", sorted(owners)), channel=channel, direction="in")
    found: dict[int, int] = {}
    for profile, at in heard.values_list("profile_id").annotate(last=Max("at")).order_by():
        if profile in owners:
            found[owners[profile]] = max(at, found.get(owners[profile], 0))
    return found
