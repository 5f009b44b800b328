"""Asking for exports, making them, and letting them go."""

import logging
import time
from collections.abc import Iterator, Sequence
from typing import Any

from django.db import InterfaceError, OperationalError

from rondpoint.accounts import actions as accounts
from rondpoint.files import actions as store
from rondpoint.hub.exports import consents, facts, forms, people
from rondpoint.hub.models import Export
from rondpoint.jobs import children, leases, wake
from rondpoint.lib import clock
from rondpoint.lib.db import write
from rondpoint.segments.models import Segment

log = logging.getLogger("rondpoint.exports")
LANE, LANE_SECONDS = "exports", 30.0
KEPT = 7 * clock.DAY
PARQUET_SECONDS = 1800.0
WHAT = ("customers", "events", "consents")


class Invalid(ValueError):
    """It cannot be made as it was asked for. ``field`` names what does not hold."""

    def __init__(self, field: str, reason: str):
        super().__init__(reason)
        self.field = field


class _Stopped(Exception):
    """Somebody cancelled it, or took it over."""


def ask(
    what: str, form: str, by: str, segment: Segment | None = None, types: Sequence[str] = (), since: int | None = None,
    until: int | None = None,
) -> Export:  # fmt: skip
    """An export that a worker makes in a moment. Times in microseconds UTC. Raises Invalid."""
    if what not in WHAT:
        raise Invalid("what", f"expected one of {', '.join(WHAT)}")
    if form not in forms.FORMS:
        raise Invalid("form", f"expected one of {', '.join(forms.FORMS)}")
    if since is not None and until is not None and since >= until:
        raise Invalid("until", "it ends before it begins")
    with write():
        row = Export.objects.create(
            what=what, form=form, by=by[:200], segment=segment, types=list(types)[:100], since=since, until=until
        )
        told = {"what": what, "form": form, "segment": str(segment.public_id) if segment else "", "types": row.types}
        accounts.audit(by, "export.asked", f"export:{row.public_id}", told)
        wake.notify("exports")
    return row


def work(holder: str) -> int:
    """Makes the export that waited longest; 1 when there was one. One worker at a time does."""
    waiting = Export.objects.filter(state__in=("waiting", "running")).select_related("segment").order_by("id")
    if not waiting.exists() or leases.acquire(LANE, holder, LANE_SECONDS) is None:
        return 0
    row = waiting.first()
    if row is None:
        return 0
    with write():
        Export.objects.filter(id=row.id).update(state="running", rows=0)
    row.state, row.rows = "running", 0
    try:
        _make(row, holder)
    except _Stopped:
        pass
    except (OperationalError, InterfaceError, OSError):
        raise  # it is made anew once that is over
    except Exception as error:
        log.exception("the export %s ended", row.public_id)
        _end(row, state="failed", error=f"{type(error).__name__}; the log has more")
    return 1


def close(holder: str) -> None:
    """Gives the lane back."""
    leases.release(LANE, holder)


def cancel(row: Export, by: str) -> bool:
    """Lets an export go, made or not; whether there was something to let go."""
    with write():
        live = Export.objects.filter(id=row.id, state__in=("waiting", "running", "done"))
        gone = bool(live.update(state="cancelled", sha256="", ended=clock.now()))
        if gone:
            accounts.audit(by, "export.cancelled", f"export:{row.public_id}")
    row.refresh_from_db()
    return gone


def expire(now: int | None = None) -> int:
    """Lets exports go that were made a week ago; how many. Run again and again by a worker."""
    with write():
        return Export.objects.filter(state="done", expires__lt=now or clock.now()).update(state="expired", sha256="")


def fetched(row: Export, by: str) -> None:
    """Writes down who took an export away."""
    accounts.audit(by, "export.fetched", f"export:{row.public_id}", {"what": row.what, "rows": row.rows})


def _make(row: Export, holder: str) -> None:
    names, portions = rows_of(row)
    watched = _watched(row, portions, holder)
    written = forms.as_csv(names, watched) if row.form == "csv" else forms.as_json(names, watched)
    sha256, size = store.save_stream(written)
    if row.form == "parquet":
        made: dict[str, Any] = children.run(
            "rondpoint.hub.exports.parquet:write", {"sha256": sha256, "names": names}, PARQUET_SECONDS,
            meanwhile=lambda: leases.renew(LANE, holder, LANE_SECONDS),
        )  # fmt: skip
        sha256, size = made["sha256"], made["size"]
    now = clock.now()
    with write():
        store.register(sha256, size)
        _end(row, state="done", sha256=sha256, size=size, rows=row.rows, expires=now + KEPT)
        accounts.audit(row.by, "export.made", f"export:{row.public_id}", {"what": row.what, "rows": row.rows})


def rows_of(row: Export) -> tuple[list[str], Iterator[list[list[Any]]]]:
    """The columns of an export, and its rows under them in portions."""
    if row.what == "customers":
        names = people.columns(row.segment)
        return names, people.rows(row.segment, names)
    if row.what == "consents":
        names = consents.columns()
        return names, consents.rows(row, names)
    return list(facts.COLUMNS), facts.rows(row)


def _watched(row: Export, portions: Iterator[list[list[Any]]], holder: str) -> Iterator[list[list[Any]]]:
    """The portions, counted for who looks on. Raises _Stopped."""
    told = time.monotonic()
    for portion in portions:
        yield portion
        row.rows += len(portion)
        if time.monotonic() > told + 1:
            told = time.monotonic()
            with write():
                if not Export.objects.filter(id=row.id, state="running").update(rows=row.rows):
                    raise _Stopped
            if not leases.renew(LANE, holder, LANE_SECONDS):
                raise _Stopped


def _end(row: Export, **said: Any) -> None:
    with write():
        if not Export.objects.filter(id=row.id, state="running").update(ended=clock.now(), **said):
            raise _Stopped
