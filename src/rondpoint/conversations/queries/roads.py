"""The roads to a person: on which channel and address she can be written to, from where, and whether now."""

from functools import cached_property

import msgspec
from django.db.models import Max
from django.utils.translation import gettext as _
from msgspec import Struct

from rondpoint.channels import connections, registry
from rondpoint.channels.contract import Address, MessageOut
from rondpoint.channels.models import Connection
from rondpoint.conversations.models import ChatSession, Conversation, Message
from rondpoint.conversations.types import Reach
from rondpoint.customers import queries as customers
from rondpoint.customers.models import Identifier
from rondpoint.customers.types import Evidence
from rondpoint.lib import addresses, clock
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
    """What all roads of one conversation share; each part is read once, when it is first asked for."""

    def __init__(self, conversation: Conversation):
        self.conversation = conversation

    @cached_property
    def profiles(self) -> list[int]:
        return customers.profile_ids(self.conversation.customer_id)

    @cached_property
    def held(self) -> dict[str, list[Identifier]]:
        """Her identifiers by kind, the best first."""
        return customers.holdings_by_kind(self.profiles)

    @cached_property
    def last_inbound(self) -> dict[tuple[str, str, str, int], int]:
        """When something last came from each (channel, kind of address, address, profile)."""
        theirs = Message.objects.filter(direction="in", profile_id__in={*self.profiles, self.conversation.profile_id})
        counted = theirs.values_list("channel", "address_kind", "address", "profile_id").annotate(last=Max("at"))
        return {tuple(row[:4]): row[4] for row in counted}

    @cached_property
    def language(self) -> str:
        return customers.of_profile(self.conversation.profile_id).language

    @cached_property
    def connections(self) -> list[Connection]:
        return connections.active()

    @cached_property
    def used(self) -> dict[tuple[str, int], int]:
        """The last message of each (channel, connection) in this conversation."""
        rows = Message.objects.filter(conversation=self.conversation, connection__isnull=False)
        counted = rows.values_list("channel", "connection_id").annotate(last=Max("id"))
        return {(channel, connection): last for channel, connection, last in counted}

    @cached_property
    def wrote_from(self) -> dict[str, tuple[str, int, str]]:
        """Where she last wrote from here: (address kind, profile, address) by channel."""
        theirs = Message.objects.filter(conversation=self.conversation, direction="in", profile_id__in=self.profiles)
        last = theirs.values("channel", "address_kind").annotate(last=Max("id")).values("last")
        rows = Message.objects.filter(id__in=last).order_by("id")
        return {
            channel: (kind, profile_id, address)
            for channel, kind, profile_id, address in rows.values_list(
                "channel", "address_kind", "profile_id", "address"
            )
            if channel in registry.kinds() and registry.get(channel).manifest.address_kind == kind
        }

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
            _kind, owner, address = self.wrote_from[channel]
            found.append((address, owner, _evidence(held, address)))
        if kind == "chat":
            sessions = ChatSession.objects.filter(profile_id__in=self.profiles).order_by("-last_seen")
            keys = customers.keys(list(sessions.values_list("profile_id", flat=True)[:20]))
            found += [(key, profile_id, "") for profile_id, key in keys.items()]
        found += [(row.value, row.profile_id, Evidence(row.evidence).name.lower()) for row in held]
        return list({entry[0]: entry for entry in reversed(found)}.values())[::-1]


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
    conversation: Conversation, text: str = "", now: int | None = None, profiles: list[int] | None = None
) -> list[Reach]:
    """Every channel of the house for this person: usable now, or why not, and what ``text`` costs in segments.
    ``profiles``: the customer's, where they are known already.

    The channel she used last is preferred; when it cannot be used, the first that can.
    """
    now = now or clock.now()
    ground = Ground(conversation)
    if profiles is not None:
        ground.profiles = profiles
    ways = {kind: road(conversation, kind, ground=ground) for kind in registry.kinds()}
    asked = [way for way in ways.values() if way is not None]
    verdicts = {
        way.channel: verdict
        for way, verdict in zip(asked, sending.previews([_wish(way, text, now) for way in asked], now), strict=True)
    }
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


def explain(reason: str) -> str:
    """A refusal in a sentence a person understands."""
    sentences = {
        "no_address": _("No address is known for this channel."),
        "no_connection": _("This channel is not connected."),
        "stop": _("She asked not to be written to here."),
        "bounce": _("This address does not exist any more: a message came back."),
        "complaint": _("She reported a message as unwanted."),
        "manual": _("This address was blocked by a colleague."),
        "person_starts": _("She has to write first on this channel."),
        "window_closed": _("Too much time has passed since her last message on this channel."),
        "too_long": _("The text is too long for this channel."),
        "gone": _("This person's record is no longer there."),
        "file_without_link": _("A file cannot be sent on this channel."),
        "empty": _("There is nothing to send yet."),
        "inactive": _("This connection is paused."),
        "bad_address": _("This address cannot be written to."),
        "too_many": _("This address has had too many messages in the last hour."),
        "error": _("The gate could not decide, so nothing is sent."),
        "duplicate": _("The same message has been sent already."),
        "not_sent": _("It could not be sent on any channel."),
        "rate": _("Too much is being sent at once; it goes out a little later."),
    }
    return sentences.get(reason, reason.replace("_", " "))


def _with_preference(conversation: Conversation, found: list[Reach]) -> list[Reach]:
    usable = [reach.channel for reach in found if reach.usable]
    preferred = conversation.last_channel if conversation.last_channel in usable else next(iter(usable), "")
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
