"""Messages come in: which person, which conversation. Many at once, in their order."""

import hashlib

from msgspec import Struct

from rondpoint.channels.contract import Address, MessageIn
from rondpoint.channels.handlers import Arrival
from rondpoint.conversations.actions import opening
from rondpoint.conversations.actions.choose import Choosing, named
from rondpoint.conversations.actions.enter import Entry, enter
from rondpoint.conversations.models import Attachment, ChatSession, Conversation, Message, Participant
from rondpoint.customers import actions as customers
from rondpoint.customers import queries as known
from rondpoint.customers.models import Customer, Profile
from rondpoint.customers.types import Evidence, IdentifierIn, Landing, Sender, Traced
from rondpoint.lib import bulk

GLOBAL_ADDRESSES = frozenset({"email", "phone"})  # the same address means the same person on every connection


class Said(Struct, frozen=True):
    """A chat message of a session. ``files``: tokens of what the session uploaded; ``at``: microseconds UTC."""

    session: ChatSession
    client_id: str
    text: str
    files: list[str]
    at: int
    delivery_id: int | None = None


def receive(arrivals: list[Arrival]) -> list[str]:
    """Takes parsed messages in, inside ``write()``, and says of each what became of it. Taking one again changes
    nothing.

    They are taken in runs: one whose choice may change who is who (:func:`_alone`) is a run of its own, so that what
    is read once for a run stays true in it.
    """
    keys = [source_key(arrival.connection.id, arrival.item.event_id or arrival.key) for arrival in arrivals]
    told = {
        key: f"already message {public_id}"
        for key, public_id in Message.objects.filter(source_key__in=keys).values_list("source_key", "public_id")
    }
    told |= _forgotten([(key, arrival) for key, arrival in zip(keys, arrivals, strict=True) if key not in told])
    waiting: dict[str, Arrival] = {}
    for key, arrival in zip(keys, arrivals, strict=True):
        if key not in told:
            waiting.setdefault(key, arrival)
    found: set[int] = set()  # profiles made in this transaction: their first message may still be on its way
    while waiting:
        run = _run(list(waiting.items()))
        outcome = _receive_run(run, found)
        told |= outcome
        waiting = {key: arrival for key, arrival in waiting.items() if key not in outcome}
    return [told[key] for key in keys]


def _forgotten(arrivals: list[tuple[str, Arrival]]) -> dict[str, str]:
    """What came before its sender was erased, or was taken before it, and is worked off after: it is not taken."""
    senders = {key: _sender(arrival) for key, arrival in arrivals}
    names: dict[str, tuple[Traced, Traced]] = {
        key: (("address", who.kind, who.value, who.scope), ("told", key)) for key, who in senders.items()
    }
    found = known.forgotten({name for pair in names.values() for name in pair})
    return {
        key: "its sender was erased after it came"
        for key, arrival in arrivals
        if found.get(names[key][0], 0) >= arrival.received or names[key][1] in found
    }


def _sender(arrival: Arrival) -> Sender:
    item = arrival.item
    return sender_of(arrival.connection.public_id, item.sender, item.at, item.language)


def receive_chat(batch: list[Said]) -> list[Message]:
    """Chat messages of sessions, inside ``write()``. The same ``client_id`` of a session gives the same message."""
    keys = [source_key(said.session.connection_id, chat_event_id(said.session.id, said.client_id)) for said in batch]
    messages = {row.source_key: row for row in bulk.fetch(Message, source_key=keys)}
    new: dict[str, Said] = {}
    for key, said in zip(keys, batch, strict=True):
        if key not in messages:
            new.setdefault(key, said)
    entries = _chat_entries(new)
    enter(entries)
    messages |= {entry.message.source_key: entry.message for entry in entries}
    for key, said in new.items():
        if said.files:
            uploaded = Attachment.objects.filter(token__in=said.files, session_id=said.session.id, message=None)
            uploaded.update(message=messages[key])
    return [messages[key] for key in keys]


def source_key(connection_id: int, event_id: str) -> str:
    """The name under which a provider's event is taken once."""
    key = f"{connection_id}:{event_id}"
    return key if len(key) <= 200 else f"{connection_id}:sha256:{hashlib.sha256(event_id.encode()).hexdigest()}"


def chat_event_id(session_id: int, client_id: str) -> str:
    """What the chat calls the message that a browser named ``client_id``."""
    return f"chat:{session_id}:{client_id}"


def sender_of(connection_public_id: str, address: Address, at: int, language: str) -> Sender:
    """Who an address is to the customers room."""
    everywhere = address.kind in GLOBAL_ADDRESSES
    return Sender(
        kind=address.kind,
        value=address.value,
        evidence=Evidence[address.evidence.upper()],
        source=address.kind if everywhere else f"{address.kind}:{connection_public_id}",
        at=at,
        name=address.name,
        language=language,
        scope="" if everywhere else connection_public_id,
    )


def _run(waiting: list[tuple[str, Arrival]]) -> list[tuple[str, Arrival]]:
    """The next messages that can be taken together: up to one that is to be taken alone, or answers one of them."""
    here: set[str] = set()
    for number, (_, arrival) in enumerate(waiting):
        if _alone(arrival.item) or not here.isdisjoint(arrival.item.references):
            return waiting[: max(number, 1)]
        here |= {arrival.item.external_id} - {""}
    return waiting


def _alone(item: MessageIn) -> bool:
    return named(item) or bool(_further(item))


def _further(item: MessageIn) -> list[IdentifierIn]:
    return [
        IdentifierIn(address.kind, address.value, Evidence[address.evidence.upper()])
        for address in item.addresses
        if address.kind in GLOBAL_ADDRESSES
    ]


