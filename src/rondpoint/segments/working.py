"""What workers do for segments: keep the lake, build what is new, look at who was touched, prove."""

import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from rondpoint.events import following
from rondpoint.events import queries as facts
from rondpoint.events.types import REACHED, Position
from rondpoint.jobs import children, leases, wake
from rondpoint.lake import manifest
from rondpoint.lib import clock
from rondpoint.lib.db import write
from rondpoint.segments import live, membership, standing
from rondpoint.segments.computed.types import MEASURED
from rondpoint.segments.models import ComputedProof, ComputedTrait, Proof, Segment

log = logging.getLogger("rondpoint.segments")
WORTH_IT = 5000  # facts
SECONDS = 3600.0  # that a child may take
LOOKED, LOOK_EVERY = "the lake was looked at", 600.0  # seconds
AWAY, AWAY_SECONDS = "the lake is away", 300.0  # told so long, unless it is tried again before
# What is built, by which function of a child; first the traits, at which segments may look.
BUILDERS: tuple[tuple[type[ComputedTrait | Segment], str], ...] = (
    (ComputedTrait, "rondpoint.segments.computed.rebuilding:build"),
    (Segment, "rondpoint.segments.rebuilding:build"),
)
REST = 60.0  # seconds before a segment that could not be built is tried again


def work(holder: str) -> int:
    """Fills, empties what was archived, builds and looks again; how much there was to do. Called again and again by one
    thread of a worker."""
    if leases.acquire(live.LANE, holder, live.LANE_SECONDS) is None:
        return 0
    filled = standing.fill()
    if filled:
        return filled
    left = membership.empty()
    for model, target in BUILDERS:
        waiting = _waiting(model)
        if waiting:
            _build(waiting, target, holder)
            return len(waiting)
    return left + live.one_round()


def _waiting(model: type[ComputedTrait | Segment]) -> "list[ComputedTrait | Segment]":
    """What is to be built and does not rest."""
    rows: QuerySet[Any] = model._default_manager.filter(state="building", archived=None).order_by("id")
    return [row for row in rows if not leases.resting(_rest(row))]


def measure_daily() -> None:
    """Has those computed traits built anew that are measured by everybody, once what was measured is a day old."""
    old = ComputedTrait.objects.filter(state="live", archived=None, measured__lt=clock.now() - clock.DAY)
    kinds = [kind.value for kind in MEASURED]
    with write():
        if old.filter(definition__kind__in=kinds).update(state="building"):
            wake.notify("segments")


def close(holder: str) -> None:
    """Gives the lane back, so that the next worker need not wait for it."""
    leases.release(live.LANE, holder)


def keep_lake() -> None:
    """Takes new facts into the lake, under the lease of its periodic job, once there are many: the few behind its end
    are read from the database. Where it cannot be reached, that is told until it can."""
    try:
        look = _keep_store if manifest.is_remote(settings.ENVIRONMENT.lake) else _keep_folder
        look(settings.ENVIRONMENT.lake)
    except (children.Broken, OSError):
        leases.rest(AWAY, AWAY_SECONDS)
        raise
    leases.release(AWAY, "")


def lake_is_away() -> bool:
    """Whether the lake could not be reached when a worker last tried; facts wait in the database meanwhile."""
    return leases.resting(AWAY)


def _keep_folder(lake: str) -> None:
    if not os.access(lake, os.W_OK):
        raise OSError(f"the lake's folder {lake} cannot be written")
    if _many(Position(*manifest.read(Path(lake) / "facts").position)):
        children.run("rondpoint.segments.rebuilding:keep_up", {"look": False}, SECONDS)


def _keep_store(lake: str) -> None:
    """How far the lake reaches, who last wrote to it has said; every ten minutes, and while it is away, it is asked."""
    look = leases.resting(AWAY) or not leases.resting(LOOKED)
    many = _many(following.place(REACHED))
    if many or look:
        children.run("rondpoint.segments.rebuilding:keep_up", {"look": not many}, SECONDS)
        leases.rest(LOOKED, LOOK_EVERY)


def _many(reached: Position) -> bool:
    return len(facts.named_after(reached, WORTH_IT)[0]) >= WORTH_IT


def prove_daily() -> None:
    """The proof, unless there was one within a day or there is nothing to prove."""
    since = clock.now() - clock.DAY
    for model, proofs in ((Segment, Proof), (ComputedTrait, ComputedProof)):
        proven = proofs.objects.filter(at__gte=since)
        if model.objects.filter(state="live", archived=None).exists() and not proven.exists():
            prove()
            return


def prove() -> dict[str, int]:
    """Compares all live segments and computed traits with what the lake says; how many were looked at and differ."""
    found: dict[str, int] = children.run("rondpoint.segments.rebuilding:prove", {}, SECONDS)
    if found["different"]:
        looked = found["segments"] + found["traits"]
        said = "%s of %s segments and computed traits differ from what the lake says; %s customers are looked at again"
        log.error(said, found["different"], looked, found["touched"])
    return found


def _build(rows: Sequence[ComputedTrait | Segment], target: str, holder: str) -> None:
    """Finds members or values, all in one child, whose libraries cost more than a few segments. What cannot be built
    keeps nothing else waiting and is tried again."""
    numbers = [row.id for row in rows]
    try:
        told = _child(target, {"numbers": numbers}, holder)
        failed = {int(number): reason for number, reason in told["failed"].items()}
    except (children.Broken, ValueError) as error:
        failed = dict.fromkeys(numbers, str(error))
    for row in rows:
        if row.id in failed:
            kind = row._meta.verbose_name
            log.error("the %s %s was not built, again in %.0f s: %s", kind, row.public_id, REST, failed[row.id])
            leases.rest(_rest(row), REST)


def _child(target: str, payload: dict[str, Any], holder: str) -> Any:
    return children.run(
        target,
        {**payload, "holder": holder},
        SECONDS,
        meanwhile=lambda: leases.renew(live.LANE, holder, live.LANE_SECONDS),
    )


def _rest(row: ComputedTrait | Segment) -> str:
    return f"{type(row)._meta.model_name}:{row.id}"
