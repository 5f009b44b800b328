"""The catalogue of facts: each type with its properties, how many there are, and where it differs from before, until
somebody says that this is right."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from django.db.models import F, Q, QuerySet

from rondpoint.accounts import actions as accounts
from rondpoint.events.following import follow
from rondpoint.events.models import Event, EventDay, EventType
from rondpoint.events.rules import shape as rules
from rondpoint.events.rules import silence
from rondpoint.jobs.models import Cursor
from rondpoint.lib import bulk, clock
from rondpoint.lib.db import lock_row, write

FOLLOWER = "catalogue"
EXAMPLES, DRIFTS, SOURCES = 3, 20, 20
LOOKED_AT = 20  # facts of a type whose properties are looked at, of each portion
PORTIONS = 20  # in one run
MOST_TYPES = 3000  # in the catalogue
DAYS = 30  # whose volume is shown
NOTED = ["first_at", "last_at", "count", "shape", "drift", "sources", "examples", "heard", "gaps", "silent"]

_namers: dict[str, Callable[[list[str]], dict[str, str]]] = {}
_shower: list[Callable[[list[Event]], list[dict[str, Any]]]] = []


def watch() -> int:
    """Takes the facts that came since the last time into the catalogue; how many. Run again and again by a worker."""
    taken = 0
    for _ in range(PORTIONS):
        portion = follow(FOLLOWER, _take)
        taken += portion
        if not portion:
            break
    return taken


def _take(facts: list[Event]) -> None:
    by_type: dict[str, list[Event]] = {}
    for fact in facts:
        by_type.setdefault(fact.type, []).append(fact)
    known = {row.name: row for row in bulk.fetch(EventType, name=by_type)}
    new: list[EventType] = []
    unknown = [name for name in by_type if name not in known]
    room = MOST_TYPES - EventType.objects.count() if unknown else 0
    for name in unknown[max(0, room) :]:  # anybody may invent names on a page
        del by_type[name]
    for name, group in by_type.items():
        if name not in known:
            first = min(fact.occurred for fact in group)
            known[name] = EventType(name=name, first_at=first, last_at=first)
            new.append(known[name])
    bulk.insert(new)
    for name, group in by_type.items():
        _note(known[name], group)
    bulk.update(list(known.values()), NOTED)
    _count({known[name].id: Counter(fact.occurred // clock.DAY for fact in group) for name, group in by_type.items()})


def _note(row: EventType, group: list[Event]) -> None:
    row.count += len(group)
    row.first_at = min(row.first_at, *(fact.occurred for fact in group))
    row.last_at = max(row.last_at, *(fact.occurred for fact in group))
    row.examples = ([fact.id for fact in reversed(group[-EXAMPLES:])] + row.examples)[:EXAMPLES]
    row.gaps, row.heard = silence.heard(row.gaps, row.heard, (fact.received for fact in group))
    row.silent = None
    told = dict(row.sources)
    for fact in group:
        told[fact.source] = max(told.get(fact.source, 0), fact.received)
    row.sources = dict(sorted(told.items(), key=lambda each: -each[1])[:SOURCES])
    shape = msgspec.convert(row.shape, rules.Shape)
    drift: list[Any] = []
    for fact in group[-LOOKED_AT:]:
        drift += rules.look(shape, fact.properties, fact.received)
        drift += rules.gone(shape, fact.received)
    row.shape = msgspec.to_builtins(shape)
    row.drift = ([msgspec.to_builtins(each) for each in reversed(drift)] + row.drift)[:DRIFTS]


def _count(days: dict[int, Counter[int]]) -> None:
    wanted = {(number, day): count for number, counted in days.items() for day, count in counted.items()}
    rows = bulk.fetch(EventDay, type_id=set(days), day={day for _, day in wanted})
    held = [row for row in rows if (row.type_id, row.day) in wanted]
    for row in held:
        EventDay.objects.filter(id=row.id).update(count=F("count") + wanted.pop((row.type_id, row.day)))
    bulk.insert([EventDay(type_id=number, day=day, count=count) for (number, day), count in wanted.items()])


def listen(now: int | None = None) -> int:
    """Notes which types have been silent for much longer than usual; how many are new among them. Run again and again
    by a worker: it reads one short row a type."""
    now = now or clock.now()
    quiet = EventType.objects.filter(silent=None, heard__gt=0, heard__lt=now - silence.SHORTEST)
    found = [
        number
        for number, gaps, heard in quiet.values_list("id", "gaps", "heard")
        if silence.silent(gaps, heard, now)
    ]
    with write():  # one that spoke meanwhile is not silent
        return quiet.filter(id__in=found).update(silent=F("heard")) if found else 0


def accept(row: EventType, by: str, until: int | None = None, silent: int | None = None) -> None:
    """What is there now is right, and what is expected from now on; written down. ``until``, ``silent``: what ``by``
    saw, in microseconds: when the newest difference was noted, and since when it had been silent. What came after that
    stays; without ``until`` all that is there is accepted."""
    with write():
        lock_row(Cursor.objects.filter(name=FOLLOWER)).first()  # what is taken in meanwhile would be written over
        held = lock_row(EventType.objects.filter(id=row.id)).get()
        seen = [each for each in held.drift if until is None or each["at"] <= until]
        quiet = held.silent is not None and (until is None or held.silent == silent)
        if not seen and not quiet:
            return
        told = {"type": held.name, "drift": [f"{each['what']} {each['name']}" for each in seen]}
        if quiet:
            told["silent"] = clock.iso(held.silent)
            held.gaps, held.silent = {}, None  # that it comes regularly is learnt anew
        held.drift = [each for each in held.drift if each not in seen]
        held.shape = msgspec.to_builtins(rules.accept(msgspec.convert(held.shape, rules.Shape)))
        held.save(update_fields=["drift", "shape", "gaps", "silent"])
        accounts.audit(by, "catalogue.accepted", f"event type:{held.name}", told)


def waiting() -> int:
    """How many types differ from before, or fell silent, and wait for somebody to look."""
    return _differing().count()


def _differing() -> "QuerySet[EventType]":
    return EventType.objects.filter(~Q(drift=[]) | Q(silent__isnull=False))


def get(name: str) -> EventType | None:
    """A type by its name."""
    return EventType.objects.filter(name=name).first()


def every(wanted: str = "", differing: bool = False) -> list[EventType]:
    """The types, those heard last first; ``wanted``: a part of their names; ``differing``: only those that somebody
    should look at."""
    rows = (_differing() if differing else EventType.objects.all()).order_by("-last_at", "name")
    return list(rows.filter(name__icontains=wanted) if wanted else rows)


def volumes(types: list[int], now: int | None = None) -> dict[int, list[int]]:
    """How many facts of each type there were on each of the last :data:`DAYS` days, today last."""
    today = (now or clock.now()) // clock.DAY
    found = {number: [0] * DAYS for number in types}
    for row in bulk.fetch(EventDay, type_id=types, day=range(today - DAYS + 1, today + 1)):
        found[row.type_id][row.day - today + DAYS - 1] = row.count
    return found


def examples(row: EventType) -> list[Event]:
    """Facts of a type, the newest first; those that were erased are not there."""
    found = {fact.id: fact for fact in bulk.fetch(Event, id=row.examples)}
    return [found[number] for number in row.examples if number in found]


def show_with(shower: Callable[[list[Event]], list[dict[str, Any]]]) -> None:
    """Registers how facts are shown outside: with public ids where ours are numbers."""
    _shower[:] = [shower]


def shown(facts: list[Event]) -> list[dict[str, Any]]:
    """Facts as they are shown outside, in the same order."""
    return _shower[0](facts)


def describe(row: EventType, text: str) -> None:
    """Writes what the company says a type means."""
    row.description = text.strip()[:2000]
    with write():
        row.save(update_fields=["description"])


def name_sources(start: str, names: Callable[[list[str]], dict[str, str]]) -> None:
    """Registers what sources whose names begin with ``start`` are called; ``names(sources)`` gives it for many."""
    _namers[start] = names


def names(sources: Iterable[str]) -> list[str]:
    """What people call sources, in the same order."""
    asked = list(sources)
    called = {source: source for source in asked}
    for start, namer in _namers.items():
        called |= namer([source for source in asked if source.startswith(start)])
    return [called[source] for source in asked]
