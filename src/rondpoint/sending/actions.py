"""Asking the gate, and moving what left. All of it inside the caller's ``write()``."""

import uuid

import msgspec
from django.db import connection as database

from rondpoint.consent import queries as consent
from rondpoint.consent.types import BUILT_IN, Link
from rondpoint.customers import actions as customers
from rondpoint.customers.models import Profile
from rondpoint.jobs import wake
from rondpoint.lib import bulk, clock, ids, tracing
from rondpoint.lib.db import write
from rondpoint.sending import displacing, gate, moving
from rondpoint.sending.loading import Batch, key_of
from rondpoint.sending.models import Decision, Dispatch
from rondpoint.sending.types import PRIORITIES, Candidate, Fail, Request, Verdict


def submit(requests: list[Request], now: int | None = None) -> list[Verdict]:
    """The gate's verdict for each request, in order, with decisions and dispatches written (transaction 1).

    Repeating an idempotency key gives the verdict it had and writes nothing.
    """
    if not requests:
        return []
    now = now or clock.now()
    with write():
        keys = [key_of(request) for request in requests]
        _take_turns(keys)
        verdicts = _earlier(keys)
        fresh: dict[str, Request] = {}
        for key, wish in zip(keys, requests, strict=True):
            if key not in verdicts:
                fresh.setdefault(key, wish)
        if fresh:
            verdicts.update(zip(fresh, _decide(list(fresh.values()), now), strict=True))
        return [verdicts[key] for key in keys]


def verdict_of(dispatch_id: int) -> Verdict:
    """The verdict that made a dispatch. Raises Decision.DoesNotExist."""
    return _verdict(
        Decision.objects.select_related("dispatch").filter(dispatch_id=dispatch_id).earliest("id")
    )


def mark(dispatch_ids: list[int], state: str, now: int | None = None) -> list[int]:
    """Moves dispatches forward to ``state`` (a chat saw them delivered or read); the ids that moved."""
    with write():
        rows = moving.locked(dispatch_ids)
        return moving.move([(row, state, "") for row in rows.values()], now or clock.now())


def withdraw(dispatch_id: int, now: int | None = None) -> bool:
    """Takes back what has not left: True when it never will, False when it is too late.

    A worker takes a dispatch by marking it in flight under the same row lock, so exactly one of the two succeeds. One
    that waits for another try after a failed one may have left in part, and is not taken back either.
    """
    with write():
        row = moving.locked([dispatch_id]).get(dispatch_id)
        if row is None or row.state != "queued" or row.in_flight or row.parts_sent:
            return False
        return bool(moving.move([(row, "cancelled", "")], now or clock.now()))


def _decide(requests: list[Request], now: int) -> list[Verdict]:
    hold([request.profile_id for request in requests if request.purpose not in BUILT_IN])
    batch = Batch(requests, now, displacing=True)
    answers: dict[int, tuple[str, str, Fail | None]] = {}
    for candidate in sorted(batch.candidates, key=_importance):  # who is more important takes her place first
        batch.fill(candidate)
        verdict, step, fail = answers[id(candidate)] = gate.judge(candidate)
        if candidate.automated and candidate.steps:
            candidate.steps[0]["automated"] = True  # the cap on automatic messages counts these
        if verdict != "refuse":
            batch.took(candidate, _leaves(candidate, fail))
    judged = [(candidate, *answers[id(candidate)]) for candidate in batch.candidates]
    passed = [(candidate, fail) for candidate, verdict, _, fail in judged if verdict != "refuse"]
    taken = _taken([candidate for candidate, _ in passed])
    began = clock.now()
    rows = [_dispatch(candidate, fail, taken) for candidate, fail in passed]
    bulk.insert(rows)
    for row in rows:
        tracing.point("submit", row.public_id, began, clock.now(), channel=row.channel)
    dispatches = {row.idempotency_key: row for row in rows}
    decisions = [_decision(*entry, dispatches) for entry in judged]
    bulk.insert(decisions)
    displacing.displace([candidate for candidate, _ in passed], now)
    if rows:
        wake.notify("dispatches")
    return [_verdict(row) for row in decisions]


def hold(profile_ids: list[int]) -> None:
    """Nobody else decides on promotions to these people until the transaction ends, so that no two take the last place
    under a cap. They are locked in one order; on SQLite there is one writer anyway."""
    if profile_ids and database.vendor == "postgresql":
        customers.hold(bulk.fetch(Profile, id=set(profile_ids)))


