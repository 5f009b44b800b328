"""Chat messages on the wire, and their way to disk."""

import json

from django.conf import settings
from django.db.models import prefetch_related_objects
from msgspec import Struct

from rondpoint.channels import deliveries
from rondpoint.channels.contract import Raw
from rondpoint.channels.models import Delivery
from rondpoint.conversations.actions import receive_chat
from rondpoint.conversations.models import ChatSession, Message
from rondpoint.conversations.queries.thread import MessageView
from rondpoint.customers import queries as customers
from rondpoint.lib import clock


class Said(Struct, frozen=True):
    """What a visitor wrote, on its way to disk."""

    session: ChatSession
    client_id: str
    text: str
    files: list[str]
    at: int


def store(batch: list[Said]) -> list[Message]:
    """Keeps each message raw and applies it in the same commit: the answer carries its sequence number."""
    found = []
    for said in batch:
        profile = customers.profile(said.session.profile_id)
        body = json.dumps(
            {
                "session": said.session.id,
                "profile": profile.key,
                "client_id": said.client_id,
                "text": said.text,
                "files": said.files,
            }
        ).encode()
        external_id = f"{said.session.id}:{said.client_id}"
        raw = Raw(body, url="/chat/v1/messages", received=said.at)
        deliveries.store([deliveries.Incoming(said.session.connection_id, external_id, raw)])
        row = Delivery.objects.get(connection_id=said.session.connection_id, external_id=external_id)
        message = receive_chat(said.session, said.client_id, said.text, said.files, said.at, row.id)
        Delivery.objects.filter(id=row.id).update(
            state="done", processed=clock.now(), outcome=[f"message {message.public_id}"]
        )
        found.append(message)
    return found


def on_the_wire(found: list[MessageView]) -> list[dict]:
    """Messages as the protocol tells them."""
    prefetch_related_objects([view.message for view in found], "conversation")
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
                "url": f"{settings.RONDPOINT_URL}/files/{file.token}/{file.name}",
            }
            for file in view.attachments
        ],
        "at": clock.iso(message.at),
        "state": view.state,
        "read": message.direction == "in" and not message.conversation.unread,
    }
