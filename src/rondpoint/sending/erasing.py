"""Forgetting what was sent to somebody, and what was decided about it."""

from collections import Counter

import msgspec
from django.db.models import Q

from rondpoint.channels.contract import MessageOut
from rondpoint.jobs.erasing import Counts, Eraser, Portion, Subject, delete, scanned
from rondpoint.sending.models import Decision, Dispatch, EarlyReceipt, ExternalId

CANCELLED = "the customer was erased"


def _hers(subject: Subject) -> Q:
    return Q(profile_id__in=subject.profiles) | Q(address__in=subject.values())


def at_once(subject: Subject) -> Counts:
    """What waits to leave never leaves. What a provider is being given this moment is gone through later."""
    # The literal lets SQLite use the index of what waits.
    waiting = Dispatch.objects.extra(where=["sending_dispatch.state = 'queued'"]).filter(_hers(subject))
    cancelled = waiting.filter(in_flight=False).update(state="cancelled", error=CANCELLED)
    return Counter({"dispatches.cancelled": cancelled})


def _named(subject: Subject, place: int) -> Portion:
    """Dispatches that messages or decisions named: found by their numbers, without going through all there are."""
    numbers = subject.dispatches[:500]
    if not numbers:
        return Portion(None)
    return Portion(0, lambda: _remove(subject, numbers))


def _remove(subject: Subject, numbers: list[int]) -> Counts:
    """Those that are not in a provider's hands this moment; the next round finds the others."""
    rows = list(Dispatch.objects.filter(id__in=numbers).exclude(state="queued", in_flight=True))
    for row in rows:
        subject.contents += [file.sha256 for file in msgspec.msgpack.decode(bytes(row.content), type=MessageOut).files]
    gone = [row.id for row in rows]
    names = ExternalId.objects.filter(dispatch_id__in=gone).values_list("connection_id", "value")
    for connection_id, value in list(names):
        EarlyReceipt.objects.filter(connection_id=connection_id, value=value).delete()
    decisions, _ = Decision.objects.filter(dispatch_id__in=gone).delete()
    subject.dispatches = [number for number in subject.dispatches if number not in set(numbers)]
    return delete(Dispatch, "dispatches", gone) + Counter({"decisions": decisions})


def _decisions(subject: Subject, numbers: list[int]) -> Counts:
    known = Decision.objects.filter(id__in=numbers, dispatch__isnull=False).values_list("dispatch_id", flat=True)
    subject.dispatches += [number for number in known if number is not None]
    return delete(Decision, "decisions", numbers)


def in_hand(subject: Subject) -> bool:
    """Whether a provider is being given something for her this moment."""
    waiting = Dispatch.objects.extra(where=["sending_dispatch.state = 'queued'"])
    return waiting.filter(_hers(subject), in_flight=True).exists()


ERASER = Eraser(
    "sending",
    frozenset({"sending.Dispatch", "sending.Decision", "sending.ExternalId", "sending.EarlyReceipt"}),
    at_once,
    (scanned(Decision, _hers, _decisions), _named, scanned(Dispatch, _hers, _remove)),
    under_way=in_hand,
)
