"""Reading facts: by person for the timeline, in commit order for those who follow."""

from django.db import connection
from django.db.models import Q

from rondpoint.events.models import Event
from rondpoint.events.types import Position


def timeline(
    profile_ids: list[int], before: tuple[int, int] | None = None, limit: int = 50, hidden: tuple[str, ...] = ()
) -> list[Event]:
    """Facts of these profiles, newest first. ``before``: (occurred, id) of the last one seen."""
    facts = Event.objects.filter(profile_id__in=profile_ids).exclude(type__in=hidden)
    if before is not None:
        occurred, row = before
        facts = facts.filter(Q(occurred__lt=occurred) | Q(occurred=occurred, id__lt=row))
    return list(facts.order_by("-occurred", "-id")[:limit])


def after(position: Position, limit: int = 500) -> tuple[list[Event], Position]:
    """The next facts in commit order and the position behind them.

    SQLite has one writer, so ids are commit order. On PostgreSQL a lower id may commit later: facts are read in the
    order (transaction, id) and only below the oldest transaction still running, so that none slips in behind.
    """
    facts = Event.objects.order_by("transaction", "id").filter(
        Q(transaction__gt=position.transaction) | Q(transaction=position.transaction, id__gt=position.row)
    )
    if connection.vendor == "postgresql":
        facts = facts.extra(where=["transaction < pg_snapshot_xmin(pg_current_snapshot())::text::bigint"])
    found = list(facts[:limit])
    if not found:
        return [], position
    return found, Position(found[-1].transaction, found[-1].id)


def end() -> Position:
    """The position behind all facts there are now."""
    facts = Event.objects.order_by("-transaction", "-id")
    if connection.vendor == "postgresql":
        facts = facts.extra(where=["transaction < pg_snapshot_xmin(pg_current_snapshot())::text::bigint"])
    last = facts.first()
    return Position(last.transaction, last.id) if last else Position()
