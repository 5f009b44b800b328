"""What happened to people, newest first. What is read grows with what is shown, not with what there is: an index on
whose, what and when is jumped through, and of each sort of facts only the newest are looked at."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Max

from rondpoint.events.models import Event
from rondpoint.lib import bulk
from rondpoint.lib.spans import portions

MANY = 5000  # profiles that one statement asks about
AT_ONCE = 100  # parts of one statement; SQLite takes five hundred

# Which sorts there are: from each type, and in it from each channel, the index leads to the next one.
SORTS = """
WITH RECURSIVE whose(profile_id) AS (VALUES {whose}),
kinds(profile_id, type) AS (
    SELECT profile_id, (SELECT min(type) FROM events_event e WHERE e.profile_id = whose.profile_id) FROM whose
    UNION ALL
    SELECT profile_id,
        (SELECT min(type) FROM events_event e WHERE e.profile_id = kinds.profile_id AND e.type > kinds.type)
    FROM kinds WHERE type IS NOT NULL),
sorts(profile_id, type, channel) AS (
    SELECT profile_id, type,
        (SELECT min(channel) FROM events_event e WHERE e.profile_id = kinds.profile_id AND e.type = kinds.type)
    FROM kinds WHERE type IS NOT NULL
    UNION ALL
    SELECT profile_id, type,
        (SELECT min(channel) FROM events_event e
         WHERE e.profile_id = sorts.profile_id AND e.type = sorts.type AND e.channel > sorts.channel)
    FROM sorts WHERE channel IS NOT NULL)
SELECT profile_id, type, channel FROM sorts WHERE channel IS NOT NULL
"""
# The newest of one part: all facts of a profile, or one sort of them.
NEWEST = "SELECT id FROM (SELECT id FROM events_event WHERE {where} ORDER BY occurred DESC, id DESC LIMIT {each}) part"
CONVERSATION = {
    "sqlite": "json_extract(properties, '$.conversation_id')",
    "postgresql": "properties ->> 'conversation_id'",
}


class Sort(NamedTuple):
    """A sort of facts that there are of a profile."""

    profile_id: int
    type: str
    channel: str


class _Part(NamedTuple):
    """Some facts of one profile, as a condition with its values."""

    where: str
    values: Sequence[Any]


def timeline(
    profile_ids: Collection[int],
    before: tuple[int, int] | None = None,
    limit: int = 50,
    hidden: tuple[str, ...] = (),
    beginning: tuple[str, ...] = (),
    channel: str = "",
    without: Collection[int] = (),
) -> list[Event]:
    """Facts of these profiles, newest first. ``before``: (occurred, id) of the last one seen; ``beginning``: what
    their types begin with; ``without``: numbers of conversations whose facts are left out."""
    if beginning or channel:
        chosen = [
            sort
            for sort in sorts(profile_ids)
            if sort.type not in hidden
            and (not beginning or sort.type.startswith(beginning))
            and channel in ("", sort.channel)
        ]
        return newest(chosen, limit, before, without)[:limit]
    shown = f" AND type NOT IN ({_marks(hidden)})" if hidden else ""
    parts = [_Part(f"profile_id = %s{shown}", (number, *hidden)) for number in profile_ids]
    return _newest(parts, limit, before, without)[:limit]


def sorts(profile_ids: Collection[int]) -> list[Sort]:
    """Which sorts of facts there are of these profiles."""
    if not profile_ids:
        return []
    with connection.cursor() as cursor:
        cursor.execute(SORTS.format(whose=", ".join(["(%s)"] * len(profile_ids))), list(profile_ids))
        return [Sort(*row) for row in cursor.fetchall()]


def newest(
    among: Iterable[Sort], each: int, before: tuple[int, int] | None = None, without: Collection[int] = ()
) -> list[Event]:
    """Of each of some sorts the ``each`` newest facts, all of them newest first. ``before``, ``without``: as for
    :func:`timeline`."""
    return _newest(
        [_Part("profile_id = %s AND type = %s AND channel = %s", sort) for sort in among], each, before, without
    )


def last(profile_ids: Iterable[int], types: Collection[str], now: int) -> Iterator[tuple[int, str, int]]:
    """When each of many profiles had its last fact of some types by ``now``: (profile, type, microseconds UTC). The
    index is searched for each of them, so what else there is of them costs nothing."""
    for some in portions(profile_ids, MANY):
        rows = Event.objects.filter(profile_id__in=some, type__in=types, occurred__lte=now)
        yield from rows.values_list("profile_id", "type").annotate(at=Max("occurred")).order_by()


def told(among: Collection[Sort], without: Collection[int] = ()) -> set[tuple[str, str]]:
    """The (type, channel) of some sorts; of those in which there is a fact about another conversation than
    ``without``, or about none."""
    if not without:
        return {(sort.type, sort.channel) for sort in among}
    return {(fact.type, fact.channel) for fact in newest(among, 1, without=without)}


def _newest(
    parts: Sequence[_Part], each: int, before: tuple[int, int] | None, without: Collection[int]
) -> list[Event]:
    further = ""
    values: list[Any] = []
    if before is not None:
        further = " AND (occurred, id) < (%s, %s)"
        values += before
    if without:
        named = CONVERSATION[connection.vendor]
        further += f" AND ({named} IS NULL OR {named} NOT IN ({_marks(without)}))"
        values += without if connection.vendor == "sqlite" else [str(number) for number in without]
    found: list[Event] = []
    for some in (parts[start : start + AT_ONCE] for start in range(0, len(parts), AT_ONCE)):
        union = " UNION ALL ".join(NEWEST.format(where=part.where + further, each=each) for part in some)
        asked = [value for part in some for value in (*part.values, *values)]
        found += bulk.select(Event, f"WHERE id IN ({union})", asked)
    return sorted(found, key=lambda fact: (fact.occurred, fact.id), reverse=True)


def _marks(values: Collection[Any]) -> str:
    return ", ".join(["%s"] * len(values))
