"""Working imports off: portions of rows, each in a transaction with the place behind it."""

import logging
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
from django.db import InterfaceError, OperationalError
from msgspec import Struct

from rondpoint.accounts import actions as accounts
from rondpoint.accounts import queries as brands
from rondpoint.customers import queries as customers
from rondpoint.customers.types import Traced
from rondpoint.files import queries as files
from rondpoint.hub.imports import actions, kinds, reading
from rondpoint.hub.imports.reading import Read, Refused, Row
from rondpoint.hub.imports.rows import Rows, Unreadable
from rondpoint.hub.imports.rules.dialect import Dialect
from rondpoint.hub.imports.types import REASONS, SHOWN, Context, Kind, Outcome
from rondpoint.hub.models import Import, RefusedRow
from rondpoint.jobs import leases
from rondpoint.lib import bulk, clock
from rondpoint.lib.db import write
from rondpoint.lib.text import storable

log = logging.getLogger("rondpoint.imports")
LANE, LANE_SECONDS = "imports", 15.0
AT_ONCE = 1000  # rows in one transaction
TURN = 1.0  # seconds that one import works before the next one has its turn
WAIT = 0.2  # seconds between two looks at what a worker does
ERASED = "somebody who was erased after this file came"
LONGEST_KEPT = 2000  # letters of a cell of a refused row


class Portion(Struct, frozen=True):
    """Rows that are written in one transaction, and the place behind them. ``last``: there are no more."""

    rows: list[Row]
    position: int
    line: int
    last: bool


class Lost(Exception):
    """Somebody else moved the import on, or cancelled it: what was just done is undone."""


def work(holder: str) -> int:
    """Gives the import that waited longest its turn; 1 when there was one. One worker at a time does."""
    waiting = Import.objects.filter(state__in=actions.AT_WORK)
    if not waiting.exists():
        reading.let_go()
        return 0
    if leases.acquire(LANE, holder, LANE_SECONDS) is None:
        return 0
    row = waiting.order_by("worked", "id").first()
    if row is None:
        return 0
    turn(row)
    with write():
        Import.objects.filter(id=row.id).update(worked=clock.now())
    return 1


def close(holder: str) -> None:
    """Gives the lane back."""
    reading.let_go()
    leases.release(LANE, holder)


def turn(row: Import, seconds: float = TURN) -> None:
    """Does some of an import's work. What cannot be done ends it with a sentence; a database that is away does not."""
    try:
        if row.state == "received":
            actions.prepare(row)
        else:
            _portions(row, time.monotonic() + seconds)
    except Lost:
        row.refresh_from_db()
    except Unreadable as error:
        actions.fail(row, str(error))
    except FileNotFoundError:
        actions.fail(row, "its file is not there any more; bring it again")
    except (OperationalError, InterfaceError, OSError):
        raise
    except Exception as error:
        log.exception("the import %s ended", row.public_id)
        actions.fail(row, f"row {row.line + 1} and those after it: {type(error).__name__}; the log has more")


def whole(row: Import, holder: str) -> None:
    """Works an import off to its end, or until somebody has to decide; by the worker that is at it, if there is one."""
    try:
        while row.state in actions.AT_WORK:
            if leases.acquire(LANE, holder, LANE_SECONDS) is not None:
                turn(row)
            else:
                time.sleep(WAIT)
                row.refresh_from_db()
    finally:
        close(holder)


def _portions(row: Import, until: float) -> None:
    """Works portions off until its time is over; while one is written, the next one is read."""
    kind, context = kinds.get(row.kind), _context(row)
    assert kind is not None
    with files.opened(row.rows) as file:
        rows = Rows(file, msgspec.convert(row.dialect, Dialect), row.position, row.line)
        reader = reading.reader(row.kind, row.mapping, context, os.fstat(file.fileno()).st_size - row.position)
        waiting: tuple[Portion, Callable[[], Read]] | None = None
        try:
            for portion in _cut(rows):
                begun = reader.begin(portion.rows)
                if waiting is not None:
                    _portion(row, kind, context, waiting[0], waiting[1]())
                    if time.monotonic() > until:
                        return
                waiting = portion, begun
        except Unreadable:
            if waiting is not None:  # what stands before the fault comes in
                _portion(row, kind, context, waiting[0], waiting[1]())
            raise
        assert waiting is not None, "the last portion may be empty, but it is there"
        _portion(row, kind, context, waiting[0], waiting[1]())


def _cut(rows: Rows) -> Iterator[Portion]:
    """The rows that are left, in portions; the last one is not full."""
    left = iter(rows)
    if rows.line == 0:
        next(left, None)  # the header
    while True:
        portion: list[Row] = []
        for cells in left:
            if any(cells):
                portion.append((rows.line, cells))
            if len(portion) == AT_ONCE:
                break
        yield Portion(portion, rows.position, rows.line, len(portion) < AT_ONCE)
        if len(portion) < AT_ONCE:
            return


