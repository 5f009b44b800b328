"""Working off deliveries: read, then hand each item to the room that takes it.

Each connection is a lane that one worker holds at a time and works off in the order of arrival. Reading runs ahead on
a thread of its own while what was read before is applied, as many deliveries in one transaction as take a moment.
A delivery and everything it causes are one transaction. What fails is tried again on its own with growing pauses;
after five tries it is quarantined with its raw form and its error, and blocks nobody.
"""

import logging
import time
import traceback
import uuid
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait

from django.db import InterfaceError, OperationalError
from msgspec import Struct

from rondpoint.channels import connections, deliveries, handlers, pieces, reading, registry
from rondpoint.channels.contract import ConnectionInfo, Ignored, Incomplete
from rondpoint.channels.models import Connection, Delivery
from rondpoint.files import actions as files
from rondpoint.jobs import leases, processes, wake
from rondpoint.jobs.pressing import pressing
from rondpoint.lib import bulk, clock, counted, isolation, logs, tracing
from rondpoint.lib.db import lock_row, skip_locked, waited, wanted, write
from rondpoint.lib.text import storable

log = logging.getLogger("rondpoint.channels.pipeline")
MAX_ATTEMPTS = 5
LANE_SECONDS = 10.0
RETRY_LEASE = 120 * clock.SECOND
PAUSES = (1, 5, 20, 60)  # seconds before the second, third… try
MOMENT = 0.05  # seconds a transaction should take when nobody else writes
SHARED_MOMENT = 0.018  # … and when others do: they are waiting
BUSY = 0.002  # seconds of waiting for a turn from which on others write
LEAST, MOST = 8, 100  # deliveries in one transaction, when so many wait
TAKEN = 300  # deliveries that a lane takes at once
PATIENCE = 0.05  # seconds that what is read waits for what is being read, to go with it

Failure = Exception | isolation.Crashed


class Job(Struct):
    """A delivery in hand. ``lease``: the mark we left on its row; who finds another there has lost it."""

    row: Delivery
    connection: ConnectionInfo
    lease: int
    read: reading.Read = reading.NOTHING
    group: tuple[int, ...] = ()  # of a message in parts: all of their deliveries


Ready = tuple[Job, Future[reading.Read]]
"""A delivery with how it was read."""


