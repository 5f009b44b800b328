"""A message comes in: which person, which conversation."""

import hashlib

from django.conf import settings

from rondpoint.channels import registry
from rondpoint.channels.contract import Address, MessageIn
from rondpoint.channels.handlers import Arrival
from rondpoint.channels.models import Connection
from rondpoint.conversations.actions import codes, facts
from rondpoint.conversations.models import (
    Attachment,
    ChatSession,
    Conversation,
    Message,
    MessageReference,
    Participant,
)
from rondpoint.conversations.rules import tokens, wording
from rondpoint.customers import actions as customers
from rondpoint.customers.models import Customer, Profile
from rondpoint.customers.types import Evidence, IdentifierIn, Landing
from rondpoint.lib import clock, signing
from rondpoint.lib.db import lock_row

GLOBAL_ADDRESSES = frozenset({"email", "phone"})  # the same address means the same person on every connection
REPLY_WITHIN = 14 * clock.DAY  # how long an answer without references still belongs to what we wrote


def reply_key() -> bytes:
    """The key of the plus-address tokens."""
    return signing.derive_key(settings.SECRET_KEY, "reply address")


def receive(arrival: Arrival) -> str:
    """Takes one parsed message in, inside ``write()``. Taking the same one again changes nothing."""
    item: MessageIn = arrival.item
    key = source_key(arrival.connection.id, item.event_id or arrival.key)
    known = Message.objects.filter(source_key=key).first()
    if known is not None:
        return f"already message {known.public_id}"
    landing = land_sender(arrival.connection.public_id, item.sender, item.at, item.language)
    _lock(landing.customer_id)
    further = [
        IdentifierIn(address.kind, address.value, Evidence[address.evidence.upper()])
        for address in item.addresses
        if address.kind in GLOBAL_ADDRESSES
    ]
    if further:
        customers.identify(landing.profile_id, further, item.at)
    conversation, arrived_by = _choose(arrival, item, landing)
    owner = Profile.objects.only("customer_id").get(id=landing.profile_id).customer_id == conversation.customer_id
    message = _add(
        conversation,
        profile_id=landing.profile_id,
        channel=arrival.connection.kind,
        connection_id=arrival.connection.id,
        address=item.sender,
        author_kind="customer" if owner else "participant",
        author_name=item.sender.name or _known_name(landing.profile_id),
        subject=item.subject[:300],
        text=item.text,
        folded=item.folded,
        html=item.html,
        at=item.at,
        received=arrival.received,
        unverified=not landing.proven and item.sender.kind in GLOBAL_ADDRESSES,
        automated=item.automated[:64],
        arrived_by=arrived_by,
        delivery_id=arrival.delivery_id,
        source_key=key,
    )
    for file, sha256 in zip(item.files, arrival.files, strict=True):
        Attachment.objects.create(
            message=message,
            sha256=sha256,
            name=file.name[:200] or "file",
            content_type=file.content_type[:120],
            size=len(file.content),
            content_id=file.content_id[:255],
            inline=file.inline,
        )
    if item.external_id:
        MessageReference.objects.create(message=message, value=item.external_id[:255])
    for other in item.participants[:50]:
        facts.take_part(conversation, None, other.kind, other.value, "copied", other.name)
    return f"message {message.public_id} in conversation {conversation.public_id} ({arrived_by})"