def _portion(row: Import, kind: Kind, context: Context, cut: Portion, read: Read) -> None:
    portion, ended = cut.rows, cut.last
    records, lines, refused = _living(row, context, *read)
    if row.state == "checking":
        judged = kind.judge(records, context)
        refused += _refused(judged.outcomes, lines, portion)
        row.found = _found(row, kind, records, judged.outcomes, refused)
        with write():
            _count(row, judged.outcomes, refused)
            _move(row, cut, {"found": row.found}, "checked" if ended else "")
        return
    with write():
        judged = kind.judge(records, context)
        refused += _refused(judged.outcomes, lines, portion)
        if judged.plan:
            kind.apply(judged.plan, context)
        bulk.insert_new([_kept(row, line, reason, cells) for line, reason, cells in refused])
        _count(row, judged.outcomes, refused)
        _move(row, cut, {}, "done" if ended else "")
        if ended:
            told = {name: getattr(row, name) for name in ("new", "changed", "known", "refused")}
            accounts.audit(row.by, "import.done", f"import:{row.public_id}", told)


def _living(
    row: Import, context: Context, records: list[Any], lines: list[int], refused: list[Refused]
) -> tuple[list[Any], list[int], list[Refused]]:
    """Without the rows about somebody who was erased after the file came. Nothing of them is kept, not even refused."""
    found = customers.forgotten(name for record in records for name in _names(record, context))
    gone = {
        place
        for place, record in enumerate(records if found else ())
        if any(found.get(name, 0) >= row.created for name in _names(record, context))
    }
    if not gone:
        return records, lines, refused
    refused += [(lines[place], ERASED, []) for place in sorted(gone)]
    kept = [place for place in range(len(records)) if place not in gone]
    return [records[place] for place in kept], [lines[place] for place in kept], refused


def _names(record: Any, context: Context) -> Iterator[Traced]:
    """Under which somebody may have been forgotten."""
    yield "profile", context.source, record.person.key
    for name in record.person.names:
        yield "address", *name


def _refused(outcomes: list[Outcome], lines: list[int], portion: list[Row]) -> list[Refused]:
    at = [(line, outcome.reason) for line, outcome in zip(lines, outcomes, strict=True) if outcome.state == "refused"]
    if not at:
        return []
    cells = dict(portion)
    return [(line, reason, cells[line]) for line, reason in at]


def _kept(row: Import, line: int, reason: str, cells: list[str]) -> RefusedRow:
    return RefusedRow(
        imported_id=row.id,
        line=line,
        reason=storable(reason)[:500],
        cells=[storable(cell[:LONGEST_KEPT]) for cell in cells],
    )


def _count(row: Import, outcomes: list[Outcome], refused: list[Refused]) -> None:
    counts = Counter(outcome.state for outcome in outcomes)
    row.new += counts["new"]
    row.changed += counts["changed"]
    row.known += counts["known"]
    row.refused += len(refused)


def _move(row: Import, cut: Portion, more: dict[str, Any], then: str) -> None:
    """Moves the place, if the import still stands where it was. Raises Lost."""
    before = Import.objects.filter(id=row.id, state=row.state, position=row.position, line=row.line)
    said = {
        "position": cut.position, "line": cut.line, "new": row.new, "changed": row.changed, "known": row.known,
        "refused": row.refused, **more,
    }  # fmt: skip
    if then:
        said |= {"state": then, "ended": clock.now()}
    if not before.update(**said):
        raise Lost
    row.position, row.line = cut.position, cut.line
    if then:
        row.state = then


def _found(
    row: Import, kind: Kind, records: list[Any], outcomes: list[Outcome], refused: list[Refused]
) -> dict[str, Any]:
    """What the dry run has found by now."""
    found = row.found or {"new": 0, "changed": 0, "known": 0, "refused": 0, "read": 0, "reasons": [], "rows": []}
    for outcome in outcomes:
        found[outcome.state] += outcome.state != "refused"
    found["refused"] += len(refused)
    found["read"] += len(outcomes) + len(refused) - sum(outcome.state == "refused" for outcome in outcomes)
    reasons = {reason: [count, line] for reason, count, line in found["reasons"]}
    for line, reason, _cells in refused:
        if reason in reasons:
            reasons[reason][0] += 1
        elif len(reasons) < REASONS:
            reasons[reason] = [1, line]
    found["reasons"] = sorted(([reason, *told] for reason, told in reasons.items()), key=lambda each: -each[1])
    for record, outcome in zip(records, outcomes, strict=True):
        if len(found["rows"]) >= SHOWN:
            break
        if outcome.state != "refused":
            found["rows"].append({"state": outcome.state, "values": kind.show(record)})
    return found


def _context(row: Import) -> Context:
    brand = brands.default_brand()
    return Context(
        source=f"import:{row.origin}",
        origin=row.origin,
        country=row.country,
        at=row.began or row.created,
        by=row.by,
        zone=brand.timezone if brand else "UTC",
    )
