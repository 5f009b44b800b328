"""What is learnt here is written back into the tables that are read.

The newest word wins on both sides. A cell is written where another source, or somebody of the staff, said something
newer than what its system was heard to say, and only while it stands there as it was heard; what has changed there
meanwhile is left, and comes in with the next read. What was written is heard at once as the system's own word, so that
it comes in again as known.
"""

import logging
import time
from collections.abc import Sequence
from typing import Any

from django.conf import settings

from rondpoint.accounts import actions as accounts
from rondpoint.accounts import queries as brands
from rondpoint.customers import actions as customers
from rondpoint.customers import queries as people
from rondpoint.customers.types import Evidence, IdentifierIn, Said
from rondpoint.hub.imports.actions import Invalid
from rondpoint.hub.imports.kinds.customers import KIND
from rondpoint.hub.imports.types import Context, Unfit
from rondpoint.hub.models import Import, Sync
from rondpoint.hub.syncs import learnt, rules
from rondpoint.jobs import children
from rondpoint.lib import clock, signing
from rondpoint.lib.db import write
from rondpoint.lib.text import storable

log = logging.getLogger("rondpoint.syncs")
TRY_SECONDS, WRITE_SECONDS = 45.0, 3600.0
TRIED = 25.0  # seconds after which a trial says what it has found until then
EXAMPLES, FAILED = 5, 50


def possible(row: Sync) -> bool:
    """Whether rows can be written at all: a table of customers with their numbers, whose columns somebody explained."""
    if row.kind != KIND.name or row.reads != "database" or "id" not in row.mapping:
        return False
    return rules.statement(row.query)[0] == "table" and (row.chosen or row.ran is not None)


def columns(row: Sync) -> list[str]:
    """The columns that may be chosen."""
    if not possible(row):
        return []
    return [name for name, field in zip(row.header, row.mapping, strict=True) if learnt.may_be_written(field)]


def chosen(row: Sync) -> list[str]:
    """Those that are written."""
    return [name for name in columns(row) if name in row.write_back]


def choose(row: Sync, names: Sequence[str], by: str) -> None:
    """Says which columns are written from the next read on; none: nothing is. Raises Invalid."""
    _check(row, names)
    row.write_back = [name for name in row.header if name in names]
    with write():
        Sync.objects.filter(id=row.id).update(write_back=row.write_back, unwritten=[], write_error="")
        accounts.audit(by, "sync.write_back", f"sync:{row.public_id}", {"columns": row.write_back})
    row.unwritten, row.write_error = [], ""


def trial(row: Sync, names: Sequence[str]) -> dict[str, Any]:
    """What would be written into these columns, and nothing is: {rows, left, whole, examples: [{number, changes:
    [{column, before, after}]}], failed}. ``whole``: all were looked at. Raises Invalid. Not inside ``write()``."""
    _check(row, names)
    try:
        said = {"sync": row.id, "names": list(names), "tries": True}
        found: dict[str, Any] = children.run("rondpoint.hub.syncs.returning:back", said, TRY_SECONDS)
    except ValueError as error:
        raise Invalid("write_back", str(error)) from error
    except children.Broken as error:
        log.error("a table could not be tried: %s", str(error).splitlines()[-1].partition(":")[0])
        raise Invalid("write_back", f"it did not answer within {TRY_SECONDS:.0f} seconds") from error
    return found


def run_due(now: int | None = None) -> int:
    """Writes back into the tables that were read since the last time; how many. Run again and again by a worker."""
    now = now or clock.now()
    done = 0
    for row in Sync.objects.filter(active=True, ran__isnull=False).order_by("id"):
        if chosen(row) and row.error == "" and (row.wrote is None or row.wrote < (row.ran or 0)) and _is_read(row):
            with write():  # before anything may go wrong: what kills us is not begun again at once
                Sync.objects.filter(id=row.id).update(wrote=max(now, row.ran or 0))
            _run(row)
            done += 1
    return done


def back(sync: int, names: Sequence[str], tries: bool) -> dict[str, Any]:
    """Writes the rows of one sync, or only says what it would write. For a child. Raises ValueError with a sentence."""
    from rondpoint.hub.syncs import rows

    row = Sync.objects.get(id=sync)
    fields = dict(zip(row.mapping, row.header, strict=True))
    wanted = {field: name for field, name in fields.items() if name in names and learnt.may_be_written(field)}
    read = {field: fields[field] for field in ("id", *wanted, "told_at") if field in fields}
    context, address = _context(row), str(signing.unseal(settings.SECRET_KEY, row.address)["url"])
    with rows.reached(address, settings.ENVIRONMENT.allow_private, writes=not tries) as database:
        there = rows.Rows(database, rules.statement(row.query)[1], read, context.zone)
        return _Returning(database, there, context, wanted, tries).all(row.origin)


