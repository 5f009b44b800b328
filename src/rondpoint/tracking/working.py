"""Working off batches: what they tell becomes facts about profiles, many calls in one transaction."""

import logging
import time
import traceback

import msgspec
from django.db import InterfaceError, OperationalError

from rondpoint.customers import actions as customers
from rondpoint.customers import queries as known
from rondpoint.customers.models import Profile
from rondpoint.customers.types import Said, Traced
from rondpoint.events import actions as events
from rondpoint.jobs import leases
from rondpoint.jobs.pressing import others_press
from rondpoint.lib import bulk, clock
from rondpoint.lib.db import lock_row, wanted, write
from rondpoint.lib.text import storable
from rondpoint.tracking import actions, intake, sources
from rondpoint.tracking.models import Batch, Refusal
from rondpoint.tracking.rules import reading, telling
from rondpoint.tracking.types import Reading, SourceInfo

log = logging.getLogger("rondpoint.tracking")
LANE, LANE_SECONDS = "tracking", 10.0
MAX_ATTEMPTS = 5
TAKEN = 50  # batches taken at once
RENAMED = "alias"  # of suggestions that two accounts are one person's
RULE = "device"  # of the links between devices and the accounts used on them
CALLS, FEW = 1000, 300  # calls in one transaction, about; and where it would make others late
PAUSES = (1, 5, 20, 60)  # seconds before the second, third… try

Each = tuple[SourceInfo, telling.Told]
Job = tuple[Batch, SourceInfo, Reading, list[telling.Told]]


def work(holder: str) -> int:
    """Works off what waits; how many batches it took. One worker at a time does, in the order of arrival."""
    ready = Batch.objects.filter(state="new", due__lte=clock.now())
    if not ready.exists() or leases.acquire(LANE, holder, LANE_SECONDS) is None:
        return 0
    rows = list(ready.order_by("id")[:TAKEN])
    told_by = sources.by_ids({row.source_id for row in rows})
    together: list[Job] = []
    held = time.monotonic()
    for number, row in enumerate(rows, 1):
        together.append(_job(row, told_by[row.source_id]))
        if number == len(rows) or sum(len(told) for *_, told in together) >= _enough():
            _apply_or_alone(together)
            together = []
            if time.monotonic() - held > LANE_SECONDS / 3:
                held = time.monotonic()
                leases.renew(LANE, holder, LANE_SECONDS)
    return len(rows)


def _enough() -> int:
    """So many calls go into one transaction: half of what it costs is its commit and the waiting for its turn, and
    everybody who wants to write waits for its end."""
    return FEW if others_press() or wanted() else CALLS


def close(holder: str) -> None:
    """Gives the lane back, so that the next worker need not wait for it."""
    leases.release(LANE, holder)


def _job(row: Batch, source: SourceInfo) -> Job:
    read = reading.read(row.kind, intake.body(row), str(row.public_id), row.received)
    return row, source, read, [telling.tell(call, source) for _, call in read.calls]


def _apply_or_alone(jobs: list[Job]) -> None:
    """Applies batches together; when that fails each alone, so that a bad one fails by itself."""
    try:
        _apply(jobs)
    except Exception as error:
        if len(jobs) > 1:
            for job in jobs:
                _apply_or_alone([job])
        else:
            _failed(jobs[0][0], error)


def _apply(jobs: list[Job]) -> None:
    """What batches tell, and that they are worked off, in one transaction. A batch that somebody else worked off
    meanwhile is left as it is."""
    with write():
        waiting = lock_row(Batch.objects.filter(id__in=[job[0].id for job in jobs], state="new"))
        ours = set(waiting.values_list("id", flat=True))
        jobs = [job for job in jobs if job[0].id in ours]
        _tell(_living([(row.received, source, each) for row, source, _, told in jobs for each in told]))
        _refuse(jobs)
        now = clock.now()
        for row, *_ in jobs:
            row.state, row.processed, row.error = "done", now, ""
        bulk.update([job[0] for job in jobs], ["state", "processed", "error"])


