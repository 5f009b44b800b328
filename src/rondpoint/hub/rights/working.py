"""Working erasures off: portions, each in a transaction with the place behind it, in rounds until one finds nothing."""

import logging
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from django.apps import apps
from django.db import InterfaceError, OperationalError, connection

from rondpoint.accounts import actions as accounts
from rondpoint.accounts.models import AuditEntry
from rondpoint.hub.models import Erasure, RightsRequest
from rondpoint.hub.rights import access, actions, contents, ledger
from rondpoint.jobs import erasing, leases
from rondpoint.jobs.erasing import Counts, NotYet, Portion, Subject
from rondpoint.lib import clock, db, signing
from rondpoint.lib.db import lock_row, write

log = logging.getLogger("rondpoint.rights")
LANE, LANE_SECONDS = "rights", 60.0
TURN = 1.0  # seconds that one erasure works before the lane is kept anew
SETTLED = 10 * clock.SECOND  # after she was hidden, what was under way has come to its end
PAUSE = 15 * clock.SECOND  # before what has to wait is tried again
NO_SECRET = "HOME/secret is another one than when it began: put the old one back"
WAIT = 0.2  # seconds between two looks at what a worker does

Step = Callable[[Subject, int], Portion]


class _Lost(Exception):
    """Somebody else moved the erasure on: what was just done is undone."""


def work(holder: str) -> int:
    """Gives what waits its turn; how much there was. One worker at a time does."""
    now = clock.now()
    waiting = Erasure.objects.filter(state="working", due__lte=now)
    if not (waiting.exists() or access.is_waiting()):
        return 0
    if leases.acquire(LANE, holder, LANE_SECONDS) is None:
        return 0
    row = waiting.order_by("due", "id").first()
    if row is not None:
        turn(row)
    return (row is not None) + access.make_one(lambda: leases.acquire(LANE, holder, LANE_SECONDS))


def close(holder: str) -> None:
    """Gives the lane back."""
    leases.release(LANE, holder)


def whole(row: Erasure, holder: str) -> Erasure:
    """Works an erasure off to its end; by the worker that is at it, if there is one."""
    try:
        while row.state == "working":
            if row.due > clock.now() or leases.acquire(LANE, holder, LANE_SECONDS) is None:
                time.sleep(WAIT)
                row.refresh_from_db()
            else:
                turn(row)
    finally:
        leases.release(LANE, holder)
    return row


def at_rest(row: Erasure) -> Erasure:
    """Works an erasure off where nobody else is: in a house that is not open yet. Nothing there is under way, and there
    is no lake to look into."""
    subject = actions.unseal(row.work)
    while row.state == "working":
        found = row.found
        for step in _steps():
            _save(row, subject, place=0)
            while _portion(row, subject, step):
                pass
        if row.found == found:
            _contents(subject, row)
            _wipe()
            _done(row, subject)
    return row


def turn(row: Erasure, seconds: float = TURN) -> None:
    """Does some of an erasure's work. What has to wait is tried again after a pause, for ever."""
    until = time.monotonic() + seconds
    try:
        subject = actions.unseal(row.work)
    except signing.BadToken:
        # Restored from a backup that was made meanwhile, without its secret: whom it was about cannot be read.
        with write():
            Erasure.objects.filter(id=row.pk).update(due=clock.now() + clock.HOUR, waits=NO_SECRET)
        row.refresh_from_db()
        return
    try:
        while _go_on(row, subject) and time.monotonic() < until:
            pass
    except _Lost:
        row.refresh_from_db()
    except NotYet as wait:
        _rest(row, subject, str(wait))
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        log.exception("the erasure %s has to be tried again", row.public_id)
        _rest(row, subject, f"{type(error).__name__}; the log has more")


