"""Beginning, mapping, checking, running and cancelling imports."""

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from rondpoint.accounts import actions as accounts
from rondpoint.files import actions as store
from rondpoint.hub.imports import kinds, people, preparing, whole
from rondpoint.hub.imports.kinds.whole import KIND as WHOLE
from rondpoint.hub.imports.rows import Unreadable
from rondpoint.hub.imports.rules import recognising
from rondpoint.hub.imports.rules.dialect import Dialect
from rondpoint.hub.imports.types import Kind
from rondpoint.hub.models import Import, Mapping, Sync
from rondpoint.jobs import wake
from rondpoint.lib import clock
from rondpoint.lib.db import lock_row, write
from rondpoint.lib.text import storable

AT_WORK = ("received", "checking", "running")
OVER = ("done", "cancelled", "failed")
_ORIGIN = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_COUNTRY = re.compile(r"[A-Z]{2}")


class Invalid(ValueError):
    """It cannot be kept as it was given. ``field`` names it."""

    def __init__(self, field: str, reason: str):
        super().__init__(reason)
        self.field = field


def begin(
    kind: str, name: str, sha256: str, size: int, by: str, origin: str = "", country: str = "", then: str = "",
    wanted: dict[str, str] | None = None, sync: Sync | None = None,
) -> Import:  # fmt: skip
    """A file, already stored, that is to be brought in; a worker reads it. ``then``: what follows by itself, ``check``
    or ``run``. ``wanted``: fields of columns by their names. Raises Invalid."""
    known = kinds.get(kind)
    if known is None:
        raise Invalid("kind", f"expected one of {', '.join(each.name for each in kinds.every())}")
    for column, field in (wanted or {}).items():
        if field and not _is_field(known, field):
            raise Invalid("map", f"{column}={field}: {kind} have no field {field!r}; {_choices(known)}")
    with write():
        store.register(sha256, size)
        row = Import.objects.create(
            kind=kind, name=storable(name).strip()[:200] or "file", sha256=sha256, size=size, by=by[:200], then=then,
            origin=origin_of(origin or "file"), country=country_of(country or "FR"), wanted=wanted or {}, sync=sync,
        )  # fmt: skip
        accounts.audit(by, "import.received", f"import:{row.public_id}", {"kind": kind, "name": row.name})
        wake.notify("imports")
    return row


def prepare(row: Import) -> None:
    """Reads how a file is written and what its columns may mean. A file that cannot be read fails with a sentence."""
    kind = kinds.get(row.kind)
    assert kind is not None
    try:
        found = preparing.prepare(row.sha256, row.size, kind is WHOLE)
    except Unreadable as error:
        fail(row, str(error))
        return
    if found.whole:
        kind, row.kind = WHOLE, WHOLE.name
    header = recognising.named(found.header)
    if kind is WHOLE and not set(whole.COLUMNS) <= set(header):
        fail(row, whole.NOT_WHOLE)
        return
    fields = recognising.recognised(header, kind.columns, found.samples, kind.own)
    before = Mapping.objects.filter(kind=row.kind, signature=recognising.signature(header)).first()
    if before is not None and len(before.mapping) == len(header):
        fields = before.mapping
    if row.wanted:
        unknown = [name for name in row.wanted if name not in header]
        if unknown:
            fail(row, f"there is no column {unknown[0]!r}; the file has {', '.join(header[:20])}")
            return
        chosen = set(row.wanted.values())
        left = ["" if field in chosen else field for field in fields]
        fields = [row.wanted.get(name, field) for name, field in zip(header, left, strict=True)]
    with write():
        store.register(found.rows, found.size)
        row.rows, row.rows_size, row.header, row.samples = found.rows, found.size, header, found.samples
        row.dialect, row.mapping, row.state = msgspec.to_builtins(found.dialect), fields, "mapping"
        if before is not None and row.origin == "file":
            row.origin, row.country = before.origin, before.country
        # One that somebody cancelled meanwhile stays so.
        columns = ("kind", "rows", "rows_size", "header", "samples", "dialect", "mapping", "state", "origin", "country")
        waits = Import.objects.filter(id=row.id, state="received")
        ours = waits.update(**{name: getattr(row, name) for name in columns})
    if not ours:
        row.refresh_from_db()
    elif row.then:
        try:
            start(row, check=row.then == "check")
        except Invalid as invalid:
            fail(row, str(invalid))


def choose(row: Import, mapping: Sequence[str], origin: str = "", country: str = "") -> None:
    """Writes what the columns mean, for this file and for the next with the same header. Raises Invalid."""
    kind = kinds.get(row.kind)
    assert kind is not None
    fields = checked(kind, row.header, mapping)
    origin, country = origin_of(origin or row.origin), country_of(country or row.country)
    with write():
        held = lock_row(Import.objects.filter(id=row.id, state__in=("mapping", "checked"))).first()
        if held is None:
            raise Invalid("state", "the columns can be chosen no more")
        Import.objects.filter(id=row.id).update(
            mapping=fields, origin=origin, country=country, state="mapping", found={}
        )
        Mapping.objects.update_or_create(
            kind=row.kind,
            signature=recognising.signature(row.header),
            defaults={"mapping": fields, "origin": origin, "country": country, "used": clock.now()},
        )
    row.refresh_from_db()