def receive_chat(
    session: ChatSession,
    client_id: str,
    text: str,
    file_tokens: list[str],
    now: int | None = None,
    delivery_id: int | None = None,
) -> Message:
    """A chat message of a session, inside ``write()``. The same ``client_id`` gives the same message."""
    now = now or clock.now()
    key = source_key(session.connection_id, chat_event_id(session.id, client_id))
    known = Message.objects.filter(source_key=key).first()
    if known is not None:
        return known
    profile = Profile.objects.get(id=session.profile_id)
    _lock(profile.customer_id)
    conversation, arrived_by = _joined_by(session), "customer"
    if conversation is None:
        conversation = open_conversation(profile.customer_id, session.connection.brand_id)
    if conversation is None:
        conversation, arrived_by = start(profile.id, session.connection.brand_id, "", now), "new"
    message = _add(
        conversation,
        profile_id=profile.id,
        channel="chat",
        connection_id=session.connection_id,
        address=Address("chat", profile.key),
        author_kind="customer" if profile.customer_id == conversation.customer_id else "participant",
        author_name=_known_name(profile.id),
        text=text,
        at=now,
        received=now,
        arrived_by=arrived_by,
        delivery_id=delivery_id,
        source_key=key,
    )
    Attachment.objects.filter(token__in=file_tokens, session_id=session.id, message=None).update(message=message)
    Customer.objects.filter(id=profile.customer_id, last_seen__lt=now).update(last_seen=now)
    return message


def source_key(connection_id: int, event_id: str) -> str:
    """The name under which a provider's event is taken once."""
    key = f"{connection_id}:{event_id}"
    return key if len(key) <= 200 else f"{connection_id}:sha256:{hashlib.sha256(event_id.encode()).hexdigest()}"


def chat_event_id(session_id: int, client_id: str) -> str:
    """What the chat calls the message that a browser named ``client_id``."""
    return f"chat:{session_id}:{client_id}"


def open_conversation(customer_id: int, brand_id: int | None) -> Conversation | None:
    """The conversation a person is in now, if it is not closed."""
    open_ = Conversation.objects.filter(customer_id=customer_id, merged_into=None).exclude(state="closed")
    if brand_id is not None:
        open_ = open_.filter(brand_id=brand_id)
    return open_.order_by("-last_message_at", "-id").first()


def start(profile_id: int, brand_id: int | None, subject: str, now: int) -> Conversation:
    """A new conversation of a person."""
    customer_id = Profile.objects.values_list("customer_id", flat=True).get(id=profile_id)
    conversation = Conversation.objects.create(
        profile_id=profile_id,
        customer_id=customer_id,
        brand_id=brand_id,
        subject=wording.bare_subject(subject)[:300],
        created=now,
        last_message_at=now,
    )
    facts.tell(conversation, "conversation.opened", str(conversation.id), now)
    return conversation


def land_sender(connection_public_id: str, sender: Address, at: int, language: str) -> Landing:
    everywhere = sender.kind in GLOBAL_ADDRESSES
    return customers.land(
        sender.kind,
        sender.value,
        Evidence[sender.evidence.upper()],
        sender.kind if everywhere else f"{sender.kind}:{connection_public_id}",
        at,
        name=sender.name,
        language=language,
        scope="" if everywhere else connection_public_id,
    )


def _choose(arrival: Arrival, item: MessageIn, landing: Landing) -> tuple[Conversation, str]:
    """Own signed token, then references among the participants, then her open conversation, then a new one."""
    brand_id = _brand(arrival.connection.id)
    found, why = _by_token(item, landing), "token"
    if found is None:
        found, why = _by_reference(arrival, item), "reference"
    if found is not None:
        _relate(found, item, landing)
        return found, why
    found = open_conversation(landing.customer_id, brand_id)
    if found is not None:
        return found, "customer"
    return start(landing.profile_id, brand_id, item.subject, item.at), "new"


def _by_token(item: MessageIn, landing: Landing) -> Conversation | None:
    if item.token:
        number = tokens.read_reply_token(reply_key(), item.token)
        if number is not None:
            return _current(Conversation.objects.filter(id=number).first())
    digits = wording.only_digits(item.text)
    if digits:
        return codes.take_up(digits, item.sender, landing.profile_id, item.at)
    return None


