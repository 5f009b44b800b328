"""Undoing a send: an answer that has not left yet comes back as a draft, and nobody sees it any more."""

from django.conf import settings
from msgspec import Struct

from rondpoint.accounts.models import User
from rondpoint.conversations.actions import drafts, facts
from rondpoint.conversations.models import Attachment, Conversation, Message
from rondpoint.conversations.rules.signature import unsign
from rondpoint.lib import clock, signing
from rondpoint.lib.db import write
from rondpoint.sending import actions as sending

PURPOSE = "undo send"
GRACE = clock.MINUTE  # the ticket outlives the delay a little: whether it is too late is for the dispatch to say
KEPT = ("state", "closed", "snoozed_until", "waiting_since", "unread", "assignee_id")


class Withdrawn(Struct, frozen=True):
    """What comes back into the composer."""

    text: str
    subject: str
    channel: str
    files: list[str]


def before(conversation: Conversation) -> dict:
    """What answering is about to change on a conversation."""
    return {name: getattr(conversation, name) for name in KEPT}


def ticket(message: Message, user: User, was: dict, until: int) -> str:
    """Lets ``user`` take a message back; ``was``: the conversation as :func:`before` saw it."""
    said = {"message": message.id, "user": user.id, "was": was}
    return signing.sign(settings.SECRET_KEY, PURPOSE, said, until + GRACE)


def withdraw(conversation: Conversation, user: User, token: str, now: int | None = None) -> Withdrawn | None:
    """Takes the message of a ticket back; None when it is too late. Raises lib.signing.BadToken.

    The conversation is as it was before, unless something else was said meanwhile.
    """
    now = now or clock.now()
    said = signing.unsign(settings.SECRET_KEY, PURPOSE, token, now)
    if said["user"] != user.id:
        raise signing.BadToken("the ticket is somebody else's")
    with write():
        message = Message.objects.filter(id=said["message"], conversation=conversation).first()
        if message is None or message.dispatch_id is None or not sending.withdraw(message.dispatch_id, now):
            return None
        files = Attachment.objects.filter(message=message)
        text = unsign(message.text, user.signature)
        tokens = list(files.order_by("id").values_list("token", flat=True))
        back = Withdrawn(text, message.subject, message.channel, tokens)
        files.update(message=None)
        last = not Message.objects.filter(conversation=conversation, id__gt=message.id).exists()
        number, profile_id = message.id, message.profile_id
        message.delete()
        drafts.save(conversation, user, "answer", back.channel, back.subject, back.text, back.files, now)
        conversation.refresh_from_db()
        if last:
            for name, value in said["was"].items():
                setattr(conversation, name, value)
        else:
            conversation.state, conversation.closed = "open", None
        conversation.save(update_fields=KEPT)
        waiting = conversation.waiting_since
        facts.recount(conversation)
        if last:  # what was waited for before is waited for again, also where the count would see it otherwise
            Conversation.objects.filter(id=conversation.id).update(waiting_since=waiting)
        facts.tell(
            conversation,
            "message.withdrawn",
            str(number),
            now,
            message_id=number,
            by=user.name,
            profiles=[profile_id],
        )
        return back
