"""Forgetting what came in from somebody, raw. The rows stay, empty, so that what is delivered twice is still known."""

import hashlib
import json
from collections import Counter
from typing import Any

from django.db.models import Q

from rondpoint.channels.models import Delivery
from rondpoint.files import queries as files
from rondpoint.jobs.erasing import Counts, Eraser, Portion, Subject, holds, looked_through, traces

EMPTIED = "erased:"
LARGEST = 32 * 1024 * 1024  # bytes of a body that is looked into; a larger one cannot have come in


def is_emptied(row: Delivery) -> bool:
    """Whether somebody who was erased sent this."""
    return row.external_id.startswith(EMPTIED)


def _named(subject: Subject, _place: int) -> Portion:
    """Those that became messages of hers: found by their numbers."""
    numbers = subject.deliveries[:500]
    if not numbers:
        return Portion(None)

    def remove() -> Counts:
        subject.deliveries = subject.deliveries[len(numbers) :]
        return _empty(subject, list(Delivery.objects.filter(id__in=numbers)), sure=True)

    return Portion(0, remove)


def _from_her(subject: Subject, row: Delivery) -> bool:
    if is_emptied(row):
        return False
    sought = traces(subject)
    if holds(row.external_id, sought) or holds(json.dumps([row.meta, row.outcome], ensure_ascii=False), sought):
        return True
    if holds(row.error, sought) or (row.body and holds(bytes(row.body), sought)):
        return True
    if not row.body_sha256:
        return False
    try:
        with files.opened(row.body_sha256) as body:
            return holds(body.read(LARGEST), sought)
    except FileNotFoundError:
        return False


def _empty(subject: Subject, rows: list[Any], sure: bool = False) -> Counts:
    for row in rows:
        if row.body_sha256:
            subject.contents.append(row.body_sha256)
        row.external_id = EMPTIED + hashlib.sha256(f"{row.connection_id} {row.external_id}".encode()).hexdigest()
        row.meta, row.body, row.body_sha256, row.outcome, row.error, row.group = {}, b"", "", [], "", ""
        row.state = "done"
        row.save(update_fields=["external_id", "meta", "body", "body_sha256", "outcome", "error", "group", "state"])
    return Counter({"deliveries": len(rows)}) if rows else Counter()


def at_once(subject: Subject) -> Counts:
    """What waits in the quarantine or on its way, and surely came from her, is not worked off any more."""
    waiting = Delivery.objects.filter(Q(state__in=("new", "leased", "waiting")) | Q(state="quarantined"))
    return _empty(
        subject, [row for row in waiting.order_by("-id")[:1000] if not row.body_sha256 and _from_her(subject, row)]
    )


ERASER = Eraser(
    "channels", frozenset({"channels.Delivery"}), at_once, (_named, looked_through(Delivery, _from_her, _empty, 500))
)
