"""The stream of a chat: missed messages first, then live ones. Nothing is held while nothing happens."""

import asyncio
import json
from collections.abc import AsyncIterator

from django.db import close_old_connections

from rondpoint.conversations import queries
from rondpoint.conversations.chat.messages import on_the_wire
from rondpoint.conversations.models import ChatSession, Participant
from rondpoint.customers import queries as customers
from rondpoint.events import live
from rondpoint.events.types import Live
from rondpoint.sending import actions as sending

HEARTBEAT = 15.0  # seconds


async def events(session: ChatSession, after: int) -> AsyncIterator[bytes]:
    """Server-sent events (WHATWG HTML §9.2): ``id`` is the message's sequence number."""
    yield b"retry: 2000\n\n"
    topics = await asyncio.to_thread(topics_of, session)
    async with live.hub().subscribe(topics) as subscription:
        news: Live | None = None
        changed = True
        while True:
            if changed:
                found = await asyncio.to_thread(missed, session, after)
                for message in found:
                    after = max(after, message["seq"])
                    yield event("message", message, message["seq"])
            changed = False
            news = await subscription.next(HEARTBEAT)
            if news is None:
                yield b": here\n\n"
                continue
            if news.type == "typing":
                if news.data.get("kind") == "agent":
                    yield event("typing", news.data)
            elif news.type == "message.state":
                yield event("receipt", {"seq": news.data.get("message_id"), "state": news.data.get("state")})
            elif news.type.startswith("message."):
                changed = True
            elif news.type == "conversation.assigned":
                yield event("agent", {"name": news.data.get("assignee", "")})
            elif news.type in ("conversation.closed", "conversation.reopened"):
                yield event("state", {"state": news.type.partition(".")[2]})
            else:
                subscription.set_topics(await asyncio.to_thread(topics_of, session))
                changed = True


def event(name: str, data: dict, number: int | None = None) -> bytes:
    """One event as bytes."""
    head = f"id: {number}\n" if number is not None else ""
    return f"{head}event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()


def missed(session: ChatSession, after: int) -> list[dict]:
    """What a session may see after a sequence number. Being streamed is being delivered."""
    close_old_connections()
    session.refresh_from_db(fields=["proved", "profile_id"])
    views = queries.visible_to(session, after_id=after, limit=200) if after else queries.visible_to(session, limit=50)
    sent = [view.message.dispatch_id for view in views if view.message.channel == "chat" and view.state == "sent"]
    if sent:
        sending.mark([dispatch for dispatch in sent if dispatch], "delivered")
    return [on_the_wire(view, session) for view in views]


def topics_of(session: ChatSession) -> set[str]:
    """The facts that may concern a session: those of its person as far as it may see, and of what it joined."""
    close_old_connections()
    session.refresh_from_db(fields=["proved", "profile_id"])
    profiles = customers.rights(session.profile_id) if session.proved else [session.profile_id]
    joined = Participant.objects.filter(profile_id=session.profile_id, role="joined").select_related("conversation")
    return {f"profile:{profile}" for profile in profiles} | {
        f"conversation:{row.conversation.merged_into_id or row.conversation_id}" for row in joined
    }
