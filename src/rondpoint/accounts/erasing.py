"""Forgetting what stands about somebody in the books of the house: the audit log keeps that something was done, with
bare ids; kept answers of the API and what colleagues searched for go."""

from collections import Counter
from typing import Any

from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session

from rondpoint.accounts.models import AuditEntry, IdempotentAnswer
from rondpoint.jobs.erasing import Counts, Eraser, Portion, Subject, cleared, holds, looked_through, traces

RECEIPT = b'"hidden_at"'  # the answer that said that she is being forgotten: it names nothing but her number
GONE = b'{"type":"about:blank","title":"Gone","status":410,"detail":"what this answered was erased"}'


def _named(subject: Subject) -> tuple[bytes, ...]:
    return (*traces(subject), *(name.lower().encode("utf-8", "replace") for name in subject.names if len(name) > 3))


def _about_her(subject: Subject, row: AuditEntry) -> bool:
    ours = any(number in row.target for number in subject.public_ids)
    sought = _named(subject) if ours else traces(subject)
    return holds(row.target, sought) or holds(row.actor, sought) or cleared(row.detail, sought) != row.detail


def _cleared(subject: Subject, rows: list[AuditEntry]) -> Counts:
    for row in rows:
        ours = any(number in row.target for number in subject.public_ids)
        sought = _named(subject) if ours else traces(subject)
        row.detail = cleared(row.detail, sought)
        row.target = "erased" if holds(row.target, sought) else row.target
        row.actor = "erased" if holds(row.actor, sought) else row.actor
        row.save(update_fields=["detail", "target", "actor"])
    return Counter({"audit.cleared": len(rows)})


def _answered(subject: Subject, row: IdempotentAnswer) -> bool:
    if not row.body:
        return False
    body = bytes(row.body)
    named = holds(body, [number.encode() for number in subject.public_ids]) and RECEIPT not in body
    return named or holds(body, traces(subject))


def _taken_back(subject: Subject, rows: list[IdempotentAnswer]) -> Counts:
    IdempotentAnswer.objects.filter(id__in=[row.pk for row in rows]).update(body=GONE, status=410)
    return Counter({"answers": len(rows)})


def _searched(subject: Subject, place: int) -> Portion:
    """What colleagues looked for lately, in their sessions. There are few of these."""
    words = [word.casefold() for name in subject.names for word in name.split() if len(word) > 2]
    sought = _named(subject)
    hers: list[tuple[str, dict[str, Any]]] = []
    for row in Session.objects.all():
        said = row.get_decoded()
        kept = {
            name: [one for one in value if not _is_hers(one, words, sought)] if isinstance(value, list) else value
            for name, value in said.items()
        }
        if kept != said:
            hers.append((row.session_key, kept))

    def remove() -> Counts:
        for key, kept in hers:
            Session.objects.filter(session_key=key).update(session_data=SessionStore().encode(kept))
        return Counter({"searches": len(hers)})

    return Portion(None, remove if hers else None)


def _is_hers(text: Any, words: list[str], sought: tuple[bytes, ...]) -> bool:
    return isinstance(text, str) and (holds(text, sought) or any(word in text.casefold().split() for word in words))


ERASER = Eraser(
    "accounts",
    frozenset({"accounts.AuditEntry", "accounts.IdempotentAnswer"}),
    None,
    (
        looked_through(AuditEntry, _about_her, _cleared),
        looked_through(IdempotentAnswer, _answered, _taken_back),
        _searched,
    ),
)
