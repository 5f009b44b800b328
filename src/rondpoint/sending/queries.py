"""Reading what left and why, or why not."""

import uuid
from collections.abc import Collection, Iterable

from django.db.models import Count, Min, QuerySet

from rondpoint.accounts.models import Brand
from rondpoint.lib.prepared import prepared
from rondpoint.sending import gate
from rondpoint.sending.crowds import Crowd, ways_of
from rondpoint.sending.gate import note
from rondpoint.sending.house import channels, prices
from rondpoint.sending.knowing import uses
from rondpoint.sending.loading import Batch, Known
from rondpoint.sending.models import Decision, Dispatch
from rondpoint.sending.places import Where, contacts, of_house, where
from rondpoint.sending.promoting import promoting
from rondpoint.sending.rules.choosing import lateness, price, ranked
from rondpoint.sending.types import DispatchView, Request, Verdict
from rondpoint.sending.words import channel as channel_name

__all__ = [
    "Crowd", "Known", "Where", "channel_name", "channels", "contacts", "decisions", "depth", "lateness", "note",
    "of_house", "oldest_due", "preview", "previews", "price", "prices", "promoting", "ranked", "states", "uses",
    "ways_of", "where",
]  # fmt: skip


def preview(request: Request, now: int) -> Verdict:
    """What the gate would say now; writes nothing."""
    return previews([request], now)[0]


def previews(requests: list[Request], now: int, known: Known | None = None) -> list[Verdict]:
    """:func:`preview` for many, each as if it were alone; with what is ``known`` already it is not read again."""
    if not requests:
        return []
    batch = Batch(requests, now, known)
    return [_preview(batch, candidate) for candidate in batch.candidates]


def states(dispatch_ids: Iterable[int]) -> dict[int, DispatchView]:
    """Where dispatches stand, by id."""
    return {row[0]: DispatchView(*row[1:]) for row in _states(list(dispatch_ids))}


@prepared
def _states(dispatch_ids: Collection[int], /) -> QuerySet[Dispatch, tuple]:
    found = Dispatch.objects.filter(id__in=dispatch_ids)
    return found.values_list("id", "state", "error", "segments", "sent", "delivered", "read")


def decisions(
    profile_ids: Iterable[int] | None = None,
    dispatch_ids: Iterable[int] | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[Decision]:
    """Decisions about these profiles, or behind these dispatches, newest first; ``before``: an id."""
    rows = Decision.objects.select_related("dispatch")
    if profile_ids is not None:
        rows = rows.filter(profile_id__in=list(profile_ids))
    if dispatch_ids is not None:
        rows = rows.filter(dispatch_id__in=list(dispatch_ids))
    if before is not None:
        rows = rows.filter(id__lt=before)
    return list(rows.order_by("-id")[:limit])


def depth() -> dict[int, int]:
    """How many dispatches wait, by connection id."""
    rows = (
        Dispatch.objects.filter(state="queued")
        .values_list("connection_id")
        .annotate(n=Count("id"))
        .order_by()
    )
    return dict(rows)


def oldest_due(now: int) -> int | None:
    """Since when the oldest dispatch that should have left by ``now`` waits; None: none does."""
    return Dispatch.objects.filter(state="queued", due__lte=now).aggregate(oldest=Min("due"))["oldest"]


def _preview(batch: Batch, candidate) -> Verdict:
    batch.fill(candidate)
    verdict, step, fail = gate.judge(candidate)
    return Verdict(
        decision_id=None,
        decision="",
        verdict=verdict,
        step=step,
        reason=fail.reason if fail else "",
        detail=fail.detail if fail else "",
        segments=candidate.segments,
        due=fail.until or 0 if fail else candidate.now,
        notes=tuple(candidate.steps),
    )


def brand_of(dispatch: str) -> Brand | None:
    """The brand in whose name a dispatch left, by its public id."""
    try:
        wanted = uuid.UUID(dispatch)
    except ValueError:
        return None
    row = Dispatch.objects.filter(public_id=wanted).select_related("connection__brand").first()
    return row.connection.brand if row else None
