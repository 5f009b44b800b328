"""Forgetting what sources told of somebody, as it came."""

import json
import zlib
from collections import Counter
from typing import Any

from rondpoint.jobs.erasing import Counts, Eraser, Subject, holds, looked_through, traces
from rondpoint.tracking.models import Batch, Refusal

EMPTY = b'{"batch":[]}'


def _sought(subject: Subject) -> tuple[bytes, ...]:
    """Her addresses, and the accounts and devices that sources named her by, as whole strings of JSON."""
    keys = {json.dumps(key.partition(":")[2], ensure_ascii=False).lower() for source, key in subject.keys
            if source.startswith("track:")}  # fmt: skip
    return (*traces(subject), *(key.encode("utf-8", "replace") for key in sorted(keys) if len(key) > 2))


def _body(row: Batch) -> bytes:
    try:
        return zlib.decompress(bytes(row.body))
    except zlib.error:
        return bytes(row.body)


def _told_of_her(subject: Subject, row: Batch) -> bool:
    return holds(_body(row), _sought(subject))


def _without(subject: Subject, rows: list[Batch]) -> Counts:
    """The batches without the calls that name her; one that cannot be read goes whole."""
    sought, gone = _sought(subject), 0
    for row in rows:
        calls: list[Any] = []
        try:
            said = json.loads(_body(row))
            told = said.get("batch") if isinstance(said, dict) and row.kind == "batch" else None
            if isinstance(told, list):
                calls = [call for call in told if not holds(json.dumps(call, ensure_ascii=False), sought)]
                gone += len(told) - len(calls)
        except ValueError:
            said = {}
        gone += not calls
        body = json.dumps({"batch": calls}, ensure_ascii=False).encode("utf-8", "replace") if calls else EMPTY
        row.body, row.error = zlib.compress(body), ""
        row.kind, row.state = "batch", "done" if row.state == "quarantined" and not calls else row.state
        row.save(update_fields=["body", "error", "kind", "state"])
    return Counter({"calls": gone})


def _refused(subject: Subject, rows: list[Refusal]) -> Counts:
    gone, _ = Refusal.objects.filter(id__in=[row.pk for row in rows]).delete()
    return Counter({"calls.refused": gone})


ERASER = Eraser(
    "tracking",
    frozenset({"tracking.Batch", "tracking.Refusal"}),
    None,
    (
        looked_through(Batch, _told_of_her, _without, 200),
        looked_through(Refusal, lambda subject, row: holds(row.raw, _sought(subject)), _refused),
    ),
)