def _go_on(row: Erasure, subject: Subject) -> bool:
    """One portion, or what comes behind the last one; whether there is more to do now."""
    steps = _steps()
    if row.step < len(steps):
        if not _portion(row, subject, steps[row.step]):
            _save(row, subject, step=row.step + 1, place=0)
        return True
    if row.found or clock.now() < row.hidden + SETTLED:
        _save(row, subject, step=0, place=0, found=0, due=row.hidden + SETTLED)
        return row.due <= clock.now()
    for eraser in erasing.every():
        if eraser.under_way is not None and eraser.under_way(subject):
            raise NotYet(f"{eraser.name}: something is under way to her this moment")
    _outside(row, subject)
    _contents(subject, row)
    _wipe()
    _empty_pages()
    ledger.keep_beside()
    _done(row, subject)
    return False


def _steps() -> list[Step]:
    return [step for eraser in erasing.every() for step in eraser.later]


def _portion(row: Erasure, subject: Subject, step: Step) -> bool:
    """Removes the next portion; whether this step has more."""
    portion = step(subject, row.place)
    place = portion.then if portion.then is not None else row.place
    with write():
        counts = portion.remove() if portion.remove is not None else Counter()
        _save(row, subject, place=place, found=row.found + sum(counts.values()), counts=_sum(row.counts, counts))
    return portion.then is not None


def _save(row: Erasure, subject: Subject, **said: object) -> None:
    """Moves the erasure on, if it still stands where it was, with what is known of her by now. Raises _Lost."""
    said |= {"work": actions.seal(subject), "waits": ""}
    with write():
        here = Erasure.objects.filter(
            id=row.pk, state="working", step=row.step, place=row.place, found=row.found, due=row.due
        )
        if not here.update(**said):
            raise _Lost
    for name, value in said.items():
        setattr(row, name, value)


def _rest(row: Erasure, subject: Subject, why: str) -> None:
    _save(row, subject, counts=row.counts)
    due = clock.now() + PAUSE
    with write():
        Erasure.objects.filter(id=row.pk, state="working").update(due=due, waits=why[:300])
    row.due, row.waits = due, why[:300]


def _outside(row: Erasure, subject: Subject) -> None:
    for eraser in erasing.every():
        if eraser.outside is not None:
            row.counts = _sum(row.counts, eraser.outside(subject))


def _contents(subject: Subject, row: Erasure) -> None:
    row.counts = _sum(row.counts, contents.remove(subject))


def _wipe() -> None:
    for eraser in erasing.every():
        if eraser.wipe is not None:
            with write():
                eraser.wipe()


def _empty_pages() -> None:
    """What the engine keeps of rows that are gone: SQLite's write-ahead log, PostgreSQL's dead rows."""
    if connection.in_atomic_block:
        return  # a test's own transaction: nothing of it is on disk
    if connection.vendor == "sqlite":
        if not db.checkpoint(Path(connection.settings_dict["NAME"])):
            raise NotYet("somebody reads what the write-ahead log still holds")
        return
    for label in sorted({label for eraser in erasing.every() for label in eraser.tables}):
        with connection.cursor() as cursor:
            cursor.execute(f'VACUUM "{apps.get_model(label)._meta.db_table}"')


def _done(row: Erasure, subject: Subject) -> None:
    now = clock.now()
    with write():
        found = lock_row(Erasure.objects.filter(id=row.pk, state="working")).first()
        if found is None:
            raise _Lost
        named = AuditEntry.objects.filter(
            target__in=[*subject.public_ids, *(f"customer:{n}" for n in subject.public_ids)]
        )
        row.state, row.work, row.done, row.waits = "done", "", now, ""
        row.kept = {**row.kept, "audit": named.count()}
        row.save(update_fields=["state", "work", "done", "waits", "kept", "counts"])
        RightsRequest.objects.filter(erasure=row, state="working").update(state="done", closed=now, by=row.by)
        accounts.audit("worker", "erasure.done", f"erasure:{row.public_id}", {"removed": sum(row.counts.values())})


def _sum(before: dict[str, int], more: Counts) -> dict[str, int]:
    return dict(Counter(before) + Counter(more))
