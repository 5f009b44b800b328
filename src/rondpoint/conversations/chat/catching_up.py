"""What the open streams of chats have missed: asked by many sessions at once, answered in a few statements."""

from django.db import close_old_connections
from msgspec import Struct

from rondpoint.conversations import queries
from rondpoint.conversations.chat.messages import on_the_wire
from rondpoint.conversations.models import ChatSession, Message, Participant
from rondpoint.conversations.queries.access import not_yet_sent, visible
from rondpoint.conversations.queries.thread import MessageView, views
from rondpoint.lib import bulk
from rondpoint.lib.gathering import Gathering
from rondpoint.sending import actions as sending

PAGE = 200


class Asked(Struct):
    """A session asks for what it may see after a sequence number, and for the message ``late`` below it."""

    session: ChatSession
    after: int
    late: int


async def ask(session: ChatSession, after: int, late: int = 0) -> list[dict]:
    """What a session may see after a sequence number, as the protocol tells it. Being streamed is being delivered.

    Raises ChatSession.DoesNotExist when the session was erased.
    """
    return await _gathering.ask(Asked(session, after, late))


def answer(batch: list[Asked]) -> list[list[dict] | Exception]:
    """Answers many sessions. What a session that proved nothing and joined nothing may see is its profile's messages
    alone: those of all such sessions are read together."""
    close_old_connections()
    rows = {row.id: row for row in bulk.fetch(ChatSession, id={asked.session.id for asked in batch})}
    for asked in batch:
        row = rows.get(asked.session.id)
        if row is not None:  # it may have proved itself, or moved to its account, since the stream began
            asked.session.proved, asked.session.profile_id = row.proved, row.profile_id
    profiles = {asked.session.profile_id for asked in batch}
    joined = {row.profile_id for row in bulk.fetch(Participant, profile_id=profiles, role=["joined"])}
    found: dict[int, list[MessageView]] = {}
    plain: list[int] = []
    for place, asked in enumerate(batch):
        if asked.session.id not in rows:
            continue
        if asked.after and not asked.late and not asked.session.proved and asked.session.profile_id not in joined:
            plain.append(place)
        else:
            found[place] = _of_one(asked)
    found |= _of_plain({place: batch[place] for place in plain})
    delivered([view for views_ in found.values() for view in views_])
    told = iter(on_the_wire([view for place in sorted(found) for view in found[place]]))
    answers = {place: [next(told) for _ in found[place]] for place in sorted(found)}
    return [
        answers[place] if place in answers else ChatSession.DoesNotExist() for place in range(len(batch))
    ]


def delivered(found: list[MessageView]) -> None:
    """Notes that chat messages reached the person's screen."""
    sent = [view.message.dispatch_id for view in found if view.message.channel == "chat" and view.state == "sent"]
    if any(sent):
        sending.mark([dispatch for dispatch in sent if dispatch], "delivered")


def _of_one(asked: Asked) -> list[MessageView]:
    found = views(list(visible(asked.session).filter(id=asked.late))) if asked.late else []
    return found + queries.visible_to(asked.session, after_id=asked.after, limit=PAGE if asked.after else 50)


def _of_plain(asked: dict[int, Asked]) -> dict[int, list[MessageView]]:
    if not asked:
        return {}
    profiles = {one.session.profile_id for one in asked.values()}
    rows = Message.objects.filter(profile_id__in=profiles, id__gt=min(one.after for one in asked.values()))
    came = list(rows.order_by("id"))
    waits = any(row.direction == "out" and row.channel != "chat" for row in came)
    hidden = set(not_yet_sent(rows)) if waits else set()
    mine: dict[int, list[MessageView]] = {}
    for view in views([row for row in came if row.id not in hidden]):
        mine.setdefault(view.message.profile_id, []).append(view)
    return {
        place: [view for view in mine.get(one.session.profile_id, ()) if view.message.id > one.after][:PAGE]
        for place, one in asked.items()
    }


_gathering: Gathering[Asked, list[dict]] = Gathering(answer, name="chat-missed")