def _importance(candidate: Candidate) -> int:
    return -PRIORITIES[candidate.request.priority] if candidate.promotion else 0


def _leaves(candidate: Candidate, fail: Fail | None) -> int:
    return max(fail.until if fail and fail.until else candidate.now, candidate.request.not_before)


def _dispatch(candidate: Candidate, fail: Fail | None, taken: set[uuid.UUID]) -> Dispatch:
    wish = candidate.request
    named = _public_id(candidate)
    public_id = named if named and named not in taken else ids.uuid7()
    taken.add(public_id)
    message = msgspec.structs.replace(
        wish.message,
        to=msgspec.structs.replace(wish.message.to, kind=wish.address.kind, value=candidate.address),
        purpose=wish.purpose,
        unsubscribe_url=_unsubscribe_url(candidate, public_id),
        files=tuple(msgspec.structs.replace(file, content=b"") for file in wish.message.files),
    )
    return Dispatch(
        public_id=public_id,
        connection_id=wish.connection_id,
        channel=wish.channel,
        profile_id=wish.profile_id,
        address_kind=wish.address.kind,
        address=candidate.address,
        purpose=wish.purpose,
        content=msgspec.msgpack.encode(message),
        segments=min(candidate.segments, 32767),
        promotion=candidate.promotion,
        priority=PRIORITIES[wish.priority],
        due=_leaves(candidate, fail),
        planned=_leaves(candidate, fail),
        not_after=wish.not_after,
        last_inbound=wish.last_inbound,
        digest=candidate.digest,
        idempotency_key=key_of(wish),
        created=candidate.now,
    )


def _unsubscribe_url(candidate: Candidate, public_id: uuid.UUID) -> str:
    """Where one unsubscribes from what may be refused: this purpose, on this channel, with one click (RFC 8058)."""
    wish = candidate.request
    if not candidate.refusable:
        return ""
    return consent.centre_url(
        Link(wish.profile_id, wish.address.kind, candidate.address, wish.purpose, wish.channel, str(public_id))
    )


def _decision(
    candidate: Candidate, verdict: str, step: str, fail: Fail | None, dispatches: dict[str, Dispatch]
) -> Decision:
    wish = candidate.request
    key = key_of(wish)
    return Decision(
        at=candidate.now,
        profile_id=wish.profile_id,
        dispatch=dispatches.get(key) if verdict != "refuse" else None,
        channel=wish.channel[:24],
        address_kind=wish.address.kind[:24],
        address=candidate.address,
        purpose=wish.purpose[:32],
        verdict=verdict,
        step=step,
        reason=fail.reason[:64] if fail else "",
        detail=fail.detail[:300] if fail else "",
        steps=candidate.steps,
        idempotency_key=key,
    )


def _public_id(candidate: Candidate) -> uuid.UUID | None:
    try:
        return uuid.UUID(candidate.request.message.id)
    except ValueError:
        return None


def _taken(candidates: list[Candidate]) -> set[uuid.UUID]:
    """Ids in use. A dispatch bears its message's id, by which a bounce names it; a second its own."""
    wanted = [found for candidate in candidates if (found := _public_id(candidate))]
    return (
        set(Dispatch.objects.filter(public_id__in=wanted).values_list("public_id", flat=True))
        if wanted
        else set()
    )


def _earlier(keys: list[str]) -> dict[str, Verdict]:
    rows = Decision.objects.filter(idempotency_key__in=keys).select_related("dispatch").order_by("-id")
    return {row.idempotency_key: _verdict(row) for row in rows}


def _verdict(row: Decision) -> Verdict:
    return Verdict(
        decision_id=row.id,
        decision=str(row.public_id),
        verdict=row.verdict,
        step=row.step,
        reason=row.reason,
        detail=row.detail,
        dispatch_id=row.dispatch_id,
        segments=row.dispatch.segments if row.dispatch else 0,
        due=row.dispatch.due if row.dispatch else 0,
    )


def _take_turns(keys: list[str]) -> None:
    """On PostgreSQL two writers with the same key go one after the other; SQLite has one writer anyway."""
    if database.vendor == "postgresql":
        with database.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(number) FROM (SELECT DISTINCT hashtextextended(key, 7)"
                " AS number FROM unnest(%s::text[]) AS key ORDER BY 1) AS keys",
                [keys],
            )
