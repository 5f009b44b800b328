"""What workers do for likeness: read who said something new and compare her at once, and all of them as often as the
owner chose."""

import logging
import time

from rondpoint.customers.matching import keeping, suggesting, weighing
from rondpoint.customers.matching.models import Likeness, MatchChoice, MatchRun, Trained, Unmatched
from rondpoint.customers.matching.rules import scoring, timing
from rondpoint.jobs import children
from rondpoint.jobs.pressing import others_press, rest
from rondpoint.lib import clock
from rondpoint.lib.db import give_way, write

log = logging.getLogger("rondpoint.matching")
PORTION, FEW = 200, 25  # profiles in one round, and where it would make others late
SUGGESTED = 3  # others for one profile
LOOK_SECONDS = 3.0  # who stops the worker waits for what is looked at
SECONDS = 3 * 3600.0  # that a child may take
GROWN = 2  # times as many records are learned of without waiting for the day


def look(seconds: float = LOOK_SECONDS) -> int:
    """Compares who said something new, for so long at most; how many profiles. Run again and again by one worker at a
    time."""
    looked, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
        began = time.monotonic()
        portion = FEW if others_press() else PORTION
        rows = list(Unmatched.objects.order_by("id").values_list("id", "profile_id")[:portion])
        if not rows:
            return looked
        if weighing.choice().on:
            compare({profile_id for _, profile_id in rows})
        with write():
            Unmatched.objects.filter(id__in=[number for number, _ in rows]).delete()
        looked += len(rows)
        time.sleep(rest(time.monotonic() - began))
    return looked


def compare(profile_ids: set[int], now: int | None = None) -> suggesting.Noted:
    """Reads these profiles and suggests who is likely to be the same person as one that says something new. Nothing is
    suggested twice, so that a crash costs nothing."""
    choice, held = weighing.choice(), weighing.held()
    least = scoring.bits(choice.suggest_from)
    surest: dict[tuple[int, int], suggesting.Likely] = {}
    others: dict[tuple[int, int], suggesting.Likely] = {}
    for profile_id, record in keeping.keep(profile_ids).items():
        give_way()
        alike = weighing.likely(profile_id, record, least, held)
        suggesting.renew(profile_id, dict(alike), least)
        for place, (other, score) in enumerate(alike[:SUGGESTED]):
            pair = (min(profile_id, other), max(profile_id, other))
            (surest if place == 0 else others).setdefault(pair, suggesting.Likely(*pair, score))
    now = now or clock.now()
    noted = suggesting.note(list(surest.values()), choice, now)
    # Only the surest opens by itself: of several that are like one, the full comparison knows whether all go together.
    more = suggesting.note(list(others.values()), MatchChoice(suggest_from=choice.suggest_from), now)
    return suggesting.Noted(noted.suggested + more.suggested, noted.opened)


def fill() -> int:
    """Reads profiles that were there before, for a while; how many."""
    read = 0
    while read < 20 * keeping.PORTION and (number := keeping.fill()):
        read += number
    return read


def ask(by: str = "", train: bool = True) -> MatchRun:
    """Asks for a comparison of all records, with learning before it where there are enough of them. One that waits
    already is enough."""
    with write():
        waiting = MatchRun.objects.filter(state="waiting").first()
        if waiting is None:
            waiting = MatchRun.objects.create(train=train and Likeness.objects.count() >= weighing.ENOUGH, by=by)
    return waiting


def ask_due(now: int | None = None) -> None:
    """Asks for a comparison when all profiles are read and its day has come, or there are enough records, or twice as
    many, to learn from for the first time. Where only people ask for it, nothing is done."""
    choice = weighing.choice()
    if not choice.on or choice.often == timing.NEVER or not keeping.filled():
        return
    if MatchRun.objects.filter(state__in=("waiting", "running")).exists():
        return
    now = now or clock.now()
    last = MatchRun.objects.order_by("-asked", "-id").first()
    records = Likeness.objects.count()
    trained = Trained.objects.order_by("-at", "-id").first()
    learnable = records >= weighing.ENOUGH and (trained is None or records >= GROWN * trained.records)
    due = timing.due(choice.often, choice.day, last.asked if last else None, now)
    retry = last is not None and last.state == "failed" and last.asked > now - clock.DAY
    if records and (due or (learnable and not retry)):
        ask()


def work() -> None:
    """Does the comparison that somebody or its day asked for."""
    run = MatchRun.objects.filter(state__in=("waiting", "running")).order_by("id").first()
    if run is None or not keeping.filled():
        return
    with write():  # one that is running was left by a worker that died
        MatchRun.objects.filter(id=run.id).update(state="running")
    state, problem = "done", ""
    try:
        children.run("rondpoint.customers.matching.whole:work", {"run": run.id}, SECONDS)
    except children.Ended:
        return  # the next start takes it up
    except (children.Broken, ValueError) as error:
        log.exception("the comparison %s failed", run.id)
        state, problem = "failed", str(error).strip().splitlines()[-1][:500]
    with write():
        MatchRun.objects.filter(id=run.id).update(
            state=state, problem=problem, ended=clock.now(), step="", percent=None
        )
    weighing.forget()