def checked(kind: Kind, header: Sequence[str], mapping: Sequence[str]) -> list[str]:
    """What somebody says the columns mean, a field for each. Raises Invalid."""
    fields = [field.strip() for field in mapping]
    if len(fields) != len(header):
        raise Invalid("mapping", f"there are {len(header)} columns")
    for field in fields:
        if field and not _is_field(kind, field):
            raise Invalid("mapping", f"{kind.name} have no field {field!r}; {_choices(kind)}")
        if field and fields.count(field) > 1:
            raise Invalid("mapping", f"two columns are {field!r}; choose one of them")
    _check(kind, fields)
    return fields


def start(row: Import, check: bool) -> None:
    """Lets a worker look at all rows (``check``), or bring them in. Raises Invalid."""
    kind = kinds.get(row.kind)
    assert kind is not None
    _check(kind, row.mapping)
    now = clock.now()
    skip = msgspec.convert(row.dialect, Dialect).skip
    with write():
        held = Import.objects.filter(id=row.id, state__in=("mapping", "checked"))
        if not held.update(
            state="checking" if check else "running", position=skip, line=0, new=0, changed=0, known=0, refused=0,
            began=now, ended=None, error="",
        ):  # fmt: skip
            raise Invalid("state", "this import is at work, or over")
        if not check:
            accounts.audit(row.by, "import.started", f"import:{row.public_id}", {"kind": row.kind, "name": row.name})
        wake.notify("imports")
    row.refresh_from_db()


def cancel(row: Import, by: str) -> bool:
    """Stops an import; what it brought in stays. False when it was over already."""
    with write():
        live = Import.objects.filter(id=row.id).exclude(state__in=OVER)
        stopped = bool(live.update(state="cancelled", ended=clock.now()))
        if stopped:
            accounts.audit(by, "import.cancelled", f"import:{row.public_id}", {"kind": row.kind, "name": row.name})
    row.refresh_from_db()
    return stopped


def fail(row: Import, reason: str) -> None:
    """Ends an import that cannot go on."""
    with write():
        live = Import.objects.filter(id=row.id).exclude(state__in=OVER)
        live.update(state="failed", error=storable(reason)[:2000], ended=clock.now())
    row.refresh_from_db()


def summary(row: Import) -> dict[str, Any]:
    """An import as programs see it."""
    taken = row.found if row.state == "checked" else {}
    return {
        "id": str(row.public_id),
        "kind": row.kind,
        "name": row.name,
        "origin": row.origin,
        "state": row.state,
        "rows": max(0, taken.get("read", row.line - 1)),
        "new": taken.get("new", row.new),
        "changed": taken.get("changed", row.changed),
        "known": taken.get("known", row.known),
        "refused": taken.get("refused", row.refused),
        "reasons": row.found.get("reasons", []),
        "columns": dict(zip(row.header, row.mapping, strict=False)),
        "progress": progress(row),
        "error": row.error,
        "created_at": clock.iso(row.created),
        "began_at": clock.iso(row.began),
        "ended_at": clock.iso(row.ended),
        "forgotten_at": clock.iso(row.forgotten),
    }


def progress(row: Import) -> float:
    """How much of its rows is read, 0 to 1."""
    if row.state in ("done", "checked"):
        return 1.0
    return min(1.0, row.position / row.rows_size) if row.rows_size else 0.0


def left(row: Import, now: int) -> int | None:
    """Microseconds until it ends, by the pace so far; None while nothing can be said."""
    done = progress(row)
    if row.began is None or done < 0.01 or row.state not in ("checking", "running"):
        return None
    return int((now - row.began) * (1 - done) / done)


def _check(kind: Kind, fields: Sequence[str]) -> None:
    for group in kind.needs:
        if not any(field in fields for field in group):
            raise Invalid("mapping", f"no column is {' or '.join(group)}; say which one is")


def _is_field(kind: Kind, field: str) -> bool:
    known = any(column.field == field for column in kind.columns) or people.is_account(field)
    return known or (kind.own and recognising.is_own(field))


def _choices(kind: Kind) -> str:
    own = ", or a name of your own as text:NAME or number:NAME" if kind.own else ""
    return f"there are {', '.join(column.field for column in kind.columns)}{own}"


def origin_of(text: str) -> str:
    """The name of a system as it is kept. Raises Invalid."""
    name = text.strip().lower()
    if not _ORIGIN.fullmatch(name):
        raise Invalid("origin", f"{text!r}: expected letters, digits, - and _, such as crm")
    return name


def country_of(text: str) -> str:
    """A country as it is kept. Raises Invalid."""
    code = text.strip().upper()
    if not _COUNTRY.fullmatch(code):
        raise Invalid("country", f"{text!r}: expected a country's two letters, such as FR")
    return code
