"""Reading facts: by person for the timeline, in commit order for those who follow."""

from django.db import connection
from django.db.models import QuerySet

from rondpoint.events.models import Event
from rondpoint.events.timelines import Sort, last, newest, sorts, timeline, told
from rondpoint.events.types import Position

__all__ = ["Sort", "after", "end", "last", "named_after", "newest", "sorts", "timeline", "told", "whose_after"]


def after(position: Position, limit: int = 500) -> tuple[list[Event], Position]:
    """The next facts in commit order and the position behind them.

    SQLite has one writer, so ids are commit order. On PostgreSQL a lower id may commit later: facts are read in the
    order (transaction, id) and only below the oldest transaction still running, so that none slips in behind.
    """
    found = list(_behind(position)[:limit])
    return found, Position(found[-1].transaction, found[-1].id) if found else position


def named_after(position: Position, limit: int) -> tuple[list[tuple[int | None, str]], Position]:
    """Of the next facts in commit order only whom they are about and their type; and the position behind them."""
    found = list(_behind(position).values_list("profile_id", "type", "transaction", "id")[:limit])
    named = [(profile_id, type_) for profile_id, type_, _, _ in found]
    return named, Position(*found[-1][2:]) if found else position


def whose_after(position: Position) -> set[int]:
    """Whom the facts behind a position are about, also those that are committed and that nobody who follows sees yet:
    what is known of these people may be older or newer than what followers were told."""
    found = _behind(position, settled=False).order_by().values_list("profile_id", flat=True).distinct()
    return {number for number in found if number is not None}


def _behind(position: Position, settled: bool = True) -> QuerySet[Event]:
    if connection.vendor == "sqlite":  # the pair would have it read the whole index up to the position
        return Event.objects.order_by("id").filter(id__gt=position.row)
    where = ['("events_event"."transaction", "events_event"."id") > (%s, %s)']
    if settled:
        where.append('"events_event"."transaction" < pg_snapshot_xmin(pg_current_snapshot())::text::bigint')
    place = [position.transaction, position.row]
    return Event.objects.order_by("transaction", "id").extra(where=where, params=place)


def end() -> Position:
    """The position behind all facts there are now."""
    facts = Event.objects.order_by("-transaction", "-id")
    if connection.vendor == "postgresql":
        facts = facts.extra(where=["transaction < pg_snapshot_xmin(pg_current_snapshot())::text::bigint"])
    last = facts.first()
    return Position(last.transaction, last.id) if last else Position()
