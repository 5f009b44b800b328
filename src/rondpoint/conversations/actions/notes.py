"""Notes between colleagues. No channel ever carries one to the customer."""

from rondpoint.accounts.models import User
from rondpoint.conversations.actions import drafts, facts
from rondpoint.conversations.models import Conversation, Mention, Note
from rondpoint.conversations.rules.mentions import mentioned
from rondpoint.lib import clock
from rondpoint.lib.db import write

LIMIT = 20_000


class EmptyNote(ValueError):
    """There is nothing in the note."""


def add(
    conversation: Conversation, text: str, user: User | None = None, author_name: str = "", now: int | None = None
) -> Note:
    """Writes a note; colleagues named by ``@Name`` are told and see the conversation. Raises EmptyNote."""
    text = text.strip()[:LIMIT]
    if not text:
        raise EmptyNote("there is nothing in the note")
    now = now or clock.now()
    names = dict(User.objects.filter(is_active=True).order_by("id").values_list("id", "name"))
    named = [number for number in mentioned(text, names) if user is None or number != user.id]
    with write():
        note = Note.objects.create(
            conversation=conversation, user=user, author_name=user.name if user else author_name, text=text, at=now
        )
        Mention.objects.bulk_create([Mention(note=note, user_id=number) for number in named])
        if user is not None:
            drafts.forget(conversation, user, "note")
        facts.tell(
            conversation, "note.written", str(note.id), now, note_id=note.id, by=note.author_name, mentions=named
        )
    return note


def seen(conversation: Conversation, user: User, now: int | None = None) -> None:
    """Somebody has read the notes that name her here."""
    unseen = Mention.objects.filter(note__conversation=conversation, user=user, seen=None)
    if unseen.exists():
        with write():
            unseen.update(seen=now or clock.now())
