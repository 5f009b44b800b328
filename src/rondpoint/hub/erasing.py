"""Forgetting somebody in what came in and went out as files, and in the requests about her rights."""

import json
from collections import Counter
from typing import Any

from django.db.models import Exists, OuterRef, Q

from rondpoint.events.models import Event
from rondpoint.files import queries as files
from rondpoint.hub.imports.actions import AT_WORK, OVER
from rondpoint.hub.models import (
    Destination,
    Export,
    HeldProfile,
    Hold,
    Import,
    RefusedRow,
    RightsRequest,
    Sync,
    Told,
)  # fmt: skip
from rondpoint.hub.rights.contents import mentions
from rondpoint.jobs.erasing import Counts, Eraser, Subject, cleared, holds, looked_through, scanned, traces

SOURCE = "import:"
LOOK_INTO = 1  # imports that are looked into at once: a file may have a million rows


def at_once(subject: Subject) -> Counts:
    """What is being taken out is begun anew, without her; what stands in requests and holds about her goes."""
    Export.objects.filter(state="running").update(state="waiting", rows=0)
    Destination.objects.filter(active=True).update(due=subject.at)  # tables elsewhere are written without her
    mine = RightsRequest.objects.filter(customer_id__in=[*subject.customers, *subject.profiles])
    for names in mine.values_list("json_sha256", "page_sha256"):
        subject.contents += [name for name in names if name]
    mine.update(proof="", extended="", json_sha256="", page_sha256="", expires=None)
    mine.filter(state__in=("open", "working")).exclude(kind="erasure").update(
        state="done", answer="", closed=subject.at
    )
    HeldProfile.objects.filter(profile_id__in=subject.profiles).delete()
    of_her = Hold.objects.filter(customer__in=subject.public_ids)
    of_her.filter(lifted=None).update(lifted=subject.at)
    of_her.update(reason="erased", reference="", lifted_why="erased")
    return Counter()


def _came_with(subject: Subject, row: Import) -> bool:
    """Whether a file has her among its rows: it is of a source that knows her, or names her."""
    if holds(f"{row.name}\n{row.error}", traces(subject)):
        return True
    if not (row.sha256 or row.rows or row.samples or row.found.get("rows") or row.found.get("reasons")):
        return False
    sources = {source.removeprefix(SOURCE) for source, _ in subject.keys if source.startswith(SOURCE)}
    if row.origin in sources and row.created <= subject.at:
        return True
    told = json.dumps([row.samples, row.found], ensure_ascii=False)
    return holds(told, traces(subject)) or any(
        mentions(files.path(name), subject) for name in {row.sha256, row.rows} if name
    )


def _let_go(subject: Subject, rows: list[Any]) -> Counts:
    """Files that were brought in are let go; one that waits for somebody is cancelled, and can be brought again."""
    gone = 0
    for row in rows:
        if row.state in AT_WORK:
            continue  # its rows are taken without her; then it is gone through again
        subject.contents += [name for name in (row.sha256, row.rows) if name]
        state = row.state if row.state in OVER else "cancelled"
        found = {name: value for name, value in row.found.items() if name not in ("rows", "reasons")}
        name = "file" if holds(row.name, traces(subject)) else row.name
        Import.objects.filter(id=row.pk).update(
            sha256="", rows="", samples=[], found=found, name=name, state=state,
            error=cleared(row.error, traces(subject)),
        )  # fmt: skip
        gone += 1
    return Counter({"imports": gone}) if gone else Counter()


def at_work(subject: Subject) -> bool:
    """Whether a file that has her among its rows is being brought in this moment."""
    return any(_came_with(subject, row) for row in Import.objects.filter(state__in=AT_WORK))


def _refused(subject: Subject, row: RefusedRow) -> bool:
    text = json.dumps([row.cells, row.reason], ensure_ascii=False)
    return holds(text, traces(subject)) or any(
        cell.strip() and _digits(cell) in _numbers(subject) for cell in row.cells if isinstance(cell, str)
    )


def _digits(cell: str) -> str:
    return "".join(sign for sign in cell if sign.isdecimal())[-9:]


def _numbers(subject: Subject) -> set[str]:
    return {value[-9:] for kind, value, _ in subject.addresses if kind == "phone" and len(value) > 9}


def _without_cells(subject: Subject, rows: list[RefusedRow]) -> Counts:
    for row in rows:
        row.cells, row.reason = ["erased"], cleared(row.reason, traces(subject))
        row.save(update_fields=["cells", "reason"])
    return Counter({"refused_rows": len(rows)})


def _unwritten(subject: Subject, row: Sync) -> bool:
    """Whether a row that could not be written back may be hers: its number is, or the reason names her."""
    return bool(row.unwritten) and (
        any(number in subject.values() for number, _ in row.unwritten)
        or holds(json.dumps(row.unwritten, ensure_ascii=False), traces(subject))
    )


def _without_unwritten(subject: Subject, rows: list[Sync]) -> Counts:
    Sync.objects.filter(id__in=[row.pk for row in rows]).update(unwritten=[])
    return Counter({"unwritten": len(rows)})


def _taken_out(subject: Subject, row: Export) -> bool:
    """Whether a file that was made has her in it. What is packed cannot be looked into; it is let go."""
    if row.state != "done" or not row.sha256:
        return False
    return row.form == "parquet" or mentions(files.path(row.sha256), subject) or _names_her(row, subject)


def _names_her(row: Export, subject: Subject) -> bool:
    wanted = [number.encode() for number in subject.public_ids]
    try:
        with files.opened(row.sha256) as file:
            return any(number in line for line in file for number in wanted)
    except FileNotFoundError:
        return False


def _expired(subject: Subject, rows: list[Export]) -> Counts:
    subject.contents += [row.sha256 for row in rows]
    Export.objects.filter(id__in=[row.pk for row in rows]).update(state="expired", sha256="")
    return Counter({"exports": len(rows)})


def _orphans(subject: Subject) -> Q:
    """What was told of facts that are gone: the answers may repeat it."""
    return Q(event_id__isnull=False) & ~Exists(Event.objects.filter(id=OuterRef("event_id")))


def _untold(subject: Subject, numbers: list[int]) -> Counts:
    gone, _ = Told.objects.filter(id__in=numbers).delete()
    return Counter({"webhooks": gone})


ERASER = Eraser(
    "hub",
    frozenset({
        "hub.Import", "hub.RefusedRow", "hub.Sync", "hub.Export", "hub.Told", "hub.RightsRequest", "hub.Erasure",
        "hub.Hold", "hub.HeldProfile",
    }),
    at_once,
    (
        looked_through(Import, _came_with, _let_go, LOOK_INTO),
        looked_through(RefusedRow, _refused, _without_cells),
        looked_through(Sync, _unwritten, _without_unwritten),
        looked_through(Export, _taken_out, _expired, 5),
        scanned(Told, _orphans, _untold),
    ),
    under_way=at_work,
)
