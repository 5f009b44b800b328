"""Conversations and messages as the API shows them."""

from urllib.parse import quote

from django.conf import settings

from rondpoint.conversations import queries
from rondpoint.conversations.models import Conversation
from rondpoint.conversations.queries.inbox import channels_used
from rondpoint.conversations.queries.listing import public_ids
from rondpoint.conversations.queries.thread import MessageView
from rondpoint.conversations.types import Issued, Reach
from rondpoint.customers import queries as customers
from rondpoint.lib import clock
from rondpoint.sending import queries as sending
from rondpoint.sending.types import Verdict


def lines(rows: list[Conversation]) -> list[dict]:
    """Conversations in a list, with two queries for all."""
    people = customers.by_ids({row.customer_id for row in rows})
    used = channels_used([row.id for row in rows])
    return [_line(row, people[row.customer_id], used.get(row.id, {})) for row in rows]


def whole(conversation: Conversation) -> dict:
    """A conversation with the ways to reach its person."""
    return {**lines([conversation])[0], "reach": reach(queries.reachability(conversation))}


def reach(found: list[Reach]) -> list[dict]:
    """Each channel: usable or why not."""
    return [
        {
            "channel": row.channel,
            "label": row.label,
            "address": row.address if row.address_kind != "chat" else "",
            "usable": row.usable,
            "reason": row.reason,
            "explanation": row.explanation,
            "segments": row.segments,
            "encoding": row.encoding,
            "preferred": row.preferred,
            "evidence": row.evidence,
        }
        for row in found
    ]


def messages(views: list[MessageView]) -> list[dict]:
    """Messages with their state, files and the gate's decision, with two queries for all."""
    names = public_ids({view.message.conversation_id for view in views})
    dispatches = [view.message.dispatch_id for view in views if view.message.dispatch_id]
    decided = sending.decisions(dispatch_ids=dispatches, limit=2 * len(dispatches)) if dispatches else []
    decisions = {row.dispatch_id: row for row in decided}
    return [
        _message(view, names[view.message.conversation_id], decisions.get(view.message.dispatch_id)) for view in views
    ]


def decision(verdict: Verdict) -> dict:
    """The gate's word on one message."""
    return {
        "id": verdict.decision or None,
        "verdict": verdict.verdict,
        "step": verdict.step,
        "reason": verdict.reason,
        "detail": verdict.detail,
    }


def continuation(issued: Issued) -> dict:
    """A way to go on; only what this kind has."""
    return {
        "via": issued.kind,
        "url": issued.url or None,
        "code": issued.code or None,
        "qr_svg": issued.qr_svg or None,
        "address": issued.address or None,
        "expires_at": clock.iso(issued.expires or None),
        "message": str(issued.message.public_id) if issued.message is not None else None,
    }


def _line(row: Conversation, customer, used: dict[str, int]) -> dict:
    return {
        "id": str(row.public_id),
        "subject": row.subject,
        "state": row.state,
        "customer": {"id": str(customer.public_id), "name": customer.name},
        "assignee": {"email": row.assignee.email, "name": row.assignee.name} if row.assignee else None,
        "team": row.team.name if row.team else None,
        "channels": sorted(used, key=lambda channel: (-used[channel], channel)),
        "preview": row.last_preview,
        "waiting_since": clock.iso(row.waiting_since),
        "created_at": clock.iso(row.created),
        "last_message_at": clock.iso(row.last_message_at),
        "closed_at": clock.iso(row.closed),
        "snoozed_until": clock.iso(row.snoozed_until),
        "priority": row.priority,
        "unread": row.unread,
    }


def _message(view: MessageView, conversation: str, decided) -> dict:
    row = view.message
    return {
        "id": str(row.public_id),
        "seq": row.id,
        "conversation": conversation,
        "channel": row.channel,
        "direction": row.direction,
        "state": view.state,
        "error": view.error,
        "author": {"kind": row.author_kind, "name": row.author_name},
        "text": row.text,
        "folded": row.folded,
        "html": row.html,
        "subject": row.subject,
        "address": row.address if row.address_kind != "chat" else "",
        "at": clock.iso(row.at),
        "unverified": row.unverified,
        "segments": view.segments,
        "files": [
            {
                "name": file.name,
                "content_type": file.content_type,
                "size": file.size,
                "url": f"{settings.RONDPOINT_URL}/files/{file.token}/{quote(file.name)}",
            }
            for file in view.attachments
        ],
        "decision": {
            "id": str(decided.public_id),
            "verdict": decided.verdict,
            "step": decided.step,
            "reason": decided.reason,
            "detail": decided.detail,
        }
        if decided
        else None,
    }