class Lanes:
    """Works off the deliveries of one channel that have not failed yet. ``stop()``: whether to take nothing more."""

    def __init__(self, kind: str, stop: Callable[[], bool] = lambda: False):
        self._kind = kind
        self._stop = stop
        self._holder = processes.name(uuid.uuid4().hex[:8])
        # Where a child reads, it reads ahead, and the files of the one before are stored meanwhile. All else is read
        # before the turn to write: beside it, it would take the processor from who holds the turn.
        ahead = registry.get(kind).manifest.isolate_parse
        self._reader = ThreadPoolExecutor(2, thread_name_prefix=f"read-{kind}") if ahead else None
        self._together = 2 * LEAST  # deliveries in the next transaction
        self._marks: set[int] = set()  # our own leases, which a failing database may have kept us from settling

    def work(self, limit: int = TAKEN) -> int:
        """Takes up to ``limit`` deliveries of each connection; how many it took."""
        taken = 0
        for connection in connections.active(self._kind):
            if self._stop():
                break
            jobs = self._take(connection, limit)
            if jobs:
                with pressing():
                    self._work_off(jobs)
                self._marks.discard(jobs[0].lease)
            taken += len(jobs)
        return taken

    def close(self) -> None:
        """Gives the lanes back, so that the next worker need not wait for them."""
        if self._reader:
            self._reader.shutdown(wait=True, cancel_futures=True)
        for connection in connections.active(self._kind):
            leases.release(_lane(connection.id), self._holder)

    def _take(self, connection: Connection, limit: int) -> list[Job]:
        waiting = Delivery.objects.filter(state__in=("new", "leased"), error="", connection_id=connection.id)
        if not waiting.exists():
            return []
        with write():
            if leases.acquire(_lane(connection.id), self._holder, LANE_SECONDS) is None:
                return []
            rows = list(waiting.order_by("id")[:limit])
            # What somebody else leased was in the hands of a worker that died, perhaps of it.
            orphan = next((row for row in rows if row.state == "leased" and row.due not in self._marks), None)
            if orphan is not None:
                rows = rows[: rows.index(orphan) + 1]
                orphan.attempts += 1
            lease = _mark()
            self._marks.add(lease)
            for row in rows:
                row.state, row.due = "leased", lease
            bulk.update(rows, ["state", "due", "attempts"])
        info = connections.info(connection)
        return [Job(row, info, lease) for row in rows]

    def _work_off(self, jobs: list[Job]) -> None:
        fatal = [job for job in jobs if job.row.attempts >= MAX_ATTEMPTS]
        for job in fatal:
            _failed(job, isolation.Crashed("the worker died each time while it worked this off"), last=True)
        waiting = [job for job in jobs if job not in fatal]
        ahead = {job.row.id: self._reader.submit(_read, job) for job in waiting} if self._reader else {}
        held = time.monotonic()
        while waiting:
            if self._stop():
                for future in ahead.values():
                    future.cancel()
                _give_back(waiting)
                return
            ready = self._ready(waiting, ahead)
            del waiting[: len(ready)]
            self._apply(ready)
            if time.monotonic() - held > LANE_SECONDS / 3:
                held = time.monotonic()
                leases.renew(_lane(jobs[0].row.connection_id), self._holder, LANE_SECONDS)

    def _ready(self, waiting: list[Job], ahead: dict[int, Future[reading.Read]]) -> list[Ready]:
        """The next ones for a transaction."""
        if not ahead:
            return self._read_now(waiting)
        ready = [(job, ahead[job.row.id]) for job in waiting[: self._together]]
        wait([ready[0][1]])
        late = (place for place, (_, future) in enumerate(ready[1:], 1) if wait([future], PATIENCE).not_done)
        return ready[: next(late, len(ready))]

    def _read_now(self, waiting: list[Job]) -> list[Ready]:
        ready: list[Ready] = []
        began = time.monotonic()
        for job in waiting[: self._together]:
            done: Future[reading.Read] = Future()
            try:
                done.set_result(_read(job))
            except (Exception, isolation.Crashed) as error:
                done.set_exception(error)
            ready.append((job, done))
            if time.monotonic() - began > PATIENCE:
                break
        return ready

    def _apply(self, ready: list[Ready]) -> None:
        batch: list[Job] = []
        for job, future in ready:
            try:
                job.read = future.result()
            except (Exception, isolation.Crashed) as error:
                _failed(job, error)
                continue
            if any(isinstance(item, Incomplete) for item in job.read.items):
                self._apply_batch(batch)
                batch = []
                _piece(job)
                continue
            batch.append(job)
        self._apply_batch(batch)

    def _apply_batch(self, batch: list[Job]) -> None:
        if not batch:
            return
        started = time.monotonic()
        _apply_or_alone(batch)
        turn = waited()
        each = max((time.monotonic() - started - turn) / len(batch), 0.0001)
        counted.delivery.see(each, self._kind, "apply")
        moment = SHARED_MOMENT if wanted() or turn > BUSY else MOMENT
        self._together = min(MOST, max(LEAST, int(moment / each)))


def work() -> int:
    """Works off once what waits on all channels, and what is to be tried again; how many deliveries it took."""
    taken = retry()
    for kind in registry.kinds():
        lanes = Lanes(kind)
        try:
            taken += lanes.work()
        finally:
            lanes.close()
    return taken


def retry(limit: int = 4) -> int:
    """Tries again what failed before and is due, each on its own; how many."""
    now = clock.now()
    due = Delivery.objects.filter(state__in=("new", "leased"), due__gt=0, due__lte=now, connection__active=True)
    due = due.exclude(error="").order_by("due", "id")
    if not due.exists():
        return 0
    with write():
        rows = list(skip_locked(due)[:limit])
        lease = now + RETRY_LEASE
        for row in rows:
            row.state, row.due = "leased", lease
        bulk.update(rows, ["state", "due"])
    for row in rows:
        job = Job(row, connections.info(row.connection_id), lease)
        try:
            job.read = _read(job, patient=True)
        except (Exception, isolation.Crashed) as error:
            _failed(job, error)
            continue
        if any(isinstance(item, Incomplete) for item in job.read.items):
            _piece(job)
        else:
            _apply_or_alone([job])
    return len(rows)


def _lane(connection_id: int) -> str:
    return f"deliveries:{connection_id}"


def _mark() -> int:
    """A mark for leased rows that nobody else leaves: a time to come, in microseconds."""
    return clock.now() + int(LANE_SECONDS) * clock.SECOND + uuid.uuid4().int % 100_000


