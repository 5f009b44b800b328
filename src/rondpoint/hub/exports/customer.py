"""One customer with all that is known of her, as JSON: what a person may ask for, and what another house can take."""

from typing import Any

from rondpoint.conversations.models import Attachment, Conversation, Message
from rondpoint.customers import queries as customers
from rondpoint.customers.models import Customer, Identifier
from rondpoint.customers.types import Evidence
from rondpoint.events.models import Event
from rondpoint.hub import shown
from rondpoint.hub.exports import permission
from rondpoint.hub.imports.whole import FORMAT
from rondpoint.lib import clock
from rondpoint.segments import queries as segments

ORDERS = ("order.", "Order ")


def whole(row: Customer) -> dict[str, Any]:
    """Everything: profiles with what each said and when, identifiers, links, facts, conversations, consents,
    preferences, what the gate decided, orders."""
    golden = customers.golden(row.id)
    profiles = [profile.id for profile in golden.profiles]
    rows = list(Event.objects.filter(profile_id__in=profiles).order_by("occurred", "id"))
    facts = [_fact(fact, outside) for fact, outside in zip(rows, shown.facts(rows), strict=True)]
    return {
        "format": FORMAT,
        "exported_at": clock.iso(clock.now()),
        "id": str(row.public_id),
        "name": golden.name,
        "language": golden.language,
        "created_at": clock.iso(row.created),
        "last_seen_at": clock.iso(row.last_seen),
        "identifiers": [_identifier(held) for held in golden.identifiers],
        "traits": {
            name: {"value": told.value, "source": told.source, "at": clock.iso(told.at), "by": told.by}
            for name, told in golden.traits.items()
        },
        "profiles": _profiles(row.id, profiles),
        "links": [
            {
                "kind": link.kind, "rule": link.rule, "evidence": customers.evidence(link),
                "opened_at": clock.iso(link.opened),
            }
            for link in customers.links(row.id)
        ],
        "segments": [segment.name for segment in segments.of_customer(row.id)],
        "consents": permission.consents(row.id, profiles),
        "preferences": permission.preferences(profiles),
        "decisions": permission.decisions(profiles),
        "orders": [fact for fact in facts if fact["type"].startswith(ORDERS)],
        "timeline": facts,
        "conversations": _conversations(row.id),
    }


def _profiles(customer_id: int, profile_ids: list[int]) -> list[dict[str, Any]]:
    held: dict[int, list[Identifier]] = {number: [] for number in profile_ids}
    for row in customers.of_profiles(profile_ids):
        held[row.profile_id].append(row)
    return [
        {
            "source": profile.source,
            "key": profile.key,
            "created_at": clock.iso(profile.created),
            "traits": {name: _told(told) for name, told in profile.traits.items()},
            "identifiers": [_identifier(row) for row in held[number]],
        }
        for number, profile in sorted(customers.profiles(profile_ids).items())
    ]


def _told(word: dict[str, Any]) -> dict[str, Any]:
    """A word on a trait, with those that it replaced, and when each was said."""
    said = {**word, "at": clock.iso(word["at"])}
    return {**said, "before": [_told(each) for each in word["before"]]} if "before" in word else said


def _identifier(row: Identifier) -> dict[str, Any]:
    return {
        "kind": row.kind,
        "value": row.value,
        "scope": row.scope,
        "evidence": Evidence(row.evidence).name.lower(),
        "created_at": clock.iso(row.created),
        "proved_at": clock.iso(row.proved),
    }


def _fact(fact: Event, outside: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": outside["id"],
        "type": fact.type,
        "title": outside["title"],
        "occurred_at": outside["occurred_at"],
        "received_at": clock.iso(fact.received),
        "channel": fact.channel,
        "source": fact.source,
        "message_id": fact.message_id,
        "properties": outside["data"],
    }


def _conversations(customer_id: int) -> list[dict[str, Any]]:
    rows = list(Conversation.objects.filter(customer_id=customer_id).order_by("id"))
    messages: dict[int, list[Message]] = {row.id: [] for row in rows}
    for message in Message.objects.filter(conversation__in=rows).order_by("id"):
        messages[message.conversation_id].append(message)
    files: dict[int, list[Attachment]] = {}
    for file in Attachment.objects.filter(message__conversation__in=rows).order_by("id"):
        files.setdefault(file.message_id, []).append(file)
    return [
        {
            "id": str(row.public_id),
            "subject": row.subject,
            "state": row.state,
            "created_at": clock.iso(row.created),
            "closed_at": clock.iso(row.closed),
            "messages": [_message(message, files.get(message.id, [])) for message in messages[row.id]],
        }
        for row in rows
    ]


def _message(row: Message, files: list[Attachment]) -> dict[str, Any]:
    return {
        "id": str(row.public_id),
        "direction": row.direction,
        "channel": row.channel,
        "address": row.address,
        "author": row.author_name,
        "subject": row.subject,
        "text": row.text,
        "at": clock.iso(row.at),
        "files": [
            {"name": file.name, "content_type": file.content_type, "size": file.size, "sha256": file.sha256}
            for file in files
        ],
    }
