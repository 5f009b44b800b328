"""Reading facts: by person for the timeline, in commit order for those who follow."""

import functools
import operator
from collections.abc import Collection

from django.db import connection
from django.db.models import Q, QuerySet

from rondpoint.events.models import Event
from rondpoint.events.types import Position


def timeline(
    profile_ids: list[int],
    before: tuple[int, int] | None = None,
    limit: int = 50,
    hidden: tuple[str, ...] = (),
    beginning: tuple[str, ...] = (),
    channel: str = "",
    without: Collection[int] = (),
) -> list[Event]:
    """Facts of these profiles, newest first. ``before``: (occurred, id) of the last one seen; ``beginning``: what
    their types begin with; ``without``: numbers of conversations whose facts are left out."""
    facts = _about(profile_ids, hidden, without)
    if beginning:
        facts = facts.filter(functools.reduce(operator.or_, (Q(type__startswith=start) for start in beginning)))
    if channel:
        facts = facts.filter(channel=channel)
    if before is not None:
        occurred, row = before
        facts = facts.filter(Q(occurred__lt=occurred) | Q(occurred=occurred, id__lt=row))
    return list(facts.order_by("-occurred", "-id")[:limit])


def told(
    profile_ids: list[int], hidden: tuple[str, ...] = (), without: Collection[int] = ()
) -> set[tuple[str, str]]:
    """Which (type, channel) there are among the facts of these profiles."""
    return set(_about(profile_ids, hidden, without).values_list("type", "channel").distinct())


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


def _behind(position: Position) -> QuerySet[Event]:
    if connection.vendor == "sqlite":  # the pair would have it read the whole index up to the position
        return Event.objects.order_by("id").filter(id__gt=position.row)
    behind = '("events_event"."transaction", "events_event"."id") > (%s, %s)'
    settled = '"events_event"."transaction" < pg_snapshot_xmin(pg_current_snapshot())::text::bigint'
    place = [position.transaction, position.row]
    return Event.objects.order_by("transaction", "id").extra(where=[behind, settled], params=place)


def end() -> Position:
    """The position behind all facts there are now."""
    facts = Event.objects.order_by("-transaction", "-id")
    if connection.vendor == "postgresql":
        facts = facts.extra(where=["transaction < pg_snapshot_xmin(pg_current_snapshot())::text::bigint"])
    last = facts.first()
    return Position(last.transaction, last.id) if last else Position()


def _about(profile_ids: list[int], hidden: tuple[str, ...], without: Collection[int]) -> QuerySet[Event]:
    facts = Event.objects.filter(profile_id__in=profile_ids).exclude(type__in=hidden)
    if without:
        named = Q(properties__conversation_id__in=list(without))
        facts = facts.filter(Q(properties__conversation_id__isnull=True) | ~named)
    return facts
