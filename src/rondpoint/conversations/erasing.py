"""Forgetting what somebody wrote and what was written to her. In conversations with others their words stay."""

from collections import Counter
from collections.abc import Iterable

from django.db.models import Q

from rondpoint.conversations.actions.removing import remove, remove_files, remove_messages
from rondpoint.conversations.models import (
    Attachment,
    Attempt,
    ChatSession,
    Commitment,
    Continuation,
    Conversation,
    Draft,
    Message,
    Note,
    Participant,
    Summary,
)
from rondpoint.conversations.search import schema
from rondpoint.customers import queries as customers
from rondpoint.jobs.erasing import Counts, Eraser, Subject, delete, holds, rows, traces

CUT = "[…]"
SHORTEST = 12  # letters of a line of hers that is known again in another's quotation


def at_once(subject: Subject) -> Counts:
    """All of it: nobody reads her any more."""
    counts: Counts = Counter()
    subject.public_ids += [str(row.public_id) for row in _hers(subject)]
    for conversation in list(_hers(subject)):
        counts += _leave(conversation, subject)
    counts += _ways(subject)
    commitments, _ = Commitment.objects.filter(profile_id__in=subject.profiles).delete()
    return counts + Counter({"promises": commitments})


def wipe() -> None:
    """Wipes what was deleted out of the index's pages, inside ``write()``."""
    schema.forget()


def _hers(subject: Subject) -> "Iterable[Conversation]":
    numbers = subject.profiles
    written = Message.objects.filter(profile_id__in=numbers).values("conversation_id")
    among = Participant.objects.filter(_is_she(subject)).values("conversation_id")
    return Conversation.objects.filter(Q(profile_id__in=numbers) | Q(id__in=written) | Q(id__in=among)).order_by("id")


def _is_she(subject: Subject) -> Q:
    found = Q(profile_id__in=subject.profiles)
    for kind in {kind for kind, _, _ in subject.addresses}:
        values = [value for other, value, _ in subject.addresses if other == kind]
        found |= Q(profile_id=None, address_kind=kind, address__in=values)
    return found


def _leave(conversation: Conversation, subject: Subject) -> Counts:
    """Takes her out of a conversation; where nobody else spoke in it, it goes."""
    hers = Q(profile_id__in=subject.profiles)
    others = conversation.messages.exclude(hers).exclude(author_kind="system")
    heir = _heir(conversation, subject)
    if heir is None or (conversation.profile_id in subject.profiles and not others.exists()):
        return remove([conversation.pk], subject)
    said = list(conversation.messages.filter(hers).order_by("id"))
    first = conversation.messages.order_by("id").first()
    counts = remove_messages([row.pk for row in said], subject)
    Participant.objects.filter(_is_she(subject), conversation=conversation).delete()
    Summary.objects.filter(conversation=conversation).delete()
    Draft.objects.filter(conversation=conversation).delete()
    counts += _notes(conversation, subject)
    counts += _quoted(conversation, said, subject)
    _hand_over(conversation, heir, first is not None and first.profile_id in subject.profiles, subject)
    return counts + Counter({"conversations.shared": 1})


def _heir(conversation: Conversation, subject: Subject) -> int | None:
    """The profile of another who spoke there, whose conversation it is from now on."""
    if conversation.profile_id not in subject.profiles:
        return conversation.profile_id
    spoke = conversation.messages.filter(direction="in").exclude(profile_id__in=subject.profiles).order_by("id")
    return spoke.values_list("profile_id", flat=True).first()


def _hand_over(conversation: Conversation, heir: int, began: bool, subject: Subject) -> None:
    last = conversation.messages.order_by("-id").first()
    inward = conversation.messages.filter(direction="in").order_by("-id").first()
    conversation.profile_id = heir
    conversation.customer_id = customers.customers_of({heir}).get(heir, heir)
    if began or holds(conversation.subject, _words(subject)):
        conversation.subject = ""
    conversation.last_preview = last.text[:200] if last else ""
    conversation.last_message_at = last.at if last else conversation.created
    conversation.last_channel = inward.channel if inward else ""
    conversation.save(
        update_fields=[
            "profile_id", "customer_id", "subject", "last_preview", "last_message_at", "last_channel",
        ]
    )  # fmt: skip


