"""Applying a change to one conversation or many, and taking it back exactly."""

from collections.abc import Iterable

from django.conf import settings
from django.db.models import Q
from msgspec import Struct

from rondpoint.conversations.models import Conversation, Participant
from rondpoint.conversations.rules.changes import Change
from rondpoint.events import actions as events
from rondpoint.events import live
from rondpoint.events.types import Fact
from rondpoint.lib import clock, signing
from rondpoint.lib.db import lock_row, write

PURPOSE = "undo change"
UNDO_WITHIN = 10 * clock.MINUTE
READ = "conversation.read"  # whispered to open screens when unread marks change


class Applied(Struct, frozen=True):
    """What a change did: the former values of each conversation it touched."""

    change: Change
    before: dict[int, dict]

    def __len__(self) -> int:
        return len(self.before)


def apply(conversation_ids: Iterable[int], change: Change, by: str, now: int | None = None) -> Applied:
    """Applies ``change`` where it means something. The state and the fact are one transaction."""
    now = now or clock.now()
    names = list(change.columns)
    same = Q(**change.columns)
    with write():
        rows = Conversation.objects.filter(id__in=list(conversation_ids), state__in=change.states).exclude(same)
        touched = list(lock_row(rows.order_by("id")))
        before = {row.id: {name: getattr(row, name) for name in names} for row in touched}
        Conversation.objects.filter(id__in=before).update(**change.columns)
        if change.fact:
            _tell(touched, change.fact, now, {"by": by, **change.said})
    if touched and not change.fact:
        _whisper(touched)
    return Applied(change, before)


def ticket(applied: Applied, user_id: int, now: int | None = None) -> str:
    """By which ``user_id``, and nobody else, can take back what was done, for ten minutes."""
    said = {
        "user": user_id,
        "fact": applied.change.fact,
        "after": applied.change.columns,
        "before": [[number, columns] for number, columns in applied.before.items()],
    }
    return signing.sign(settings.SECRET_KEY, PURPOSE, said, (now or clock.now()) + UNDO_WITHIN)


def undo(token: str, user_id: int, by: str, now: int | None = None) -> tuple[int, int]:
    """Gives each conversation the values it had, unless somebody has changed it since.

    Returns how many were restored and how many were left as they are. Raises BadToken when the ticket is not hers or
    its time is over.
    """
    now = now or clock.now()
    said = signing.unsign(settings.SECRET_KEY, PURPOSE, token, now)
    if said["user"] != user_id:
        raise signing.BadToken("the ticket is somebody else's")
    restored = []
    with write():
        for number, columns in said["before"]:
            if Conversation.objects.filter(id=number, **_as_left(said["after"])).update(**columns):
                restored.append(number)
        rows = list(Conversation.objects.filter(id__in=restored))
        if said["fact"]:
            _tell(rows, "conversation.restored", now, {"by": by, "undone": said["fact"]})
    if not said["fact"]:
        _whisper(rows)
    return len(restored), len(said["before"]) - len(restored)


def _as_left(after: dict) -> dict:
    """The filter that finds a conversation as the change left it. Reading it does not count as changing it."""
    kept = {name: value for name, value in after.items() if name != "unread" or len(after) == 1}
    return {
        name if value is not None else f"{name}__isnull": value if value is not None else True
        for name, value in kept.items()
    }


def _tell(conversations: list[Conversation], type_: str, now: int, said: dict) -> None:
    events.record(
        [
            Fact(
                profile_id=row.profile_id,
                type=type_,
                occurred=now,
                source="conversations",
                message_id=f"{type_}:{row.id}:{now}",
                properties={"conversation_id": row.id, **said},
            )
            for row in conversations
        ]
    )


def _whisper(conversations: list[Conversation]) -> None:
    devices = Participant.objects.filter(conversation__in=conversations, address_kind="chat", profile_id__isnull=False)
    heard = {row.id: {"desk", f"conversation:{row.id}"} for row in conversations}
    for number, profile_id in devices.values_list("conversation_id", "profile_id"):
        heard[number].add(f"profile:{profile_id}")  # her browsers show that she was read
    for number, topics in heard.items():
        for topic in topics:
            live.whisper(topic, READ, {"conversation_id": number})