def _by_reference(arrival: Arrival, item: MessageIn) -> Conversation | None:
    """What this answers, provided that the sender's address takes part in it."""
    if item.references:
        rows = MessageReference.objects.filter(value__in=[value[:255] for value in item.references[:50]])
        rank = {value[:255]: position for position, value in reversed(list(enumerate(item.references[:50])))}
        for row in sorted(rows.select_related("message__conversation"), key=lambda row: rank[row.value]):
            conversation = _current(row.message.conversation)
            if _takes_part(conversation, item.sender):
                return conversation
    if registry.get(arrival.connection.kind).external_id("", arrival.connection):
        return None
    # A channel without references: an answer belongs to what we last wrote to this address.
    written = (
        Message.objects.filter(
            direction="out",
            address_kind=item.sender.kind,
            address=item.sender.value,
            channel=arrival.connection.kind,
            at__gte=item.at - REPLY_WITHIN,
        )
        .select_related("conversation")
        .order_by("-id")
        .first()
    )
    if written is None:
        return None
    conversation = _current(written.conversation)
    return conversation if conversation.state != "closed" else None


def _takes_part(conversation: Conversation, sender: Address) -> bool:
    return Participant.objects.filter(
        conversation=conversation, address_kind=sender.kind, address=sender.value
    ).exists()


def _relate(conversation: Conversation, item: MessageIn, landing: Landing) -> None:
    """Somebody answers in a conversation that is not (yet) hers. Nobody gains a right by it.

    When we had written to this very address for this person and nobody was known behind it, its facts count as hers;
    when somebody was known, a person has to decide.
    """
    if landing.customer_id == conversation.customer_id:
        return
    invited = Participant.objects.filter(
        conversation=conversation, address_kind=item.sender.kind, address=item.sender.value, role="recipient"
    ).exists()
    if invited and landing.created:
        customers.attribute(conversation.profile_id, landing.profile_id, "reply", item.at)
    elif invited:
        customers.suggest(
            Profile.objects.get(id=conversation.profile_id),
            Profile.objects.get(id=landing.profile_id),
            "reply",
            {"kind": item.sender.kind, "value": item.sender.value},
            item.at,
        )


def _joined_by(session: ChatSession) -> Conversation | None:
    """The conversation a session joined by a link, while it goes on."""
    joined = (
        Participant.objects.filter(profile_id=session.profile_id, role="joined")
        .exclude(conversation__state="closed")
        .select_related("conversation")
        .order_by("-id")
        .first()
    )
    return _current(joined.conversation) if joined else None


def _add(conversation: Conversation, address: Address, **columns) -> Message:
    message = Message.objects.create(
        conversation=conversation,
        origin_conversation_id=conversation.id,
        direction="in",
        address_kind=address.kind,
        address=address.value,
        **columns,
    )
    facts.take_part(conversation, message.profile_id, address.kind, address.value, "customer", address.name, message.id)
    conversation.last_message_at = max(conversation.last_message_at, message.at)
    conversation.last_preview = wording.preview(message.text or message.subject)
    if not conversation.subject and message.subject:
        conversation.subject = wording.bare_subject(message.subject)[:300]
    if not message.automated:  # an auto-reply wakes nobody
        conversation.last_channel = message.channel
        conversation.unread = True
        conversation.waiting_since = conversation.waiting_since or message.at
        if conversation.state != "open":
            conversation.state, conversation.closed, conversation.snoozed_until = "open", None, None
            facts.tell(conversation, "conversation.reopened", str(message.id), message.at)
    conversation.save()
    facts.tell_message(message, "message.received")
    return message


def _current(conversation: Conversation | None) -> Conversation | None:
    while conversation is not None and conversation.merged_into_id is not None:
        conversation = conversation.merged_into
    return conversation


def _lock(customer_id: int) -> None:
    """One writer at a time for one person: message ids are then her order on PostgreSQL too."""
    list(lock_row(Customer.objects.filter(id=customer_id)))


def _known_name(profile_id: int) -> str:
    return Customer.objects.values_list("name", flat=True).get(profiles__id=profile_id)


def _brand(connection_id: int) -> int | None:
    return Connection.objects.values_list("brand_id", flat=True).get(id=connection_id)