class _Returning:
    """One time of writing back."""

    def __init__(self, database: Any, there: Any, context: Context, wanted: dict[str, str], tries: bool):
        self._database, self._there, self._context = database, there, context
        self._wanted, self._tries = wanted, tries
        self._found: dict[str, Any] = {"rows": 0, "left": 0, "whole": True, "examples": [], "failed": []}

    def all(self, origin: str) -> dict[str, Any]:
        """All rows, in portions; what one portion wrote is heard in one transaction."""
        from sqlalchemy.exc import DBAPIError

        from rondpoint.hub import databases

        until, found = time.monotonic() + TRIED, self._found
        for portion in learnt.rows(origin, self._wanted):
            heard: list[Said] = []
            for row in portion:
                try:
                    heard += self._one(row)
                except ValueError as error:
                    self._failed(row, str(error))
                except DBAPIError as error:
                    if error.connection_invalidated:
                        raise
                    self._failed(row, databases.reason(error, self._database.engine.url))
                finally:
                    self._database.rollback()  # of what was not committed
            if heard:
                with write():  # whoever was forgotten meanwhile does not come back by it
                    customers.hear([each for each in heard if _stays(each.source, each.key)])
            if self._tries and time.monotonic() > until:
                found["whole"] = False
                break
            if len(found["failed"]) == FAILED and not found["rows"]:
                break  # whoever may not write at all would be told so for each row
        return found

    def _one(self, row: learnt.Row) -> list[Said]:
        cells = self._there.read(row.number, lock=not self._tries)
        if cells is None:
            raise ValueError("there is no row with this number, or more than one")
        before, told = self._heard(row, cells)
        words = {
            field: word for field, word in row.words.items()
            if before.get(field) == word.before and (told is None or told <= word.at)
        }  # fmt: skip
        differing = {field for field, word in row.words.items() if before.get(field) != word.value}
        if differing - words.keys():
            self._found["left"] += 1
        words = {field: word for field, word in words.items() if field in differing}
        if not words:
            return []
        values = {field: word.value for field, word in words.items()}
        if self._tries:
            self._there.fitting(values)
            self._shown(row, cells, words)
            return []
        if not _stays(self._context.source, row.key):
            return []
        at = max(word.at for word in words.values())
        if not self._there.write(row.number, values, at):
            self._found["left"] += 1
            return []
        after, _told = self._heard(row, self._there.read(row.number) or {})
        self._database.commit()
        self._found["rows"] += 1
        return [self._said(row, field, after[field], word) for field, word in words.items() if field in after]

    def _heard(self, row: learnt.Row, cells: dict[str, str]) -> tuple[dict[str, Any], int | None]:
        """What an import would hear in a row, by fields, and since when it says so."""
        try:
            record = KIND.read(cells, self._context)
        except Unfit as error:
            raise ValueError(str(error)) from error
        found = {field: record.traits[learnt.trait(field)] for field in self._wanted
                 if learnt.trait(field) in record.traits}  # fmt: skip
        for kind in learnt.ADDRESSES:
            named = [each.value for each in record.person.identifiers if each.kind == kind]
            if kind in self._wanted and named:
                found[kind] = named[0] if len(named) == 1 else named
        return found, record.at if cells.get("told_at", "").strip() else None

    def _said(self, row: learnt.Row, field: str, value: Any, word: learnt.Word) -> Said:
        source, at = self._context.source, word.at - learnt.MOMENT
        if field in learnt.ADDRESSES:
            return Said(source, row.key, at, {}, (IdentifierIn(field, value, Evidence.PROVIDER),))
        return Said(source, row.key, at, {learnt.trait(field): value})

    def _shown(self, row: learnt.Row, cells: dict[str, str], words: dict[str, learnt.Word]) -> None:
        self._found["rows"] += 1
        if len(self._found["examples"]) < EXAMPLES:
            changes = [
                {"column": self._wanted[field], "before": cells[field][:200], "after": rules.cell(word.value)[:200]}
                for field, word in words.items()
            ]
            self._found["examples"].append({"number": row.number, "changes": changes})

    def _failed(self, row: learnt.Row, reason: str) -> None:
        if len(self._found["failed"]) < FAILED:
            self._found["failed"].append([row.number, storable(reason)[:300]])


def _run(row: Sync) -> None:
    error = ""
    said: dict[str, Any] = {}
    try:
        given = {"sync": row.id, "names": chosen(row), "tries": False}
        found = children.run("rondpoint.hub.syncs.returning:back", given, WRITE_SECONDS)
        said = {"written": found["rows"], "left": found["left"], "unwritten": found["failed"]}
    except children.Ended:
        with write():  # the next start writes them
            Sync.objects.filter(id=row.id).update(wrote=row.wrote)
        return
    except ValueError as problem:
        error = str(problem)
        log.warning("the sync %s could not be written back: %s", row.public_id, error)
    except children.Broken as problem:
        error = f"it could not be written to its end within {WRITE_SECONDS:.0f} seconds"
        log.error("the sync %s: %s", row.public_id, str(problem).splitlines()[-1].partition(":")[0])
    with write():
        Sync.objects.filter(id=row.id).update(write_error=storable(error)[:1000], **said)
        if said.get("written"):
            accounts.audit("Rondpoint", "sync.written", f"sync:{row.public_id}", {"rows": said["written"]})


def _stays(source: str, key: str) -> bool:
    return people.profile_of(source, key) is not None


def _is_read(row: Sync) -> bool:
    """Whether what was read last is brought in to its end."""
    last = Import.objects.filter(sync=row).exclude(then="check").order_by("-id").first()
    return last is not None and last.state == "done"


def _check(row: Sync, names: Sequence[str]) -> None:
    if names and not possible(row):
        raise Invalid("write_back", "only a table of customers whose numbers are mapped can be written")
    known = columns(row)
    unknown = next((name for name in names if name not in known), None)
    if unknown is not None:
        raise Invalid("write_back", f"{unknown!r} is none of {', '.join(known[:30])}")


def _context(row: Sync) -> Context:
    brand = brands.default_brand()
    return Context(
        source=f"import:{row.origin}", origin=row.origin, country=row.country, at=clock.now(), by=row.by,
        zone=brand.timezone if brand else "UTC",
    )  # fmt: skip