def _quoted(conversation: Conversation, said: list[Message], subject: Subject) -> Counts:
    """What others quoted of her goes: the folded parts, HTML, and her lines in their texts; and how it came, raw."""
    lines = {line.strip() for row in said for line in f"{row.text}\n{row.subject}".splitlines()}
    lines = {line for line in lines if len(line) >= SHORTEST}
    changed = []
    for row in conversation.messages.order_by("id"):
        before = (row.subject, row.text, row.folded, row.html)
        kept = [CUT if line.lstrip("> \t").strip() in lines else line for line in row.text.split("\n")]
        row.text = _without_her("\n".join(kept), subject)
        row.subject = "" if any(line in row.subject for line in lines) else _without_her(row.subject, subject)
        if said and row.pk > said[0].pk:
            row.folded = row.html = ""
        if holds(row.folded + row.html, _words(subject)):
            row.folded = row.html = ""
        if (row.subject, row.text, row.folded, row.html) != before:
            changed.append(row)
    Message.objects.bulk_update(changed, ["subject", "text", "folded", "html"])
    subject.deliveries += [row.delivery_id for row in changed if row.delivery_id]
    subject.dispatches += [row.dispatch_id for row in changed if row.dispatch_id]
    return Counter({"messages.quoting": len(changed)})


def _without_her(text: str, subject: Subject) -> str:
    for word in sorted({*subject.values(), *subject.names}, key=len, reverse=True):
        if len(word) > 2:
            text = text.replace(word, CUT)
    return text


def _notes(conversation: Conversation, subject: Subject) -> Counts:
    sought = _words(subject)
    named = [row.pk for row in Note.objects.filter(conversation=conversation) if holds(row.text, sought)]
    return delete(Note, "notes", named)


def _words(subject: Subject) -> tuple[bytes, ...]:
    return (*traces(subject), *(name.lower().encode("utf-8", "replace") for name in subject.names if len(name) > 2))


def _ways(subject: Subject) -> Counts:
    """Browsers and links through which she went on, and tries at codes for her addresses."""
    sessions = list(ChatSession.objects.filter(profile_id__in=subject.profiles).values_list("id", flat=True))
    counts = remove_files(Attachment.objects.filter(session_id__in=sessions, message=None), subject)
    ChatSession.objects.filter(id__in=sessions).delete()
    targets = [*subject.values(), *(f"{kind}:{value}" for kind, value, _ in subject.addresses)]
    links, _ = Continuation.objects.filter(Q(profile_id__in=subject.profiles) | Q(target__in=targets)).delete()
    for value in subject.values():
        if len(value) > 5:
            Attempt.objects.filter(scope__contains=value[:100]).delete()
    return counts + Counter({"sessions": len(sessions), "links.to_go_on": links})


ERASER = Eraser(
    "conversations",
    frozenset(
        {
            "conversations.Conversation", "conversations.Participant", "conversations.Message",
            "conversations.MessageReference", "conversations.Attachment", "conversations.Note", "conversations.Mention",
            "conversations.Draft", "conversations.Commitment", "conversations.Summary", "conversations.Continuation",
            "conversations.ChatSession", "conversations.Attempt",
        }
    ),
    at_once,
    # What was under way when she was hidden and came to an end after it.
    (
        rows(ChatSession, "sessions", lambda subject: Q(profile_id__in=subject.profiles)),
        rows(Continuation, "links.to_go_on", lambda subject: Q(profile_id__in=subject.profiles)),
    ),
    wipe=wipe,
)  # fmt: skip