def _read(job: Job, patient: bool = False) -> reading.Read:
    began, kind = time.monotonic(), job.connection.kind
    raw = deliveries.raw(job.row)
    with tracing.span("parse", job.row.public_id, channel=kind):
        items = reading.parse(raw, job.connection, patient)
    counted.delivery.see(time.monotonic() - began, kind, "parse")
    if any(isinstance(item, Incomplete) for item in items):
        return reading.Read(items, [() for _ in items])
    return reading.complete(items, job.connection)


def _apply_or_alone(batch: list[Job]) -> None:
    """Applies deliveries together; when that fails each alone, so that a bad one fails by itself."""
    try:
        apply(batch)
    except Exception as error:
        if len(batch) == 1:
            _failed(batch[0], error)
            return
        for job in batch:
            _apply_or_alone([job])


def apply(batch: list[Job]) -> None:
    """Gives the items of deliveries to their rooms and closes the deliveries, in one transaction.

    A delivery whose lease somebody else took over meanwhile is left to them. Replaying finds everything there.
    """
    began = clock.now()
    with write():
        wanted = {job.row.id: job.lease for job in batch}
        rows = lock_row(Delivery.objects.filter(id__in=wanted, state="leased").order_by("id"))
        ours = {number for number, due in rows.values_list("id", "due") if due == wanted[number]}
        batch = [job for job in batch if job.row.id in ours]
        arrivals, outcomes = [], {job.row.id: [""] * len(job.read.items) for job in batch}
        for job in batch:
            for position, (item, stored) in enumerate(zip(job.read.items, job.read.files, strict=True)):
                if isinstance(item, Ignored):
                    outcomes[job.row.id][position] = item.reason
                    continue
                for sha256, size in stored:
                    files.register(sha256, size)
                arrivals.append(
                    handlers.Arrival(
                        delivery_id=job.row.id,
                        connection=job.connection,
                        item=item,
                        key=f"{job.row.id}:{position}",
                        received=job.row.received,
                        files=stored,
                    )
                )
        for arrival, said in zip(arrivals, handlers.handle(arrivals), strict=True):
            outcomes[arrival.delivery_id][int(arrival.key.rpartition(":")[2])] = said
        deliveries.settle(outcomes | {number: outcomes[job.row.id] for job in batch for number in job.group})
    for job in batch:
        counted.worked.add(1, job.connection.kind, "done")
        if tracing.on():
            tracing.point("apply", job.row.public_id, began, clock.now(), channel=job.connection.kind)


def _piece(job: Job) -> None:
    """Keeps one part of a message; the last one to come works off the whole."""
    part = next(item for item in job.read.items if isinstance(item, Incomplete))
    try:
        whole = pieces.keep(job.row, job.lease, part, job.connection, _mark())
        if whole is not None:
            _apply_or_alone([Job(whole.first, job.connection, whole.lease, whole.read, whole.deliveries)])
    except (Exception, isolation.Crashed) as error:
        _failed(job, error)


def _give_back(jobs: list[Job]) -> None:
    """What was taken and not begun waits for the next worker."""
    with write():
        for job in jobs:
            Delivery.objects.filter(id=job.row.id, state="leased", due=job.lease).update(state="new", due=0)


def _failed(job: Job, error: BaseException, last: bool = False) -> None:
    attempts = job.row.attempts + (0 if last else 1)
    # A database that is away is nobody's fault; one that refuses what it was given will refuse it again.
    away = isinstance(error, OperationalError | InterfaceError)
    last = last or (attempts >= MAX_ATTEMPTS and not away)
    detail = "".join(traceback.format_exception(error))[-4000:]
    pause = PAUSES[min(attempts, len(PAUSES)) - 1] * clock.SECOND
    with logs.bound(delivery=job.row.public_id):
        log.warning("a delivery failed (%s of %s): %s", attempts, MAX_ATTEMPTS, type(error).__name__)
    counted.worked.add(1, job.connection.kind, "quarantined" if last else "failed")
    with write():
        Delivery.objects.filter(id=job.row.id, state="leased", due=job.lease).update(
            state="quarantined" if last else "new",
            attempts=attempts,
            due=clock.now() + pause,
            error=storable(f"{type(error).__name__}: {error}\n\n{detail}"),
        )
        if last:
            wake.notify("events")
