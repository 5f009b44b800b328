"""Answering: one message on one channel, through the gate, in one transaction."""

from urllib.parse import quote

from django.conf import settings

from rondpoint.accounts.models import User
from rondpoint.channels import connections, registry
from rondpoint.channels.contract import Address, FileOut, MessageOut
from rondpoint.conversations.actions import facts
from rondpoint.conversations.actions.codes import reply_key
from rondpoint.conversations.models import Attachment, Conversation, Message, MessageReference
from rondpoint.conversations.queries.roads import Road, road
from rondpoint.conversations.rules import tokens, wording
from rondpoint.conversations.types import Reply
from rondpoint.lib import clock, ids
from rondpoint.lib.db import write
from rondpoint.sending import actions as sending
from rondpoint.sending.types import Request, Verdict

NO_ROAD = "reachable"


def reply(
    conversation: Conversation,
    channel: str,
    text: str,
    html: str = "",
    subject: str = "",
    file_tokens: list[str] | tuple[str, ...] = (),
    user: User | None = None,
    author_name: str = "",
    to: tuple[str, str] | None = None,
    connection_id: int | None = None,
    idempotency_key: str | None = None,
    automated: bool = False,
    purpose: str = "service",
    delay: int = 0,
    now: int | None = None,
) -> Reply:
    """Writes to the person of a conversation on any channel.

    ``to``: (kind, address), by default where she last wrote from on this channel. The gate's refusal comes back as the
    verdict with no message; nothing was sent and nothing is lost. The same ``idempotency_key`` answers the same.
    ``delay``: microseconds in which it may be taken back; none where the person is there and waits for it.
    """
    now = now or clock.now()
    with write():
        if idempotency_key:
            known = Message.objects.filter(source_key=f"out:{idempotency_key}"[:200]).first()
            if known is not None:
                return Reply(known, sending.verdict_of(known.dispatch_id))
        way = road(conversation, channel, to, connection_id)
        if way is None:
            return Reply(None, _no_road(channel))
        public_id = ids.uuid7()
        message = MessageOut(
            id=str(public_id),
            to=Address(way.address_kind, way.address),
            text=text,
            html=html,
            subject=subject or conversation.subject,
            sender_name=author_name or (user.name if user else ""),
            files=_files(list(file_tokens)),
            reply_token=tokens.reply_token(reply_key(), conversation.id),
            purpose=purpose,
            language=way.language,
            at=now,
            automated=automated,
            **_thread(conversation, channel),
        )
        verdict = sending.submit(
            [
                Request(
                    profile_id=way.profile_id,
                    channel=channel,
                    connection_id=way.connection_id,
                    address=message.to,
                    purpose=purpose,
                    message=message,
                    idempotency_key=f"message:{public_id}",
                    last_inbound=way.last_inbound,
                    priority="normal" if automated else "high",
                    not_before=now + delay if delay and not at_once(channel) else 0,
                )
            ],
            now,
        )[0]
        if verdict.dispatch_id is None:
            return Reply(None, verdict)
        written = _write_down(
            conversation, way, message, verdict, user, author_name, idempotency_key, list(file_tokens)
        )
        return Reply(written, verdict)


def copies(message: Message) -> list[str]:
    """Tokens of new attachments with the files of a message, for sending them once more."""
    with write():
        return [
            Attachment.objects.create(
                sha256=row.sha256, name=row.name, content_type=row.content_type, size=row.size
            ).token
            for row in Attachment.objects.filter(message=message).order_by("id")
        ]


def at_once(channel: str) -> bool:
    """Whether people on a channel wait for every word: where one sees the other type, nothing is held back."""
    return "typing" in registry.get(channel).manifest.capabilities


def _write_down(
    conversation: Conversation,
    way: Road,
    message: MessageOut,
    verdict: Verdict,
    user: User | None,
    author_name: str,
    idempotency_key: str | None,
    file_tokens: list[str],
) -> Message:
    written = Message.objects.create(
        public_id=message.id,
        conversation=conversation,
        origin_conversation_id=conversation.id,
        profile_id=way.profile_id,
        direction="out",
        channel=way.channel,
        connection_id=way.connection_id,
        address_kind=way.address_kind,
        address=way.address,
        author_kind="system" if message.automated else "agent",
        author_name=author_name or (user.name if user else ""),
        user=user,
        subject=message.subject[:300],
        text=message.text,
        html=message.html,
        at=message.at,
        received=message.at,
        dispatch_id=verdict.dispatch_id,
        source_key=f"out:{idempotency_key or message.id}"[:200],
    )
    Attachment.objects.filter(token__in=file_tokens, message=None).update(message=written)
    info = connections.info(way.connection_id)
    external_id = registry.get(way.channel).external_id(message.id, info)
    if external_id:
        MessageReference.objects.create(message=written, value=external_id)
    facts.take_part(conversation, way.profile_id, way.address_kind, way.address, "recipient", "", written.id)
    if not message.automated:
        conversation.state, conversation.waiting_since, conversation.unread = "waiting", None, False
        conversation.closed = conversation.snoozed_until = None
        if user is not None and conversation.assignee_id is None:
            conversation.assignee = user
    conversation.last_message_at = message.at
    conversation.last_preview = wording.preview(message.text or message.subject)
    conversation.save()
    facts.tell_message(written, "message.queued")
    return written


def _thread(conversation: Conversation, channel: str) -> dict:
    """What an answer refers to: the last message of hers on this channel and the ones before."""
    rows = MessageReference.objects.filter(message__conversation=conversation, message__channel=channel)
    known = list(rows.order_by("-message_id", "-id").values_list("value", "message__direction")[:20])
    theirs = [value for value, direction in known if direction == "in"]
    if not theirs:
        return {"references": tuple(value for value, _ in reversed(known))}
    return {"in_reply_to": theirs[0], "references": tuple(value for value, _ in reversed(known))}


def _files(file_tokens: list[str]) -> tuple[FileOut, ...]:
    rows = Attachment.objects.filter(token__in=file_tokens).order_by("id")
    return tuple(FileOut(row.name, row.content_type, row.sha256, _address(row)) for row in rows)


def _address(row: Attachment) -> str:
    """Where a stranger may fetch the file: in an SMS it is a link, and the provider of MMS takes it from there."""
    return f"{settings.RONDPOINT_URL}/files/{row.token}/{quote(row.name)}"


def _no_road(channel: str) -> Verdict:
    return Verdict(
        decision_id=None,
        decision="",
        verdict="refuse",
        step=NO_ROAD,
        reason="no_address",
        detail=f"no address or no connection for {channel}",
        dispatch_id=None,
        segments=0,
    )
