"""The roads to a person: on which channel and address she can be written to, from where, and whether now."""

from collections.abc import Collection
from functools import cached_property

import msgspec
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from msgspec import Struct

from rondpoint.channels import connections, registry
from rondpoint.channels.contract import Address, MessageOut
from rondpoint.channels.models import Connection
from rondpoint.consent import queries as consent
from rondpoint.conversations.models import ChatSession, Conversation
from rondpoint.conversations.queries import hers
from rondpoint.conversations.queries.hers import Traffic
from rondpoint.conversations.queries.reasons import explain
from rondpoint.conversations.types import Reach
from rondpoint.customers import queries as customers
from rondpoint.customers.models import Identifier
from rondpoint.customers.types import Evidence
from rondpoint.lib import addresses, clock
from rondpoint.lib.prepared import prepared
from rondpoint.sending import queries as sending
from rondpoint.sending.types import Request, Verdict


class Road(Struct, frozen=True):
    """One way to write: the address, who owns it, and the connection it leaves from."""

    channel: str
    address_kind: str
    address: str
    profile_id: int
    connection_id: int
    language: str = ""
    last_inbound: int | None = None
    evidence: str = ""


class Ground:
    """What all roads of one conversation share; each part is read once, when it is first asked for. ``record``: the
    customer's; ``traffic``: of this conversation and of her profiles, where they are read already."""

    def __init__(
        self, conversation: Conversation, record: customers.Record | None = None, traffic: list[Traffic] | None = None
    ):
        self.conversation = conversation
        if record is not None:
            self.record = record
        if traffic is not None:
            self.traffic = traffic

    @cached_property
    def record(self) -> customers.Record:
        return customers.record(self.conversation.customer_id)

    @cached_property
    def profiles(self) -> dict[int, str]:
        """The key of each of her profiles."""
        return {row.id: row.key for row in self.record.golden.profiles}

    @cached_property
    def held(self) -> dict[str, list[Identifier]]:
        """Her identifiers by kind, the best first."""
        return customers.by_kind(self.record.held)

    @cached_property
    def traffic(self) -> list[Traffic]:
        return hers.traffic([self.conversation.id], {*self.profiles, self.conversation.profile_id})

    @cached_property
    def last_inbound(self) -> dict[tuple[str, str, str, int], int]:
        """When something last came from each (channel, kind of address, address, profile)."""
        found: dict[tuple[str, str, str, int], int] = {}
        for row in self.traffic:
            if row.direction == "in":
                way = (row.channel, row.address_kind, row.address, row.profile_id)
                found[way] = max(row.at, found.get(way, 0))
        return found

    @cached_property
    def language(self) -> str:
        owners = (row.customer for row in self.record.golden.profiles if row.id == self.conversation.profile_id)
        owner = next(owners, None) or customers.of_profile(self.conversation.profile_id)
        return owner.language

    @cached_property
    def connections(self) -> list[Connection]:
        return connections.active()

    @cached_property
    def used(self) -> dict[tuple[str, int], int]:
        """The last message of each (channel, connection) in this conversation."""
        found: dict[tuple[str, int], int] = {}
        for row in self.traffic:
            if row.conversation_id == self.conversation.id and row.connection_id is not None:
                line = (row.channel, row.connection_id)
                found[line] = max(row.last, found.get(line, 0))
        return found

    @cached_property
    def wrote_from(self) -> dict[str, tuple[int, str]]:
        """Where she last wrote from here: (profile, address) by channel."""
        here = [
            row
            for row in self.traffic
            if row.conversation_id == self.conversation.id
            and row.direction == "in"
            and row.profile_id in self.profiles
            and row.channel in registry.kinds()
            and row.address_kind == registry.get(row.channel).manifest.address_kind
        ]
        return {row.channel: (row.profile_id, row.address) for row in sorted(here, key=lambda row: row.last)}

    @cached_property
    def browsers(self) -> list[int]:
        """Her profiles that chat, who was there last first."""
        return _browsers([row.id for row in self.record.golden.profiles if row.source.startswith("chat:")])

    @cached_property
    def shut(self) -> consent.Suppressions:
        """What is suppressed of all her addresses."""
        held = {(row.kind, row.value) for row in self.record.held}
        wrote = {(row.address_kind, row.address) for row in self.traffic if row.profile_id in self.profiles}
        return consent.looked_up([*held, *wrote, *(("chat", key) for key in self.profiles.values())])

    def connection(self, channel: str, connection_id: int | None) -> Connection | None:
        """The connection asked for, else the one this conversation used last, else the brand's, else any."""
        rows = [row for row in self.connections if row.kind == channel]
        if connection_id is not None:
            return next((row for row in rows if row.id == connection_id), None)
        last = max(rows, key=lambda row: self.used.get((channel, row.id), 0), default=None)
        if last is not None and (channel, last.id) in self.used:
            return last
        return next((row for row in rows if row.brand_id == self.conversation.brand_id), rows[0] if rows else None)

    def addresses(self, channel: str, kind: str) -> list[tuple[str, int, str]]:
        """(address, owner's profile, evidence), the best first: where she last wrote from, then by evidence."""
        held = self.held.get(kind, [])
        found = []
        if channel in self.wrote_from:
            owner, address = self.wrote_from[channel]
            found.append((address, owner, _evidence(held, address)))
        if kind == "chat":
            found += [(self.profiles[number], number, "") for number in self.browsers]
        found += [(row.value, row.profile_id, Evidence(row.evidence).name.lower()) for row in held]
        return list({entry[0]: entry for entry in reversed(found)}.values())[::-1]


