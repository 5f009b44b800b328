"""Forgetting what sources told of somebody, as it came."""

import json
import zlib
from collections import Counter
from typing import Any

from rondpoint.jobs.erasing import Counts, Eraser, Subject, holds, looked_through, traces
from rondpoint.tracking.models import Batch, Refusal

NAMING = ("userId", "anonymousId", "previousId")  # what a call names somebody by


def _ids(subject: Subject) -> set[str]:
    """The accounts and devices that sources named her by."""
    return {key.partition(":")[2] for source, key in subject.keys if source.startswith("track:")}


def _body(row: Batch) -> bytes:
    try:
        return zlib.decompress(bytes(row.body))
    except zlib.error:
        return bytes(row.body)


def _calls(row: Batch) -> list[Any]:
    """What a batch tells, call by call. Raises ValueError."""
    said = json.loads(_body(row))
    told = said.get("batch") if isinstance(said, dict) and row.kind == "batch" else None
    return told if isinstance(told, list) else [said]


def _names(call: Any, ids: set[str], sought: tuple[bytes, ...]) -> bool:
    """Whether a call is about her."""
    if isinstance(call, dict) and any(str(call.get(name, "")) in ids for name in NAMING if call.get(name)):
        return True
    return holds(json.dumps(call, ensure_ascii=False), sought)


def _told_of_her(subject: Subject, row: Batch) -> bool:
    ids, sought, body = _ids(subject), traces(subject), _body(row)
    if not holds(body, (*sought, *(each.lower().encode("utf-8", "replace") for each in ids))):
        return False
    try:
        return any(_names(call, ids, sought) for call in _calls(row))
    except ValueError:
        return holds(body, sought)


def _without(subject: Subject, rows: list[Batch]) -> Counts:
    """The batches without the calls that are about her; one that cannot be read goes whole."""
    ids, sought, gone = _ids(subject), traces(subject), 0
    for row in rows:
        try:
            told = _calls(row)
            calls = [call for call in told if not _names(call, ids, sought)]
            gone += len(told) - len(calls)
        except ValueError:
            calls, gone = [], gone + 1
        row.body = zlib.compress(json.dumps({"batch": calls}, ensure_ascii=False).encode("utf-8", "replace"))
        row.kind, row.error = "batch", ""
        row.state = "done" if row.state == "quarantined" and not calls else row.state
        row.save(update_fields=["body", "error", "kind", "state"])
    return Counter({"calls": gone})


def _refusal_of_her(subject: Subject, row: Refusal) -> bool:
    try:
        return _names(json.loads(row.raw), _ids(subject), traces(subject))
    except ValueError:
        return holds(row.raw, traces(subject))


def _refused(subject: Subject, rows: list[Refusal]) -> Counts:
    gone, _ = Refusal.objects.filter(id__in=[row.pk for row in rows]).delete()
    return Counter({"calls.refused": gone})


ERASER = Eraser(
    "tracking",
    frozenset({"tracking.Batch", "tracking.Refusal"}),
    None,
    (
        looked_through(Batch, _told_of_her, _without, 200),
        looked_through(Refusal, _refusal_of_her, _refused),
    ),
)
