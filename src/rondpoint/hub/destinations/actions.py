"""Tables of other systems' databases that are kept up to date with what is known here."""

import logging
import re
import time
import uuid
from collections.abc import Sequence
from urllib.parse import urlsplit

from django.conf import settings

from rondpoint.accounts import actions as accounts
from rondpoint.hub.exports import actions as exports
from rondpoint.hub.models import Destination, Export
from rondpoint.jobs import children
from rondpoint.lib import clock, signing
from rondpoint.lib.db import write
from rondpoint.lib.text import storable
from rondpoint.segments.models import Segment

log = logging.getLogger("rondpoint.destinations")
SHORTEST, LONGEST = 5, 31 * 24 * 60  # minutes between two times
MOST_DAYS = 3650
LOOK_SECONDS, WRITE_SECONDS = 45.0, 3600.0
_TABLE = re.compile(r"([^\W\d]\w{0,59}\.)?[^\W\d]\w{0,59}")
Invalid = exports.Invalid


def add(
    name: str, what: str, url: str, table: str, minutes: int, by: str, segment: Segment | None = None,
    types: Sequence[str] = (), days: int = 0,
) -> Destination:  # fmt: skip
    """A table that is written from now on. The database is reached at once, so that what is wrong is said to whoever
    typed it. ``table``: its name, or schema.name; ``days``: facts and words of so many days, 0: all. Raises Invalid.
    Not inside ``write()``."""
    row = Destination(
        name=storable(name).strip(), what=what, table=storable(table).strip(), minutes=minutes, by=by[:200],
        segment=segment, types=list(types)[:100], days=days,
        address=signing.seal(settings.SECRET_KEY, {"url": storable(url).strip()}),
    )  # fmt: skip
    _check(row)
    said = {"address": _address(row), "table": row.table, "allow_private": settings.ENVIRONMENT.allow_private}
    try:
        children.run("rondpoint.hub.destinations.tables:look", said, LOOK_SECONDS)
    except ValueError as error:
        raise Invalid("url", str(error)) from error
    except children.Broken as error:
        log.error("a database could not be looked into: %s", str(error).splitlines()[-1].partition(":")[0])
        raise Invalid("url", f"it did not answer within {LOOK_SECONDS:.0f} seconds") from error
    with write():
        row.save()
        accounts.audit(by, "destination.added", f"destination:{row.public_id}", _told(row))
    return row


def get(public_id: str | uuid.UUID) -> Destination | None:
    """One by its public id."""
    try:
        return Destination.objects.select_related("segment").filter(public_id=uuid.UUID(str(public_id))).first()
    except ValueError:
        return None


def host(row: Destination) -> str:
    """The machine of its database; the rest of the address is a secret."""
    try:
        return urlsplit(_address(row)).hostname or ""
    except ValueError:
        return ""


def switch(row: Destination, by: str) -> None:
    """Writes it no more, or again."""
    row.active = not row.active
    with write():
        Destination.objects.filter(id=row.id).update(active=row.active, due=clock.now())
        accounts.audit(by, "destination.activity", f"destination:{row.public_id}", {"active": row.active})


def write_now(row: Destination) -> None:
    """Writes it within seconds."""
    with write():
        Destination.objects.filter(id=row.id).update(due=clock.now())


def remove(row: Destination, by: str) -> None:
    """Writes it no more and forgets its address; the table stays as it is."""
    with write():
        accounts.audit(by, "destination.removed", f"destination:{row.public_id}", _told(row))
        row.delete()


def run_due(now: int | None = None) -> int:
    """Writes the tables whose time has come; how many. One that cannot be written is tried again at its next time. Run
    again and again by a worker."""
    now = now or clock.now()
    rows = list(Destination.objects.filter(active=True, due__lte=now).order_by("due"))
    for row in rows:
        with write():  # before anything may go wrong: what kills us is not begun again at once
            Destination.objects.filter(id=row.id).update(due=now + row.minutes * clock.MINUTE)
        _run(row, now)
    return len(rows)


def fill(destination: int) -> int:
    """Writes one table; how many rows. For a child. Raises ValueError with a sentence."""
    from rondpoint.hub.destinations import tables

    row = Destination.objects.select_related("segment").get(id=destination)
    if row.segment is not None and row.segment.state == "building":
        raise ValueError("its segment is being built; it is written once that has its members")
    since = clock.now() - row.days * clock.DAY if row.days else None
    names, portions = exports.rows_of(Export(what=row.what, segment=row.segment, types=row.types, since=since))
    return tables.write(_address(row), row.table, settings.ENVIRONMENT.allow_private, names, portions)


def _run(row: Destination, now: int) -> None:
    began, error, rows = time.monotonic(), "", row.rows
    try:
        rows = children.run("rondpoint.hub.destinations.actions:fill", {"destination": row.id}, WRITE_SECONDS)
    except children.Ended:
        with write():  # the next start writes it
            Destination.objects.filter(id=row.id).update(due=now)
        return
    except ValueError as problem:
        error = str(problem)
        log.warning("the destination %s could not be written: %s", row.public_id, error)
    except children.Broken as problem:
        error = f"it could not be written to its end within {WRITE_SECONDS:.0f} seconds"
        log.error("the destination %s: %s", row.public_id, str(problem).splitlines()[-1].partition(":")[0])
    with write():
        Destination.objects.filter(id=row.id).update(
            ran=row.ran if error else now, rows=rows, error=storable(error)[:1000], seconds=time.monotonic() - began
        )


def _check(row: Destination) -> None:
    if not 1 <= len(row.name) <= 120:
        raise Invalid("name", "a name has 1 to 120 characters")
    if row.what not in exports.WHAT:
        raise Invalid("what", f"expected one of {', '.join(exports.WHAT)}")
    if not SHORTEST <= row.minutes <= LONGEST:
        raise Invalid("minutes", f"expected {SHORTEST} to {LONGEST} minutes")
    if not 0 <= row.days <= MOST_DAYS:
        raise Invalid("days", f"expected 0 to {MOST_DAYS} days")
    if not _TABLE.fullmatch(row.table):
        raise Invalid("table", "expected the name of a table, such as customers or crm.customers")


def _told(row: Destination) -> dict[str, str]:
    return {"what": row.what, "host": host(row), "table": row.table}


def _address(row: Destination) -> str:
    return str(signing.unseal(settings.SECRET_KEY, row.address)["url"])
