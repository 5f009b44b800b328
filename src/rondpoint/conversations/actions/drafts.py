"""Drafts: what somebody has begun to write, kept for her on every device until it is sent or emptied."""

from rondpoint.accounts.models import User
from rondpoint.conversations.models import Attachment, Conversation, Draft, Message
from rondpoint.lib import clock
from rondpoint.lib.db import write

KINDS = ("answer", "note")
MAX_FILES = 10
ORPHANED_AFTER = clock.DAY


def save(
    conversation: Conversation,
    user: User,
    kind: str,
    channel: str = "",
    subject: str = "",
    text: str = "",
    files: list[str] | tuple[str, ...] = (),
    now: int | None = None,
    key: str = "",
) -> bool:
    """Keeps a draft; an empty one is forgotten. False, and nothing kept, when ``key`` was sent already: a draft that
    was on its way while the answer left must not come back to life. Raises ValueError for an unknown ``kind``."""
    if kind not in KINDS:
        raise ValueError(f"kind: {kind!r} is not one of {', '.join(KINDS)}")
    with write():
        if key and Message.objects.filter(source_key=sent_key(user, key)).exists():
            return False
        there = Attachment.objects.filter(token__in=list(files)[:MAX_FILES], message=None, session_id=None)
        kept = list(there.order_by("id").values_list("token", flat=True))
        if not text.strip() and not kept:
            forget(conversation, user, kind)
            return True
        Draft.objects.update_or_create(
            conversation=conversation,
            user=user,
            kind=kind,
            defaults={
                "channel": channel[:24],
                "subject": subject[:300],
                "text": text,
                "files": kept,
                "updated": now or clock.now(),
            },
        )
        return True


def forget(conversation: Conversation, user: User, kind: str) -> None:
    """It was sent, or given up."""
    with write():
        Draft.objects.filter(conversation=conversation, user=user, kind=kind).delete()


def sent_key(user: User, key: str) -> str:
    """Under which source key a message written with the composer's ``key`` stands."""
    return f"out:{composer_key(user, key)}"[:200]


def composer_key(user: User, key: str) -> str:
    """The idempotency key of what one composer sends once."""
    return f"desk:{user.id}:{key[:64]}"


def sweep(now: int | None = None) -> int:
    """Forgets uploads that no message took and no draft holds, a day later. How many there were. Periodic."""
    before = (now or clock.now()) - ORPHANED_AFTER
    orphans = Attachment.objects.filter(message=None, session_id=None, created__lt=before)
    if not orphans.exists():
        return 0
    with write():
        held = {token for files in Draft.objects.exclude(files=[]).values_list("files", flat=True) for token in files}
        gone = [row.id for row in orphans.only("id", "token")[:1000] if row.token not in held]
        return Attachment.objects.filter(id__in=gone).delete()[0]
