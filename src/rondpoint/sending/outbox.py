"""The worker's side of the database: taking dispatches (transaction 2), recording outcomes (transaction 3).

``in_flight`` is written before the provider is called. A worker that dies during the call leaves it behind,
and such a dispatch becomes ``unknown``: nobody can say whether it left, and it is never sent again by itself.
"""

import random

import msgspec
from django.db.models import BigIntegerField, F, Q, QuerySet
from django.db.models.functions import Cast
from msgspec import Struct

from rondpoint.channels import connections
from rondpoint.channels.contract import ConnectionInfo, MessageOut, OutcomeUnknown, SendError, Sent
from rondpoint.channels.models import Connection
from rondpoint.consent import actions as consent
from rondpoint.jobs import leases, processes
from rondpoint.lib import clock, counted
from rondpoint.lib.db import skip_locked, write
from rondpoint.sending import moving, receipts, rechecking
from rondpoint.sending.models import Decision, Dispatch, ExternalId
from rondpoint.sending.rechecking import LIFE
from rondpoint.sending.rules import pauses
from rondpoint.sending.rules.states import whole

CALL_LIMIT = 30.0  # seconds for one call of a provider
SPARE = 60  # seconds a lease lasts beyond all its calls


class Job(Struct, frozen=True):
    """A dispatch that this worker holds and may send now."""

    dispatch_id: int
    message: MessageOut
    first_part: int
    idempotency_key: str  # the dispatch's public id
    seconds: float  # the lease lasts so long from before it was taken


class Outcome(Struct, frozen=True):
    """What became of one try. ``parts_sent`` counts over all tries, ``sent`` holds those of this one."""

    dispatch_id: int
    holder: str
    parts_sent: int
    sent: tuple[Sent, ...]
    error: SendError | OutcomeUnknown | None
    at: int


def waiting() -> QuerySet:
    """Dispatches not yet gone. The literal lets SQLite use the partial index, which a parameter does not."""
    return Dispatch.objects.extra(where=["sending_dispatch.state = 'queued'"])


def connection(connection_id: int) -> ConnectionInfo:
    """A connection with opened secrets."""
    return connections.info(connection_id)


def problem(connection_id: int) -> str:
    """What is noted as wrong with a connection."""
    return Connection.objects.values_list("problem", flat=True).get(id=connection_id)


def due_connections(now: int) -> set[int]:
    """Active connections that have something to send now."""
    rows = waiting().filter(due__lte=now, in_flight=False, connection__active=True)
    return set(rows.order_by().values_list("connection_id", flat=True).distinct())


def take(connection_id: int, holder: str, limit: int, now: int) -> tuple[ConnectionInfo, list[Job]]:
    """Leases up to ``limit`` dispatches of a connection and marks them in flight; call the provider at once.

    What may not leave any more fails here and is not returned, nor what may leave only later (``rechecking``).
    """
    info = connections.info(connection_id)
    if not waiting().filter(connection_id=connection_id, due__lte=now, in_flight=False).exists():
        return info, []
    with write():
        if not Connection.objects.filter(id=connection_id, active=True).exists():
            return info, []
        if leases.resting(_rest(connection_id)):
            return info, []
        moment = leases.now()
        ready = waiting().filter(
            connection_id=connection_id, due__lte=now, in_flight=False
        )
        rows = list(skip_locked(ready.order_by("due", "id"))[:limit])
        going = _let_go(rows, now)
        for row in going:
            if row.attempts:
                counted.retries.add(1, row.channel)
            row.in_flight, row.leased_by, row.attempts = True, holder, row.attempts + 1
            row.lease_until = moment + int(_lease_seconds(row) * clock.SECOND)
        Dispatch.objects.bulk_update(going, ["in_flight", "leased_by", "attempts", "lease_until"])
    return info, [_job(row) for row in going]


def give_back(connection_id: int, holder: str, in_hand: frozenset[int]) -> int:
    """Frees what ``holder`` leased without learning of it, since the line to the database broke; how many.

    ``in_hand``: what it knows it took. Nothing else of its own can have been sent.
    """
    with write():
        lost = waiting().filter(connection_id=connection_id, leased_by=holder, in_flight=True).exclude(id__in=in_hand)
        return lost.update(in_flight=False, leased_by="", lease_until=0, attempts=F("attempts") - 1)


def record(outcomes: list[Outcome]) -> list[bool]:
    """Writes outcomes down inside ``write()``; per outcome, whether it still counted.

    An outcome that comes after its lease ran out is news of an ``unknown`` dispatch: sent, or failed.
    """
    rows = moving.locked([outcome.dispatch_id for outcome in outcomes])
    named = [
        ExternalId(
            dispatch_id=outcome.dispatch_id,
            connection_id=rows[outcome.dispatch_id].connection_id,
            value=receipts.stored(value),
            state=sent.state if sent.state in receipts.STATES else "sent",
        )
        for outcome in outcomes
        for sent in outcome.sent
        for value in sent.external_ids
    ]
    ExternalId.objects.bulk_create(named, ignore_conflicts=True)
    known: dict[int, list[str]] = {}
    for dispatch_id, state in ExternalId.objects.filter(dispatch_id__in=rows).values_list(
        "dispatch_id", "state"
    ):
        known.setdefault(dispatch_id, []).append(state)
    settled = [_settle(rows[o.dispatch_id], o, known.get(o.dispatch_id, [])) for o in outcomes]
    Dispatch.objects.bulk_update(
        [rows[outcome.dispatch_id] for outcome in outcomes],
        ["parts_sent", "in_flight", "leased_by", "lease_until", "due", "error"],
    )
    for outcome, news in zip(outcomes, settled, strict=True):
        asked = outcome.error.retry_after if isinstance(outcome.error, SendError) else None
        if asked is not None and pauses.is_wait(asked):
            leases.rest(_rest(rows[outcome.dispatch_id].connection_id), asked)
        if news is not None:
            moving.move([(rows[outcome.dispatch_id], *news)], outcome.at)
    receipts.catch_up([(row.connection_id, row.value) for row in named])
    return [news is not None for news in settled]


