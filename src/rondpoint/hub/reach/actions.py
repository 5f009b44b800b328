"""Asking whom a message would reach, and looking."""

import logging
import os
import time
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor

import msgspec

from rondpoint.consent import queries as consent
from rondpoint.consent.types import BUILT_IN
from rondpoint.hub.models import ReachCheck
from rondpoint.hub.reach.types import Reach, joined
from rondpoint.jobs import children
from rondpoint.lib import clock
from rondpoint.lib.db import write
from rondpoint.segments.models import Segment
from rondpoint.sending import queries as sending

log = logging.getLogger("rondpoint.reach")
SECONDS = 1800.0  # that a child may take
PARTS = min(os.cpu_count() or 1, 4)
KEPT = 50  # looks that are kept, the newest
FURTHEST = 400 * clock.DAY
LONGEST = 20_000
AT_WORK = ("waiting", "running")


class Invalid(ValueError):
    """It cannot be looked at as it was asked for. ``field`` names what does not hold."""

    def __init__(self, field: str, reason: str):
        super().__init__(reason)
        self.field = field


def ask(
    purpose: str, channels: Collection[str], by: str, segment: Segment | None = None, at: int | None = None,
    text: str = "", now: int | None = None,
) -> ReachCheck:  # fmt: skip
    """A look that a worker takes in a moment. ``at``: when it would be sent, microseconds UTC; now, where nothing is
    said. Without a ``text`` nothing is said about its words. Raises Invalid."""
    now = now or clock.now()
    known = [*consent.purpose_names("en"), *sorted(BUILT_IN)]
    if purpose not in known:
        raise Invalid("purpose", f"expected one of {', '.join(known)}")
    if not channels:
        raise Invalid("channels", "choose one at least")
    for channel in channels:
        if channel not in sending.channels():
            raise Invalid("channels", f"{channel[:24]}: there are {', '.join(sending.channels())}")
    if segment is not None and segment.state != "live":
        raise Invalid("segment", "it is being built; try again in a moment")
    if at is not None and not now - clock.DAY <= at <= now + FURTHEST:
        raise Invalid("at", "expected a time from yesterday to a year from now")
    if len(text) > LONGEST:
        raise Invalid("text", f"at most {LONGEST} characters")
    with write():
        return ReachCheck.objects.create(
            purpose=purpose, channels=sorted(set(channels)), by=by[:200], segment=segment, at=at or now, text=text
        )


def work() -> int:
    """Takes the look that waited longest; how many. Run again and again by one worker at a time."""
    row = ReachCheck.objects.filter(state__in=AT_WORK).order_by("id").first()
    if row is None:
        return 0
    with write():  # one that is running was left by a worker that died
        ReachCheck.objects.filter(id=row.id).update(state="running")
    began, problem, found = time.monotonic(), "", Reach()
    try:
        found = _look(row)
    except children.Ended:
        return 0  # the next start takes it up
    except (children.Broken, ValueError) as error:
        log.exception("the look at whom a message would reach %s failed", row.public_id)
        problem = str(error).strip().splitlines()[-1][:500]
    with write():
        ReachCheck.objects.filter(id=row.id).update(
            state="failed" if problem else "done", result=msgspec.to_builtins(found), problem=problem,
            ended=clock.now(), seconds=time.monotonic() - began,
        )  # fmt: skip
        last = ReachCheck.objects.order_by("-id").values_list("id", flat=True)[KEPT - 1 : KEPT]
        ReachCheck.objects.filter(id__lt=next(iter(last), 0)).delete()
    return 1


def _look(row: ReachCheck) -> Reach:
    """As many children as there are processors, each with its share of the people."""
    asked = {
        "segment": row.segment_id, "purpose": row.purpose, "channels": row.channels, "at": row.at, "text": row.text,
        "parts": PARTS,
    }  # fmt: skip

    def run(part: int) -> Reach:
        told = children.run("rondpoint.hub.reach.measuring:measure", {**asked, "part": part}, SECONDS)
        return msgspec.convert(told, Reach)

    if PARTS == 1:
        return joined([run(0)])
    with ThreadPoolExecutor(PARTS, thread_name_prefix="reach") as pool:
        return joined(list(pool.map(run, range(PARTS))))
