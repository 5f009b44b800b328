"""Messages of before, which another system kept: they are read and found, and nobody has to answer them."""

from collections.abc import Sequence

from msgspec import Struct

from rondpoint.conversations.actions import facts
from rondpoint.conversations.models import Conversation, Message, MessageReference, Participant
from rondpoint.conversations.rules import wording
from rondpoint.customers import queries as customers
from rondpoint.events import actions as events
from rondpoint.lib import bulk


class Past(Struct, frozen=True):
    """A message of before. ``key`` makes it the same one when it comes again; those of one ``thread`` and person stand
    in one conversation. ``at``: microseconds UTC; ``author``: who of the house wrote, or what the person is called."""

    profile_id: int
    key: str
    thread: str
    inbound: bool
    channel: str
    address_kind: str
    address: str
    at: int
    text: str
    subject: str = ""
    author: str = ""


def known(keys: Sequence[str]) -> set[str]:
    """Which messages are here already, by their keys."""
    return {row.source_key for row in bulk.fetch(Message, source_key=set(keys))}


def remember(past: Sequence[Past], brand_id: int | None, now: int) -> None:
    """Stores messages of before in closed conversations, inside ``write()``; none of them is here already."""
    ordered = sorted(past, key=lambda each: each.at)
    talks = _conversations(ordered, brand_id)
    messages = []
    for each in ordered:
        talk = talks[each.thread, each.profile_id]
        messages.append(
            Message(
                conversation_id=talk.id, origin_conversation_id=talk.id, profile_id=each.profile_id,
                direction="in" if each.inbound else "out", channel=each.channel, address_kind=each.address_kind,
                address=each.address, author_kind="customer" if each.inbound else "agent",
                author_name=each.author[:200], subject=each.subject[:300], text=each.text, at=each.at, received=now,
                source_key=each.key,
            )
        )  # fmt: skip
        _follow(talk, each)
    bulk.insert(messages)
    first: dict[tuple[str, int], Message] = {}
    for each, message in zip(ordered, messages, strict=True):
        first.setdefault((each.thread, message.conversation_id), message)
    bulk.insert([MessageReference(message=row, value=thread) for (thread, _), row in first.items()])
    bulk.update(list(talks.values()), ["last_message_at", "last_preview", "last_channel", "subject", "closed"])
    people = {(row.conversation_id, row.address_kind, row.address): row for row in messages if row.direction == "in"}
    bulk.insert_new(
        [
            Participant(
                conversation_id=row.conversation_id, profile_id=row.profile_id, address_kind=row.address_kind,
                address=row.address, name=row.author_name, role="customer", from_message=row.id,
            )
            for row in people.values()
        ]
    )  # fmt: skip
    types = {"in": "message.received", "out": "message.queued"}
    events.record([facts.of_message(row, types[row.direction]) for row in messages])


def _conversations(past: Sequence[Past], brand_id: int | None) -> dict[tuple[str, int], Conversation]:
    """The conversation of each thread and person: the one its messages of before stand in, or a new one."""
    references = bulk.fetch(MessageReference, value={each.thread for each in past})
    messages = {row.id: row for row in bulk.fetch(Message, id={row.message_id for row in references})}
    rows = {row.id: row for row in bulk.fetch(Conversation, id={row.conversation_id for row in messages.values()})}
    found = {}
    for reference in references:
        message = messages[reference.message_id]
        found[reference.value, message.profile_id] = rows[message.conversation_id]
    owners = customers.customers_of({each.profile_id for each in past})
    new = {}
    for each in past:
        name = (each.thread, each.profile_id)
        if name not in found and name not in new:
            new[name] = Conversation(
                profile_id=each.profile_id, customer_id=owners[each.profile_id], brand_id=brand_id,
                subject=wording.bare_subject(each.subject)[:300], state="closed", created=each.at, closed=each.at,
                last_message_at=each.at, unread=False,
            )  # fmt: skip
    bulk.insert(list(new.values()))
    return found | new


def _follow(talk: Conversation, each: Past) -> None:
    """Keeps what the inbox shows of a conversation in step."""
    if each.at >= talk.last_message_at or not talk.last_preview:
        talk.last_message_at = max(each.at, talk.last_message_at)
        talk.last_preview = wording.preview(each.text or each.subject)
        talk.last_channel = each.channel if each.inbound or not talk.last_channel else talk.last_channel
        if talk.state == "closed":
            talk.closed = talk.last_message_at
    if not talk.subject and each.subject:
        talk.subject = wording.bare_subject(each.subject)[:300]
