"""Consents as rows: every word in the ledger with its proof, in columns that an import takes back."""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from rondpoint.consent.models import ConsentEntry
from rondpoint.customers import queries as customers
from rondpoint.customers.models import Identifier, Profile
from rondpoint.hub.exports import people
from rondpoint.hub.imports.rules.recognising import OURS
from rondpoint.hub.models import Export
from rondpoint.lib import bulk, clock
from rondpoint.segments.models import Member

PORTION = 2000
WORD = (
    "address", "purpose", "channel", "action", "said_at", "basis", "wording", "language", "proof", "expires_at", "by",
    "reference",
)  # fmt: skip


def columns() -> list[str]:
    """The columns: who said it, then what was said."""
    return [OURS, "user_id", *people.accounts(), "email", "phone", *WORD]


def rows(export: Export, names: list[str]) -> Iterator[list[list[Any]]]:
    """The words of an export in the order in which they were written down, in portions."""
    last = 0
    while True:
        found = list(_wanted(export).filter(id__gt=last).order_by("id")[:PORTION])
        if not found:
            return
        last = found[-1].id
        yield _shown(found, export, names)


def _wanted(export: Export) -> QuerySet[ConsentEntry]:
    wanted = ConsentEntry.objects.all()
    if export.since is not None:
        wanted = wanted.filter(at__gte=export.since)
    if export.until is not None:
        wanted = wanted.filter(at__lt=export.until)
    return wanted


def _shown(words: list[ConsentEntry], export: Export, names: list[str]) -> list[list[Any]]:
    owners = {row.id: row.owner for row in bulk.fetch(Profile, id={word.profile_id for word in words} - {None})}
    numbers = set(owners.values())
    if export.segment_id is not None:
        numbers = {row.customer_id for row in bulk.fetch(Member, segment_id=[export.segment_id], customer_id=numbers)}
    known, held = customers.by_ids(numbers), customers.held_by(numbers)
    found = []
    for word in words:
        owner = owners.get(word.profile_id or 0, 0)
        if export.segment_id is None or owner in numbers:
            public = str(known[owner].public_id) if owner in known else None
            found.append([_value(name, word, public, held.get(owner, [])) for name in names])
    return found


def _value(name: str, word: ConsentEntry, public: str | None, held: list[Identifier]) -> Any:
    if name == OURS:
        return public
    if name in ("said_at", "expires_at"):
        return clock.iso(word.at if name == "said_at" else word.expires)
    if name == "reference":
        return word.source
    if name == "wording":
        return word.wording or None
    return getattr(word, name) if name in WORD else people.held_in(name, held)
