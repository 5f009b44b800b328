"""Messages enter their conversations: many in a few statements, in their order."""

from msgspec import Struct

from rondpoint.channels.contract import Address, FileIn
from rondpoint.conversations.actions import facts
from rondpoint.conversations.models import Attachment, Conversation, Message, MessageReference, Participant
from rondpoint.conversations.rules import wording
from rondpoint.events import actions as events
from rondpoint.events.types import Fact
from rondpoint.lib import bulk

COLUMNS = (
    "subject",
    "state",
    "closed",
    "snoozed_until",
    "last_message_at",
    "last_channel",
    "last_preview",
    "waiting_since",
    "unread",
)
COPIED = 50  # further participants of one message that are noted


class Entry(Struct):
    """A message on its way into a conversation. Entries of one conversation share one ``Conversation`` object, which
    may not be stored yet; ``message`` lacks it."""

    conversation: Conversation
    message: Message
    name: str  # of the sender, as she gave it
    files: tuple[tuple[FileIn, tuple[str, int]], ...] = ()  # with the sha256 and the bytes of each
    external_id: str = ""
    copied: tuple[Address, ...] = ()


def enter(entries: list[Entry]) -> None:
    """Stores the messages with all that goes with them, inside ``write()``. The rows in the entries get their ids."""
    conversations = {id(entry.conversation): entry.conversation for entry in entries}
    begun = [row for row in conversations.values() if row.id is None]
    bulk.insert(begun)
    for entry in entries:
        entry.message.conversation_id = entry.message.origin_conversation_id = entry.conversation.id
    bulk.insert([entry.message for entry in entries])
    _with_them(entries)
    _take_part(entries)
    new = {row.id for row in begun}
    told: list[Fact] = []
    changed: dict[int, Conversation] = {}
    for entry in entries:
        if entry.conversation.id in new:
            new.discard(entry.conversation.id)
            opened = str(entry.conversation.id)
            told.append(facts.of(entry.conversation, "conversation.opened", opened, entry.conversation.created))
        told += _heard(entry.conversation, entry.message)
        changed[entry.conversation.id] = entry.conversation
    bulk.update(list(changed.values()), COLUMNS)
    events.record(told)


def _with_them(entries: list[Entry]) -> None:
    """Files, and the ids by which answers will refer to the messages."""
    bulk.insert(
        [
            Attachment(
                message=entry.message,
                sha256=sha256,
                name=file.name[:200] or "file",
                content_type=file.content_type[:120],
                size=size,
                content_id=file.content_id[:255],
                inline=file.inline,
            )
            for entry in entries
            for file, (sha256, size) in entry.files
        ]
    )
    bulk.insert(
        [
            MessageReference(message=entry.message, value=entry.external_id[:255])
            for entry in entries
            if entry.external_id
        ]
    )


def _take_part(entries: list[Entry]) -> None:
    """Notes senders and copied people; who is there already keeps her place."""
    wanted: dict[tuple[int, str, str], Participant] = {}
    for entry in entries:
        message = entry.message
        rows = [("customer", message.profile_id, message.address_kind, message.address, entry.name, message.id)]
        rows += [("copied", None, other.kind, other.value, other.name, 0) for other in entry.copied[:COPIED]]
        for role, profile_id, kind, address, name, from_message in rows:
            row = Participant(
                conversation_id=message.conversation_id,
                profile_id=profile_id,
                address_kind=kind,
                address=address[:320],
                name=name[:200],
                role=role,
                from_message=from_message,
            )
            first = wanted.setdefault((row.conversation_id, row.address_kind, row.address), row)
            first.profile_id = first.profile_id or profile_id
    held = bulk.fetch(
        Participant,
        conversation_id={number for number, _, _ in wanted},
        address={address for _, _, address in wanted},
    )
    nameless = []
    for row in held:
        new = wanted.pop((row.conversation_id, row.address_kind, row.address), None)
        if new is not None and row.profile_id is None and new.profile_id is not None:
            row.profile_id = new.profile_id
            nameless.append(row)
    bulk.update(nameless, ["profile_id"])
    bulk.insert(list(wanted.values()))


def _heard(conversation: Conversation, message: Message) -> list[Fact]:
    """What a message from outside does to its conversation, and the facts of it."""
    told = []
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
            told.append(facts.of(conversation, "conversation.reopened", str(message.id), message.at))
    return [*told, facts.of_message(message, "message.received")]