def _receive_run(run: list[tuple[str, Arrival]], found: set[int]) -> dict[str, str]:
    """Takes the messages of a run until one would join somebody else's conversation, which then begins the next."""
    arrivals = [arrival for _, arrival in run]
    landings = customers.land_many([_sender(arrival) for arrival in arrivals])
    found |= {landing.profile_id for landing in landings if landing.created}
    if _further(arrivals[0].item):
        customers.identify(landings[0].profile_id, _further(arrivals[0].item), arrivals[0].item.at)
        landings = [_landed_again(landings[0])]
    choosing = Choosing(arrivals, landings)
    entries: list[Entry] = []
    reasons: list[str] = []
    for (key, arrival), landing in zip(run, landings, strict=True):
        conversation, why = choosing.choose(arrival, landing)
        if landing.customer_id != conversation.customer_id:
            if entries:
                break
            first = Landing(landing.profile_id, landing.customer_id, landing.profile_id in found, landing.proven)
            choosing.relate(conversation, arrival.item, first)
            conversation = _afterwards(conversation)
            owner = known.profile(landing.profile_id).customer_id == conversation.customer_id
            entries.append(_entry(key, arrival, landing, conversation, why, owner))
            reasons.append(why)
            break
        found.discard(landing.profile_id)
        entries.append(_entry(key, arrival, landing, conversation, why, True))
        reasons.append(why)
    enter(entries)
    return {
        entry.message.source_key: f"message {entry.message.public_id} in conversation "
        f"{entry.conversation.public_id} ({why})"
        for entry, why in zip(entries, reasons, strict=True)
    }


def _landed_again(landing: Landing) -> Landing:
    """A landing after further addresses may have made its person one with another."""
    customer = known.of_profile(landing.profile_id)
    return Landing(landing.profile_id, customer.id, landing.created, landing.proven, customer.name)


def _afterwards(conversation: Conversation) -> Conversation:
    """A conversation after links may have moved or merged it."""
    if conversation.id is not None:
        conversation = opening.current(Conversation.objects.get(id=conversation.id))
    return conversation


def _entry(
    key: str, arrival: Arrival, landing: Landing, conversation: Conversation, why: str, owner: bool
) -> Entry:
    item: MessageIn = arrival.item
    message = Message(
        direction="in",
        profile_id=landing.profile_id,
        channel=arrival.connection.kind,
        connection_id=arrival.connection.id,
        address_kind=item.sender.kind,
        address=item.sender.value,
        author_kind="customer" if owner else "participant",
        author_name=(item.sender.name or landing.name)[:200],
        subject=item.subject[:300],
        text=item.text,
        folded=item.folded,
        html=item.html,
        at=item.at,
        received=arrival.received,
        unverified=not landing.proven and item.sender.kind in GLOBAL_ADDRESSES,
        automated=item.automated[:64],
        arrived_by=why,
        delivery_id=arrival.delivery_id,
        source_key=key,
    )
    return Entry(
        conversation,
        message,
        item.sender.name,
        files=tuple(zip(item.files, arrival.files, strict=True)),
        external_id=item.external_id,
        copied=item.participants,
    )


def _chat_entries(new: dict[str, Said]) -> list[Entry]:
    profiles = known.profiles({said.session.profile_id for said in new.values()})
    people = customers.hold(profiles.values())
    joined = _joined(set(profiles))
    open_ = Conversation.objects.filter(customer_id__in=people, merged_into=None).exclude(state="closed")
    wanted = {*joined.values(), *open_.values_list("id", flat=True)}
    rows = {row.id: row for row in bulk.fetch(Conversation, lock=True, id=wanted)}
    current: dict[int, list[Conversation]] = {}
    for row in rows.values():
        if row.state != "closed" and row.merged_into_id is None:
            current.setdefault(row.customer_id, []).append(row)
    entries = []
    for key, said in new.items():
        profile = profiles[said.session.profile_id]
        customer = people[profile.customer_id]
        brand_id = said.session.connection.brand_id
        conversation, why = rows.get(joined.get(profile.id, 0)), "customer"
        if conversation is None:
            mine = current.setdefault(customer.id, [])
            conversation = opening.latest(row for row in mine if brand_id in (None, row.brand_id))
        if conversation is None:
            conversation, why = opening.begun(profile.id, customer.id, brand_id, "", said.at), "new"
            mine.append(conversation)
        customer.last_seen = max(customer.last_seen, said.at)
        entries.append(Entry(conversation, _chat_message(key, said, profile, customer, conversation, why), ""))
    bulk.update(list(people.values()), ["last_seen"])
    return entries


def _chat_message(
    key: str, said: Said, profile: Profile, customer: Customer, conversation: Conversation, why: str
) -> Message:
    return Message(
        direction="in",
        profile_id=profile.id,
        channel="chat",
        connection_id=said.session.connection_id,
        address_kind="chat",
        address=profile.key,
        author_kind="customer" if customer.id == conversation.customer_id else "participant",
        author_name=customer.name,
        text=said.text,
        at=said.at,
        received=said.at,
        arrived_by=why,
        delivery_id=said.delivery_id,
        source_key=key,
    )


def _joined(profile_ids: set[int]) -> dict[int, int]:
    """The conversations that sessions joined by a link, by profile, while they go on."""
    joined = bulk.fetch(Participant, profile_id=profile_ids, role=["joined"])
    rows = Conversation.objects.exclude(state="closed").select_related("merged_into")
    there = rows.in_bulk({row.conversation_id for row in joined}) if joined else {}
    return {
        row.profile_id: opening.current(there[row.conversation_id]).id
        for row in joined
        if row.conversation_id in there
    }