def reap(now: int) -> int:
    """Ends what hangs: calls whose worker died become unknown, what is too old fails. How many there were.

    A lease that reaches further than any can is of another clock: from before the machine was started again.
    """
    old = Q(in_flight=False, created__lt=now - LIFE, planned__lt=now - LIFE)
    _pull_back(now)
    if not waiting().filter(_hanging() | old).exists():
        return 0
    with write():
        # Asked anew: who waited long for its turn would take the leases of meanwhile for another clock's.
        rows = list(skip_locked(waiting().filter(_hanging() | old).order_by("id"))[:500])
        news = [
            (row, "unknown", "the worker stopped during the call")
            if row.in_flight
            else (row, "failed", "expired")
            for row in rows
        ]
        return len(moving.move(news, now))


def _hanging() -> Q:
    """Calls whose lease is over at this moment or is of another clock, and those of processes that are gone."""
    moment = leases.now()
    longest = Cast(F("segments"), BigIntegerField()) * int(CALL_LIMIT * clock.SECOND) + int(SPARE * clock.SECOND)
    holders = waiting().filter(in_flight=True).order_by().values_list("leased_by", flat=True).distinct()
    return Q(in_flight=True) & (
        Q(lease_until__lt=moment)
        | Q(lease_until__gt=moment + int(CALL_LIMIT * clock.SECOND) + longest)
        | Q(leased_by__in=[holder for holder in holders if processes.gone(holder)])
    )


def _pull_back(now: int) -> None:
    """Dispatches of a time to come were written before the clock was set back: they wait as long as was meant."""
    ahead = waiting().filter(created__gt=now + clock.MINUTE, in_flight=False)
    if ahead.exists():
        with write():
            ahead.update(due=F("due") - F("created") + now, planned=F("planned") - F("created") + now, created=now)


def _settle(row: Dispatch, outcome: Outcome, known: list[str]) -> tuple[str, str] | None:
    """The (state, error) an outcome leads to; ``queued``: it is tried again, None: it no longer counts.

    ``known``: the states of all parts that have a name of their own.
    """
    error = outcome.error
    ours = row.state == "queued" and row.in_flight and row.leased_by == outcome.holder
    if not ours and (row.state != "unknown" or isinstance(error, OutcomeUnknown)):
        return None
    if ours:
        row.parts_sent = outcome.parts_sent
        row.in_flight, row.leased_by, row.lease_until = False, "", 0
    if error is None:
        return whole(known or [part.state for part in outcome.sent if part.state in receipts.STATES]), ""
    if isinstance(error, OutcomeUnknown):
        return "unknown", error.detail
    # Who asks us to come again later is not failing; only the age of the message ends that.
    if error.permanent or (row.attempts >= pauses.MAX_ATTEMPTS and error.retry_after is None):
        if error.dead_address:
            consent.suppress(row.address_kind, row.address, "bounce", outcome.at, channel=row.channel)
        return "failed", error.detail
    if not ours:  # called unknown meanwhile and surely not sent: a person decides, since the lease was lost
        return None
    wait = pauses.before_retry(row.attempts, error.retry_after, random.random())
    row.due, row.error = outcome.at + int(wait * clock.SECOND), error.detail[:500]
    return "queued", ""


def _let_go(rows: list[Dispatch], now: int) -> list[Dispatch]:
    """Those of the taken rows that may leave now. The others fail or are put off, each with a decision."""
    stopped = rechecking.stops(rows, now)
    ended = [row for row in rows if row.id in stopped and stopped[row.id].fail.until is None]
    moving.move([(row, "failed", stopped[row.id].error) for row in ended], now)
    later = [row for row in rows if row.id in stopped and stopped[row.id].fail.until is not None]
    for row in later:
        row.due = row.planned = stopped[row.id].fail.until
    Dispatch.objects.bulk_update(later, ["due", "planned"])
    Decision.objects.bulk_create(rechecking.decisions(stopped, rows, now))
    return [row for row in rows if row.id not in stopped]


def _job(row: Dispatch) -> Job:
    return Job(row.id, _message(row), row.parts_sent, str(row.public_id), _lease_seconds(row))


def _lease_seconds(row: Dispatch) -> float:
    return CALL_LIMIT * max(1, row.segments) + SPARE


def _rest(connection_id: int) -> str:
    """The name of the rest that a provider asked for: no worker calls it meanwhile (RFC 9110 §10.2.3)."""
    return f"rest:{connection_id}"


def _message(row: Dispatch) -> MessageOut:
    return msgspec.msgpack.decode(bytes(row.content), type=MessageOut)
