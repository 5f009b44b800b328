"""The stream of a chat: missed messages first, then live ones. Nothing is held while nothing happens."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator

from django.db import close_old_connections

from rondpoint.conversations.chat import catching_up
from rondpoint.conversations.models import ChatSession, Participant
from rondpoint.conversations.queries.access import visible
from rondpoint.conversations.queries.thread import views
from rondpoint.customers import queries as customers
from rondpoint.events import live
from rondpoint.events.types import Live

HEARTBEAT = 15.0  # seconds
STATES = {"conversation.closed": "closed", "conversation.opened": "open", "conversation.reopened": "open"}


async def events(session: ChatSession, after: int) -> AsyncIterator[bytes]:
    """Server-sent events (WHATWG HTML §9.2): ``id`` is the message's sequence number. Ends with an erased session."""
    yield b"retry: 2000\n\n"
    try:
        async with live.hub().subscribe(await asyncio.to_thread(topics_of, session)) as subscription:
            async for told in _told(session, after, subscription):
                yield told
    except ChatSession.DoesNotExist:
        return
    except live.Ended:
        yield b"retry: 300\n\n"  # the house starts anew: come back soon


async def _told(session: ChatSession, start: int, subscription: live.Subscription) -> AsyncIterator[bytes]:
    after, changed, late = start, True, 0
    sent: deque[int] = deque(maxlen=500)
    while True:
        found = await catching_up.ask(session, after, late) if changed else []
        for message in found:
            number = message["seq"]
            sent.append(number)
            yield event("message", message, number if number > after else None)
            after = max(after, number)
        if len(found) >= catching_up.PAGE:
            continue
        changed, late = False, 0
        news = await subscription.next(HEARTBEAT)
        if news is None:
            yield b": here\n\n"
        elif news.type == "typing":
            if news.data.get("kind") == "agent":
                yield event("typing", news.data)
        elif news.type == "message.state":
            number = news.data.get("message_id") or 0
            if number > start and number not in sent:  # it has left now: until then it could be taken back
                changed, late = True, number if number < after else 0
                continue
            told = await asyncio.to_thread(receipt, session, news, after)
            if told:
                yield event("receipt", told)
        elif news.type == "conversation.read":
            told = await asyncio.to_thread(seen, session, news.data.get("conversation_id") or 0)
            if told:
                yield event("receipt", told)
        elif news.type.startswith("message."):
            number = news.data.get("message_id") or 0
            # Transactions may commit in another order than their ids: the later one is asked for by its number.
            changed, late = True, number if start < number < after and number not in sent else 0
        elif news.type == "conversation.assigned":
            yield event("agent", {"name": news.data.get("assignee", "")})
        elif news.type in STATES:
            yield event("state", {"state": STATES[news.type]})
        else:
            subscription.set_topics(await asyncio.to_thread(topics_of, session))
            changed = True


def event(name: str, data: dict, number: int | None = None) -> bytes:
    """One event as bytes."""
    head = f"id: {number}\n" if number is not None else ""
    return f"{head}event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()


def receipt(session: ChatSession, news: Live, after: int) -> dict:
    """What became of a message the session sees; empty for any other."""
    _fresh(session)
    found = views(list(visible(session).filter(id=news.data.get("message_id") or 0)))
    if not found:
        return {}
    if found[0].message.id <= after:
        catching_up.delivered(found)
    return {
        "id": str(found[0].message.public_id),
        "seq": found[0].message.id,
        "state": news.data.get("state", ""),
    }


def seen(session: ChatSession, conversation_id: int) -> dict:
    """The last of her messages that staff has seen; empty when it is unread again or not for her eyes."""
    _fresh(session)
    hers = visible(session).filter(conversation_id=conversation_id, conversation__unread=False, direction="in")
    last = hers.order_by("-id").first()
    return {"id": str(last.public_id), "seq": last.id, "state": "read"} if last else {}


def topics_of(session: ChatSession) -> set[str]:
    """The facts that may concern a session: those of its person as far as it may see, and of what it joined."""
    _fresh(session)
    profiles = customers.rights(session.profile_id) if session.proved else [session.profile_id]
    joined = Participant.objects.filter(profile_id=session.profile_id, role="joined").select_related("conversation")
    return {f"profile:{profile}" for profile in profiles} | {
        f"conversation:{row.conversation.merged_into_id or row.conversation_id}" for row in joined
    }


def _fresh(session: ChatSession) -> None:
    """It may have proved itself, or moved to its account, since the stream began."""
    close_old_connections()
    session.refresh_from_db(fields=["proved", "profile_id"])
