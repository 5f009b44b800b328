"""Chat messages on the wire, and their way to disk."""

import json
from urllib.parse import quote

from django.conf import settings
from msgspec import structs

from rondpoint.channels import deliveries
from rondpoint.channels.contract import Raw
from rondpoint.conversations.actions.receive import Said, receive_chat
from rondpoint.conversations.models import Conversation, Message
from rondpoint.conversations.queries.thread import MessageView
from rondpoint.customers import queries as customers
from rondpoint.lib import bulk, clock


def store(batch: list[Said]) -> list[Message]:
    """Keeps each message raw and applies it in the same commit: the answer carries its sequence number."""
    profiles = customers.profiles({said.session.profile_id for said in batch})
    incoming = [_incoming(said, profiles[said.session.profile_id].key) for said in batch]
    rows = deliveries.keep(incoming)
    numbers = [rows[item.row.connection_id, item.row.external_id] for item in incoming]
    messages = receive_chat(
        [structs.replace(said, delivery_id=number) for said, number in zip(batch, numbers, strict=True)]
    )
    deliveries.settle(
        {number: [f"message {message.public_id}"] for number, message in zip(numbers, messages, strict=True)}
    )
    return messages


def _incoming(said: Said, key: str) -> deliveries.Incoming:
    body = json.dumps(
        {
            "session": said.session.id,
            "profile": key,
            "client_id": said.client_id,
            "text": said.text,
            "files": said.files,
        }
    ).encode()
    raw = Raw(body, url="/chat/v1/messages", received=said.at)
    return deliveries.incoming(said.session.connection_id, "chat", f"{said.session.id}:{said.client_id}", raw)


def on_the_wire(found: list[MessageView]) -> list[dict]:
    """Messages as the protocol tells them."""
    rows = bulk.fetch(Conversation, id={view.message.conversation_id for view in found})
    conversations = {row.id: row for row in rows}
    for view in found:
        view.message.conversation = conversations[view.message.conversation_id]
    return [_told(view) for view in found]


def _told(view: MessageView) -> dict:
    message = view.message
    return {
        "id": str(message.public_id),
        "seq": message.id,
        "author": {"kind": message.author_kind, "name": message.author_name},
        "direction": message.direction,
        "channel": message.channel,
        "text": message.text,
        "files": [
            {
                "name": file.name,
                "type": file.content_type,
                "size": file.size,
                "url": f"{settings.RONDPOINT_URL}/files/{file.token}/{quote(file.name)}",
            }
            for file in view.attachments
        ],
        "at": clock.iso(message.at),
        "state": view.state,
        "read": message.direction == "in" and not message.conversation.unread,
    }
