"""Facts as rows: what happened, to whom and when, in columns that an import takes back."""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from rondpoint.customers import queries as customers
from rondpoint.customers.models import Profile
from rondpoint.events.models import Event
from rondpoint.hub import shown
from rondpoint.hub.imports.rules.recognising import OURS
from rondpoint.hub.models import Export
from rondpoint.lib import bulk, clock
from rondpoint.segments.models import Member

PORTION = 2000
COLUMNS = (
    OURS, "user_id", "email", "phone", "type", "occurred_at", "channel", "source", "message_id", "properties",
)  # fmt: skip


def rows(export: Export) -> Iterator[list[list[Any]]]:
    """The facts of an export, in portions."""
    last = 0
    while True:
        found = list(_wanted(export).filter(id__gt=last).order_by("id")[:PORTION])
        if not found:
            return
        last = found[-1].id
        yield _shown(found, export)


def _wanted(export: Export) -> QuerySet[Event]:
    wanted = Event.objects.all()
    if export.types:
        wanted = wanted.filter(type__in=export.types)
    if export.since is not None:
        wanted = wanted.filter(occurred__gte=export.since)
    if export.until is not None:
        wanted = wanted.filter(occurred__lt=export.until)
    return wanted


def _shown(facts: list[Event], export: Export) -> list[list[Any]]:
    profiles = {row.id: row.owner for row in bulk.fetch(Profile, id={fact.profile_id for fact in facts} - {None})}
    owners = set(profiles.values())
    if export.segment_id is not None:
        owners = {row.customer_id for row in bulk.fetch(Member, segment_id=[export.segment_id], customer_id=owners)}
    people = customers.by_ids(owners)
    held = customers.held_by(owners)
    found = []
    for fact, outside in zip(facts, shown.facts(facts), strict=True):
        owner = profiles.get(fact.profile_id or 0)
        if export.segment_id is not None and owner not in owners:
            continue
        addresses = held.get(owner or 0, [])
        first = {row.kind: row.value for row in reversed(addresses) if row.kind != "account" or not row.scope}
        found.append(
            [
                str(people[owner].public_id) if owner in people else None,
                first.get("account"), first.get("email"), first.get("phone"),
                fact.type, clock.iso(fact.occurred), fact.channel, fact.source, fact.message_id, outside["data"],
            ]
        )  # fmt: skip
    return found
