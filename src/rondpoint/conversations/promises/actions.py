"""Making, keeping, moving and reminding of promises. Each change writes its row and its fact together."""

from rondpoint.accounts.models import User
from rondpoint.conversations.actions import facts
from rondpoint.conversations.models import Commitment, Conversation, Message
from rondpoint.events import live
from rondpoint.lib import clock
from rondpoint.lib.db import write

REMIND_BEFORE = 15 * clock.MINUTE
FURTHEST = 366 * clock.DAY
LONGEST = 300
AT_ONCE = 200


class BadPromise(ValueError):
    """``field`` names what is wrong; the words say how to mend it."""

    def __init__(self, field: str, words: str):
        super().__init__(words)
        self.field = field


def make(
    conversation: Conversation,
    text: str,
    due: int,
    user: User | None,
    message: Message | None = None,
    now: int | None = None,
) -> Commitment:
    """Promises something by ``due`` (microseconds UTC). One open promise a message. Raises BadPromise."""
    now = now or clock.now()
    text = text.strip()
    if not text or len(text) > LONGEST:
        raise BadPromise("text", f"Say what was promised, in 1 to {LONGEST} characters.")
    _check(due, now)
    with write():
        if message is not None and (there := Commitment.objects.filter(message=message, state="open").first()):
            return there
        made = Commitment.objects.create(
            conversation=conversation,
            profile_id=conversation.profile_id,
            message=message,
            user=user,
            text=text,
            due=due,
            created=now,
        )
        _tell(made, "made", now, by=user.name if user else "")
    return made


def settle(commitment: Commitment, state: str, by: str, reason: str = "", now: int | None = None) -> bool:
    """Marks it ``kept`` or ``cancelled``; whether that changed anything. Raises BadPromise for another state."""
    if state not in ("kept", "cancelled"):
        raise BadPromise("state", "Expected kept or cancelled.")
    now = now or clock.now()
    with write():
        changed = Commitment.objects.filter(id=commitment.id, state__in=("open", "missed")).update(
            state=state, settled=now
        )
        if changed:
            _tell(commitment, state, now, by=by, reason=reason[:LONGEST])
    commitment.refresh_from_db()
    return bool(changed)


def move(commitment: Commitment, due: int, by: str, reason: str = "", now: int | None = None) -> bool:
    """Gives it another time, with which it is open again; False when it is settled. Raises BadPromise."""
    now = now or clock.now()
    _check(due, now)
    with write():
        changed = Commitment.objects.filter(id=commitment.id, state__in=("open", "missed")).update(
            due=due, state="open", reminded=None
        )
        if changed:
            commitment.due = due
            _tell(commitment, "moved", now, by=by, reason=reason[:LONGEST], due=due)
    commitment.refresh_from_db()
    return bool(changed)


def watch(now: int | None = None) -> int:
    """Reminds of what falls due soon and notes what was missed; how many. Runs periodically."""
    now = now or clock.now()
    soon = Commitment.objects.filter(state="open", reminded=None, due__gt=now, due__lte=now + REMIND_BEFORE)
    late = Commitment.objects.filter(state="open", due__lte=now)
    reminded = [row for row in soon.order_by("due")[:AT_ONCE] if _step(row, now, "due", reminded=now)]
    missed = [row for row in late.order_by("due")[:AT_ONCE] if _step(row, now, "missed", state="missed")]
    for row in reminded:
        live.whisper(f"conversation:{row.conversation_id}", "promise.due", {"name": row.text})
    return len(reminded) + len(missed)


def _step(row: Commitment, now: int, what: str, **columns) -> bool:
    with write():
        changed = Commitment.objects.filter(id=row.id, state="open", due=row.due).update(**columns)
        if changed:
            Conversation.objects.filter(id=row.conversation_id).update(unread=True)
            _tell(row, what, now)
    return bool(changed)


def _check(due: int, now: int) -> None:
    if not now < due <= now + FURTHEST:
        raise BadPromise("due", "Choose a time in the coming year.")


def _tell(commitment: Commitment, what: str, now: int, **properties) -> None:
    properties = {"due": commitment.due, "text": commitment.text, **properties}
    key = f"{commitment.id}:{now}"
    facts.tell(commitment.conversation, f"commitment.{what}", key, now, **properties)
