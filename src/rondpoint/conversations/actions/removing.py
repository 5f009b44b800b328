"""Removing conversations and messages for good. What they referred to is noted on whom it is about."""

from collections import Counter
from collections.abc import Iterable

from rondpoint.conversations.models import Attachment, Conversation, Message, Note
from rondpoint.jobs.erasing import Counts, Subject, delete


def remove(numbers: list[int], subject: Subject) -> Counts:
    """Deletes conversations with all that is in them, inside ``write()``; what they referred to is noted."""
    numbers = _with_merged(numbers)
    within = list(Message.objects.filter(conversation_id__in=numbers).values_list("id", flat=True))
    counts = remove_messages(within, subject)
    counts += Counter({"notes": Note.objects.filter(conversation_id__in=numbers).count()})
    Conversation.objects.filter(id__in=numbers).update(merged_into=None)
    return counts + delete(Conversation, "conversations", numbers)


def remove_messages(numbers: list[int], subject: Subject) -> Counts:
    counts: Counts = Counter()
    for start in range(0, len(numbers), 500):
        some = numbers[start : start + 500]
        gone = list(Message.objects.filter(id__in=some))
        subject.public_ids += [str(row.public_id) for row in gone]
        subject.deliveries += [row.delivery_id for row in gone if row.delivery_id]
        subject.dispatches += [row.dispatch_id for row in gone if row.dispatch_id]
        subject.told += [row.source_key for row in gone if row.direction == "in"]
        counts += remove_files(Attachment.objects.filter(message_id__in=some), subject)
        counts += delete(Message, "messages", some)
    return counts


def remove_files(files: "Iterable[Attachment]", subject: Subject) -> Counts:
    found = list(files)
    subject.contents += [row.sha256 for row in found]
    return delete(Attachment, "files", [row.pk for row in found])


def _with_merged(numbers: list[int]) -> list[int]:
    """These conversations and those that were merged into them, of which nothing is left to stand alone."""
    found = set(numbers)
    while more := set(Conversation.objects.filter(merged_into__in=found).values_list("id", flat=True)) - found:
        found |= more
    return sorted(found)