def _living(told: list[tuple[int, SourceInfo, telling.Told]]) -> list[Each]:
    """Without what came before the person it speaks of was erased, and is worked off after."""
    names = [_names(source, each) for _, source, each in told]
    found = known.forgotten({name for some in names for name in some})
    return [
        (source, each)
        for (received, source, each), some in zip(told, names, strict=True)
        if not found or all(found.get(name, 0) < received for name in some)
    ]


def _names(source: SourceInfo, told: telling.Told) -> list[Traced]:
    profiles: list[Traced] = [("profile", source.knows, said.key) for said in told.said]
    held = [identifier for said in told.said for identifier in said.identifiers]
    return [*profiles, *(("address", each.kind, each.value, each.scope) for each in held)]


def _tell(told: list[Each]) -> None:
    told, renamed = _renamed(told)
    profiles = customers.hear([said for _, each in told for said in each.said])
    pairs = [(source.knows, *each.pair) for source, each in told if each.pair]
    customers.attribute_many(
        [(profiles[knows, device], profiles[knows, account]) for knows, device, account in pairs], RULE, clock.now()
    )
    for knows, before, key in renamed:
        customers.suggest(profiles[knows, before], profiles[knows, key], RENAMED, {}, clock.now())
    _tell_companies(told, profiles)
    facts = [(each.fact, profiles[source.knows, each.key].id) for source, each in told]
    events.record([msgspec.structs.replace(fact, profile_id=number) for fact, number in facts])


def _renamed(told: list[Each]) -> tuple[list[Each], list[tuple[str, str, str]]]:
    """What an alias names is a device, unless the source spoke of an account of that name before: then a person has two
    accounts, as (source, key before, key), which is only suggested. The rest is told as it was."""
    asked = {(source.knows, each.renamed) for source, each in told if each.renamed}
    if not asked:
        return told, []
    spoken = {(source.knows, said.key) for source, each in told for said in each.said}
    rows = bulk.columns(Profile, "source", "key", source={name for name, _ in asked}, key={key for _, key in asked})
    accounts = asked & (spoken | {(source, key) for source, key in rows})
    rest, renamed = [], []
    for source, each in told:
        if (source.knows, each.renamed) in accounts:
            renamed.append((source.knows, each.renamed, each.key))
            before = Said(source.knows, each.renamed, each.fact.occurred)
            each = msgspec.structs.replace(each, said=(each.said[0], before), pair=None)
        rest.append((source, each))
    return rest, renamed


def _tell_companies(told: list[Each], profiles: dict[tuple[str, str], Profile]) -> None:
    customers.companies.hear(
        [
            customers.companies.Told(
                source=source.knows,
                key=each.company.key,
                at=each.fact.occurred,
                evidence=each.company.evidence,
                traits=each.company.traits,
                scope=each.company.scope,
                profile_id=profiles[source.knows, each.key].id,
            )
            for source, each in told
            if each.company
        ],
        clock.now(),
    )


def _refuse(jobs: list[Job]) -> None:
    actions.refuse(
        [
            Refusal(
                source_id=source.id,
                batch=row.public_id,
                place=refused.place,
                message_id=storable(refused.message_id),
                reason=storable(refused.reason)[:500],
                raw=storable(bytes(refused.raw).decode(errors="replace"))[: reading.LARGEST_CALL],
                received=row.received,
            )
            for row, source, read, _ in jobs
            for refused in read.refused
        ]
    )


def _failed(row: Batch, error: Exception) -> None:
    away = isinstance(error, OperationalError | InterfaceError)  # nobody's fault: it is tried for ever
    attempts = row.attempts + (0 if away else 1)
    last = attempts >= MAX_ATTEMPTS
    log.warning("a batch failed (%s of %s): %s", attempts, MAX_ATTEMPTS, type(error).__name__)
    detail = "".join(traceback.format_exception(error))[-4000:]
    with write():
        Batch.objects.filter(id=row.id, state="new").update(
            state="quarantined" if last else "new",
            attempts=attempts,
            due=clock.now() + PAUSES[min(max(attempts, 1), len(PAUSES)) - 1] * clock.SECOND,
            error=storable(f"{type(error).__name__}: {error}\n\n{detail}"),
        )