@prepared
def _browsers(profiles: Collection[int], /) -> QuerySet[ChatSession, int]:
    sessions = ChatSession.objects.filter(profile_id__in=profiles).order_by("-last_seen")
    return sessions.values_list("profile_id", flat=True)[:20]


def road(
    conversation: Conversation,
    channel: str,
    to: tuple[str, str] | None = None,
    connection_id: int | None = None,
    ground: Ground | None = None,
) -> Road | None:
    """How to write to the person on a channel: to the given address, else the one she last used there, else the
    best proven one we know. None when there is no address or no connection."""
    ground = ground or Ground(conversation)
    connection = ground.connection(channel, connection_id)
    if connection is None:
        return None
    kind = registry.get(channel).manifest.address_kind
    candidates = ground.addresses(channel, kind)
    if to is not None:
        if to[0] != kind:
            return None
        value = registry.get(channel).normalize_address(to[1], connections.info(connection))
        owner, evidence = next(
            ((owner, evidence) for address, owner, evidence in candidates if address == value),
            (conversation.profile_id, ""),
        )
        chosen = (value, owner, evidence)
    elif candidates:
        chosen = candidates[0]
    else:
        return None
    address, owner, evidence = chosen
    last = ground.last_inbound.get((channel, kind, address, owner))
    language = ground.language or connections.info(connection).language
    return Road(channel, kind, address, owner, connection.id, language, last, evidence)


def reachability(
    conversation: Conversation, text: str = "", now: int | None = None, ground: Ground | None = None
) -> list[Reach]:
    """Every channel of the house for this person: usable now, or why not, and what ``text`` costs in segments.
    ``ground``: of this conversation, where it is read already.

    The channel she used last is preferred; where there is none, or it cannot be used, the one she chose for answers,
    else the first that can.
    """
    now = now or clock.now()
    ground = ground or Ground(conversation)
    ways = {kind: road(conversation, kind, ground=ground) for kind in registry.kinds()}
    asked = [way for way in ways.values() if way is not None]
    known = sending.Known({row.id: row for row in ground.connections}, ground.profiles.keys(), ground.shut)
    judged = sending.previews([_wish(way, text, now) for way in asked], now, known)
    verdicts = {way.channel: verdict for way, verdict in zip(asked, judged, strict=True)}
    found = [
        _open(way, verdicts[kind], text) if way is not None else _closed(ground, kind) for kind, way in ways.items()
    ]
    return _with_preference(conversation, found)


def _wish(way: Road, text: str, now: int) -> Request:
    to = Address(way.address_kind, way.address)
    return Request(
        profile_id=way.profile_id,
        channel=way.channel,
        connection_id=way.connection_id,
        address=to,
        purpose="service",
        message=MessageOut(id="preview", to=to, text=text or "…", at=now),
        idempotency_key="",
        last_inbound=way.last_inbound,
    )


def _open(way: Road, verdict: Verdict, text: str) -> Reach:
    usable = verdict.verdict != "refuse"
    return Reach(
        channel=way.channel,
        label=_(registry.get(way.channel).manifest.label),
        address_kind=way.address_kind,
        address=way.address,
        address_shown=_shown(way.address_kind, way.address),
        connection_id=way.connection_id,
        usable=usable,
        reason="" if usable else verdict.reason,
        explanation="" if usable else explain(verdict.reason),
        segments=verdict.segments if text else None,
        evidence=way.evidence,
    )


def _with_preference(conversation: Conversation, found: list[Reach]) -> list[Reach]:
    usable = [reach.channel for reach in found if reach.usable]
    preferred = conversation.last_channel if conversation.last_channel in usable else next(iter(usable), "")
    if preferred != conversation.last_channel:
        chosen = consent.preferences([conversation.customer_id])[conversation.customer_id].channels.get("service")
        preferred = chosen if chosen in usable else preferred
    return [msgspec.structs.replace(reach, preferred=reach.channel == preferred) for reach in found]


def _closed(ground: Ground, kind: str) -> Reach:
    manifest = registry.get(kind).manifest
    reason = "no_address" if ground.connection(kind, None) else "no_connection"
    return Reach(
        channel=kind,
        label=_(manifest.label),
        address_kind=manifest.address_kind,
        address="",
        address_shown="",
        connection_id=None,
        usable=False,
        reason=reason,
        explanation=explain(reason),
    )


def _evidence(held: list, address: str) -> str:
    return next((Evidence(row.evidence).name.lower() for row in held if row.value == address), "")


def _shown(kind: str, address: str) -> str:
    if kind == "phone":
        return addresses.show_phone(address)
    return "" if kind == "chat" else address
