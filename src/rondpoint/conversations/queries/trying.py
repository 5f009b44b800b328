"""Trying the gate: what it would say to one message to one person at one time, step by step. Nothing is written."""

from collections.abc import Collection, Mapping, Sequence

from django.db.models import Max
from msgspec import Struct

from rondpoint.channels import connections, registry
from rondpoint.channels.contract import Address, MessageOut
from rondpoint.conversations.models import ChatSession, Message
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
    [way] = ways(customer.id, purpose, [channel], at, text)
    promotion = bool(sending.promoting([purpose]))
    return Tried(
        way.verdict,
        why.sentence(way.verdict, promotion),
        why.steps(way.verdict.notes),
        way.shown,
        law.on_channel(customer.id, at, purpose, channel, (way.address.kind, way.address.value)) if promotion else None,
    )


class Way(Struct, frozen=True):
    """What the gate says of one channel. ``address``: without a value where she has none for it; ``shown``: as people
    read it, empty for a browser; ``last_inbound``: when she last wrote on it, microseconds UTC."""

    channel: str
    address: Address
    verdict: Verdict
    shown: str = ""
    last_inbound: int | None = None


def ways(customer_id: int, purpose: str, channels: Sequence[str], at: int, text: str = "") -> list[Way]:
    """What the gate would say on each of these channels, in their order, each as if it were alone."""
    known = registry.kinds()
    kinds = {channel: registry.get(channel).manifest.address_kind for channel in channels if channel in known}
    on_site = {kinds[channel] for channel in kinds if "on_site" in registry.get(channel).manifest.capabilities}
    held = {**_browsers(customer_id, on_site), **customers.best_addresses(customer_id, set(kinds.values()))}
    owners = dict.fromkeys(customers.profile_ids(customer_id), customer_id)
    found: dict[str, Way] = {}
    requests: dict[str, Request] = {}
    for channel in channels:
        kind = kinds.get(channel, "")
        connection = connections.first(channel, None) if kind else None
        value, profile_id = held.get(kind, ("", 0))
        to = Address(kind, value)
        if connection is None or not value:
            found[channel] = Way(channel, to, _nowhere("no_connection" if connection is None else "no_address"))
            continue
        message = MessageOut(id="preview", to=to, text=text or SAMPLE, purpose=purpose, at=at, automated=True)
        last = last_inbound(channel, owners).get(customer_id)
        requests[channel] = Request(profile_id, channel, connection.id, to, purpose, message, "", last)
    for request, verdict in zip(requests.values(), sending.previews([*requests.values()], at), strict=True):
        shown = request.address.value if request.address.kind not in on_site else ""
        found[request.channel] = Way(request.channel, request.address, verdict, shown, request.last_inbound)
    return [found[channel] for channel in channels]


def _browsers(customer_id: int, kinds: Collection[str]) -> dict[str, tuple[str, int]]:
    """Where she is reached on the site: the browser in which she chatted last, an address that nobody holds."""
    if not kinds:
        return {}
    sessions = ChatSession.objects.filter(profile_id__in=customers.profile_ids(customer_id))
    last = sessions.order_by("-last_seen", "-id").first()
    return {} if last is None else dict.fromkeys(kinds, (customers.profile(last.profile_id).key, last.profile_id))


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
